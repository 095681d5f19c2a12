package library

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/gauges"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
)

// claimsOfA are rows A21 to A23: what the assignors do.
func claimsOfA() []*scenarios.Scenario {
	return []*scenarios.Scenario{defaultAssignors(), assignorQuartet(), leastDisruption()}
}

// Defaults are the protocols that a client offers unless it is told otherwise,
// most wanted first.
type Defaults struct {
	Client    string
	Assignors []assignor.Assignor
}

// DefaultAssignors are from ConsumerConfig, from librdkafka's CONFIGURATION.md
// (partition.assignment.strategy), and from kgo.Balancers. Those of Java and
// franz-go are held against the libraries by a test of package realkafka.
var DefaultAssignors = []Defaults{
	{"Java", []assignor.Assignor{assignor.Range, assignor.CooperativeSticky}},
	{"librdkafka", []assignor.Assignor{assignor.Range, assignor.RoundRobin}},
	{"franz-go", []assignor.Assignor{assignor.CooperativeSticky}},
}

// WrongAssignment: an assignment does not have the shape that is its
// assignor's.
const WrongAssignment = "wrong-assignment"

// defaultAssignors is A21: "range assignor (default)". What a client offers is
// one thing, what a group of it uses another: two topics of three partitions
// tell, of which range gives the first member the larger part of both.
func defaultAssignors() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "A21", Refs: []string{"A21"}, Title: "which assignor a client uses unless told otherwise: 2 topics of 3 partitions, 2 members"}
	want := map[string]string{"Java": "4 and 2", "librdkafka": "4 and 2", "franz-go": "3 and 3"}
	for _, d := range DefaultAssignors {
		spec := twoTopics(3, 2, client.Franz, d.Assignors...)
		if d.Client == "Java" {
			spec.Client.Profile = client.Java
		}
		spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
			if got := lastCounts(o); got != want[d.Client] {
				return []scenarios.Finding{{Name: WrongAssignment, Text: fmt.Sprintf("the members have %s partitions, must be %s", got, want[d.Client])}}
			}
			return nil
		}
		s.Cases = append(s.Cases, scenarios.Case{Row: d.Client, Column: "at work", Spec: spec, Runs: 3})
	}
	for _, p := range []struct {
		client  string
		profile client.Profile
	}{{"Java", client.Java}, {"franz-go", client.Franz}} {
		s.Cases = append(s.Cases, scenarios.Case{Row: p.client, Column: "simulated", Facts: func() ([]scenarios.Fact, error) {
			want := DefaultAssignors[slices.IndexFunc(DefaultAssignors, func(d Defaults) bool { return d.Client == p.client })]
			return []scenarios.Fact{{Name: "offers", Got: strings.Join(names(client.Config{Profile: p.profile}.WithDefaults().Assignors), ", "), Want: strings.Join(names(want.Assignors), ", ")}}, nil
		}})
	}
	s.Claims = []scenarios.Claim{{Ref: "A21", Text: "range is the default assignor", Expect: scenarios.Qualified, Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
		var all []string
		ranged := 0
		for _, d := range DefaultAssignors {
			shift := r.Case(d.Client, "at work").Measure("imbalance")
			uneven := shift != nil && shift.Min == 2
			if uneven {
				ranged++
			}
			all = append(all, fmt.Sprintf("%s offers %s (imbalance %d)", d.Client, strings.Join(names(d.Assignors), ", "), shift.Max))
		}
		text := "it depends on the client: " + strings.Join(all, "; ")
		switch ranged {
		case 0:
			return scenarios.Refuted, text
		case len(DefaultAssignors):
			return scenarios.Confirmed, text
		}
		return scenarios.Qualified, text
	}}}
	return s
}

func names(of []assignor.Assignor) (out []string) {
	for _, a := range of {
		out = append(out, a.Name())
	}
	return out
}

// twoTopics is a small group on two topics alike.
func twoTopics(partitions int32, members int, profile client.Profile, by ...assignor.Assignor) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: partitions}, {Name: "payments", Partitions: partitions}}, Members: members,
		Group:   scenarios.Classic("order-service", by...),
		Handler: handlers.ProcessThenCommit,
		Load:    scenarios.Load{Count: 60, Pattern: "customer-%d", Keys: 20, PerTick: 4, Every: time.Second},
		Client: scenarios.ClientConfig{Profile: profile, SessionTimeout: 10 * time.Second, HeartbeatInterval: 3 * time.Second, RebalanceTimeout: 20 * time.Second,
			Reset: client.Earliest, BlockRebalanceOnPoll: true},
		Gauges:  []scenarios.Gauge{gauges.Imbalance()},
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke().Forbidding("assigned as the assignor does", WrongAssignment),
		Warmup:  10 * time.Second, Faulty: 5 * time.Second,
		Script: func(p *scenarios.Planner) { startAll(p, time.Second) },
	}
}

// lastCounts is how many partitions each member has in the last generation,
// the most first: "4 and 2".
func lastCounts(o *scenarios.Outcome) string {
	gens := o.Course.Generations
	if len(gens) == 0 {
		return "no"
	}
	var counts []int
	for _, s := range gens[len(gens)-1].Shares {
		counts = append(counts, len(s.Partitions))
	}
	slices.SortFunc(counts, func(a, b int) int { return b - a })
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(counts), "[]"), " ", " and ")
}
