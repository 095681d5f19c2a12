package realkafka

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

// jobWorld is where a job's own nodes live: its TaskManagers, its JobManager,
// its storage and its store are a simulated world, driven by the wall clock,
// whose virtual time is the time since the run began. Their ports lead out of
// it: to the cluster (jobConsumer, directory), and to a folder (disk).
//
// What comes back over a port is kept there, and the node is told by a command
// of the world, brought, to fetch it. Everything here is guarded by play.mu, and
// so a step is never under way while a client's goroutine tells something.
type jobWorld struct {
	play     *play
	nodes    *scenarios.JobNodes
	world    *sim.World
	disk     *disk
	waiting  []sim.NodeID  // nodes for which something was brought
	stepping bool          // a step is under way: what it sets off comes after it
	silent   bool          // the node that crashes now vanishes
	wake     chan struct{} // something is to be done before the next action is due
	quit     chan struct{} // closed when the run has ended
}

// brought is the command that tells a node to look at its ports.
const brought = "brought"

// outsider stands for a node that is not the job's: a broker, or a process of
// the cluster's clients. It is never up.
type outsider struct{}

// Step implements sim.Node.
func (outsider) Step(*sim.Input, *sim.Effects) {}

// Crash implements sim.Node.
func (outsider) Crash() {}

// newJobWorld makes the world of a trial's job. p.mu is not needed yet.
func (p *play) newJobWorld() (w *jobWorld, err error) {
	w = &jobWorld{play: p, wake: make(chan struct{}, 1), quit: make(chan struct{})}
	defer func() {
		if err != nil {
			close(w.quit)
			w, err = nil, errors.Join(err, w.clear())
		}
	}()
	names := p.trial.Names
	node := func(name string) sim.NodeID { id, _ := names.Node(name); return id }
	if w.disk, err = newDisk(w, node("fs")); err != nil {
		return w, err
	}
	w.nodes, err = scenarios.NewJobNodes(p.trial, scenarios.JobPorts{
		Consumer: func(member int) checkpoint.Consumer {
			return &jobConsumer{world: w, number: member, machine: p.machines[node(fmt.Sprintf("tm%d", member))]}
		},
		Directory: &directory{world: w, machine: p.machines[node("jm")]},
		Storage:   w.disk,
	}, w.panicked)
	if err != nil {
		return w, err
	}
	all := make([]sim.Node, len(names.Nodes))
	for i := range all {
		if all[i] = w.nodes.Node(sim.NodeID(i)); all[i] == nil {
			all[i] = outsider{}
		}
	}
	w.world, err = sim.New(sim.Config{Names: names, Nodes: all, Draws: sim.SeededDraws(p.trial.Seed), Network: p.trial.Network, Observer: w})
	return w, err
}

// has tells whether a node is the job's.
func (w *jobWorld) has(id sim.NodeID) bool {
	return w != nil && id != sim.Nobody && w.nodes.Node(id) != nil
}

// run drives the world until the play is over.
func (w *jobWorld) run() {
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-w.wake:
		case <-w.quit:
			return
		}
		t.Reset(w.advance())
	}
}

// atOnce is how many steps are taken before others have their turn.
const atOnce = 64

// idle is how long the world waits when nothing is due in it.
const idle = time.Hour

// advance makes happen what is due, each at its own time however late it is,
// then what was brought, and gives how long it is until the next action is due.
func (w *jobWorld) advance() time.Duration {
	p := w.play
	p.mu.Lock()
	defer p.mu.Unlock()
	for range atOnce {
		if p.over || isClosed(p.failed) {
			return idle
		}
		now := p.now()
		c, ok := w.world.Next()
		switch {
		case ok && c.At <= now:
			w.apply(c.At, c.Action)
		case w.bring(now):
		case ok:
			return (c.At - now).Duration()
		default:
			return idle
		}
	}
	return 0
}

// bring tells a node of what was brought for it. One that stands still is told
// when it goes on, one that is down never.
func (w *jobWorld) bring(now sim.Time) bool {
	w.waiting = slices.DeleteFunc(w.waiting, func(id sim.NodeID) bool { return !w.world.Up(id) })
	for i, id := range w.waiting {
		if !w.world.Paused(id) {
			w.waiting = slices.Delete(w.waiting, i, i+1)
			w.apply(now, sim.Action{Kind: sim.Command, Node: id, Peer: sim.Nobody, Label: brought})
			return true
		}
	}
	return false
}

// told says that a node's ports have something for it. play.mu is held.
func (w *jobWorld) told(id sim.NodeID) {
	if !slices.Contains(w.waiting, id) {
		w.waiting = append(w.waiting, id)
	}
	w.stir()
}

// stir makes the world look at once at what is due.
func (w *jobWorld) stir() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// apply makes an action happen, and then what it has set off.
func (w *jobWorld) apply(at sim.Time, a sim.Action) {
	w.stepping = true
	err := w.world.Apply(max(at, w.world.Now()), a)
	w.stepping = false
	if err != nil {
		w.play.endNow(err, nil)
	}
	w.play.fire()
}

// panicked breaks the run off because of what a source did; it is called
// inside a step.
func (w *jobWorld) panicked(err error) { w.play.endNow(nil, err) }

// Observe implements sim.Observer: what nodes tell goes into the history.
func (w *jobWorld) Observe(_ sim.Time, node sim.NodeID, event any) {
	if e, ok := event.(*model.Event); ok {
		e.Client = w.play.trial.Names.Name(node)
		w.play.emit(e)
	}
}

// Acting implements sim.Watcher: some triggers wait for steps. What the
// environment does is told by perform.
func (w *jobWorld) Acting(_ sim.Time, a sim.Action) {
	if a.Kind == sim.Deliver || a.Kind == sim.Fire {
		w.play.chronicle.Acting(w.play.now(), a)
	}
}

// possible tells whether an action on one of the job's nodes fits the present
// state. Commands to the storage are for the simulated one.
func (w *jobWorld) possible(a sim.Action) bool {
	return (a.Kind != sim.Command || a.Node != w.disk.id) && w.world.Can(a)
}

// strike does to a job's node what an action says, and to its client.
func (w *jobWorld) strike(a sim.Action) {
	w.silent = a.Kind == sim.Vanish
	w.apply(w.play.now(), a)
	w.silent = false
	if m := w.play.machines[a.Node]; m.runs != nil && (a.Kind == sim.Pause || a.Kind == sim.Resume) {
		m.runs.base().gate.set(a.Kind == sim.Resume)
	}
	w.stir()
}

// unsettled tells what keeps the job from being at rest.
func (w *jobWorld) unsettled() string {
	p := w.play
	for i, name := range p.trial.Names.Nodes {
		if id := sim.NodeID(i); w.has(id) && !w.world.Up(id) && !slices.Contains(p.trial.Retired, id) {
			return name + " is down"
		}
	}
	return w.nodes.Unsettled(scenarios.JobLogs{
		Partitions: func(topic string) int32 { return p.sizes[topic] },
		End:        func(tp model.TopicPartition) int64 { return p.ends[tp] },
		Stirred:    p.chronicle.Stirred(),
	})
}

// stop ends the world; its clients end with the play's other processes. p.mu
// is held.
func (w *jobWorld) stop() {
	if !isClosed(w.quit) {
		close(w.quit)
		w.nodes.End()
	}
}

// clear removes what the world has left.
func (w *jobWorld) clear() error {
	if w == nil || w.disk == nil {
		return nil
	}
	if err := w.disk.remove(); err != nil {
		return errors.Join(errors.New("the job's checkpoints are left in "+w.disk.root), err)
	}
	return nil
}
