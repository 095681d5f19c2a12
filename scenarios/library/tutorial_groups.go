package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// E04: two groups on one topic. Each gets every record, and within a group one
// consumer does.

// NotEveryRecord: a group did not get every record, or, with nobody failing,
// one twice.
const NotEveryRecord = "not-every-record"

const (
	groupMissed = "records a group did not get"
	groupTwice  = "records a group got twice"
)

func twoGroups() []*scenarios.Scenario {
	s := &scenarios.Scenario{Name: "E04", Title: "two groups read one topic: each gets all, within each a record goes to one consumer", Refs: []string{"E04"}, Expect: scenarios.Hold}
	for _, row := range []struct {
		name  string
		crash bool
	}{{"nobody fails", false}, {"a consumer of one group crashes", true}} {
		spec := groupsSpec(row.crash)
		s.Cases = append(s.Cases, scenarios.Case{Row: row.name, Runs: 20, Spec: spec, OnKafka: func() scenarios.Spec { return onKafka(spec) }})
	}
	s.Claims = []scenarios.Claim{{Ref: "E04", Text: "a record is delivered to one consumer of a group, and to every group", Expect: scenarios.Qualified, After: 40,
		Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
			calm, crash := r.Cases[0], r.Cases[1]
			missed := calm.Measure(groupMissed).Sum + crash.Measure(groupMissed).Sum
			ruling := scenarios.Qualified
			switch {
			case missed > 0 || calm.Measure(groupTwice).Sum > 0:
				ruling = scenarios.Refuted
			case crash.Measure(groupTwice).Sum == 0:
				ruling = scenarios.Confirmed
			}
			return ruling, fmt.Sprintf("in %d runs of two groups with 120 records each group missed %d; with nobody failing %d came twice to a group, with a crash up to %d did, to a second consumer of the group that it struck",
				r.Seeds, missed, calm.Measure(groupTwice).Sum, crash.Measure(groupTwice).Max)
		}}}
	return []*scenarios.Scenario{s}
}

func groupsSpec(crash bool) scenarios.Spec {
	spec := scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 4}}, Group: scenarios.Classic("billing", assignor.Range), Members: 2,
		Beside:  []scenarios.Crowd{{Group: scenarios.Classic("shipping", assignor.RoundRobin), Members: 3}},
		Handler: handlers.ProcessThenCommit,
		Load:    scenarios.Load{Count: 120, Pattern: "order-%d", Keys: 30, PerTick: 6, Every: 500 * time.Millisecond},
		Client: scenarios.ClientConfig{SessionTimeout: kafkaSession, HeartbeatInterval: 2 * time.Second, RebalanceTimeout: 10 * time.Second,
			MaxPollRecords: 8, BlockRebalanceOnPoll: true, FetchMaxWait: 500 * time.Millisecond},
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke().PerKeyOrder().MonotoneCommits().Forbidding("every group gets every record", NotEveryRecord),
		Warmup:  6 * time.Second, Faulty: 8 * time.Second,
		Script: func(p *scenarios.Planner) {
			for i := range 5 {
				p.At(p.Draw("start", i, time.Second), sim.Start, fmt.Sprintf("m%d", i+1))
			}
			if crash {
				p.When(busy("m1", p.Spec().Warmup), sim.Crash, "m1")
			}
		},
		Gauges: []scenarios.Gauge{perGroup(groupMissed, (*delivery).missed), perGroup(groupTwice, (*delivery).twice)},
	}
	spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
		var out []scenarios.Finding
		for i, name := range []string{groupMissed, groupTwice} {
			for _, n := range o.Number(name) {
				if n > 0 && (i == 0 || !crash) {
					out = append(out, scenarios.Finding{Name: NotEveryRecord, Text: fmt.Sprintf("%s: %d", name, n)})
				}
			}
		}
		// The other group must not notice.
		if other := o.Number(groupTwice); crash && len(other) == 2 && other[1] > 0 {
			out = append(out, scenarios.Finding{Name: NotEveryRecord, Text: fmt.Sprintf("the group beside got %d records twice", other[1])})
		}
		return out
	}
	return spec
}

// perGroup is a gauge with a sample for each group, the Spec's own first.
func perGroup(name string, read func(d *delivery, group string) int64) scenarios.Gauge {
	return scenarios.Gauge{Name: name, Unit: "records", New: func(*scenarios.Trial) scenarios.Meter {
		return &delivery{produced: map[scenarios.Partition]int64{}, count: map[delivered]int64{}, read: read}
	}}
}

// delivery counts how often each group had each record.
type delivery struct {
	produced map[scenarios.Partition]int64 // up to
	count    map[delivered]int64
	read     func(*delivery, string) int64
}

type delivered struct {
	group string
	scenarios.Partition
	offset int64
}

// Observe implements scenarios.Meter.
func (d *delivery) Observe(e *model.Event) {
	switch e.Kind {
	case model.Produced:
		d.produced[e.TopicPartition] = max(d.produced[e.TopicPartition], e.To)
	case model.Processed:
		for at := e.From; at < e.To; at++ {
			d.count[delivered{e.Group, e.TopicPartition, at}]++
		}
	}
}

func (d *delivery) missed(group string) (n int64) {
	for p, end := range d.produced { //ordered: a sum
		for at := range end {
			if d.count[delivered{group, p, at}] == 0 {
				n++
			}
		}
	}
	return n
}

func (d *delivery) twice(group string) (n int64) {
	for k, times := range d.count { //ordered: a sum
		if k.group == group && times > 1 {
			n++
		}
	}
	return n
}

// Read implements scenarios.Meter.
func (d *delivery) Read(o *scenarios.Outcome) (out []int64) {
	for _, c := range o.Trial.Spec.Crowds() {
		out = append(out, d.read(d, c.Group.Name))
	}
	return out
}
