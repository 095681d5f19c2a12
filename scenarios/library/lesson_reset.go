package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// C08: where a consumer begins to read, by reset policy and by what there is at
// the coordinator and in the log. C05: that a committed offset is there still.
//
// One partition with forty records, four a second. m1 processes them all,
// commits some offset, and is gone; something happens; m2 comes, and begins
// somewhere.

const (
	beginRecords = 40
	beginCommit  = 25 // what m1 commits, as a rule
	beginSought  = 27 // where an application seeks that is told that it has no offset
	// beginBack is what by_duration looks back: when m2 asks, to between the
	// last two seconds' records.
	beginBack = 14 * time.Second
	beginLast = beginRecords - 4 // the offset of the last second's records

	startOffset = "start offset"
	loads       = "coordinator loads"
)

// WrongStart: a reader begins at another offset than it must.
const WrongStart = "wrong-start"

// foundState is what m2 finds, and where it must begin.
type foundState struct {
	name    string
	commits int64 // by m1; negative: nothing
	between func(*scenarios.Planner)
	starts  [4]int64 // by policy: earliest, latest, none, by_duration
	franz   int64    // where kgo begins without a policy, if elsewhere

	brokers   int
	retention time.Duration
	gone      time.Duration // when m1 crashes; 13 s
	comes     time.Duration // when m2 starts; 22 s
	reloads   bool          // the coordinator must have loaded its log
}

// resetsTried are the reset policies, in the order of foundState.starts.
var resetsTried = [4]client.Reset{client.Earliest, client.Latest, client.None, client.ByDuration}

// always is one start for all resetsTried.
func always(offset int64) [4]int64 { return [4]int64{offset, offset, offset, offset} }

// byPolicy are the starts where there is no offset to begin at, in a log from
// first on.
func byPolicy(first int64) [4]int64 { return [4]int64{first, beginRecords, beginSought, beginLast} }

var ordersZero = scenarios.Partition{Topic: "orders", Partition: 0}

const beginEvent = 21 * time.Second

func foundStates() []foundState {
	return []foundState{
		{name: "committed", commits: beginCommit, starts: always(beginCommit)},
		{name: "no commit", commits: -1, starts: byPolicy(0)},
		{name: "below the log's start", commits: 5, starts: byPolicy(20),
			between: func(p *scenarios.Planner) { p.DeleteRecords(beginEvent, ordersZero, 20) }},
		{name: "above the log's end", commits: 60, starts: byPolicy(0)},
		// The offset was committed with the leader epoch of its record, so both
		// clients see that the log was cut off behind it, and go to where
		// (KIP-320). Java does not without a policy (LogTruncationException).
		{name: "truncated", commits: 35, starts: [4]int64{30, 30, beginSought, 30}, franz: 30,
			between: func(p *scenarios.Planner) { p.Truncate(beginEvent, ordersZero, 30) }},
		{name: "group deleted", commits: beginCommit, starts: byPolicy(0),
			between: func(p *scenarios.Planner) { p.DeleteGroup(beginEvent, "order-service") }},
	}
}

// resetPolicies is C08.
func resetPolicies() []*scenarios.Scenario {
	s := &scenarios.Scenario{Name: "C08", Title: "where a consumer begins: reset policy × what became of the committed offset", Refs: []string{"C08"},
		Claims: []scenarios.Claim{{Ref: "C08", Text: "auto.offset.reset says where a consumer begins that has no committed offset", Expect: scenarios.Qualified, Judge: judgeReset}}}
	for _, profile := range []client.Profile{client.Franz, client.Java} {
		for _, f := range foundStates() {
			for i, policy := range resetsTried {
				want := f.starts[i]
				if policy == client.None && profile == client.Franz && f.franz > 0 {
					want = f.franz
				}
				s.Cases = append(s.Cases, scenarios.Case{Row: f.name + ", " + string(profile), Column: string(policy), Runs: 2, Spec: f.spec(policy, profile, want)})
			}
		}
	}
	return []*scenarios.Scenario{s}
}

