package library

import (
	"fmt"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// E08: the tutorial's orders. Three partitions: C1 has 0 and 1, C2 has 2. C1
// crashes, C2 takes all, until C1 rejoins.

func ordersRejoin() []*scenarios.Scenario {
	scenario := func(name, title string, handler func(scenarios.Env) scenarios.Handler) *scenarios.Scenario {
		return &scenarios.Scenario{Name: name, Title: title, Refs: []string{"E08"}, Expect: scenarios.Hold, Seeds: 800,
			Spec: ordersSpec(handler), OnKafka: func() scenarios.Spec { return onKafka(ordersSpec(handler)) }}
	}
	right := scenario("E08", "orders: C1 crashes, C2 takes all three partitions, until C1 rejoins", handlers.ProcessThenCommit)
	right.Sometimes = []scenarios.Sometimes{
		{Name: "C1 was declared dead", After: 1, Seen: func(o *scenarios.Outcome) bool { return o.Report.Summary.Rebalances >= 2 }},
	}
	first := scenario("E08-commit-first", "wrong: commits before processing", handlers.CommitThenProcess)
	first.Expect, first.Anomaly, first.Seeds = scenarios.Fail, model.CommitAheadOfProcessing, 200
	last := scenario("E08-commit-last", "wrong: commits the last offset instead of the next", handlers.CommitLastOffset)
	last.Refs = []string{"E08", "E06"}
	last.Expect, last.Anomaly, last.Seeds = scenarios.Fail, CommitBehindAtRest, 200
	return []*scenarios.Scenario{right, first, last}
}

// The anomalies of E08: the course of ownership is another, and the group is
// at rest although what is committed is less than what was processed.
const (
	OwnershipCourse    = "ownership-course"
	CommitBehindAtRest = "commit-behind-at-rest"
)

func ordersSpec(handler func(scenarios.Env) scenarios.Handler) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 3}}, Group: scenarios.Classic("order-group", assignor.Range), Members: 2,
		Handler: handler,
		Load:    scenarios.Load{Count: 240, Pattern: "order-%d", Keys: 30, PerTick: 4, Every: 500 * time.Millisecond},
		Client:  scenarios.ClientConfig{SessionTimeout: 10 * time.Second, HeartbeatInterval: 3 * time.Second, MaxPollRecords: 8, BlockRebalanceOnPoll: true},
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke().PerKeyOrder().MonotoneCommits().
			Forbidding("C2 takes all until C1 rejoins", OwnershipCourse).
			Forbidding("at rest all is committed", CommitBehindAtRest),
		Warmup: 10 * time.Second, Faulty: 40 * time.Second,
		Script: func(p *scenarios.Planner) {
			p.At(0, sim.Start, "m1")
			p.At(p.Draw("start", 2, time.Second), sim.Start, "m2")
			c := p.Spec().Client
			down := p.Spec().Warmup + p.Draw("crash-at", 0, 2*c.HeartbeatInterval)
			p.When(busy("m1", down), sim.Crash, "m1")
			// Long enough to be declared dead, and for C2 to take over.
			p.At(down+c.SessionTimeout+c.HeartbeatInterval+2*time.Second+p.Draw("back", 0, 5*time.Second), sim.Start, "m1")
		},
		Assert: func(o *scenarios.Outcome) []scenarios.Finding { return slices.Concat(ordersCourse(o), behindAtRest(o)) },
	}
}

// ordersCourse checks who owned what, one generation after the other: the
// stable stages must be C1+C2, C2 alone, C1+C2.
func ordersCourse(o *scenarios.Outcome) []scenarios.Finding {
	want := []string{"m1=[0 1] m2=[2]", "m2=[0 1 2]", "m1=[0 1] m2=[2]"}
	var got []string
	for _, g := range o.Course.Generations {
		if s := g.String(); s != "" && (len(got) == 0 || got[len(got)-1] != s) {
			got = append(got, s)
		}
	}
	if !o.Course.Hit("m1", o.Trial.Spec.Warmup) {
		return nil
	}
	// A first generation in which C1 was alone is a matter of who came first.
	if len(got) > 0 && got[0] == "m1=[0 1 2]" {
		got = got[1:]
	}
	if slices.Equal(got, want) {
		return nil
	}
	return []scenarios.Finding{{Name: OwnershipCourse, Text: fmt.Sprintf("owners were %v, want %v", got, want)}}
}

// behindAtRest finds partitions of a settled group whose committed offset is
// below what was processed: a restart now would bring records again.
func behindAtRest(o *scenarios.Outcome) []scenarios.Finding {
	var out []scenarios.Finding
	for _, p := range o.Course.Progress {
		if o.Settled && p.Committed < p.Processed {
			out = append(out, scenarios.Finding{Name: CommitBehindAtRest, TopicPartition: p.Partition, From: p.Committed, To: p.Processed,
				Text: fmt.Sprintf("%v is committed up to %d, processed up to %d, and all is at rest", p.Partition, p.Committed, p.Processed)})
		}
	}
	return out
}
