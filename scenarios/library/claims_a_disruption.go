package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/gauges"
	"github.com/groundhogsim/groundhog/sim"
)

// leastDisruption is A23: one trace, a member that joins and one that leaves,
// under eager and cooperative assignors.
func leastDisruption() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "A23", Refs: []string{"A23"}, Title: "a member joins, another leaves: how long partitions stand still, and in how many rounds, eager and cooperative"}
	for _, by := range assignors {
		for _, profile := range profiles {
			for _, change := range []string{"join", "leave"} {
				spec := disruptionSpec(change, profile)
				spec.Group = scenarios.Classic("order-service", by)
				s.Cases = append(s.Cases, onKafkaToo(scenarios.Case{Row: by.Name(), Column: change + "/" + string(profile), Spec: spec, Runs: 6}))
			}
		}
	}
	s.Claims = []scenarios.Claim{{Ref: "A23", Text: "cooperative rebalancing disturbs least", Expect: scenarios.Qualified, Judge: judgeDisruption}}
	return s
}

func disruptionSpec(change string, profile client.Profile) scenarios.Spec {
	spec := twoTopics(6, 4, profile)
	spec.Client.SessionTimeout, spec.Client.HeartbeatInterval = 30*time.Second, 10*time.Second
	spec.Warmup, spec.Faulty = 35*time.Second, 40*time.Second
	spec.Load = scenarios.Load{Count: 150, Pattern: "customer-%d", Keys: 20, PerTick: 10, Every: 5 * time.Second}
	spec.Gauges = []scenarios.Gauge{gauges.PauseArea(), gauges.Unowned(), gauges.Rounds(), gauges.Moved()}
	spec.Script = func(p *scenarios.Planner) {
		atFirst := 4
		if change == "join" {
			atFirst = 3
		}
		for i := range atFirst {
			p.At(p.Draw("start", i, time.Second), sim.Start, fmt.Sprintf("m%d", i+1))
		}
		firstOutOfPhase(p, atFirst, p.Spec().Warmup/4)
		switch at := p.Spec().Warmup + p.Draw("change", 0, p.Spec().Client.HeartbeatInterval); change {
		case "join":
			p.At(at, sim.Start, "m4")
		default:
			p.Command(at, "leave", "m4")
		}
	}
	return spec
}

func judgeDisruption(r *scenarios.Result) (scenarios.Ruling, string) {
	const cooperative = "cooperative-sticky"
	// mean is of the eager assignors, or of the cooperative one.
	mean := func(measure, column string, coop bool) int64 {
		sum, n := int64(0), int64(0)
		for _, c := range r.Cases {
			if m := c.Measure(measure); m != nil && c.Column == column && (c.Row == cooperative) == coop {
				sum, n = sum+m.Sum, n+int64(m.N)
			}
		}
		return sum / max(n, 1)
	}
	text, better, worse := "of 12 partitions", 0, 0
	for _, change := range []string{"join", "leave"} {
		for _, profile := range profiles {
			column := change + "/" + string(profile)
			eager, coop := mean("pause area", column, false), mean("pause area", column, true)
			if coop < eager {
				better++
			} else {
				worse++
			}
			text += fmt.Sprintf(", a %s costs %v under eager assignors and %v under cooperative-sticky in the %s client",
				change, quantity(eager, "partition-ms"), quantity(coop, "partition-ms"), profile)
		}
	}
	text += fmt.Sprintf("; a join is %v round there, %v here: the second one begins at the others' next heartbeat, which franz-go sends after half a second and Java after heartbeat.interval.ms",
		span(r, "rounds", "range", "roundrobin", "sticky"), span(r, "rounds", cooperative))
	switch {
	case better == 0:
		return scenarios.Refuted, text
	case worse > 0 || span(r, "rounds", cooperative).most > 1:
		return scenarios.Qualified, text
	}
	return scenarios.Confirmed, text
}
