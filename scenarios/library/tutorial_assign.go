package library

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// E01, E02, E03 and E13: who gets what in the tutorial's pictures. Its second
// and its last picture need different assignors.

// WrongOwners: the group came to rest with other owners than its assignor
// gives by itself.
const WrongOwners = "wrong-owners"

// picture is one of the tutorial's: so many partitions and consumers, and what
// each assignor makes of them, consumers being called C1, C2, …
type picture struct {
	id, title  string
	partitions int32
	consumers  int
	want       []string // by assignor, in the order of assignors
	claim      string   // what the tutorial says, in words
	expect     scenarios.Ruling
	says       func(owners string) bool // whether owners are what it says
}

func pictures() []*scenarios.Scenario {
	turns, blocks := "C1=[0 2] C2=[1 3]", "C1=[0 1] C2=[2 3]"
	three, pairs := "C1=[0 3] C2=[1 4] C3=[2 5]", "C1=[0 1] C2=[2 3] C3=[4 5]"
	idle := "C1=[0] C2=[1] C3=[2] C4=[3] C5=[] C6=[]"
	is := func(want string) func(string) bool { return func(owners string) bool { return owners == want } }
	var out []*scenarios.Scenario
	for _, p := range []picture{
		{"E01", "4 partitions, 1 consumer: it has all four", 4, 1, slices.Repeat([]string{"C1=[0 1 2 3]"}, 4),
			"one consumer gets all four partitions", scenarios.Confirmed, is("C1=[0 1 2 3]")},
		{"E02", "4 partitions, 2 consumers: which assignor makes the text true", 4, 2, []string{blocks, turns, turns, turns},
			"C1 gets P0 and P1, C2 gets P2 and P3", scenarios.Qualified, is(blocks)},
		{"E03", "4 partitions, 6 consumers: two are idle", 4, 6, slices.Repeat([]string{idle}, 4),
			"with more consumers than partitions some are idle", scenarios.Confirmed,
			func(owners string) bool { return strings.Count(owners, "[]") == 2 }},
		{"E13", "6 partitions, 3 consumers: which assignor makes the text true", 6, 3, []string{pairs, three, three, three},
			"C1 gets P0 and P3, C2 gets P1 and P4, C3 gets P2 and P5", scenarios.Qualified, is(three)},
	} {
		out = append(out, p.scenario())
	}
	return out
}

func (p picture) scenario() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: p.id, Title: p.title, Refs: []string{p.id}, Expect: scenarios.Hold}
	for i, a := range assignors {
		s.Cases = append(s.Cases,
			scenarios.Case{Row: a.Name(), Column: "assignor", Facts: func() ([]scenarios.Fact, error) {
				return []scenarios.Fact{{Name: "owners", Got: ownersOf(a, p.partitions, p.consumers), Want: p.want[i]}}, nil
			}})
		run := scenarios.Case{Row: a.Name(), Column: "group", Runs: 6, Spec: p.spec(a, p.want[i])}
		if i < 2 { // what the sticky ones give depends on who came first, and on Kafka nobody waits for the others
			run.OnKafka = func() scenarios.Spec { return onKafka(p.spec(a, p.want[i])) }
		}
		s.Cases = append(s.Cases, run)
	}
	s.Claims = []scenarios.Claim{{Ref: p.id, Text: p.claim, Expect: p.expect, After: len(s.Cases), Judge: p.judge}}
	return s
}

// ownersOf is what an assignor gives consumers that have nothing yet.
func ownersOf(a assignor.Assignor, partitions int32, consumers int) string {
	in := assignor.Input{Topics: []assignor.Topic{{Name: "orders", Partitions: partitions}}}
	for i := range consumers {
		in.Members = append(in.Members, assignor.Member{ID: fmt.Sprintf("C%d", i+1), Topics: []string{"orders"}, Generation: -1})
	}
	var out []string
	for i, ps := range a.Assign(in) {
		var has []int32
		for _, p := range ps {
			has = append(has, p.Partition)
		}
		slices.Sort(has)
		out = append(out, fmt.Sprintf("%s=%v", in.Members[i].ID, has))
	}
	return strings.Join(out, " ")
}

