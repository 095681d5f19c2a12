package library

import (
	"fmt"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// E06, E07 and E23: where a consumer goes on after a restart, and where one
// begins that has committed nothing.

// ResumedElsewhere: a consumer that had processed records went on at another
// offset than the one committed last.
const ResumedElsewhere = "resumed-elsewhere"

// Names of gauges.
const (
	cameAgain = "records that came again"
	leftOut   = "records left out"
	offCommit = "distance from the commit"
)

func restarts() []*scenarios.Scenario {
	return []*scenarios.Scenario{lastReadOrNext(), resumes(), fromBeginning()}
}

// oneReader is a group of one consumer, with the least timeouts that Kafka
// takes by default.
func oneReader(partitions int32, handler handlers.Kind) scenarios.Spec {
	none := time.Duration(0)
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: partitions}}, Group: scenarios.Classic("order-group", assignor.Range), Members: 1,
		Handler: handler,
		Load:    scenarios.Load{Count: 20, Pattern: "order-%d", Keys: 10, PerTick: 2, Every: 200 * time.Millisecond},
		Client:  scenarios.ClientConfig{SessionTimeout: kafkaSession, HeartbeatInterval: 2 * time.Second, MaxPollRecords: 8, BlockRebalanceOnPoll: true, FetchMaxWait: 500 * time.Millisecond},
		Broker:  scenarios.BrokerConfig{InitialRebalanceDelay: &none},
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke().PerKeyOrder().MonotoneCommits(),
		Warmup:  4 * time.Second, Faulty: time.Second,
	}
}

// lastReadOrNext is E06: the tutorial's offset is that of the last message
// read, Kafka's that of the next.
func lastReadOrNext() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "E06", Title: "commit the last record's offset or the next one: how many come again with each restart",
		Refs: []string{"E06"}, Expect: scenarios.Hold}
	times := []int{0, 1, 2, 4, 8}
	for _, n := range times {
		right, wrong := restartSpec(n, handlers.ProcessThenCommit), restartSpec(n, handlers.CommitLastOffset)
		column := fmt.Sprintf("%d restarts", n)
		s.Cases = append(s.Cases,
			scenarios.Case{Row: "next", Column: column, Runs: 4, Spec: right, OnKafka: func() scenarios.Spec { return onKafka(right) }},
			scenarios.Case{Row: "last read", Column: column, Runs: 4, Spec: wrong, OnKafka: func() scenarios.Spec { return onKafka(wrong) },
				Expect: scenarios.Fail, Anomaly: CommitBehindAtRest})
	}
	s.Claims = []scenarios.Claim{{Ref: "E06", Text: "the offset is that of the last message read", Expect: scenarios.Refuted, After: len(s.Cases),
		Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
			ruling, last, next := scenarios.Refuted, []string{}, int64(0)
			for _, n := range times {
				column := fmt.Sprintf("%d restarts", n)
				wrong := r.Case("last read", column).Measure(cameAgain)
				if wrong.Min != int64(n) || wrong.Max != int64(n) {
					ruling = scenarios.Qualified
				}
				last = append(last, fmt.Sprint(wrong.Max))
				next = max(next, r.Case("next", column).Measure(cameAgain).Max)
			}
			if next > 0 {
				ruling = scenarios.Qualified
			}
			return ruling, fmt.Sprintf("after %s restarts a partition whose last offset was committed had given %s records again; one whose next offset was committed %d",
				strings.Trim(fmt.Sprint(times), "[]"), strings.Join(last, " "), next)
		}}}
	return s
}

// restartSpec restarts the consumer so often, each time with nothing left to
// read.
func restartSpec(n int, handler handlers.Kind) scenarios.Spec {
	spec := oneReader(1, handler)
	spec.Promise = spec.Promise.Forbidding("at rest all is committed", CommitBehindAtRest)
	spec.Gauges = []scenarios.Gauge{scenarios.Reading(cameAgain, "records", func(o *scenarios.Outcome) []int64 {
		return []int64{o.Report.Summary.ProcessedDuplicates}
	})}
	spec.Faulty = time.Duration(n)*2*time.Second + time.Second
	spec.Script = func(p *scenarios.Planner) {
		p.At(0, sim.Start, "m1")
		for i := range n {
			at := p.Spec().Warmup + time.Duration(i)*2*time.Second + p.Draw("restart", i, 200*time.Millisecond)
			p.Command(at, "leave", "m1")
			p.At(at+500*time.Millisecond, sim.Start, "m1")
		}
	}
	spec.Assert = behindAtRest
	return spec
}

