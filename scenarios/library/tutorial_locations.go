package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

// E09 and E10: locations, keyed by patient. "Will all messages for the same
// patient go to the same consumer?" The third part of the answer is E11.

// Names of gauges.
const (
	keyAffinity = "keys with one consumer"
	overlapTime = "overlap of two owners"
	inversions  = "records behind a later one of their key"
)

// SharedKey: in a group whose members and partitions did not change, records
// of one key came to several consumers.
const SharedKey = "shared-key"

func locations() []*scenarios.Scenario {
	return []*scenarios.Scenario{whileStable(), whileRebalancing()}
}

// locationsSpec is a group that has formed when the load begins.
func locationsSpec(a assignor.Assignor, script func(*scenarios.Planner)) scenarios.Spec {
	none := time.Duration(0)
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "locations", Partitions: 6}}, Group: scenarios.Classic("location-group", a), Members: 3,
		Handler: taking(30 * time.Millisecond),
		Load:    scenarios.Load{Count: 168, Pattern: "patient-%d", Keys: 24, PerTick: 6, Every: 500 * time.Millisecond, From: 6 * time.Second},
		Client: scenarios.ClientConfig{SessionTimeout: kafkaSession, HeartbeatInterval: 2 * time.Second, RebalanceTimeout: 10 * time.Second,
			MaxPollRecords: 8, BlockRebalanceOnPoll: true, FetchMaxWait: 500 * time.Millisecond},
		Broker:  scenarios.BrokerConfig{InitialRebalanceDelay: &none},
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke().PerKeyOrder().MonotoneCommits(),
		Warmup:  6 * time.Second, Faulty: 16 * time.Second,
		Gauges: []scenarios.Gauge{following(keyAffinity, "‰", (*trail).affinity), following(overlapTime, "µs", (*trail).overlap),
			following(inversions, "records", (*trail).inversions)},
		Script: script,
	}
}

// taking is a handler whose work on a record takes so long.
func taking(work time.Duration) func(scenarios.Env) scenarios.Handler {
	return func(env scenarios.Env) scenarios.Handler { return &taker{env, work} }
}

type taker struct {
	env  scenarios.Env
	work time.Duration
}

// Process implements scenarios.Handler.
func (h *taker) Process(records []scenarios.Record) {
	for _, r := range records {
		h.env.Sleep(h.work)
		h.env.Emit(r)
	}
	h.env.Commit(records...)
}

// whileStable is E09.
func whileStable() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "E09", Title: "locations: all records of a patient go to one consumer while nothing changes", Refs: []string{"E09"}, Expect: scenarios.Hold}
	for _, a := range assignors {
		spec := locationsSpec(a, func(p *scenarios.Planner) { startAll(p, time.Second) })
		spec.Load.Count, spec.Faulty = 120, 10*time.Second
		spec.Promise = spec.Promise.Forbidding("one consumer for a key", SharedKey)
		spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
			if n := o.Number(keyAffinity); len(n) != 1 || n[0] != 1000 {
				return []scenarios.Finding{{Name: SharedKey, Text: fmt.Sprintf("%v of 1000 keys had one consumer, want all", n)}}
			}
			return nil
		}
		s.Cases = append(s.Cases, scenarios.Case{Row: a.Name(), Runs: 10, Spec: spec, OnKafka: func() scenarios.Spec { return onKafka(spec) }})
	}
	s.Claims = []scenarios.Claim{{Ref: "E09", Text: "all messages of one patientId go to the same consumer (in a stable group)", Expect: scenarios.Confirmed, After: 40,
		Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
			least := int64(1000)
			for _, c := range r.Cases {
				least = min(least, c.Measure(keyAffinity).Min)
			}
			ruling := scenarios.Confirmed
			if least < 1000 {
				ruling = scenarios.Refuted
			}
			return ruling, fmt.Sprintf("in %d groups with four assignors at least %d of 1000 keys had one consumer for all of their records", r.Seeds, least)
		}}}
	return s
}

// trouble is what happens to the group of E10.
type trouble struct {
	name string
	do   func(p *scenarios.Planner, at time.Duration)
}

