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

// C14: a consumer crashes after it has processed n records and committed m.
// Exactly the n − m records that were processed and not committed come again,
// the first of them at the committed offset.

func crashBeforeCommit() []*scenarios.Scenario {
	right := &scenarios.Scenario{
		Name: "C14", Refs: []string{"C14", "C10", "E07"}, Expect: scenarios.Hold, Seeds: 100,
		Title:   "crash before commit: exactly what was processed and not committed comes again",
		Spec:    crashSpec(handlers.ProcessThenCommit),
		OnKafka: func() scenarios.Spec { return onKafka(crashSpec(handlers.ProcessThenCommit)) },
		Claims:  []scenarios.Claim{{Ref: "C10", Text: "to achieve exactly-once, commit offsets after processing", Expect: scenarios.Refuted, After: 20, Judge: judgeCommitAfter}},
		Sometimes: []scenarios.Sometimes{
			{Name: "records came again", After: 20, Seen: func(o *scenarios.Outcome) bool { return o.Report.Summary.ProcessedDuplicates > 0 }},
			{Name: "crash with nothing uncommitted", After: 100, Seen: func(o *scenarios.Outcome) bool { return o.Report.Summary.ProcessedDuplicates == 0 }},
		},
	}
	first := &scenarios.Scenario{
		Name: "C14-commit-first", Refs: []string{"C14", "C04"}, Expect: scenarios.Fail, Anomaly: model.CommitAheadOfProcessing, Seeds: 40,
		Title:   "wrong: commits before processing, and so loses what a crash interrupts",
		Spec:    crashSpec(handlers.CommitThenProcess),
		OnKafka: func() scenarios.Spec { return onKafka(crashSpec(handlers.CommitThenProcess)) },
	}
	last := &scenarios.Scenario{
		Name: "C14-commit-last", Refs: []string{"C14", "E06"}, Expect: scenarios.Fail, Anomaly: RedeliveryMismatch, Seeds: 40,
		Title:   "wrong: commits the last record's offset instead of the next, and so gets one more again",
		Spec:    crashSpec(handlers.CommitLastOffset),
		OnKafka: func() scenarios.Spec { return onKafka(crashSpec(handlers.CommitLastOffset)) },
	}
	return []*scenarios.Scenario{right, first, last}
}

// RedeliveryMismatch: what came again after a crash is not exactly what was
// processed after the last successful commit.
const RedeliveryMismatch = "redelivery-mismatch"

func crashSpec(handler func(scenarios.Env) scenarios.Handler) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 2}}, Group: scenarios.Classic("order-service", assignor.Range), Members: 2,
		Handler: handler,
		Load:    scenarios.Load{Count: 120, Pattern: "customer-%d", Keys: 12, PerTick: 6, Every: 250 * time.Millisecond},
		Client:  scenarios.ClientConfig{SessionTimeout: 10 * time.Second, MaxPollRecords: 10, BlockRebalanceOnPoll: true},
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke().PerKeyOrder().MonotoneCommits().
			Forbidding("exactly the uncommitted come again", RedeliveryMismatch),
		Warmup: 10 * time.Second, Faulty: 30 * time.Second,
		Script: func(p *scenarios.Planner) {
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

// judgeCommitAfter counts what is processed twice, and what is lost, though
// every offset is committed after the work.
func judgeCommitAfter(r *scenarios.Result) (scenarios.Ruling, string) {
	text := fmt.Sprintf("that is at-least-once: %d records of %d runs with one crash each were processed twice, those between the last commit and the crash; %d were lost", r.Duplicates, r.Seeds, r.Lost)
	if r.Duplicates > 0 {
		return scenarios.Refuted, text
	}
	return scenarios.Confirmed, text
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
func redelivery(o *scenarios.Outcome) []scenarios.Finding {
	var out []scenarios.Finding
	for _, h := range o.Course.Handovers {
		if h.Redelivered != h.SinceCommit {
			out = append(out, scenarios.Finding{Name: RedeliveryMismatch, At: h.At, Client: h.To, TopicPartition: h.Partition,
				Text: fmt.Sprintf("%v: %d records were processed after the last commit, %d came again", h.Partition, h.SinceCommit, h.Redelivered)})
		}
	}
	return out
}
