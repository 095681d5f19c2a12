package library

import (
	"fmt"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/broker"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
)

// E11 and E14: a topic gets more partitions while records are written. Keys
// move, so that old and new records of one are in two partitions; and a
// consumer with auto.offset.reset=latest leaves out what came before it knew.

const keysMoved = "keys in two partitions"

func growth() []*scenarios.Scenario {
	return []*scenarios.Scenario{keysMove(), lateDiscovery(client.Franz), lateDiscovery(client.Java)}
}

// keysMove is E11.
func keysMove() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "E11", Title: "locations from 6 to 8 partitions: keys that move, and records of a key out of order", Refs: []string{"E11"}, Expect: scenarios.Hold,
		Cases: []scenarios.Case{{Row: "keys 0 to 9999", Facts: movedKeys}}}
	for _, w := range growWork {
		spec := growSpec(w)
		s.Cases = append(s.Cases, scenarios.Case{Row: fmt.Sprintf("work of %v a record", w), Runs: 12, Spec: spec,
			OnKafka: func() scenarios.Spec { return onKafka(spec) }})
	}
	s.Claims = []scenarios.Claim{{Ref: "E11", Text: "from 6 to 8 partitions a patient's messages do not all stay with their consumer", Expect: scenarios.Confirmed, After: 49,
		Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
			facts := r.Cases[0].Facts
			text, first, last := "", int64(0), int64(0)
			for i, c := range r.Cases[1:] {
				m := c.Measure(inversions)
				text += fmt.Sprintf("; %s: %d of 1000 live keys in two partitions, %d records (median of %d groups) behind a later one of their key", c.Row, c.Measure(keysMoved).P50, m.P50, c.Runs)
				if i == 0 {
					first = m.P50
				}
				last = m.P50
			}
			ruling := scenarios.Confirmed
			if facts[0].Got == "0" || last <= first {
				ruling = scenarios.Refuted
			}
			return ruling, fmt.Sprintf("%s of 10000 keys move; 123 %s, 456 %s%s", facts[0].Got, facts[1].Got, facts[2].Got, text)
		}}}
	return s
}

// growWork is what the work on a record takes. Twenty come a second: three
// consumers that take 120 ms keep up with them, those that take longer are the
// further behind when keys move.
var growWork = []time.Duration{10 * time.Millisecond, 120 * time.Millisecond, 180 * time.Millisecond, 240 * time.Millisecond}

// movedKeys counts keys whose partition is another one when there are more.
func movedKeys() ([]scenarios.Fact, error) {
	moved := func(from, to int32) string {
		n := 0
		for i := range 10_000 {
			if key := fmt.Sprint(i); assignor.PartitionForKey(key, from) != assignor.PartitionForKey(key, to) {
				n++
			}
		}
		return fmt.Sprint(n)
	}
	way := func(key string) string {
		return fmt.Sprintf("P%d → P%d", assignor.PartitionForKey(key, 6), assignor.PartitionForKey(key, 8))
	}
	return []scenarios.Fact{
		{Name: "keys of 10000 that move from 6 to 8", Got: moved(6, 8), Want: "7468"},
		{Name: "123 from 6 to 8", Got: way("123"), Want: "P5 → P5"},
		{Name: "456 from 6 to 8", Got: way("456"), Want: "P2 → P0"},
		{Name: "keys of 10000 that move from 6 to 12", Got: moved(6, 12), Want: "4965"},
	}, nil
}

func growSpec(work time.Duration) scenarios.Spec {
	spec := locationsSpec(assignor.Range, func(p *scenarios.Planner) {
		startAll(p, time.Second)
		p.AddPartitions(p.Spec().Warmup+4*time.Second+p.Draw("grow", 0, 2*time.Second), "locations", 8)
	})
	spec.Handler = taking(work)
	spec.Load = scenarios.Load{Count: 400, Pattern: "%d", Keys: 50, PerTick: 5, Every: 250 * time.Millisecond, MetadataMaxAge: 2 * time.Second}
	spec.Client.MetadataMaxAge = 2 * time.Second
	spec.Warmup, spec.Faulty = 4*time.Second, 16*time.Second
	spec.Gauges = []scenarios.Gauge{following(keysMoved, "‰", (*trail).moved), following(inversions, "records", (*trail).inversions)}
	return spec
}

// policies are the reset policies of E14, with what they are set to.
var policies = []struct {
	row   string
	reset client.Reset
}{{"latest", client.Latest}, {"by_duration 30 min", client.ByDuration}, {"earliest", client.Earliest}}

// ages are how old a consumer's metadata may become: metadata.max.age.ms, by
// default five minutes.
var ages = []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute}

// AddedLeftOut: records of an added partition were left out by the group.
const AddedLeftOut = "added-partition-left-out"