func (f foundState) spec(policy client.Reset, profile client.Profile, want int64) scenarios.Spec {
	if f.gone == 0 {
		f.gone = 13 * time.Second
	}
	if f.comes == 0 {
		f.comes = 22 * time.Second
	}
	none := time.Duration(0)
	spec := scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 1}}, Group: scenarios.Classic("order-service", assignor.Range), Members: 2, Brokers: f.brokers,
		Handler: func(env scenarios.Env) scenarios.Handler { return &beginner{env: env, commits: f.commits} },
		Load:    scenarios.Load{Count: beginRecords, Pattern: "customer-%d", Keys: 8, PerTick: 4, Every: time.Second},
		Client: scenarios.ClientConfig{Profile: profile, Reset: policy, ResetDuration: beginBack, SessionTimeout: 6 * time.Second, HeartbeatInterval: 2 * time.Second,
			RebalanceTimeout: 10 * time.Second, BlockRebalanceOnPoll: true},
		ClientOf: func(member, _ int, c scenarios.ClientConfig) scenarios.ClientConfig {
			if member == 1 { // it reads all, whatever m2 is set to
				c.Reset = client.Earliest
			}
			return c
		},
		Broker: scenarios.BrokerConfig{InitialRebalanceDelay: &none},
		Promise: scenarios.Promise{}.Forbidding("begins where it must", WrongStart).
			Forbidding("committed offsets stay", model.CommitLost, model.OffsetsNotLinearizable).
			Forbidding("settles", scenarios.NotSettled, scenarios.HandlerPanic, scenarios.HandlerDiverges),
		Warmup: 5 * time.Second, Faulty: max(f.gone, f.comes) + 5*time.Second,
		Script: func(p *scenarios.Planner) {
			p.At(0, sim.Start, "m1")
			p.Retire(f.gone, "m1")
			p.At(f.comes, sim.Start, "m2")
			if f.between != nil {
				f.between(p)
			}
		},
		Gauges: []scenarios.Gauge{
			{Name: startOffset, New: func(*scenarios.Trial) scenarios.Meter { return &startMeter{at: -1} }},
			{Name: loads, New: func(*scenarios.Trial) scenarios.Meter { return &loadMeter{from: f.gone.Microseconds()} }},
		},
		Assert: func(o *scenarios.Outcome) []scenarios.Finding { return f.check(o, want) },
	}
	if f.retention > 0 {
		spec.Broker.OffsetsRetention, spec.Broker.OffsetsRetentionCheck = f.retention, 5*time.Second
	}
	return spec
}

// check compares m2's beginning with what it must be.
func (f foundState) check(o *scenarios.Outcome, want int64) []scenarios.Finding {
	var out []scenarios.Finding
	if got := o.Number(startOffset); len(got) != 1 || got[0] != want {
		out = append(out, scenarios.Finding{Name: WrongStart, Client: "m2", TopicPartition: ordersZero, Text: fmt.Sprintf("m2 begins at %v, must be %d", got, want)})
	}
	if f.reloads && o.Number(loads)[0] == 0 {
		out = append(out, scenarios.Finding{Name: WrongStart, Text: "no coordinator has loaded its log: the run shows nothing"})
	}
	return out
}

// beginner processes all, and commits once, when it has come to the last
// record: the offset that it is told to, and another one before. Told that it
// has no offset, it seeks.
type beginner struct {
	env     scenarios.Env
	commits int64
}

// Process implements scenarios.Handler.
func (h *beginner) Process(records []scenarios.Record) {
	for _, r := range records {
		h.env.Sleep(handlers.Work)
		h.env.Emit(r)
		if h.commits >= 0 && r.Offset == beginRecords-1 && h.env.Member() == "m1" {
			h.env.CommitOffsets(scenarios.Offset{Partition: r.Partition, At: h.commits - 1})
			h.env.CommitOffsets(scenarios.Offset{Partition: r.Partition, At: h.commits})
		}
	}
}

// Failed implements scenarios.Failer. Where kgo goes on by itself, so does it.
func (h *beginner) Failed(err error) {
	if f, ok := err.(*scenarios.PollError); ok && len(f.Partitions) > 0 && (f.Reason != scenarios.LogTruncated || f.Fatal) {
		h.env.Seek(scenarios.Offset{Partition: f.Partitions[0], At: beginSought})
	}
}

// startMeter watches where m2 begins: its last position before it reads.
type startMeter struct {
	at   int64
	read bool
}

// Observe implements scenarios.Meter.
func (s *startMeter) Observe(e *model.Event) {
	switch {
	case e.Client != "m2" || s.read:
	case e.Kind == model.Positioned:
		s.at = e.To
	case e.Kind == model.Polled:
		s.read = true
	}
}

// Read implements scenarios.Meter.
func (s *startMeter) Read(*scenarios.Outcome) []int64 {
	if s.at < 0 {
		return nil
	}
	return []int64{s.at}
}

// loadMeter counts how often coordinators have loaded their logs.
type loadMeter struct{ from, n int64 }

// Observe implements scenarios.Meter.
func (l *loadMeter) Observe(e *model.Event) {
	if e.Kind == model.CoordinatorLoaded && e.At >= l.from {
		l.n++
	}
}

