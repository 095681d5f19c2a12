package scenarios

import (
	"time"

	"github.com/groundhogsim/groundhog/sim"
)

// Part keeps two nodes from hearing of each other for a while; both go on with
// all others. A member that is parted from its coordinator alone still reads
// what other brokers lead.
func (p *Planner) Part(from, until time.Duration, node, peer string) {
	for _, e := range []struct {
		at   time.Duration
		kind sim.Kind
	}{{from, sim.Cut}, {until, sim.Heal}} {
		a := p.action(e.kind, node)
		if a.Peer = p.action(e.kind, peer).Node; a.Peer < a.Node {
			a.Node, a.Peer = a.Peer, a.Node
		}
		p.run.Plan = append(p.run.Plan, sim.Entry{At: sim.Span(e.at), Action: a})
	}
}
