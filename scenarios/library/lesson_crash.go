package library

import (
	"fmt"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/gauges"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// C03: three consumers, each crashes in turn and comes back. The others take
// its partitions over when its session is over, and go on at what it committed.

func faultTolerance() []*scenarios.Scenario {
	var out []*scenarios.Scenario
	for _, c := range []struct {
		name, title string
		by          assignor.Assignor
		profile     client.Profile
	}{
		{"C03", "three consumers crash in turn: others take over, and resume at the commit", assignor.Range, client.Franz},
		{"C03-cooperative", "the same with cooperative-sticky", assignor.CooperativeSticky, client.Franz},
		{"C03-java", "the same with Java's consumers", assignor.Range, client.Java},
		{"C03-java-cooperative", "the same with Java's consumers and cooperative-sticky", assignor.CooperativeSticky, client.Java},
	} {
		spec := inTurnSpec(c.by, c.profile)
		s := &scenarios.Scenario{Name: c.name, Title: c.title, Refs: []string{"C03"}, Expect: scenarios.Hold, Seeds: 40, Spec: spec,
			Claims: []scenarios.Claim{{Ref: "C03", Text: "when a consumer fails, another takes over where it left off", Expect: scenarios.Qualified, After: 20, Judge: judgeTakeover}},
			Sometimes: []scenarios.Sometimes{
				{Name: "records came again", After: 20, Seen: func(o *scenarios.Outcome) bool { return o.Report.Summary.ProcessedDuplicates > 0 }},
			}}
		if c.profile == client.Franz {
			s.OnKafka = func() scenarios.Spec { return onKafka(spec) }
		}
		out = append(out, s)
	}
	return out
}

func inTurnSpec(by assignor.Assignor, profile client.Profile) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 6}}, Group: scenarios.Classic("order-service", by), Members: 3,
		Handler: handlers.ProcessThenCommit,
		Load:    scenarios.Load{Count: 240, Pattern: "customer-%d", Keys: 24, PerTick: 12},
		Client: scenarios.ClientConfig{Profile: profile, Reset: client.Earliest, SessionTimeout: 6 * time.Second, HeartbeatInterval: 2 * time.Second,
			RebalanceTimeout: 10 * time.Second, MaxPollRecords: 12, BlockRebalanceOnPoll: true},
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke().PerKeyOrder().MonotoneCommits().
			Forbidding("taken over by the law of the timeouts", ReassignOutsideLaw).
			Forbidding("exactly the uncommitted come again", RedeliveryMismatch),
		Warmup: 8 * time.Second, Faulty: 48 * time.Second,
		Gauges: []scenarios.Gauge{gauges.TimeToReassign(), gauges.Lost(), gauges.Duplicates()},
		Script: func(p *scenarios.Planner) {
			p.At(0, sim.Start, "m1")
			p.At(p.Draw("start", 2, time.Second), sim.Start, "m2")
			p.At(p.Draw("start", 3, time.Second), sim.Start, "m3")
			c := p.Spec().Client
			turn := 2 * (c.SessionTimeout + c.HeartbeatInterval)
			for i := range 3 {
				m, at := fmt.Sprintf("m%d", i+1), p.Spec().Warmup+time.Duration(i)*turn
				p.When(busy(m, at+p.Draw("crash", i, c.HeartbeatInterval)), sim.Crash, m)
				p.At(at+2*c.HeartbeatInterval+c.SessionTimeout+2*time.Second, sim.Start, m)
			}
		},
		Assert: func(o *scenarios.Outcome) []scenarios.Finding {
			return slices.Concat(redelivery(o), takenOverInTurn(o))
		},
	}
}

// takenOverInTurn checks the time of each takeover, and that there was one for
// each crash.
func takenOverInTurn(o *scenarios.Outcome) []scenarios.Finding {
	var out []scenarios.Finding
	low, high := Law(o, false)
	for i := range 3 {
		m := fmt.Sprintf("m%d", i+1)
		if !o.Course.Hit(m, o.Trial.Spec.Warmup) {
			continue // of a run that was shrunk
		}
		seen := false
		for _, t := range o.Report.Takeovers {
			if t.Client != m || !t.Stopped || t.End < 0 {
				continue
			}
			seen = true
			if took := sim.Time(t.End - t.Begin).Duration(); took <= low || took > high {
				out = append(out, scenarios.Finding{Name: ReassignOutsideLaw, At: t.End, Client: m,
					Text: fmt.Sprintf("%s's partitions had new owners after %v, the law says (%v, %v]", m, took, low, high)})
			}
		}
		if !seen {
			out = append(out, scenarios.Finding{Name: ReassignOutsideLaw, Client: m, Text: m + "'s partitions never had a new owner"})
		}
	}
	return out
}

func judgeTakeover(r *scenarios.Result) (scenarios.Ruling, string) {
	took, twice, lost := r.Measure("time to reassign"), r.Measure("duplicates"), r.Measure("lost")
	text := fmt.Sprintf("where it committed: %d records of %d runs were processed twice, %d lost; and not at once: with a session of 6 s and a heartbeat of 2 s its partitions have no owner for %v to %v, %v at the median",
		twice.Sum, r.Seeds, lost.Sum, quantity(took.Min, "µs"), quantity(took.Max, "µs"), quantity(took.P50, "µs"))
	switch {
	case lost.Sum > 0 || took.N == 0:
		return scenarios.Refuted, text
	case twice.Sum > 0:
		return scenarios.Qualified, text
	}
	return scenarios.Confirmed, text
}
