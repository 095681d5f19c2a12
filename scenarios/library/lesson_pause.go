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

// C06: how long a rebalance keeps partitions from being read, and how many of
// them, when a member joins and when one leaves.

// stopped is how many partitions were taken from their owners in a rebalance.
const stopped = "partitions stopped"

// WrongStop: an eager rebalance left partitions with their owners, or a
// cooperative one took those that stay.
const WrongStop = "wrong-stop"

const pausePartitions = 6

func rebalancePauses() []*scenarios.Scenario {
	s := &scenarios.Scenario{Name: "C06", Title: "how many partitions a rebalance stops, and for how long: eager against cooperative, join and leave", Refs: []string{"C06"},
		Claims: []scenarios.Claim{{Ref: "C06", Text: "consumption pauses while a group rebalances", Expect: scenarios.Qualified, Judge: judgePauses}}}
	for _, by := range []assignor.Assignor{assignor.Range, assignor.RoundRobin, assignor.Sticky, assignor.CooperativeSticky} {
		for _, join := range []bool{true, false} {
			for _, profile := range []client.Profile{client.Franz, client.Java} {
				what := "leave"
				if join {
					what = "join"
				}
				c := scenarios.Case{Row: by.Name(), Column: what + ", " + string(profile), Runs: 4, Spec: pauseSpec(by, join, profile)}
				if profile == client.Franz {
					c.OnKafka = func() scenarios.Spec { return onKafka(c.Spec) }
				}
				s.Cases = append(s.Cases, c)
			}
		}
	}
	return []*scenarios.Scenario{s}
}

func pauseSpec(by assignor.Assignor, join bool, profile client.Profile) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: pausePartitions}}, Group: scenarios.Classic("order-service", by), Members: 3,
		Handler: handlers.ProcessThenCommit,
		Load:    scenarios.Load{Count: 120, Pattern: "customer-%d", Keys: 24, PerTick: 6},
		Client: scenarios.ClientConfig{Profile: profile, Reset: client.Earliest, SessionTimeout: 6 * time.Second, HeartbeatInterval: 2 * time.Second,
			RebalanceTimeout: 10 * time.Second, MaxPollRecords: 12, BlockRebalanceOnPoll: true},
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke().MonotoneCommits().Forbidding("stops what it must, and no more", WrongStop),
		Warmup:  10 * time.Second, Faulty: 10 * time.Second,
		Script: func(p *scenarios.Planner) {
			p.At(0, sim.Start, "m1")
			p.At(p.Draw("start", 2, time.Second), sim.Start, "m2")
			at := p.Spec().Warmup + p.Draw("at", 0, 2*time.Second)
			if join {
				p.At(at, sim.Start, "m3")
				return
			}
			p.At(p.Draw("start", 3, time.Second), sim.Start, "m3")
			p.Command(at, "leave", "m3")
		},
		Gauges: []scenarios.Gauge{gauges.Unowned(), gauges.PauseArea(), gauges.Rounds(),
			{Name: stopped, Unit: "partitions", New: func(t *scenarios.Trial) scenarios.Meter {
				return &stops{from: t.Spec.Warmup.Microseconds()}
			}}},
		Assert: func(o *scenarios.Outcome) []scenarios.Finding { return stopsRightly(o, by) },
	}
}

// stops watches which partitions are taken from their owners until the faults
// stop.
type stops struct {
	from  int64
	over  bool
	parts []scenarios.Partition
}

// Observe implements scenarios.Meter.
func (s *stops) Observe(e *model.Event) {
	s.over = s.over || e.Kind == model.Calm
	if s.over || e.At < s.from || e.Kind != model.Revoked {
		return
	}
	for _, p := range e.Partitions {
		if !slices.Contains(s.parts, p.TopicPartition) {
			s.parts = append(s.parts, p.TopicPartition)
		}
	}
}

// Read implements scenarios.Meter.
func (s *stops) Read(*scenarios.Outcome) []int64 { return []int64{int64(len(s.parts))} }

// stopsRightly: the joining member gets two partitions of six, and the leaving
// one has two; under an eager assignor all six stop for that.
func stopsRightly(o *scenarios.Outcome, by assignor.Assignor) []scenarios.Finding {
	want := int64(pausePartitions)
	if by == assignor.CooperativeSticky {
		want = pausePartitions / 3
	}
	if got := o.Number(stopped)[0]; got != want && (o.Course.Hit("m3", o.Trial.Spec.Warmup) || len(o.Course.Generations) > 1) {
		return []scenarios.Finding{{Name: WrongStop, Text: fmt.Sprintf("%d partitions were taken from their owners, must be %d", got, want)}}
	}
	return nil
}

func judgePauses(r *scenarios.Result) (scenarios.Ruling, string) {
	eager, coop := []string{"range", "roundrobin", "sticky"}, "cooperative-sticky"
	all, some := span(r, stopped, eager...), span(r, stopped, coop)
	area := func(row, profile string) string {
		return quantity(r.Case(row, "join, "+profile).Measure("pause area").P50, "partition-ms")
	}
	text := fmt.Sprintf("under range, roundrobin and sticky for all partitions: %v; under cooperative-sticky for those that change hands: %v. "+
		"These stop for longer, until the others have heard of the second round: a join costs %s under range and %s under cooperative-sticky with kgo, %s and %s with Java, whose members hear of it at their next heartbeat (2 s); kgo's look after 0.5 s",
		all, some, area("range", "franz"), area(coop, "franz"), area("range", "java"), area(coop, "java"))
	switch {
	case !all.is(pausePartitions):
		return scenarios.Refuted, text
	case some.n > 0 && some.most < pausePartitions:
		return scenarios.Qualified, text
	}
	return scenarios.Confirmed, text
}
