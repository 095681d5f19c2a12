package library

import (
	"fmt"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/gauges"
	"github.com/groundhogsim/groundhog/sim"
)

// shape is what a group of A22 has to divide among three members.
type shape struct {
	name      string
	topics    []scenarios.Topic
	subscribe func(member int) []string
}

var shapes = []shape{
	{name: "6 partitions", topics: []scenarios.Topic{{Name: "orders", Partitions: 6}}},
	{name: "7 partitions", topics: []scenarios.Topic{{Name: "orders", Partitions: 7}}},
	{name: "2 topics of 5", topics: []scenarios.Topic{{Name: "orders", Partitions: 5}, {Name: "payments", Partitions: 5}}},
	{name: "uneven subscriptions", topics: []scenarios.Topic{{Name: "orders", Partitions: 6}, {Name: "payments", Partitions: 2}}, subscribe: func(member int) []string {
		if member == 1 {
			return []string{"orders", "payments"}
		}
		return []string{"orders"}
	}},
}

// The changes of A22: one of three members crashes or leaves, or a fourth
// comes.
var changes = []string{"join", "leave", "crash"}

// assignorQuartet is A22: four assignors, four shapes, three changes. Members
// are Java's, whose sticky assignor remembers what they had.
func assignorQuartet() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "A22", Refs: []string{"A22", "thread-33"}, Title: "range, round robin, sticky and cooperative-sticky: how evenly they divide, and what moves when a member joins, leaves or crashes"}
	for _, by := range assignors {
		for _, sh := range shapes {
			for _, change := range changes {
				s.Cases = append(s.Cases, scenarios.Case{Row: by.Name(), Column: sh.name + "/" + change, Spec: quartetSpec(by, sh, change, client.Java), Runs: 1})
			}
		}
	}
	for _, change := range changes {
		s.Cases = append(s.Cases, scenarios.Case{Row: forgetful, Column: shapes[1].name + "/" + change, Spec: quartetSpec(assignor.Sticky, shapes[1], change, client.Franz), Runs: 1})
	}
	s.Claims = []scenarios.Claim{
		{Ref: "A22", Text: "range gives contiguous runs, round robin divides with a spread of at most one", Expect: scenarios.Qualified, Judge: judgeSpread},
		{Ref: "A22", Text: "sticky and cooperative-sticky move as little as can be", Expect: scenarios.Qualified, Judge: judgeMoves},
	}
	return s
}

// forgetful is the row of franz-go's eager sticky balancer, which tells the
// leader of no earlier assignment.
const forgetful = "sticky, franz-go"

func quartetSpec(by assignor.Assignor, sh shape, change string, profile client.Profile) scenarios.Spec {
	spec := twoTopics(1, 3, profile, by)
	spec.Topics, spec.Subscribe = sh.topics, sh.subscribe
	spec.Load.Count = 40
	spec.Faulty = 25 * time.Second
	spec.Gauges = []scenarios.Gauge{gauges.Moved(), gauges.Shuffled(), gauges.Imbalance()}
	if change == "join" {
		spec.Members = 4
	}
	spec.Script = func(p *scenarios.Planner) {
		for i := range 3 {
			p.At(p.Draw("start", i, time.Second), sim.Start, fmt.Sprintf("m%d", i+1))
		}
		switch at := p.Spec().Warmup + p.Draw("change", 0, 2*time.Second); change {
		case "join":
			p.At(at, sim.Start, "m4")
		case "leave":
			p.Command(at, "leave", "m2")
		default:
			p.At(at, sim.Vanish, "m2")
		}
	}
	spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding { return asTheAssignorDoes(o, by, sh) }
	return spec
}

