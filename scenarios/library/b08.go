package library

import (
	"fmt"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/gauges"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// B08: four partitions, twenty task managers, of which four are active. One
// active stops: it crashes, leaves in good order, or stands still. An idle one
// takes over; B09 claims "within the session timeout", and is refuted.

// ReassignOutsideLaw: a partition found its new owner sooner or later than the
// timeouts allow.
const ReassignOutsideLaw = "reassign-outside-law"

// WrongShare: after the change not all others are as they should be.
const WrongShare = "wrong-share"

func taskManagers() []*scenarios.Scenario {
	make := func(how, title string, stop func(p *scenarios.Planner, at time.Duration), handler func(scenarios.Env) scenarios.Handler) *scenarios.Scenario {
		return &scenarios.Scenario{
			Name: "B08-" + how, Title: title, Refs: []string{"B08", "B09"}, Expect: scenarios.Hold, Seeds: 40,
			Spec:    taskManagerSpec(how, stop, handler),
			OnKafka: func() scenarios.Spec { return onKafka(taskManagerSpec(how, stop, handler)) },
		}
	}
	crash := make("crash", "20 task managers, one of the four active crashes", func(p *scenarios.Planner, at time.Duration) {
		p.At(at, sim.Vanish, "m1")
	}, handlers.ProcessThenCommit)
	crash.Claims = []scenarios.Claim{{Ref: "B09", Text: "partitions are reassigned within the session timeout (30 s)", Expect: scenarios.Refuted, After: 20, Judge: withinSession}}
	graceful := make("graceful", "20 task managers, one of the four active leaves in good order", func(p *scenarios.Planner, at time.Duration) {
		p.Command(at, "leave", "m1")
	}, handlers.ProcessThenCommit)
	graceful.Claims = []scenarios.Claim{{Ref: "B09", Text: "partitions are reassigned within the session timeout (30 s), when a task manager is stopped in good order", Expect: scenarios.Confirmed, After: 20, Judge: withinSession}}
	pause := make("pause", "20 task managers, one of the four active stands still, and comes back as a zombie", func(p *scenarios.Planner, at time.Duration) {
		c := p.Spec().Client
		p.At(at, sim.Pause, "m1")
		p.At(at+c.SessionTimeout+2*c.HeartbeatInterval+p.Draw("zombie", 0, c.SessionTimeout), sim.Resume, "m1")
	}, handlers.ProcessThenCommit)
	pause.Sometimes = []scenarios.Sometimes{{Name: "a zombie learnt that it was fenced", After: 20, Seen: func(o *scenarios.Outcome) bool { return o.Course.Fenced > 0 }}}

	first := make("crash-commit-first", "wrong: commits before processing", func(p *scenarios.Planner, at time.Duration) {
		p.When(busy("m1", at), sim.Vanish, "m1")
	}, handlers.CommitThenProcess)
	first.Expect, first.Anomaly, first.Seeds = scenarios.Fail, model.CommitAheadOfProcessing, 20
	last := make("crash-commit-last", "wrong: commits the last offset instead of the next", func(p *scenarios.Planner, at time.Duration) {
		p.At(at, sim.Vanish, "m1")
	}, handlers.CommitLastOffset)
	last.Expect, last.Anomaly, last.Seeds = scenarios.Fail, CommitBehindAtRest, 20
	return []*scenarios.Scenario{crash, graceful, pause, first, last}
}

// busy is true of a member's first work after a moment.
func busy(member string, at time.Duration) func() func(*model.Event) bool {
	return func() func(*model.Event) bool {
		return func(e *model.Event) bool {
			return e.At >= int64(sim.Span(at)) && e.Kind == model.Processed && e.Client == member
		}
	}
}

func taskManagerSpec(how string, stop func(*scenarios.Planner, time.Duration), handler func(scenarios.Env) scenarios.Handler) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "flinkdotnet.sample.topic", Partitions: 4}}, Group: scenarios.Classic("flinkdotnet-consumer-group", assignor.Range), Members: 20,
		Handler: handler,
		Load:    scenarios.Load{Count: 400, Pattern: "key-%d", Keys: 50, PerTick: 10, Every: 2 * time.Second},
		Client: scenarios.ClientConfig{SessionTimeout: 30 * time.Second, HeartbeatInterval: 10 * time.Second,
			RebalanceTimeout: 300 * time.Second, MaxPollRecords: 20, BlockRebalanceOnPoll: true},
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke().PerKeyOrder().MonotoneCommits().
			Forbidding("reassigned by the law of the timeouts", ReassignOutsideLaw).
			Forbidding("four active, the others idle", WrongShare).
			Forbidding("at rest all is committed", CommitBehindAtRest),
		Gauges: []scenarios.Gauge{gauges.TimeToReassign()},
		Warmup: 35 * time.Second, Faulty: 80 * time.Second,
		Script: func(p *scenarios.Planner) { taskManagerScript(p, stop) },
		Assert: func(o *scenarios.Outcome) []scenarios.Finding {
			out := behindAtRest(o)
			if o.Course.Hit("m1", o.Trial.Spec.Warmup) {
				out = slices.Concat(out, reassignLaw(o, how), share(o))
			}
			return out
		},
	}
}

