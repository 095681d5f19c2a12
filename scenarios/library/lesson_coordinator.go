package library

import (
	"fmt"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/gauges"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// C09: the coordinator's broker crashes in the middle of a join phase, or of a
// sync phase. What it knew of the phase is gone; what was committed is not.

// CoordinatorSpared: the coordinator did not crash where it was to.
const CoordinatorSpared = "coordinator-spared"

// recovery is the time from the crash of the coordinator to the end of the
// first rebalance after it.
const recovery = "recovery"

func coordinatorCrashes() []*scenarios.Scenario {
	phases := []struct {
		name string
		kind model.Kind
	}{{"in the join phase", model.Rebalancing}, {"in the sync phase", model.Formed}}
	s := &scenarios.Scenario{Name: "C09", Title: "the coordinator's broker crashes in a join phase, in a sync phase", Refs: []string{"C09", "I-O2", "I-C1"},
		Claims: []scenarios.Claim{{Ref: "C09", Text: "the coordinator's crash costs a group a rebalance, and no commit", Expect: scenarios.Confirmed, Judge: judgeCoordinator}}}
	for _, at := range phases {
		for _, by := range []assignor.Assignor{assignor.Range, assignor.CooperativeSticky} {
			for _, profile := range []client.Profile{client.Franz, client.Java} {
				for _, brokers := range []int{1, 3} {
					row := fmt.Sprintf("%s, comes back", at.name)
					if brokers > 1 {
						row = fmt.Sprintf("%s, another broker takes over", at.name)
					}
					s.Cases = append(s.Cases, scenarios.Case{Row: row, Column: fmt.Sprintf("%s, %s", by.Name(), profile), Runs: 4,
						Spec: coordinatorSpec(at.kind, by, profile, brokers)})
				}
			}
		}
	}
	return []*scenarios.Scenario{s}
}

func coordinatorSpec(phase model.Kind, by assignor.Assignor, profile client.Profile, brokers int) scenarios.Spec {
	promise := groupKeepsItsRules().NoCommitAfterRevoke().Forbidding("the coordinator crashes where it is to", CoordinatorSpared)
	// A commit of kgo's waits while the member joins. Where the coordinator has
	// forgotten the member, it takes a new id in the midst of that, and the
	// commit goes out under it: for what somebody else has had, and committed
	// further, since. An eager member has given everything up before it joins.
	if profile == client.Java || by == assignor.Range {
		promise = promise.MonotoneCommits()
	}
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 4}}, Group: scenarios.Classic("order-service", by), Members: 3, Brokers: brokers,
		Handler: handlers.ProcessThenCommit,
		Load:    scenarios.Load{Count: 100, Pattern: "customer-%d", Keys: 20, PerTick: 5},
		Client: scenarios.ClientConfig{Profile: profile, Reset: client.Earliest, SessionTimeout: 6 * time.Second, HeartbeatInterval: 2 * time.Second,
			RebalanceTimeout: 10 * time.Second, MaxPollRecords: 10, BlockRebalanceOnPoll: true},
		Promise: promise,
		Warmup:  10 * time.Second, Faulty: 20 * time.Second,
		Script: func(p *scenarios.Planner) {
			p.At(0, sim.Start, "m1")
			p.At(p.Draw("start", 2, time.Second), sim.Start, "m2")
			join := p.Spec().Warmup + p.Draw("join", 0, 2*time.Second)
			p.At(join, sim.Start, "m3")
			p.When(func() func(*model.Event) bool {
				return func(e *model.Event) bool { return e.Kind == phase && e.At >= sim.Span(join).Duration().Microseconds() }
			}, sim.Crash, "b0")
			back := p.Spec().Client.HeartbeatInterval + 2*time.Second // the phases are over by then, and b0 down
			p.At(join+back+p.Draw("back", 0, 2*time.Second), sim.Start, "b0")
			if brokers > 1 { // it is the coordinator when m3 comes
				p.Command(join-2*time.Second, "move-leader __consumer_offsets/0 b0", "c0")
			}
		},
		Gauges: []scenarios.Gauge{{Name: recovery, Unit: "µs", New: func(*scenarios.Trial) scenarios.Meter { return &recovered{crash: -1} }},
			gauges.Lost(), gauges.Duplicates()},
		Assert: func(o *scenarios.Outcome) []scenarios.Finding {
			if len(o.Number(recovery)) == 0 {
				return []scenarios.Finding{{Name: CoordinatorSpared, Text: "b0 did not crash, or no rebalance came to its end after that"}}
			}
			return nil
		},
	}
}

// recovered watches for the crash of b0.
type recovered struct{ crash int64 }

// Observe implements scenarios.Meter.
func (m *recovered) Observe(e *model.Event) {
	if e.Kind == model.Fault && e.Cause == "crash b0" && m.crash < 0 {
		m.crash = e.At
	}
}

// Read implements scenarios.Meter.
func (m *recovered) Read(o *scenarios.Outcome) []int64 {
	i := slices.IndexFunc(o.Report.Rebalances, func(r model.Rebalance) bool { return m.crash >= 0 && r.Formed > m.crash && r.End >= 0 })
	if i < 0 {
		return nil
	}
	return []int64{o.Report.Rebalances[i].End - m.crash}
}

func judgeCoordinator(r *scenarios.Result) (scenarios.Ruling, string) {
	const back, over = ", comes back", ", another broker takes over"
	of := func(how string) limits {
		return span(r, recovery, "in the join phase"+how, "in the sync phase"+how)
	}
	lost := span(r, "lost")
	text := fmt.Sprintf("%d commits lost and %d records in %d crashes; the group is whole again after %v where the broker comes back (it is down for 2 to 6 s), after %v where another one takes over",
		r.Anomalies[model.CommitLost], lost.most, r.Seeds, of(back), of(over))
	if r.Anomalies[model.CommitLost] > 0 || lost.most > 0 || of(back).n == 0 || of(over).n == 0 {
		return scenarios.Refuted, text
	}
	return scenarios.Confirmed, text
}