// resumes is E07: a consumer goes on at what was committed last, however it
// came to stop.
func resumes() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "E07", Title: "a restarted consumer goes on at the last committed offset", Refs: []string{"E07"}, Expect: scenarios.Hold}
	add := func(row string, handler handlers.Kind, stop func(*scenarios.Planner, time.Duration)) *scenarios.Case {
		spec := resumeSpec(handler, stop)
		s.Cases = append(s.Cases, scenarios.Case{Row: row, Runs: 40, Spec: spec, OnKafka: func() scenarios.Spec { return onKafka(spec) }})
		return &s.Cases[len(s.Cases)-1]
	}
	how := func(kind sim.Kind) func(*scenarios.Planner, time.Duration) {
		return func(p *scenarios.Planner, at time.Duration) { p.When(busy("m1", at), kind, "m1") } // amid its work
	}
	leave := func(p *scenarios.Planner, at time.Duration) { p.Command(at, "leave", "m1") }
	add("leaves", handlers.ProcessThenCommit, leave)
	add("crashes", handlers.ProcessThenCommit, how(sim.Crash))
	add("vanishes", handlers.ProcessThenCommit, how(sim.Vanish))
	never := add("never commits", neverCommit, leave)
	never.Expect, never.Anomaly, never.Runs = scenarios.Fail, ResumedElsewhere, 10
	s.Claims = []scenarios.Claim{{Ref: "E07", Text: "after a restart a consumer goes on at the last committed offset", Expect: scenarios.Confirmed, After: 130,
		Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
			n, again, far := 0, int64(0), int64(0)
			for _, row := range []string{"leaves", "crashes", "vanishes"} {
				c := r.Case(row, "")
				m := c.Measure(offCommit)
				n += m.N
				far, again = max(far, m.Max, -m.Min), again+c.Duplicates
			}
			ruling := scenarios.Confirmed
			if far != 0 || n == 0 {
				ruling = scenarios.Refuted
			}
			all := r.Case("never commits", "").Measure(cameAgain)
			return ruling, fmt.Sprintf("%d readings after a restart began %d records from the last commit; %d records, processed and not yet committed, came again; with no commit at all %d to %d came again, from the beginning",
				n, far, again, all.Min, all.Max)
		}}}
	return s
}

// neverCommit is a consumer that commits nothing (enable.auto.commit=false,
// and no commit in the code).
func neverCommit(env scenarios.Env) scenarios.Handler {
	return handlers.Func(func(records []scenarios.Record) {
		for _, r := range records {
			env.Sleep(handlers.Work)
			env.Emit(r)
		}
	})
}

func resumeSpec(handler handlers.Kind, stop func(*scenarios.Planner, time.Duration)) scenarios.Spec {
	spec := oneReader(3, handler)
	spec.Load = scenarios.Load{Count: 120, Pattern: "order-%d", Keys: 20, PerTick: 6, Every: 400 * time.Millisecond}
	spec.Promise = spec.Promise.Forbidding("goes on at the commit", ResumedElsewhere)
	spec.Warmup, spec.Faulty = 2*time.Second, 12*time.Second
	spec.Script = func(p *scenarios.Planner) {
		p.At(0, sim.Start, "m1")
		at := p.Spec().Warmup + p.Draw("stop", 0, 2*time.Second)
		stop(p, at)
		// After the session, so that a new membership need not wait for the old.
		p.At(at+p.Spec().Client.SessionTimeout+time.Second, sim.Start, "m1")
	}
	spec.Gauges = []scenarios.Gauge{{Name: offCommit, Unit: "records", New: func(*scenarios.Trial) scenarios.Meter { return newResumption() }},
		scenarios.Reading(cameAgain, "records", func(o *scenarios.Outcome) []int64 { return []int64{o.Report.Summary.ProcessedDuplicates} })}
	spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
		for _, off := range o.Number(offCommit) {
			if off != 0 {
				return []scenarios.Finding{{Name: ResumedElsewhere, Client: "m1", Text: fmt.Sprintf("m1 went on %d records from the last commit", off)}}
			}
		}
		return nil
	}
	return spec
}

// resumption measures, for every reading of a partition after the first, how
// far from the last commit it begins. A commit whose answer never came may or
// may not have been taken.
type resumption struct {
	acked, processed map[scenarios.Partition]int64
	calls            map[int64][]model.PartitionOffset // without an answer, by op
	samples          []int64
}

func newResumption() *resumption {
	return &resumption{acked: map[scenarios.Partition]int64{}, processed: map[scenarios.Partition]int64{}, calls: map[int64][]model.PartitionOffset{}}
}

// Observe implements scenarios.Meter.
func (m *resumption) Observe(e *model.Event) {
	switch e.Kind {
	case model.Processed:
		m.processed[e.TopicPartition] = max(m.processed[e.TopicPartition], e.To)
	case model.Commit:
		m.calls[e.Op] = append([]model.PartitionOffset(nil), e.Partitions...)
	case model.CommitDone:
		if e.Error == "" {
			for _, p := range m.calls[e.Op] {
				m.acked[p.TopicPartition] = p.Offset
			}
			delete(m.calls, e.Op)
		}
	case model.Positioned:
		if m.processed[e.TopicPartition] > 0 && !m.called(e) {
			m.samples = append(m.samples, e.To-m.at(e.TopicPartition))
		} else if m.processed[e.TopicPartition] > 0 {
			m.samples = append(m.samples, 0)
		}
	}
}

