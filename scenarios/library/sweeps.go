package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/gauges"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// Sweeps: one thing is varied, and a number is taken of many runs. The charts
// of the docs are drawn from them.

// B09-assignors: the time from an owner's stop to the new owners of its
// partitions, by cause and assignor.
func reassignments() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "B09-assignors", Title: "six members, an owner stops: how long until its partitions have owners, by cause and assignor", Refs: []string{"B09", "B08"},
		Claims: []scenarios.Claim{{Ref: "B09", Text: "a crash is noticed and made good within session + heartbeat, whatever the assignor", Expect: scenarios.Confirmed, Judge: withinLaw}}}
	for _, cause := range []string{"crash", "leaves in good order"} {
		for _, a := range []assignor.Assignor{assignor.Range, assignor.RoundRobin, assignor.Sticky, assignor.CooperativeSticky} {
			s.Cases = append(s.Cases, scenarios.Case{Row: cause, Column: a.Name(), Runs: 12, Spec: reassignSpec(cause, a)})
		}
	}
	return s
}

func reassignSpec(cause string, a assignor.Assignor) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 6}}, Group: scenarios.Classic("order-service", a), Members: 6,
		Handler: handlers.ProcessThenCommit,
		Load:    scenarios.Load{Count: 120, Pattern: "key-%d", Keys: 24, PerTick: 6, Every: 4 * time.Second},
		Client: scenarios.ClientConfig{SessionTimeout: 30 * time.Second, HeartbeatInterval: 10 * time.Second,
			RebalanceTimeout: 60 * time.Second, BlockRebalanceOnPoll: true, Reset: client.Earliest},
		Promise: scenarios.AtLeastOnce(),
		Gauges:  []scenarios.Gauge{gauges.TimeToReassign()},
		Warmup:  45 * time.Second, Faulty: 60 * time.Second,
		Script: func(p *scenarios.Planner) {
			startAll(p, time.Second)
			outOfPhase(p, 12*time.Second)
			at := p.Spec().Warmup + p.Draw("stop-at", 0, p.Spec().Client.HeartbeatInterval)
			if cause == "crash" {
				p.At(at, sim.Vanish, "m1")
			} else {
				p.Command(at, "leave", "m1")
			}
		},
	}
}

// withinLaw allows a second for the join and sync phases, and another round of
// both for cooperative members, which learn of it with a heartbeat.
func withinLaw(r *scenarios.Result) (scenarios.Ruling, string) {
	ruling, most, n := scenarios.Confirmed, int64(0), 0
	for _, c := range r.Cases {
		m := c.Measure("time to reassign")
		if c.Row != "crash" || m == nil {
			continue
		}
		n += m.N
		if most = max(most, m.Max); m.Above((41 * time.Second).Microseconds()) > 0 {
			ruling = scenarios.Refuted
		}
	}
	if n == 0 {
		return scenarios.Open, "nothing was measured"
	}
	return ruling, fmt.Sprintf("session 30s, heartbeat 10s: at most %s in %d runs with four assignors", scenarios.Quantity(most/1000*1000, "µs"), n)
}

// C12-interval: how many records come again after a crash, by the interval of
// auto-commit.
func commitIntervals() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "C12-interval", Title: "auto-commit, a crash: records that come again, by the commit interval", Refs: []string{"C12", "C04"},
		Claims: []scenarios.Claim{{Ref: "C12", Text: "a longer commit interval is only a matter of more duplicates", Expect: scenarios.Confirmed, Judge: withinInterval}}}
	for _, d := range CommitIntervals {
		s.Cases = append(s.Cases, scenarios.Case{Row: d.String(), Runs: 12, Spec: intervalSpec(d)})
	}
	return s
}

// CommitIntervals are what C12-interval goes through; IntervalRate is how many
// records arrive in a second.
var CommitIntervals = []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 6 * time.Second, 8 * time.Second}

// IntervalRate is how many records of C12-interval arrive in a second.
const IntervalRate = 10

func intervalSpec(interval time.Duration) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 1}}, Group: scenarios.Classic("order-service", assignor.Range), Members: 1,
		Handler: handlers.ProcessOnly,
		// The load begins when the group is there: a backlog would come again as a whole.
		Load: scenarios.Load{Count: 190, Pattern: "key-%d", Keys: 24, Every: time.Second / IntervalRate, From: 5 * time.Second},
		Client: scenarios.ClientConfig{Profile: client.Java, SessionTimeout: 10 * time.Second, Reset: client.Earliest,
			AutoCommit: true, AutoCommitInterval: interval},
		Promise: scenarios.AtLeastOnce(),
		Gauges:  []scenarios.Gauge{gauges.Duplicates(), gauges.Lost()},
		Warmup:  8 * time.Second, Faulty: 16 * time.Second,
		Script: func(p *scenarios.Planner) {
			p.At(0, sim.Start, "m1")
			at := p.Spec().Warmup + p.Draw("crash-at", 0, 10*time.Second)
			p.At(at, sim.Crash, "m1")
			p.At(at+time.Second, sim.Start, "m1")
		},
	}
}

// withinInterval: nothing is lost, and no more comes again than arrives in an
// interval and in one poll.
func withinInterval(r *scenarios.Result) (scenarios.Ruling, string) {
	ruling, text := scenarios.Confirmed, ""
	for i, c := range r.Cases {
		again, lost := c.Measure("duplicates"), c.Measure("lost")
		legal := IntervalRate*CommitIntervals[i].Milliseconds()/1000 + IntervalRate/2
		if lost.Max > 0 || again.Max > legal {
			ruling = scenarios.Refuted
		}
		text += fmt.Sprintf(" %s: %d", c.Row, again.Max)
	}
	return ruling, fmt.Sprintf("0 lost; at %d records a second the most that came again in 12 crashes, by interval:%s", IntervalRate, text)
}
