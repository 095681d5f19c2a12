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

// claimsOfB are rows of document B: task managers in a group.
func claimsOfB() []*scenarios.Scenario {
	return []*scenarios.Scenario{
		activeAndIdle("B01", "4 partitions, 20 task managers: 4 active with one partition each, 16 idle", 20),
		activeAndIdle("B02", "4 partitions, 5 task managers, as in CI: 4 active, 1 idle", 5),
		undisturbed(), startStorm(), idleStops(), waves(), waitsForKafka(), missingTopic(), revokedNotLost(), evenSpread(), logContract(), DefaultStress.Scenario(),
	}
}

// assignors are those of a classic group, the eager ones first.
var assignors = []assignor.Assignor{assignor.Range, assignor.RoundRobin, assignor.Sticky, assignor.CooperativeSticky}

// profiles are whose clients a member can behave like.
var profiles = []client.Profile{client.Franz, client.Java}

// managers is document B's world: task managers on a topic of four partitions,
// with its session timeout of 30 s and its heartbeat of 10 s.
func managers(n int, by assignor.Assignor, profile client.Profile) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "flinkdotnet.sample.topic", Partitions: 4}}, Members: n,
		Group:   scenarios.Classic("flinkdotnet-consumer-group", by),
		Handler: handlers.ProcessThenCommit,
		Load:    scenarios.Load{Count: 200, Pattern: "key-%d", Keys: 50, PerTick: 10, Every: 2 * time.Second},
		Client: scenarios.ClientConfig{Profile: profile, SessionTimeout: 30 * time.Second, HeartbeatInterval: 10 * time.Second,
			RebalanceTimeout: 300 * time.Second, Reset: client.Earliest, MaxPollRecords: 20, BlockRebalanceOnPoll: true},
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke().PerKeyOrder().MonotoneCommits(),
		Warmup:  20 * time.Second, Faulty: 25 * time.Second,
		Script: func(p *scenarios.Planner) { startAll(p, time.Second) },
	}
}

// startAll starts all members within a span.
func startAll(p *scenarios.Planner, within time.Duration) {
	for i := range p.Spec().Members {
		p.At(p.Draw("start", i, within), sim.Start, fmt.Sprintf("m%d", i+1))
	}
}

// onKafkaToo makes a case that a real cluster can run: with franz-go clients.
// Of the eager assignors range stands for all.
func onKafkaToo(c scenarios.Case) scenarios.Case {
	by := c.Spec.Group.Assignors()[0]
	if c.Spec.Client.Profile != client.Java && (by == assignor.Range.Name() || by == assignor.CooperativeSticky.Name()) {
		spec := c.Spec
		c.OnKafka = func() scenarios.Spec { return onKafka(spec) }
	}
	return c
}

// activeAndIdle are B01 and B02: who has a partition and who has none.
func activeAndIdle(name, title string, members int) *scenarios.Scenario {
	s := &scenarios.Scenario{Name: name, Title: title, Refs: []string{name}}
	for _, by := range assignors {
		for _, profile := range profiles {
			spec := managers(members, by, profile)
			spec.Faulty = 10 * time.Second
			spec.Gauges = []scenarios.Gauge{gauges.Active(), gauges.Idle(), gauges.Imbalance()}
			spec.Promise = spec.Promise.Forbidding("four active, the others idle", WrongShare)
			spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding { return lastShare(o, members) }
			s.Cases = append(s.Cases, onKafkaToo(scenarios.Case{Row: by.Name(), Column: string(profile), Spec: spec, Runs: 4}))
		}
	}
	s.Claims = []scenarios.Claim{{Ref: name, Expect: scenarios.Confirmed,
		Text: fmt.Sprintf("of %d task managers only 4 are active, with a partition each; %d are idle", members, members-4),
		Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
			active, idle := span(r, "active"), span(r, "idle")
			text := fmt.Sprintf("%s active and %s idle, under each of %d assignors in both clients (%d runs); nobody has more than %s",
				active, idle, len(assignors), r.Seeds, span(r, "imbalance"))
			if active.is(4) && idle.is(int64(members-4)) && span(r, "imbalance").is(1) {
				return scenarios.Confirmed, text
			}
			return scenarios.Refuted, text
		}}}
	return s
}

// lastShare checks the last generation: four have one partition each.
func lastShare(o *scenarios.Outcome, members int) []scenarios.Finding {
	gens := o.Course.Generations
	if len(gens) == 0 {
		return []scenarios.Finding{{Name: WrongShare, Text: "no generation was ever formed"}}
	}
	last := gens[len(gens)-1]
	active, idle := last.Counts()
	uneven := slices.ContainsFunc(last.Shares, func(s scenarios.Share) bool { return len(s.Partitions) > 1 })
	if active == 4 && idle == members-4 && !uneven {
		return nil
	}
	return []scenarios.Finding{{Name: WrongShare, Text: fmt.Sprintf("%d active and %d idle, want 4 and %d with one each: %v", active, idle, members-4, last)}}
}

// limits are the least and the largest sample of a measure over all cases, or
// over some.
type limits struct {
	n           int
	least, most int64
	unit        string
}

// span gives the limits of a measure over the cases whose row or column is one
// of those named; over all, when none is.
func span(r *scenarios.Result, measure string, of ...string) limits {
	var l limits
	take := func(m *scenarios.Measured) {
		if m == nil || m.N == 0 {
			return
		}
		if l.n == 0 || m.Min < l.least {
			l.least = m.Min
		}
		l.n, l.most, l.unit = l.n+m.N, max(l.most, m.Max), m.Unit
	}
	if len(r.Cases) == 0 {
		take(r.Measure(measure))
	}
	for _, c := range r.Cases {
		if len(of) == 0 || slices.Contains(of, c.Row) || slices.Contains(of, c.Column) {
			take(c.Measure(measure))
		}
	}
	return l
}

// is tells whether there are samples, and all are v.
func (l limits) is(v int64) bool { return l.n > 0 && l.least == v && l.most == v }

// String is the sample where all are alike, else both limits.
func (l limits) String() string {
	switch {
	case l.n == 0:
		return "no sample"
	case l.least == l.most:
		return quantity(l.least, l.unit)
	}
	return quantity(l.least, l.unit) + " to " + quantity(l.most, l.unit)
}

// quantity writes a number without units that the text names by itself.
func quantity(v int64, unit string) string {
	switch unit {
	case "µs":
		d := sim.Time(v).Duration()
		if d >= time.Second {
			return d.Round(100 * time.Millisecond).String()
		}
		return d.Round(time.Millisecond).String()
	case "partition-ms":
		if v < 1000 {
			return fmt.Sprintf("%d partition-ms", v)
		}
		return fmt.Sprintf("%d.%d partition-seconds", v/1000, v/100%10)
	}
	return fmt.Sprint(v)
}
