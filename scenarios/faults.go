package scenarios

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/sim"
)

// Fault is a kind of thing that the environment may do to a run.
type Fault struct {
	Name     string
	plan     func(p *Planner, ordinal int, at time.Duration)
	tampers  bool // with single messages
	handlers bool // only of groups of handlers
	job      bool // only of jobs
}

// The kinds of faults.
var (
	// Crash kills a member's process; it comes back after a while, or not
	// before the faults stop.
	Crash = Fault{Name: "crash", plan: memberDown(sim.Crash)}
	// Vanish kills a member's machine: nobody is told.
	Vanish = Fault{Name: "vanish", plan: memberDown(sim.Vanish)}
	// Pause makes a member stand still, as in a long garbage collection:
	// sometimes for longer than its session lasts.
	Pause = Fault{Name: "pause", plan: func(p *Planner, i int, at time.Duration) {
		m := p.member("pause", i)
		p.At(at, sim.Pause, m)
		p.At(at+p.Draw("pause-for", i, p.run.Spec.Client.SessionTimeout*2), sim.Resume, m)
	}}
	// Leave makes a member leave in good order and come back.
	Leave = Fault{Name: "leave", handlers: true, plan: func(p *Planner, i int, at time.Duration) {
		m := p.member("leave", i)
		p.Command(at, "leave", m)
		p.At(at+time.Second+p.Draw("leave-for", i, 20*time.Second), sim.Start, m)
	}}
	// Join keeps a member out at first; it joins in the middle of the run.
	Join = Fault{Name: "join", plan: func(p *Planner, i int, at time.Duration) {
		m := p.member("join", i)
		plan := p.run.Plan[:0]
		for _, e := range p.run.Plan {
			if e.Action != p.action(sim.Start, m) || e.At > sim.Span(startWithin) {
				plan = append(plan, e)
			}
		}
		p.run.Plan = plan
		p.At(at, sim.Start, m)
	}}
	// Disconnect breaks a member's connections to the broker: requests and
	// answers under way are lost with them. With a job it breaks a
	// TaskManager's to any one node.
	Disconnect = Fault{Name: "disconnect", plan: func(p *Planner, i int, at time.Duration) {
		m := p.member("disconnect", i)
		p.disconnect(at, m, p.peerOf(m, i))
	}}
	// Cut parts a member from the broker for a while.
	Cut = Fault{Name: "cut", plan: func(p *Planner, i int, at time.Duration) {
		m := p.member("cut", i)
		p.At(at, sim.Cut, m)
		p.At(at+p.Draw("cut-for", i, p.run.Spec.Client.SessionTimeout*3/2), sim.Heal, m)
	}}
	// ClockSkew sets a member's clock off by up to a minute, and makes it run up
	// to a thousandth too fast or too slow: its timers, too.
	ClockSkew = Fault{Name: "clock-skew", plan: func(p *Planner, i int, at time.Duration) {
		a := p.action(sim.Skew, p.member("skew", i))
		offset := sim.Span(p.Draw("skew-by", i, 2*time.Minute) - time.Minute)
		a.Key = fmt.Sprintf("%v %dppm", offset, p.Pick("drift", i, 2001)-1000)
		p.run.Plan = append(p.run.Plan, sim.Entry{At: sim.Span(at), Action: a})
	}}
	// CoordinatorReload makes the coordinator load its groups again from its
	// log, as when it moves.
	CoordinatorReload = Fault{Name: "coordinator-reload", plan: func(p *Planner, i int, at time.Duration) {
		p.Command(at, "reload-coordinator", "b0")
	}}
	// BrokerCrash kills a broker; it comes back.
	BrokerCrash = Fault{Name: "broker-crash", plan: func(p *Planner, i int, at time.Duration) {
		b := p.broker("broker-crash", i)
		p.At(at, sim.Crash, b)
		p.At(at+time.Second+p.Draw("broker-down-for", i, 10*time.Second), sim.Start, b)
	}}
	// BrokerCut parts a broker from everybody for a while: it may go on as a
	// leader that others have replaced.
	BrokerCut = Fault{Name: "broker-cut", plan: func(p *Planner, i int, at time.Duration) {
		b := p.broker("broker-cut", i)
		p.At(at, sim.Cut, b)
		p.At(at+time.Second+p.Draw("broker-cut-for", i, 20*time.Second), sim.Heal, b)
	}}
	// CoordinatorMove makes another broker the coordinator.
	CoordinatorMove = Fault{Name: "coordinator-move", plan: func(p *Planner, i int, at time.Duration) {
		p.moveLeader("coordinator-move", i, at, "__consumer_offsets/0")
	}}
	// LoseMessages, DoubleMessages and ReorderMessages do to single messages
	// what TCP does not: a client notices by correlation ids and time-outs.
	LoseMessages = Fault{Name: "lose-messages", plan: func(p *Planner, _ int, _ time.Duration) { p.run.Tamper.Drop += 3 }, tampers: true}
	// DoubleMessages delivers some twice.
	DoubleMessages = Fault{Name: "double-messages", plan: func(p *Planner, _ int, _ time.Duration) { p.run.Tamper.Duplicate += 3 }, tampers: true}
	// ReorderMessages lets some overtake the one before.
	ReorderMessages = Fault{Name: "reorder-messages", plan: func(p *Planner, _ int, _ time.Duration) { p.run.Tamper.Reorder += 3 }, tampers: true}
	// LeaderMove makes another broker lead a partition of the first topic.
	LeaderMove = Fault{Name: "leader-move", plan: func(p *Planner, i int, at time.Duration) {
		t := p.run.Spec.Topics[0]
		p.moveLeader("leader-move", i, at, fmt.Sprintf("%s/%d", t.Name, p.Pick("moved", i, int(t.Partitions))))
	}}
)