func (p picture) spec(a assignor.Assignor, want string) scenarios.Spec {
	spec := scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: p.partitions}}, Group: scenarios.Classic("order-group", a), Members: p.consumers,
		Handler: handlers.ProcessThenCommit,
		Load:    scenarios.Load{Count: 24, Pattern: "order-%d", Keys: 12, PerTick: 4, Every: time.Second},
		Client:  scenarios.ClientConfig{SessionTimeout: 10 * time.Second, MaxPollRecords: 8, BlockRebalanceOnPoll: true},
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke().PerKeyOrder().Forbidding("owners as the assignor gives them", WrongOwners),
		Warmup:  6 * time.Second, Faulty: time.Second,
		Script: func(plan *scenarios.Planner) {
			for i := range p.consumers {
				plan.At(plan.Draw("start", i, time.Second), sim.Start, fmt.Sprintf("m%d", i+1))
			}
		},
		Assert: func(o *scenarios.Outcome) []scenarios.Finding {
			if got := atRest(o); got != want {
				return []scenarios.Finding{{Name: WrongOwners, Text: fmt.Sprintf("owners are %s, want %s", got, want)}}
			}
			return nil
		},
	}
	for i := range p.partitions {
		spec.Gauges = append(spec.Gauges, scenarios.Reading(ownerOf(i), "consumer", func(o *scenarios.Outcome) []int64 {
			return ownerIn(o, i)
		}))
	}
	return spec
}

// lastWhole is the last generation that all members were in; nil if none was.
func lastWhole(o *scenarios.Outcome) *scenarios.Generation {
	for i := len(o.Course.Generations) - 1; i >= 0; i-- {
		if g := &o.Course.Generations[i]; len(g.Shares) == o.Trial.Spec.Members {
			return g
		}
	}
	return nil
}

// atRest is who has what in the end, the members m1, m2, … called C1, C2, ….
func atRest(o *scenarios.Outcome) string {
	g := lastWhole(o)
	if g == nil {
		return "nobody's"
	}
	var out []string
	for _, s := range g.Shares {
		var has []int32
		for _, p := range s.Partitions {
			has = append(has, p.Partition)
		}
		slices.Sort(has)
		out = append(out, fmt.Sprintf("C%s=%v", strings.TrimPrefix(s.Client, "m"), has))
	}
	return strings.Join(out, " ")
}

func ownerOf(partition int32) string { return fmt.Sprintf("owner of P%d", partition) }

// ownerIn is the number of the consumer that has a partition in the end.
func ownerIn(o *scenarios.Outcome, partition int32) []int64 {
	g := lastWhole(o)
	if g == nil {
		return nil
	}
	for i, s := range g.Shares {
		if slices.ContainsFunc(s.Partitions, func(p scenarios.Partition) bool { return p.Partition == partition }) {
			return []int64{int64(i + 1)}
		}
	}
	return nil
}

// judge compares what the groups came to with what the tutorial says. An
// assignor counts when all its groups came to the same.
func (p picture) judge(r *scenarios.Result) (scenarios.Ruling, string) {
	by := map[string][]string{} // owners → assignors
	var order []string
	yes, runs := 0, 0
	for _, a := range assignors {
		c := r.Case(a.Name(), "group")
		runs += c.Runs
		owners := p.measured(c)
		if p.says(owners) {
			yes++
		}
		if by[owners] == nil {
			order = append(order, owners)
		}
		by[owners] = append(by[owners], a.Name())
	}
	var parts []string
	for _, owners := range order {
		parts = append(parts, fmt.Sprintf("%s: %s", strings.Join(by[owners], ", "), owners))
	}
	ruling := scenarios.Qualified
	switch yes {
	case len(assignors):
		ruling = scenarios.Confirmed
	case 0:
		ruling = scenarios.Refuted
	}
	return ruling, fmt.Sprintf("true of %d of %d assignors in %d groups; %s", yes, len(assignors), runs, strings.Join(parts, "; "))
}

// measured is the owners that all runs of a case had in common.
func (p picture) measured(c *scenarios.CaseResult) string {
	has := make([][]int32, p.consumers)
	for i := range p.partitions {
		m := c.Measure(ownerOf(i))
		if m == nil || m.N != c.Runs || m.Min != m.Max {
			return "differs from group to group"
		}
		has[m.Min-1] = append(has[m.Min-1], i)
	}
	var out []string
	for i, ps := range has {
		out = append(out, fmt.Sprintf("C%d=%v", i+1, ps))
	}
	return strings.Join(out, " ")
}