// asTheAssignorDoes checks every generation: range's runs, the even spread of
// the others, and that sticky ones move nothing between members that stay.
func asTheAssignorDoes(o *scenarios.Outcome, by assignor.Assignor, sh shape) []scenarios.Finding {
	var out []scenarios.Finding
	wrong := func(text string, args ...any) {
		out = append(out, scenarios.Finding{Name: WrongAssignment, Text: fmt.Sprintf(text, args...)})
	}
	spread, shuffled := o.Number("imbalance"), o.Number("moved among survivors")
	if len(spread) != 1 || len(shuffled) != 1 {
		wrong("nothing was measured")
		return out
	}
	if by == assignor.Range {
		for _, g := range o.Course.Generations {
			if s, ok := gap(g); ok {
				wrong("%s has partitions with a gap between in generation %d: %v", s.Client, g.Number, s.Partitions)
			}
		}
	} else if sh.subscribe == nil && spread[0] > 1 {
		wrong("%s has a spread of %d", by.Name(), spread[0])
	}
	keeps := by == assignor.CooperativeSticky || by == assignor.Sticky && o.Trial.Spec.Client.Profile == client.Java
	if keeps && shuffled[0] > 0 {
		wrong("%s moved %d partitions between members that stayed", by.Name(), shuffled[0])
	}
	return out
}

// gap finds a member whose partitions of one topic are no run.
func gap(g scenarios.Generation) (found scenarios.Share, ok bool) {
	for _, s := range g.Shares {
		ps := slices.Clone(s.Partitions)
		slices.SortFunc(ps, func(a, b scenarios.Partition) int {
			if a.Topic != b.Topic {
				return len(a.Topic) - len(b.Topic)
			}
			return int(a.Partition - b.Partition)
		})
		for i := 1; i < len(ps); i++ {
			if ps[i].Topic == ps[i-1].Topic && ps[i].Partition != ps[i-1].Partition+1 {
				return s, true
			}
		}
	}
	return found, false
}

func judgeSpread(r *scenarios.Result) (scenarios.Ruling, string) {
	of := func(row string) (even, uneven int64) {
		for _, c := range r.Cases {
			if m := c.Measure("imbalance"); c.Row == row && m != nil {
				if slices.ContainsFunc(changes, func(ch string) bool { return c.Column == "uneven subscriptions/"+ch }) {
					uneven = max(uneven, m.Max)
				} else {
					even = max(even, m.Max)
				}
			}
		}
		return even, uneven
	}
	ranged, _ := of("range")
	robin, robinUneven := of("roundrobin")
	_, sticky := of("sticky")
	text := fmt.Sprintf("range's runs are contiguous in all generations, at the price of a spread of up to %d over two topics; round robin keeps %d where all read the same topics, but %d with uneven subscriptions, where sticky keeps %d",
		ranged, robin, robinUneven, sticky)
	switch {
	case r.Anomalies[WrongAssignment] > 0 || robin > 1:
		return scenarios.Refuted, text
	case robinUneven > 1:
		return scenarios.Qualified, text
	}
	return scenarios.Confirmed, text
}

func judgeMoves(r *scenarios.Result) (scenarios.Ruling, string) {
	const moved, shuffled = "moved", "moved among survivors"
	sticky, cooperative, franz := span(r, shuffled, "sticky"), span(r, shuffled, "cooperative-sticky"), span(r, shuffled, forgetful)
	ranged, robin := span(r, shuffled, "range"), span(r, shuffled, "roundrobin")
	text := fmt.Sprintf("of 6 to 10 partitions, those that move between members who both stay: range %v, round robin %v, sticky %v, cooperative-sticky %v; but %v with franz-go's eager sticky balancer, whose members have forgotten what they had when they join again. In all, %v move under sticky and %v under range",
		ranged, robin, sticky, cooperative, franz, span(r, moved, "sticky"), span(r, moved, "range"))
	switch {
	case !sticky.is(0) || !cooperative.is(0):
		return scenarios.Refuted, text
	case franz.most > 0:
		return scenarios.Qualified, text
	}
	return scenarios.Confirmed, text
}
