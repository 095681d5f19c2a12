package scenarios

import (
	"fmt"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Step describes a step of the world, such as the arrival of a message: what
// is zero fits all. From and To are names of nodes, or of their kinds: b, m, p,
// c, tm, jm, fs, store.
type Step struct {
	Kind sim.Kind // Deliver
	Name string   // of the message, timer or command
	From string   // of a message, who sent it
	To   string   // who steps, or is struck
	Nth  int      // of those that fit, from 1
}

// Trigger makes an action happen right after an event of the history, or after
// a step of the world. When and Step give the condition anew for every playing
// of the trial: it may count.
type Trigger struct {
	When   func() func(*model.Event) bool
	Step   func() func(sim.Action) bool
	Action sim.Action
	Delay  time.Duration
}

// After puts the action off: it happens so much later. It is left out where
// the faults stop before that.
func (t *Trigger) After(d time.Duration) *Trigger {
	t.Delay = d
	return t
}

// When plans an action on a node right after the first event of which the
// condition holds that when gives.
func (p *Planner) When(when func() func(*model.Event) bool, kind sim.Kind, node string) *Trigger {
	return p.trigger(&Trigger{When: when, Action: p.action(kind, node)})
}

// CommandWhen plans a command in the same way; see Command.
func (p *Planner) CommandWhen(when func() func(*model.Event) bool, command, node string) *Trigger {
	return p.trigger(&Trigger{When: when, Action: p.command(command, node)})
}

// WhenStep plans an action on a node right after a step of the world, so that
// a point between two events can be struck: that the broker has a request, and
// nobody has its answer.
func (p *Planner) WhenStep(s Step, kind sim.Kind, node string) *Trigger {
	return p.trigger(&Trigger{Step: p.step(s), Action: p.action(kind, node)})
}

// CommandWhenStep plans a command in the same way; see Command.
func (p *Planner) CommandWhenStep(s Step, command, node string) *Trigger {
	return p.trigger(&Trigger{Step: p.step(s), Action: p.command(command, node)})
}

func (p *Planner) trigger(t *Trigger) *Trigger {
	p.run.Triggers = append(p.run.Triggers, t)
	return t
}

func (p *Planner) command(command, node string) sim.Action {
	a := p.action(sim.Command, node)
	a.Label, a.Key, _ = strings.Cut(command, " ")
	return a
}

// step makes a condition of a Step.
func (p *Planner) step(s Step) func() func(sim.Action) bool {
	if s.Kind == 0 {
		s.Kind = sim.Deliver
	}
	from, to := p.nodesLike(s.From), p.nodesLike(s.To)
	return func() func(sim.Action) bool {
		seen := 0
		return func(a sim.Action) bool {
			if a.Kind != s.Kind || s.Name != "" && a.Label != s.Name || to != nil && !to[a.Node] ||
				from != nil && (a.Peer == sim.Nobody || !from[a.Peer]) {
				return false
			}
			seen++
			return seen == max(s.Nth, 1)
		}
	}
}

// nodesLike are the nodes of a name or kind; nil stands for all.
func (p *Planner) nodesLike(name string) map[sim.NodeID]bool {
	if name == "" {
		return nil
	}
	out := map[sim.NodeID]bool{}
	for i, n := range p.run.Names.Nodes {
		if n == name || strings.TrimRight(n, "0123456789") == name {
			out[sim.NodeID(i)] = true
		}
	}
	if len(out) == 0 {
		p.wrong("WhenStep", fmt.Sprintf("there is no node %q, nor a kind of them; there are: %s", name, strings.Join(p.run.Names.Nodes, ", ")))
	}
	return out
}
