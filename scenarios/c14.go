package scenarios

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// C14: a consumer crashes after it has processed n records and committed m.
// Exactly the n − m records that were processed and not committed come again,
// the first of them at the committed offset.

func crashBeforeCommit() []*Scenario {
	right := &Scenario{
		Name: "C14", Refs: []string{"C14", "C10", "E07"}, Expect: Hold, Seeds: 3000,
		Title:   "crash before commit: exactly what was processed and not committed comes again",
		Spec:    crashSpec(processThenCommit),
		OnKafka: func() Spec { return onKafka(crashSpec(processThenCommit)) },
		Sometimes: []Sometimes{
			{"records came again", 20, func(o *Outcome) bool { return o.Report.Summary.ProcessedDuplicates > 0 }},
			{"crash with nothing uncommitted", 100, func(o *Outcome) bool { return o.Report.Summary.ProcessedDuplicates == 0 }},
		},
	}
	first := &Scenario{
		Name: "C14-commit-first", Refs: []string{"C14", "C04"}, Expect: Fail, Anomaly: model.CommitAheadOfProcessing, Seeds: 300,
		Title:   "wrong: commits before processing, and so loses what a crash interrupts",
		Spec:    crashSpec(commitThenProcess),
		OnKafka: func() Spec { return onKafka(crashSpec(commitThenProcess)) },
	}
	last := &Scenario{
		Name: "C14-commit-last", Refs: []string{"C14", "E06"}, Expect: Fail, Anomaly: RedeliveryMismatch, Seeds: 300,
		Title:   "wrong: commits the last record's offset instead of the next, and so gets one more again",
		Spec:    crashSpec(commitLastOffset),
		OnKafka: func() Spec { return onKafka(crashSpec(commitLastOffset)) },
	}
	return []*Scenario{right, first, last}
}

// RedeliveryMismatch: what came again after a crash is not exactly what was
// processed after the last successful commit.
const RedeliveryMismatch = "redelivery-mismatch"

func crashSpec(handler func(Env) Handler) Spec {
	return Spec{
		Topics: []Topic{{"orders", 2}}, Group: Classic("order-service", assignor.Range), Members: 2,
		Handler: handler,
		Load:    Load{Count: 120, Pattern: "customer-%d", Keys: 12, PerTick: 6, Every: 250 * time.Millisecond},
		Client:  ClientConfig{SessionTimeout: 10 * time.Second, MaxPollRecords: 10, BlockRebalanceOnPoll: true},
		Promise: AtLeastOnce().NoCommitAfterRevoke().PerKeyOrder().MonotoneCommits().
			Forbidding("exactly the uncommitted come again", RedeliveryMismatch),
		Warmup: 10 * time.Second, Faulty: 30 * time.Second,
		Script: func(p *Planner) {
			p.At(0, sim.Start, "m1")
			p.At(p.Draw("start", 2, time.Second), sim.Start, "m2")
			// Die as the n-th record's work ends, anywhere in a poll's batch; or,
			// sometimes, as the n-th commit has succeeded.
			n, kind := 5+p.Pick("crash-after", 0, 40), model.Processed
			if p.Pick("crash-between", 0, 4) == 0 {
				n, kind = 1+n/8, model.CommitDone
			}
			p.When(func() func(*model.Event) bool {
				return nth(n, func(e *model.Event) bool { return e.Kind == kind && e.Client == "m1" })
			}, sim.Crash, "m1")
		},
		Assert: redelivery,
	}
}

// nth is true of the n-th event of which is is true.
func nth(n int, is func(*model.Event) bool) func(*model.Event) bool {
	return func(e *model.Event) bool {
		if !is(e) {
			return false
		}
		n--
		return n == 0
	}
}

// redelivery compares what came again with what was processed after the last
// commit that the handler knew to have succeeded.
func redelivery(o *Outcome) []Finding {
	var out []Finding
	for _, h := range o.Course.Handovers {
		if h.Redelivered != h.SinceCommit {
			out = append(out, Finding{Name: RedeliveryMismatch, At: h.At, Client: h.To, TopicPartition: h.Partition,
				Text: fmt.Sprintf("%v: %d records were processed after the last commit, %d came again", h.Partition, h.SinceCommit, h.Redelivered)})
		}
	}
	return out
}

// The three handlers of the slice: right, and wrong in two ways.

// processThenCommit does the work on all that was polled, then commits.
func processThenCommit(env Env) Handler {
	return handlerFunc(func(records []Record) {
		for _, r := range records {
			env.Sleep(5 * time.Millisecond)
			env.Emit(r)
		}
		env.Commit(records...)
	})
}

// commitThenProcess commits what it was given before the work is done.
func commitThenProcess(env Env) Handler {
	return handlerFunc(func(records []Record) {
		env.Commit(records...)
		for _, r := range records {
			env.Sleep(5 * time.Millisecond)
			env.Emit(r)
		}
	})
}

// commitLastOffset takes the committed offset for that of the last record
// read, as some tutorials say; it is the next one to read.
func commitLastOffset(env Env) Handler {
	return handlerFunc(func(records []Record) {
		for _, r := range records {
			env.Sleep(5 * time.Millisecond)
			env.Emit(r)
		}
		offsets := next(records)
		for i := range offsets {
			offsets[i].At--
		}
		env.CommitOffsets(offsets...)
	})
}

type handlerFunc func([]Record)

// Process implements Handler.
func (f handlerFunc) Process(records []Record) { f(records) }