// lateDiscovery is E14: added partitions are known to the producer at once, and
// to the group when its leader asks for metadata again. What was written in
// between is before the end of the log at which latest begins. The group may do
// so (I-P2), though nobody wants it.
func lateDiscovery(profile client.Profile) *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "E14", Title: "partitions are added: records lost by reset policy and by how soon the group learns of them", Refs: []string{"E14"}, Expect: scenarios.Hold}
	if profile == client.Java {
		s.Name, s.Title = "E14-java", s.Title+", with Java's consumer"
	}
	runs := 0
	for _, p := range policies {
		for _, age := range ages {
			c := scenarios.Case{Row: p.row, Column: age.String(), Runs: 2, Spec: discoverySpec(profile, p.reset, age)}
			if p.reset == client.Latest {
				c.Expect, c.Anomaly, c.Runs = scenarios.Fail, AddedLeftOut, 8
			}
			if age <= 10*time.Second && profile == client.Franz {
				c.OnKafka = func() scenarios.Spec {
					spec := discoverySpec(profile, p.reset, age)
					spec.Client.SessionTimeout, spec.Client.HeartbeatInterval = kafkaSession, 2*time.Second
					return onKafka(spec)
				}
			}
			runs += c.Runs
			s.Cases = append(s.Cases, c)
		}
	}
	s.Claims = []scenarios.Claim{{Ref: "E14", Text: "with auto.offset.reset=latest records of added partitions are lost until they are discovered", Expect: scenarios.Confirmed, After: runs, Judge: judgeDiscovery}}
	return s
}

const discovery = "time to discover"

func judgeDiscovery(r *scenarios.Result) (scenarios.Ruling, string) {
	text, lost, kept := "", true, int64(0)
	for _, age := range ages {
		c := r.Case("latest", age.String())
		m, d := c.Measure(leftOut), c.Measure(discovery)
		lost = lost && m.Max > 0
		text += fmt.Sprintf("%v: %d to %d records, median %d, known after %d to %d s; ", age, m.Min, m.Max, m.P50, d.Min/1e6, d.Max/1e6)
		for _, p := range policies[1:] {
			kept += r.Case(p.row, age.String()).Measure(leftOut).Sum
		}
	}
	ruling := scenarios.Confirmed
	switch {
	case !lost:
		ruling = scenarios.Refuted
	case kept > 0:
		ruling = scenarios.Qualified
	}
	return ruling, fmt.Sprintf("latest loses at 10 records/s with a metadata age of %searliest and by_duration lose %d", text, kept)
}

func discoverySpec(profile client.Profile, reset client.Reset, age time.Duration) scenarios.Spec {
	tick := max(age/30, time.Second) // of ten records a second
	spec := scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "locations", Partitions: 6}}, Group: scenarios.Classic("location-group", assignor.Range), Members: 2,
		Handler: atOnce,
		Load:    scenarios.Load{Pattern: "%d", Keys: 200, PerTick: int(10 * tick / time.Second), Every: tick, From: 8 * time.Second, MetadataMaxAge: time.Second},
		Client: scenarios.ClientConfig{Profile: profile, SessionTimeout: 30 * time.Second, HeartbeatInterval: 5 * time.Second, RebalanceTimeout: 30 * time.Second,
			MetadataMaxAge: age, Reset: reset, ResetDuration: 30 * time.Minute, BlockRebalanceOnPoll: true, FetchMaxWait: 5 * time.Second},
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke().MonotoneCommits().
			Forbidding("reads added partitions from their first record", AddedLeftOut, model.LateStartLoss),
		Warmup: 8 * time.Second, Faulty: 2*age + 8*time.Second,
		// In whatever phase of the leader's metadata.
		Script: func(p *scenarios.Planner) {
			startAll(p, time.Second)
			p.AddPartitions(p.Spec().Warmup+p.Draw("grow", 0, age), "locations", 8)
		},
		// The group reads before the load begins: what it leaves out, it
		// leaves out in added partitions.
		Gauges: []scenarios.Gauge{
			scenarios.Reading(leftOut, "records", func(o *scenarios.Outcome) []int64 { return []int64{o.Report.Summary.BeforeStart} }),
			{Name: discovery, Unit: "µs", New: func(t *scenarios.Trial) scenarios.Meter {
				return &discovering{count: int64(t.Spec.Topics[0].Partitions)}
			}},
		},
		Assert: func(o *scenarios.Outcome) []scenarios.Finding {
			if n := o.Report.Summary.BeforeStart; n > 0 {
				return []scenarios.Finding{{Name: AddedLeftOut, Text: fmt.Sprintf("%d records of added partitions came before the group looked there", n)}}
			}
			return nil
		},
	}
	spec.Load.Count = int((spec.Warmup + spec.Faulty - spec.Load.From) / time.Second * 10)
	return spec
}

// atOnce is a handler that has all records of a poll done at once.
func atOnce(env scenarios.Env) scenarios.Handler {
	return handlers.Func(func(records []scenarios.Record) {
		env.Emit(records...)
		env.Commit(records...)
	})
}

// discovering measures the time from the adding of partitions to the first
// reading position in one.
type discovering struct {
	count        int64 // of partitions at first
	added, found int64 // µs
}

// Observe implements scenarios.Meter.
func (m *discovering) Observe(e *model.Event) {
	switch e.Kind {
	case model.Fault: // brokers of the real world do not tell when they have them
		if strings.HasPrefix(e.Cause, broker.CommandAddPartitions) && m.added == 0 {
			m.added = e.At
		}
	case model.Positioned:
		if m.added > 0 && m.found == 0 && int64(e.Partition) >= m.count {
			m.found = e.At
		}
	}
}

// Read implements scenarios.Meter.
func (m *discovering) Read(*scenarios.Outcome) []int64 {
	if m.found == 0 {
		return nil
	}
	return []int64{m.found - m.added}
}