// taskManagerScript starts all members; in half of the runs their heartbeats
// are not in phase.
func taskManagerScript(p *scenarios.Planner, stop func(*scenarios.Planner, time.Duration)) {
	spec := p.Spec()
	startAll(p, time.Second)
	if p.Pick("phases", 0, 2) == 1 {
		outOfPhase(p, spec.Warmup/4)
	}
	stop(p, spec.Warmup+p.Draw("stop-at", 0, spec.Client.HeartbeatInterval))
}

// outOfPhase lets every member but the first stand still for one to two
// heartbeats, once, from a moment on: members that joined together otherwise
// all learn of a rebalance at the same time, and half of the range of the law
// stays empty.
func outOfPhase(p *scenarios.Planner, from time.Duration) { firstOutOfPhase(p, p.Spec().Members, from) }

// firstOutOfPhase is outOfPhase for the first so many members only.
func firstOutOfPhase(p *scenarios.Planner, members int, from time.Duration) {
	hb := p.Spec().Client.HeartbeatInterval
	for i := 1; i < members; i++ {
		// Long enough to miss a heartbeat, which then comes when it goes on.
		m, at := fmt.Sprintf("m%d", i+1), from+p.Draw("hiccup", i, hb/2)
		p.At(at, sim.Pause, m)
		p.At(at+hb+p.Draw("hiccup-for", i, hb*9/10), sim.Resume, m)
	}
}

// Slack is the ε of the law: what messages, callbacks and the join and sync
// phases take besides the timeouts.
func Slack(o *scenarios.Outcome) time.Duration {
	if o.World != "sim" {
		return time.Second
	}
	return 20 * (o.Trial.Network.Base + o.Trial.Network.Jitter + o.Trial.Network.Slow).Duration() / 2
}

// Law gives the bounds of the time from a member's stop to its partitions'
// new owners: a crash is noticed after (session − heartbeat, session], and
// the others learn of it within another heartbeat; a leave is noticed at once.
func Law(o *scenarios.Outcome, graceful bool) (low, high time.Duration) {
	c, slack := o.Trial.Spec.Client, Slack(o)
	if graceful {
		return 0, c.HeartbeatInterval + slack
	}
	return c.SessionTimeout - c.HeartbeatInterval - slack, c.SessionTimeout + c.HeartbeatInterval + slack
}

func reassignLaw(o *scenarios.Outcome, how string) []scenarios.Finding {
	low, high := Law(o, how == "graceful")
	var out []scenarios.Finding
	seen := false
	for _, t := range o.Report.Takeovers {
		if t.Client != "m1" || t.Begin < int64(sim.Span(o.Trial.Spec.Warmup)) || t.Recovered || t.End < 0 {
			continue
		}
		seen = true
		took := sim.Time(t.End - t.Begin).Duration()
		if took <= low || took > high {
			out = append(out, scenarios.Finding{Name: ReassignOutsideLaw, At: t.End, Client: "m1",
				Text: fmt.Sprintf("m1's partitions had new owners after %v, the law says (%v, %v]", took, low, high)})
		}
	}
	if !seen {
		out = append(out, scenarios.Finding{Name: ReassignOutsideLaw, Text: "m1's partitions never had a new owner"})
	}
	return out
}

// withinSession rules on B09: it is refuted by a single time above the session
// timeout.
func withinSession(r *scenarios.Result) (scenarios.Ruling, string) {
	const session, heartbeat = 30 * time.Second, 10 * time.Second
	m := r.Measure("time to reassign")
	if m == nil || m.N == 0 {
		return scenarios.Open, "nothing was reassigned"
	}
	late := m.Above(session.Microseconds())
	text := fmt.Sprintf("it took %v to %v, with a median of %v; more than %v in %d of %d runs",
		quantity(m.Min, m.Unit), quantity(m.Max, m.Unit), quantity(m.P50, m.Unit), session, late, m.N)
	if late == 0 {
		return scenarios.Confirmed, text
	}
	return scenarios.Refuted, fmt.Sprintf("%s. The law is (session − heartbeat, session + heartbeat], that is (%v, %v]", text, session-heartbeat, session+heartbeat)
}

// share checks the last generation: four members with one partition each, and
// all others with none.
func share(o *scenarios.Outcome) []scenarios.Finding {
	gens := o.Course.Generations
	if len(gens) == 0 {
		return []scenarios.Finding{{Name: WrongShare, Text: "no generation was ever formed"}}
	}
	// The liveness phase brings m1 back, so the group after the stop is the
	// one before the last that m1 is in.
	want := o.Trial.Spec.Members
	g := gens[len(gens)-1]
	active, idle := g.Counts()
	if active != 4 || active+idle != want {
		return []scenarios.Finding{{Name: WrongShare, Text: fmt.Sprintf("%d active and %d idle, want 4 and %d", active, idle, want-4)}}
	}
	without := gens[:0:0]
	for _, g := range gens {
		if !g.Has("m1") {
			without = append(without, g)
		}
	}
	for _, g := range without {
		if active, idle := g.Counts(); active+idle == want-1 && active == 4 {
			return nil
		}
	}
	return []scenarios.Finding{{Name: WrongShare, Text: fmt.Sprintf("no generation had 4 active and %d idle without m1", want-5)}}
}
