package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/sim"
)

// names are the nodes of a Spec's world: brokers b0…, members m1… of all
// groups, or the TaskManagers tm1… of a job in place of its own, producers p1…,
// the controller c0 where there are several brokers, and a job's other nodes.
func (s *Spec) names() sim.Names {
	n := sim.Names{Lanes: lanes}
	for i := range s.Brokers {
		n.Nodes = append(n.Nodes, fmt.Sprintf("b%d", i))
	}
	for i := range s.allMembers() {
		n.Nodes = append(n.Nodes, s.memberName(i+1))
	}
	for i := range 1 + len(s.Loads) {
		n.Nodes = append(n.Nodes, fmt.Sprintf("p%d", i+1))
	}
	if s.Brokers > 1 {
		n.Nodes = append(n.Nodes, "c0")
	}
	if s.Job != nil {
		n.Nodes = append(n.Nodes, jobNodes...)
	}
	return n
}

// Trial is one run to be made: a Spec with everything drawn that is decided
// beforehand. A world plays it; what it decides on the way is in its log.
type Trial struct {
	Spec     *Spec
	Seed     uint64
	Network  sim.Network
	Untimed  bool     // messages and timers overtake each other as far as bounded delay allows
	Options  []string // what was drawn, for people
	Plan     []sim.Entry
	Tamper   sim.Tamper // with single messages, until the faults stop; in timed runs
	Triggers []*Trigger
	Retired  []sim.NodeID // members that are not to come back when the faults stop
	Names    sim.Names
}

// member is the node of the i-th member, from 0 on.
func (r *Trial) member(i int) sim.NodeID { return sim.NodeID(r.Spec.Brokers + i) }

// isMember tells whether a node of the trial is a member of one of the groups,
// or one of a job's TaskManagers.
func (r *Trial) isMember(id sim.NodeID) bool {
	return id >= r.member(0) && id < r.member(r.Spec.allMembers())
}

// IsBroker tells whether a node of the run is a broker or the controller.
func (r *Trial) IsBroker(id sim.NodeID) bool {
	return id < r.member(0) || r.Spec.Brokers > 1 && id == r.controller()
}

// MemberNumber is a member's number, from 1 on; 0 for other nodes.
func (r *Trial) MemberNumber(id sim.NodeID) int {
	if !r.isMember(id) {
		return 0
	}
	return 1 + int(id-r.member(0))
}

// LoadOf is what a producer's node writes.
func (r *Trial) LoadOf(id sim.NodeID) (load Load, ok bool) {
	switch n := int(id - r.member(r.Spec.allMembers())); {
	case n == 0:
		return r.Spec.Load, true
	case n > 0 && n <= len(r.Spec.Loads):
		return r.Spec.Loads[n-1], true
	}
	return load, false
}

// startOf is when a node that is no member starts.
func (r *Trial) startOf(id sim.NodeID) time.Duration {
	if r.IsBroker(id) {
		return r.Spec.Broker.ReadyAt
	}
	return 0
}

// Planner plans what the environment does in a run. Everything it draws is a
// function of the seed and of what it is drawn for.
type Planner struct {
	run   *Trial
	draws sim.Draws
	err   error // the first thing that the script cannot have
}

// startWithin is when members of a Spec without a script start at the latest.
const startWithin = 2 * time.Second

// NewTrial draws a run of a Spec.
func NewTrial(spec *Spec, seed uint64) (*Trial, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	spec = spec.withDefaults()
	p := &Planner{run: &Trial{Spec: spec, Seed: seed, Names: spec.names()}, draws: sim.SeededDraws(seed)}
	p.network()
	for _, name := range p.run.Names.Nodes {
		if id, _ := p.run.Names.Node(name); !p.run.isMember(id) {
			p.At(p.run.startOf(id), sim.Start, name)
		}
	}
	switch {
	case spec.Script != nil:
		spec.Script(p)
	default:
		for i := range spec.allMembers() {
			p.At(p.Draw("start", i, startWithin), sim.Start, spec.memberName(i+1))
		}
		p.faults()
		p.order()
	}
	if p.err != nil {
		return nil, p.err
	}
	slices.SortStableFunc(p.run.Plan, func(a, b sim.Entry) int {
		if c := int(a.At - b.At); c != 0 {
			return c
		}
		return sim.Compare(a.Action, b.Action)
	})
	return p.run, nil
}

// order draws whether this run is untimed: one in five is. Scripted Specs
// speak of times, and are always timed.
func (p *Planner) order() {
	if p.draws.Draw("option-untimed", 0, 5) == 0 {
		p.run.Untimed = true
		p.run.Options = append(p.run.Options, fmt.Sprintf("any order that delays of at most %v allow", delayBound))
	}
}

// delayBound is how long a message may be under way, and a timer overdue, in
// untimed runs: less than any session timeout leaves room for, so that only
// the faults expire members.
const delayBound = 2 * sim.Second

// network draws how fast messages are in this run.
func (p *Planner) network() {
	n := sim.Network{Base: 200, Jitter: sim.Time(500 + p.draws.Draw("option-jitter", 0, 5000))}
	if p.draws.Draw("option-slow", 0, 3) == 0 {
		n.SlowPermille, n.Slow = 20, 200*sim.Millisecond
	}
	p.run.Network = n
	p.run.Options = append(p.run.Options, fmt.Sprintf("latency %v..%v", n.Base, n.Base+n.Jitter))
	if n.SlowPermille > 0 {
		p.run.Options = append(p.run.Options, fmt.Sprintf("%d of 1000 messages up to %v slower", n.SlowPermille, n.Slow))
	}
}

// Spec is what the run is planned for, defaults filled in.
func (p *Planner) Spec() *Spec { return p.run.Spec }

// Draw gives a span in [0, below) for a purpose and an ordinal.
func (p *Planner) Draw(purpose string, ordinal int, below time.Duration) time.Duration {
	return sim.Time(p.draws.Draw(purpose, uint64(ordinal), int64(sim.Span(below)))).Duration()
}

// Pick gives a number in [0, n) for a purpose and an ordinal.
func (p *Planner) Pick(purpose string, ordinal, n int) int {
	return int(p.draws.Draw(purpose, uint64(ordinal), int64(n)))
}

// Member picks a member for a purpose and an ordinal: m1, m2, … or tm1, tm2, …
func (p *Planner) Member(purpose string, ordinal int) string { return p.member(purpose, ordinal) }

// At plans an action on a node.
func (p *Planner) At(at time.Duration, kind sim.Kind, node string) {
	p.run.Plan = append(p.run.Plan, sim.Entry{At: sim.Span(at), Action: p.action(kind, node)})
}

// Command plans a command to a node: "leave", or with operands
// "add-partitions orders 8".
func (p *Planner) Command(at time.Duration, command, node string) {
	p.run.Plan = append(p.run.Plan, sim.Entry{At: sim.Span(at), Action: p.command(command, node)})
}

// Retire ends a member for good at a moment: it is not started again when the
// faults stop, and the group has to settle without it.
func (p *Planner) Retire(at time.Duration, node string) {
	p.At(at, sim.Crash, node)
	p.run.Retired = append(p.run.Retired, p.action(sim.Crash, node).Node)
}

func (p *Planner) action(kind sim.Kind, node string) sim.Action {
	id, ok := p.run.Names.Node(node)
	if !ok {
		p.wrong("the plan", fmt.Sprintf("there is no node %q; there are: %s", node, strings.Join(p.run.Names.Nodes, ", ")))
	}
	return sim.Action{Kind: kind, Node: id, Peer: sim.Nobody}
}
