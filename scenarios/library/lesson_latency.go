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

// C11: end-to-end latency, from the producer's acknowledgement to the end of
// the work, around a rebalance: by assignor, by what causes it, by members and
// by processing time. LatencyCurves are the points of the plot.

// The numbers of C11: of records that come in the second before what causes the
// rebalance, and in the ten seconds after it.
const (
	calmLatency  = "latency before"
	shockLatency = "latency around"
)

var latencyAssignors = []assignor.Assignor{assignor.Range, assignor.Sticky, assignor.CooperativeSticky}

// latencyCauses make the last member join, leave or crash.
var latencyCauses = []struct {
	name string
	plan func(p *scenarios.Planner, at time.Duration, last string)
}{
	{"join", func(p *scenarios.Planner, at time.Duration, last string) { p.At(at, sim.Start, last) }},
	{"leave", func(p *scenarios.Planner, at time.Duration, last string) { p.Command(at, "leave", last) }},
	{"crash", func(p *scenarios.Planner, at time.Duration, last string) { p.At(at, sim.Crash, last) }},
}

func latencies() []*scenarios.Scenario {
	s := &scenarios.Scenario{Name: "C11", Title: "end-to-end latency around a rebalance: assignor × cause, members and processing time", Refs: []string{"C11"},
		Claims: []scenarios.Claim{{Ref: "C11", Text: "rebalances add latency", Expect: scenarios.Qualified, Judge: judgeLatency}}}
	for _, by := range latencyAssignors {
		for cause := range latencyCauses {
			for _, members := range []int{2, 4, 8} {
				for _, work := range []time.Duration{5 * time.Millisecond, 80 * time.Millisecond} {
					spec, runs := latencySpec(by, cause, members, work), 1
					if members == 4 && work == 5*time.Millisecond {
						spec.Gauges = append(spec.Gauges, gauges.LatencyAround(-2*time.Second, 10*time.Second, time.Second)...)
						runs = 3
					}
					s.Cases = append(s.Cases, scenarios.Case{Row: by.Name(), Column: latencyColumn(cause, members, work), Runs: runs, Spec: spec,
						OnKafka: func() scenarios.Spec { return onKafka(latencySpec(by, cause, members, work)) }})
				}
			}
		}
	}
	return []*scenarios.Scenario{s}
}

func latencyColumn(cause, members int, work time.Duration) string {
	return fmt.Sprintf("%s, %d members, %v", latencyCauses[cause].name, members, work)
}

func latencySpec(by assignor.Assignor, cause, members int, work time.Duration) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 8}}, Group: scenarios.Classic("order-service", by), Members: members,
		Handler: func(env scenarios.Env) scenarios.Handler {
			return handlers.Func(func(records []scenarios.Record) {
				for _, r := range records {
					env.Sleep(work)
					env.Emit(r)
				}
				env.Commit(records...)
			})
		},
		Load: scenarios.Load{Count: 200, Pattern: "customer-%d", Keys: 40, PerTick: 2, Every: 200 * time.Millisecond},
		Client: scenarios.ClientConfig{Profile: client.Franz, SessionTimeout: 6 * time.Second, HeartbeatInterval: 2 * time.Second,
			RebalanceTimeout: 10 * time.Second, MaxPollRecords: 20, BlockRebalanceOnPoll: true},
		Promise: scenarios.AtLeastOnce(),
		Warmup:  8 * time.Second, Faulty: 12 * time.Second,
		Script: func(p *scenarios.Planner) {
			for i := range members - 1 {
				p.At(p.Draw("start", i, time.Second), sim.Start, fmt.Sprintf("m%d", i+1))
			}
			last := fmt.Sprintf("m%d", members)
			if latencyCauses[cause].name != "join" {
				p.At(p.Draw("start", members-1, time.Second), sim.Start, last)
			}
			latencyCauses[cause].plan(p, p.Spec().Warmup+p.Draw("at", 0, 2*time.Second), last)
		},
		Gauges: []scenarios.Gauge{
			gauges.Latency(calmLatency, -time.Second, 0),
			gauges.Latency(shockLatency, 0, 10*time.Second),
			gauges.Unowned(),
		},
	}
}

// judgeLatency answers for four members and 5 ms a record.
func judgeLatency(r *scenarios.Result) (scenarios.Ruling, string) {
	text := "p50 / p99 of 10 s around it, 4 members, 5 ms a record:"
	worst := map[string]int64{}
	for cause, c := range latencyCauses {
		text += " " + c.name
		for _, by := range latencyAssignors {
			m := r.Case(by.Name(), latencyColumn(cause, 4, 5*time.Millisecond)).Measure(shockLatency)
			if m == nil || m.N == 0 {
				return scenarios.Open, "no record was measured"
			}
			text += fmt.Sprintf(" %s %s / %s", by.Name(), quantity(m.P50, "µs"), quantity(m.P99, "µs"))
			worst[c.name] = max(worst[c.name], m.P99)
		}
		text += ";"
	}
	calm := r.Case("range", latencyColumn(0, 4, 5*time.Millisecond)).Measure(calmLatency)
	text += fmt.Sprintf(" before it %s / %s. A crash costs its session, a join or a leave what the rebalance takes", quantity(calm.P50, "µs"), quantity(calm.P99, "µs"))
	switch {
	case worst["crash"] < time.Second.Microseconds():
		return scenarios.Refuted, text
	case worst["crash"] > 2*worst["join"]:
		return scenarios.Qualified, text
	}
	return scenarios.Confirmed, text
}