func troubles() []trouble {
	return []trouble{
		{"crash", func(p *scenarios.Planner, at time.Duration) {
			startAll(p, time.Second)
			p.When(busy("m2", at), sim.Crash, "m2")
		}},
		{"leave", func(p *scenarios.Planner, at time.Duration) {
			startAll(p, time.Second)
			p.Command(at, "leave", "m2")
		}},
		{"join", func(p *scenarios.Planner, at time.Duration) {
			p.At(0, sim.Start, "m1")
			p.At(p.Draw("start", 2, time.Second), sim.Start, "m2")
			p.At(at, sim.Start, "m3")
		}},
		{"zombie", func(p *scenarios.Planner, at time.Duration) {
			startAll(p, time.Second)
			c := p.Spec().Client
			p.When(busy("m2", at), sim.Pause, "m2")
			p.At(at+c.SessionTimeout+2*c.HeartbeatInterval+p.Draw("zombie", 0, 2*time.Second), sim.Resume, "m2")
		}},
	}
}

// whileRebalancing is E10.
func whileRebalancing() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "E10", Title: "locations: consumers of a patient change in a rebalance; how long two work at a time, and the order of a key's records",
		Refs: []string{"E10"}, Expect: scenarios.Hold,
		Sometimes: []scenarios.Sometimes{
			{Name: "two owners worked at a time", After: 100, Seen: func(o *scenarios.Outcome) bool { return o.Number(overlapTime)[0] > 0 }},
			{Name: "a zombie's commit was fenced", After: 100, Seen: func(o *scenarios.Outcome) bool { return o.Course.Fenced > 0 }},
		}}
	for _, t := range troubles() {
		for _, a := range []assignor.Assignor{assignor.Range, assignor.CooperativeSticky} {
			spec := locationsSpec(a, func(p *scenarios.Planner) { t.do(p, p.Spec().Warmup+time.Second+p.Draw("at", 0, 2*time.Second)) })
			c := scenarios.Case{Row: t.name, Column: a.Name(), Runs: 15, Spec: spec}
			c.OnKafka = func() scenarios.Spec { return onKafka(spec) }
			s.Cases = append(s.Cases, c)
		}
	}
	s.Claims = []scenarios.Claim{
		{Ref: "E10", Text: "during a rebalance records of a patient possibly do not go to the same consumer", Expect: scenarios.Confirmed, After: 120, Judge: judgeAffinity},
		{Ref: "E10", Text: "for a time two consumers may work on one patient's records", Expect: scenarios.Qualified, After: 120, Judge: judgeOverlap},
	}
	return s
}

func judgeAffinity(r *scenarios.Result) (scenarios.Ruling, string) {
	ruling, text, late := scenarios.Confirmed, "", int64(0)
	for _, c := range r.Cases {
		m := c.Measure(keyAffinity)
		if m.P50 == 1000 {
			ruling = scenarios.Qualified
		}
		text += fmt.Sprintf("%s/%s %d, ", c.Row, c.Column, m.P50)
		late += c.Measure(inversions).Sum
	}
	if late > 0 {
		ruling = scenarios.Refuted // the partition's order is what is left
	}
	return ruling, fmt.Sprintf("of 1000 keys kept their consumer (median): %sand %d records in %d groups were processed behind a later one of their key: the order within a partition stays", text, late, r.Seeds)
}

func judgeOverlap(r *scenarios.Result) (scenarios.Ruling, string) {
	zombies, others := int64(0), int64(0)
	for _, c := range r.Cases {
		if m := c.Measure(overlapTime); c.Row == "zombie" {
			zombies = max(zombies, m.Max)
		} else {
			others = max(others, m.Max)
		}
	}
	ruling := scenarios.Qualified
	switch {
	case zombies == 0:
		ruling = scenarios.Refuted
	case others > 0:
		ruling = scenarios.Confirmed
	}
	return ruling, fmt.Sprintf("only with a zombie, up to %d ms after the new owner had the partition; after a crash, a leave or a join %d ms", zombies/1000, others/1000)
}