// Read implements scenarios.Meter.
func (l *loadMeter) Read(*scenarios.Outcome) []int64 { return []int64{l.n} }

func judgeReset(r *scenarios.Result) (scenarios.Ruling, string) {
	at := func(row string, policy client.Reset) int64 {
		if m := r.Case(row, string(policy)).Measure(startOffset); m != nil && m.N > 0 && m.Min == m.Max {
			return m.Min
		}
		return -1
	}
	text := fmt.Sprintf("and also one whose offset is outside of the log: of %d records with %d committed, earliest begins at %d when that is deleted up to 20, latest at %d; but where the log was cut off at 30, earliest and latest both go on at %d and %d, and none begins at %d with kgo and is an error in Java",
		beginRecords, 5, at("below the log's start, java", client.Earliest), at("below the log's start, java", client.Latest),
		at("truncated, java", client.Earliest), at("truncated, java", client.Latest), at("truncated, franz", client.None))
	if at("no commit, java", client.Earliest) != 0 || at("no commit, java", client.Latest) != beginRecords {
		return scenarios.Refuted, text
	}
	if at("below the log's start, java", client.Earliest) == 20 && at("truncated, java", client.Latest) == 30 {
		return scenarios.Qualified, text
	}
	return scenarios.Confirmed, text
}

// offsetsStay is C05.
func offsetsStay() []*scenarios.Scenario {
	reload := func(p *scenarios.Planner) { p.Command(beginEvent, "reload-coordinator", "b0") }
	late := 95 * time.Second
	list := []foundState{
		{name: "the coordinator loads its log", commits: beginCommit, starts: always(beginCommit), between: reload, reloads: true},
		{name: "its log is compacted and loaded", commits: beginCommit, starts: always(beginCommit), reloads: true,
			between: func(p *scenarios.Planner) {
				p.Command(beginEvent-time.Second, "compact-offsets", "b0")
				reload(p)
			}},
		{name: "its broker crashes", commits: beginCommit, starts: always(beginCommit), reloads: true,
			between: func(p *scenarios.Planner) {
				p.At(beginEvent-3*time.Second, sim.Crash, "b0")
				p.At(beginEvent-time.Second, sim.Start, "b0")
			}},
		{name: "another broker is the coordinator", commits: beginCommit, starts: always(beginCommit), reloads: true, brokers: 3,
			between: func(p *scenarios.Planner) {
				p.Command(beginEvent-2*time.Second, "move-leader __consumer_offsets/0 b1", "c0")
				p.Command(beginEvent, "move-leader __consumer_offsets/0 b2", "c0")
			}},
		{name: "the group is empty for less than the retention", commits: beginCommit, starts: always(beginCommit), retention: time.Minute, comes: 70 * time.Second},
		{name: "the group is empty for longer", commits: beginCommit, starts: byPolicy(0), retention: time.Minute, comes: late},
		{name: "the offset is old, the group is not empty", commits: beginCommit, starts: always(beginCommit), retention: time.Minute, gone: late, comes: 13 * time.Second},
	}
	s := &scenarios.Scenario{Name: "C05", Title: "a committed offset outlives coordinators, logs and compaction, until its retention is over", Refs: []string{"C05", "I-O2", "I-O3"},
		Claims: []scenarios.Claim{{Ref: "C05", Text: "committed offsets are stored durably in __consumer_offsets", Expect: scenarios.Qualified, Judge: judgeStays}}}
	for _, f := range list {
		for i, policy := range resetsTried[:3] {
			for _, profile := range []client.Profile{client.Franz, client.Java} {
				s.Cases = append(s.Cases, scenarios.Case{Row: f.name, Column: string(policy) + ", " + string(profile), Spec: f.spec(policy, profile, f.starts[i])})
			}
		}
	}
	return []*scenarios.Scenario{s}
}

func judgeStays(r *scenarios.Result) (scenarios.Ruling, string) {
	kept, gone := 0, 0
	for _, c := range r.Cases {
		if m := c.Measure(startOffset); m != nil && m.N > 0 && m.Min == beginCommit && m.Max == beginCommit {
			kept++
		} else {
			gone++
		}
	}
	text := fmt.Sprintf("for as long as offsets.retention.minutes after the group has become empty: %d of %d readers begin at the committed offset %d, and the %d that come later by their reset policy", kept, kept+gone, beginCommit, gone)
	switch {
	case r.Anomalies[model.CommitLost] > 0 || kept == 0:
		return scenarios.Refuted, text
	case gone > 0:
		return scenarios.Qualified, text
	}
	return scenarios.Confirmed, text
}
