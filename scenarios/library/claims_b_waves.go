package library

import (
	"fmt"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/gauges"
	"github.com/groundhogsim/groundhog/sim"
)

// UnownedTooLong: a partition was without an owner for longer than the
// timeouts account for.
const UnownedTooLong = "unowned-too-long"

// wave is a way in which many task managers stop, one after the other or all
// at once.
type wave struct {
	name   string
	faulty time.Duration
	static bool
	// crashes says that members are missed only when their sessions run out.
	crashes bool
	starves bool // and that partitions are without an owner for too long
	plan    func(p *scenarios.Planner, from time.Duration)
}

// waves is B11: several active task managers stop at once, all are restarted in
// turn, one comes and goes.
func waves() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "B11", Refs: []string{"B11", "thread-36", "thread-38"},
		Title: "several active task managers crash at once; all 20 are restarted in turn; one crashes again and again"}
	var list []wave
	for k := 1; k <= 4; k++ {
		list = append(list, wave{name: fmt.Sprintf("%d active crash at once", k), faulty: 60 * time.Second, crashes: true, plan: func(p *scenarios.Planner, from time.Duration) {
			for _, m := range activeManagers[:k] {
				p.At(from, sim.Vanish, m)
			}
		}})
	}
	list = append(list,
		wave{name: "rolling restart", faulty: 110 * time.Second, plan: rollingRestart},
		wave{name: "rolling restart, static members", faulty: 110 * time.Second, static: true, plan: rollingRestart},
		wave{name: flapping, faulty: 110 * time.Second, crashes: true, starves: true, plan: flap},
		wave{name: flapping + ", static members", faulty: 110 * time.Second, crashes: true, static: true, plan: flap})
	for _, w := range list {
		for _, by := range []assignor.Assignor{assignor.Range, assignor.CooperativeSticky} {
			c := onKafkaToo(scenarios.Case{Row: w.name, Column: by.Name(), Spec: w.spec(by, client.Franz), Runs: 4})
			if w.starves {
				c.Expect, c.Anomaly = scenarios.Fail, UnownedTooLong
			}
			s.Cases = append(s.Cases, c)
		}
	}
	s.Claims = []scenarios.Claim{
		{Ref: "B11", Text: "whatever stops, every partition is soon owned again, and nothing is lost", Expect: scenarios.Qualified, Judge: judgeWaves},
		{Ref: "B11", Text: "a rolling restart is a rebalance for each task manager that stops and one for each that starts", Expect: scenarios.Qualified, Judge: judgeRolling},
	}
	return s
}

// activeManagers have the partitions in managers(20, …): the first in the order
// of ids.
var activeManagers = []string{"m1", "m10", "m11", "m12"}

const flapping = "an active one flaps"

// flap crashes a member every half of its session timeout, and soon starts it
// again.
func flap(p *scenarios.Planner, from time.Duration) {
	session := p.Spec().Client.SessionTimeout
	for i := range 5 {
		at := from + time.Duration(i)*session/2
		p.At(at, sim.Crash, activeManagers[0])
		p.At(at+session/30+p.Draw("down", i, session*3/10), sim.Start, activeManagers[0])
	}
}

func rollingRestart(p *scenarios.Planner, from time.Duration) {
	hb := p.Spec().Client.HeartbeatInterval
	for i := range p.Spec().Members {
		m, at := fmt.Sprintf("m%d", i+1), from+time.Duration(i)*hb*2/5
		if p.Spec().Group.InstanceID(i+1) != "" {
			p.At(at, sim.Crash, m) // static members do not leave
		} else {
			p.Command(at, "leave", m)
		}
		p.At(at+hb/5, sim.Start, m)
	}
}

func (w wave) spec(by assignor.Assignor, profile client.Profile) scenarios.Spec {
	spec := managers(20, by, profile)
	if w.static {
		spec.Group = spec.Group.Static()
	}
	spec.Faulty = w.faulty
	spec.Load.Every = 5 * time.Second
	spec.Gauges = []scenarios.Gauge{gauges.Unowned(), gauges.Rounds(), gauges.PauseArea(), gauges.Duplicates(), gauges.Lost()}
	spec.Promise = spec.Promise.Forbidding("no partition starves", UnownedTooLong)
	spec.Script = func(p *scenarios.Planner) {
		startAll(p, time.Second)
		w.plan(p, p.Spec().Warmup+p.Draw("begin", 0, p.Spec().Client.HeartbeatInterval))
	}
	spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding { return starved(o, w.crashes) }
	return spec
}

// starved finds partitions that had no owner for longer than the timeouts
// account for: until a dead member is missed, the others have heard of it, and,
// should another one stop meanwhile, once more.
func starved(o *scenarios.Outcome, crashes bool) []scenarios.Finding {
	c := o.Trial.Spec.Client
	limit := 2*c.HeartbeatInterval + 2*Slack(o)
	if crashes {
		limit += c.SessionTimeout
	}
	if t := slices.Max(append(o.Number("time without an owner"), 0)); t > limit.Microseconds() {
		return []scenarios.Finding{{Name: UnownedTooLong, Text: fmt.Sprintf("a partition had no owner for %v, must be at most %v", sim.Time(t), limit)}}
	}
	return nil
}

func judgeWaves(r *scenarios.Result) (scenarios.Ruling, string) {
	var calm []string
	for _, c := range r.Cases {
		if c.Row != flapping {
			calm = append(calm, c.Row)
		}
	}
	const unowned = "time without an owner"
	lost, twice, longest, flaps := span(r, "lost"), span(r, "duplicates"), span(r, unowned, calm...), span(r, unowned, flapping)
	text := fmt.Sprintf("nothing is lost in %d runs and at most %d records come twice; no partition is without an owner for longer than %v; "+
		"but while a dynamic member crashes every 15 s, partitions are for %v: each of its dead memberships holds the rebalance up until its session is over, and none of them does under static membership",
		r.Seeds, twice.most, quantity(longest.most, "µs"), quantity(flaps.most, "µs"))
	switch {
	case lost.most > 0 || longest.n == 0 || flaps.n == 0:
		return scenarios.Refuted, text
	case flaps.most > longest.most:
		return scenarios.Qualified, text
	}
	return scenarios.Confirmed, text
}

func judgeRolling(r *scenarios.Result) (scenarios.Ruling, string) {
	dynamic, static := span(r, "rounds", "rolling restart"), span(r, "rounds", "rolling restart, static members")
	eager, cooperative := r.Case("rolling restart", "range"), r.Case("rolling restart", "cooperative-sticky")
	a, b := eager.Measure("pause area"), cooperative.Measure("pause area")
	text := fmt.Sprintf("20 task managers at 4 s each were %v generations, for what stops and starts within a heartbeat is one; the pause was %v under range, %v under cooperative-sticky. As static members they need %v",
		dynamic, quantity(a.P50, a.Unit), quantity(b.P50, b.Unit), static)
	switch {
	case dynamic.least >= 40:
		return scenarios.Confirmed, text
	case dynamic.most > 0 && static.most < dynamic.least:
		return scenarios.Qualified, text
	}
	return scenarios.Refuted, text
}