// at is where a partition is to be read on: without any commit behind what
// was processed.
func (m *resumption) at(p scenarios.Partition) int64 {
	if at, ok := m.acked[p]; ok {
		return at
	}
	return m.processed[p]
}

// called tells whether an unanswered commit was of the offset at which e
// begins to read.
func (m *resumption) called(e *model.Event) bool {
	for _, call := range m.calls { //ordered: any of them will do
		for _, p := range call {
			if p.TopicPartition == e.TopicPartition && p.Offset == e.To {
				return true
			}
		}
	}
	return false
}

// Read implements scenarios.Meter.
func (m *resumption) Read(*scenarios.Outcome) []int64 { return m.samples }

// fromBeginning is E23: kafka-console-consumer with --from-beginning, which is
// auto.offset.reset=earliest, and without.
func fromBeginning() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "E23", Title: "--from-beginning or not: what a new group and one with commits read", Refs: []string{"E23"}, Expect: scenarios.Hold}
	for _, reset := range []client.Reset{client.Earliest, client.Latest} {
		for _, known := range []bool{false, true} {
			spec := beginSpec(reset, known)
			s.Cases = append(s.Cases, scenarios.Case{Row: string(reset), Column: column(known), Runs: 15, Spec: spec,
				OnKafka: func() scenarios.Spec { return onKafka(spec) }})
		}
	}
	s.Claims = []scenarios.Claim{{Ref: "E23", Text: "--from-beginning reads all records, without it only those from now on", Expect: scenarios.Qualified, After: 60,
		Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
			out := func(reset client.Reset, known bool) *scenarios.Measured {
				return r.Case(string(reset), column(known)).Measure(leftOut)
			}
			early, late := out(client.Earliest, false), out(client.Latest, false)
			earlyKnown, lateKnown := out(client.Earliest, true), out(client.Latest, true)
			ruling := scenarios.Qualified
			switch {
			case early.Max > 0 || late.Min == 0 || earlyKnown.Max > 0:
				ruling = scenarios.Refuted
			case lateKnown.Min > 0:
				ruling = scenarios.Confirmed
			}
			return ruling, fmt.Sprintf("a new group left out %d records with --from-beginning, without it %d to %d, all that were there; a group with commits left out %d and %d: it goes on at its commit either way",
				early.Max, late.Min, late.Max, earlyKnown.Max, lateKnown.Max)
		}}}
	return s
}

func column(known bool) string {
	if known {
		return "group with commits"
	}
	return "new group"
}

// WrongBeginning: a group began to read elsewhere than its reset policy and
// its commits say.
const WrongBeginning = "wrong-beginning"

// beginSpec lets records come before the consumer does: before its first
// start, or between its leaving and its coming back.
func beginSpec(reset client.Reset, known bool) scenarios.Spec {
	spec := oneReader(2, handlers.ProcessThenCommit)
	spec.Client.Reset = reset
	spec.Load = scenarios.Load{Count: 100, Pattern: "order-%d", Keys: 20, PerTick: 2, Every: 200 * time.Millisecond}
	spec.Promise = spec.Promise.Forbidding("begins by policy and commits", WrongBeginning)
	spec.Warmup, spec.Faulty = 2*time.Second, 8*time.Second
	spec.Gauges = []scenarios.Gauge{{Name: leftOut, Unit: "records", New: func(*scenarios.Trial) scenarios.Meter {
		return &beginning{next: map[scenarios.Partition]int64{}, left: map[scenarios.Partition]int64{}}
	}}}
	spec.Script = func(p *scenarios.Planner) {
		at := 3*time.Second + p.Draw("start", 0, 2*time.Second)
		if known {
			p.At(0, sim.Start, "m1")
			p.Command(at, "leave", "m1")
			at += 2 * time.Second
		}
		p.At(at, sim.Start, "m1")
	}
	spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
		left := o.Number(leftOut)[0]
		if wants := reset == client.Latest && !known; wants != (left > 0) || wants && left != o.Report.Summary.BeforeStart {
			return []scenarios.Finding{{Name: WrongBeginning, Client: "m1", Text: fmt.Sprintf("m1 left out %d records at its last start; %d lay before the group's first", left, o.Report.Summary.BeforeStart)}}
		}
		return nil
	}
	return spec
}

// beginning counts what a reader left out at its last start.
type beginning struct {
	next, left map[scenarios.Partition]int64
}

// Observe implements scenarios.Meter.
func (m *beginning) Observe(e *model.Event) {
	switch e.Kind {
	case model.Processed:
		m.next[e.TopicPartition] = max(m.next[e.TopicPartition], e.To)
	case model.Positioned:
		m.left[e.TopicPartition] = max(e.To-m.next[e.TopicPartition], 0)
		m.next[e.TopicPartition] = max(m.next[e.TopicPartition], e.To)
	}
}

// Read implements scenarios.Meter.
func (m *beginning) Read(*scenarios.Outcome) []int64 {
	sum := int64(0)
	for _, n := range m.left { //ordered: a sum
		sum += n
	}
	return []int64{sum}
}