// moveLeader plans the move of a partition's leadership; a single broker has
// none to move it to.
func (p *Planner) moveLeader(purpose string, i int, at time.Duration, partition string) {
	if p.run.Spec.Brokers > 1 {
		p.Command(at, fmt.Sprintf("move-leader %s %s", partition, p.broker(purpose, i)), "c0")
	}
}

// broker picks a broker for the i-th fault.
func (p *Planner) broker(purpose string, i int) string {
	return fmt.Sprintf("b%d", p.Pick("who-"+purpose, i, p.run.Spec.Brokers))
}

// AddPartitions gives the first topic more partitions: total in all.
func AddPartitions(total int32) Fault {
	return Fault{Name: fmt.Sprintf("add-partitions-%d", total), plan: func(p *Planner, i int, at time.Duration) {
		p.AddPartitions(at, p.run.Spec.Topics[0].Name, total)
	}}
}

// AnyOf lists faults of which every run draws some.
func AnyOf(faults ...Fault) []Fault { return faults }

func memberDown(kind sim.Kind) func(*Planner, int, time.Duration) {
	return func(p *Planner, i int, at time.Duration) {
		m := p.member("down", i)
		p.At(at, kind, m)
		if p.Pick("back", i, 3) > 0 {
			p.At(at+100*time.Millisecond+p.Draw("down-for", i, p.run.Spec.Client.SessionTimeout), sim.Start, m)
		}
	}
}

// member picks a member for the i-th fault.
func (p *Planner) member(purpose string, i int) string {
	return p.run.Spec.memberName(1 + p.Pick("who-"+purpose, i, p.run.Spec.Members))
}

// faults draws which kinds of the Spec's faults this run has (swarm testing:
// some runs have one kind only), how many, and when.
func (p *Planner) faults() {
	spec := p.run.Spec
	if len(spec.Faults) == 0 {
		return
	}
	var kinds []Fault
	for i, f := range spec.Faults {
		if p.Pick("option-fault", i, 2) == 1 {
			kinds = append(kinds, f)
		}
	}
	if len(kinds) == 0 {
		kinds = append(kinds, spec.Faults[p.Pick("option-one-fault", 0, len(spec.Faults))])
	}
	n := 1 + p.Pick("option-faults", 0, 4)
	names := ""
	for i, f := range kinds {
		if i > 0 {
			names += ", "
		}
		names += f.Name
	}
	p.run.Options = append(p.run.Options, fmt.Sprintf("%d faults of: %s", n, names))
	for i := range n {
		f := kinds[p.Pick("which-fault", i, len(kinds))]
		f.plan(p, i, spec.Warmup+p.Draw("fault-at", i, spec.Faulty))
	}
}
