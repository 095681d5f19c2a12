package scenarios

import (
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// recorder makes the history: it stamps what nodes observe with time and
// place, adds what the environment does, and passes all of it on to whoever
// listens.
type recorder struct {
	names     sim.Names
	isBroker  func(sim.NodeID) bool
	listeners []func(*model.Event)
	triggers  []*Trigger
	fired     []sim.Action // by triggers, to happen next
}

// Observe implements sim.Observer.
func (r *recorder) Observe(at sim.Time, node sim.NodeID, event any) {
	e, ok := event.(*model.Event)
	if !ok {
		return
	}
	e.At = int64(at)
	if r.isBroker(node) {
		e.Node = r.names.Name(node)
	} else if e.Client == "" {
		e.Client = r.names.Name(node)
	}
	r.emit(e)
}

func (r *recorder) emit(e *model.Event) {
	for _, listen := range r.listeners {
		listen(e)
	}
	for _, t := range r.triggers {
		if !t.done && t.When(e) {
			t.done = true
			r.fired = append(r.fired, t.Action)
		}
	}
}

// Acting implements sim.Watcher: what the environment does is part of the
// history. A process has stopped when its crash has happened, and has started
// before its first step.
func (r *recorder) Acting(at sim.Time, a sim.Action) {
	if !a.IsFault() && a.Kind != sim.Start && a.Kind != sim.Command {
		return
	}
	e := model.Event{At: int64(at), Kind: model.Fault, Cause: r.names.Print(a)}
	process := !r.isBroker(a.Node)
	if process {
		e.Client = r.names.Name(a.Node)
	}
	if a.Kind != sim.Start {
		r.emit(&e)
	}
	switch {
	case !process:
	case a.Kind == sim.Start:
		r.emit(&model.Event{At: int64(at), Kind: model.Started, Client: e.Client})
	case a.Kind == sim.Crash || a.Kind == sim.Vanish:
		r.emit(&model.Event{At: int64(at), Kind: model.Stopped, Client: e.Client, Cause: "crash"})
	}
}
