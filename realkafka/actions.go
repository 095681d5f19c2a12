package realkafka

import (
	"slices"

	"github.com/groundhogsim/groundhog/sim"
)

// perform makes an action of the environment happen, or counts it as skipped
// if it cannot. p.mu is held.
func (p *play) perform(a sim.Action) {
	if p.over {
		return
	}
	if !p.possible(a) {
		p.skipped++
		p.logf("skipped at %v: %s", p.now(), p.trial.Names.Print(a))
		return
	}
	p.logf("at %v: %s", p.now(), p.trial.Names.Print(a))
	p.chronicle.Acting(p.now(), a)
	switch {
	case a.Kind == sim.Cut || a.Kind == sim.Heal:
		p.cut(a)
		if p.jobs != nil {
			p.jobs.apply(p.now(), a)
			p.jobs.stir()
		}
	case p.jobs.has(a.Node) && (a.Kind != sim.Reset || p.jobs.has(a.Peer)):
		p.jobs.strike(a)
	case a.Kind == sim.Reset:
		p.reset(a)
	default:
		p.strike(p.machines[a.Node], a)
	}
	p.fire()
}

// act is perform for who does not hold p.mu.
func (p *play) act(a sim.Action) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.perform(a)
}

// strike does to a machine's process what an action says.
func (p *play) strike(m *machine, a sim.Action) {
	if m == nil {
		p.administration(a)()
		return
	}
	switch a.Kind {
	case sim.Start:
		if load, ok := p.trial.LoadOf(m.id); ok {
			p.startProducer(m, load)
		} else {
			p.startConsumer(m)
		}
	case sim.Crash, sim.Vanish:
		p.kill(m, a.Kind == sim.Vanish)
	case sim.Pause, sim.Resume:
		m.runs.base().gate.set(a.Kind == sim.Resume)
	case sim.Command:
		m.runs.(*consumer).leave()
	}
}

// possible tells whether an action fits the present state and is one that can
// be brought about on a real cluster. p.mu is held.
func (p *play) possible(a sim.Action) bool {
	switch a.Kind {
	case sim.Cut:
		return !slices.Contains(p.cuts, [2]sim.NodeID{a.Node, a.Peer})
	case sim.Heal:
		return slices.Contains(p.cuts, [2]sim.NodeID{a.Node, a.Peer})
	case sim.Reset:
		if p.jobs.has(a.Node) && p.jobs.has(a.Peer) {
			return p.jobs.possible(a)
		}
		m := p.client(a)
		return m != nil && m.runs != nil && len(m.runs.base().lane(a.Lane)) > 0
	}
	if p.jobs.has(a.Node) {
		return p.jobs.possible(a)
	}
	m := p.machines[a.Node]
	if m == nil {
		return p.administration(a) != nil
	}
	up := m.runs != nil
	still := up && m.runs.base().gate.waiting() != nil
	switch a.Kind {
	case sim.Start:
		return !up
	case sim.Crash, sim.Vanish:
		return up
	case sim.Pause:
		return up && !still
	case sim.Resume:
		return still
	case sim.Command:
		return up && !still && a.Label == "leave" && p.trial.MemberNumber(m.id) > 0
	}
	return false
}

// client is the machine at the clients' end of an action's connection.
func (p *play) client(a sim.Action) *machine {
	if m := p.machines[a.Node]; m != nil {
		return m
	}
	if a.Peer != sim.Nobody {
		return p.machines[a.Peer]
	}
	return nil
}

// cut parts or joins nodes. Clients do not talk to one another, so it matters
// only who is parted from the brokers.
func (p *play) cut(a sim.Action) {
	pair := [2]sim.NodeID{a.Node, a.Peer}
	if a.Kind == sim.Cut {
		p.cuts = append(p.cuts, pair)
	} else {
		p.cuts = slices.DeleteFunc(p.cuts, func(c [2]sim.NodeID) bool { return c == pair })
	}
	for _, m := range p.machines {
		if m != nil {
			m.network.set(!slices.ContainsFunc(p.cuts, func(c [2]sim.NodeID) bool { return p.parts(c, m.id) }))
		}
	}
}

// parts tells whether a cut parts a client from the brokers.
func (p *play) parts(c [2]sim.NodeID, client sim.NodeID) bool {
	broker := func(id sim.NodeID) bool { return id != sim.Nobody && p.trial.IsBroker(id) }
	switch {
	case c[1] == sim.Nobody:
		return c[0] == client || broker(c[0])
	default:
		return c[0] == client && broker(c[1]) || c[1] == client && broker(c[0])
	}
}

// reset breaks the connections of a lane.
func (p *play) reset(a sim.Action) {
	for _, c := range p.client(a).runs.base().lane(a.Lane) {
		c.broken.Store(true)
		c.Close()
	}
}
