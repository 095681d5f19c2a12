package library

import (
	"fmt"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// A27: the comparison of standard consumers with a checkpointing job. All read
// the same records, and whoever reads is struck at the same step of the same
// poll: five ways to commit as in C04, and the job.

const checkpointed = "checkpointed"

// comparedModes are the standard rows: names of C04's.
var comparedModes = []string{"auto", "auto, work queued", "before each record", "after the batch", "after each record"}

func comparison() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "A27", Refs: []string{"A27"},
		Title: "standard consumers and a checkpointing job, struck at every step: where they go on, what is lost, what counts twice"}
	for _, m := range commitModes() {
		if !slices.Contains(comparedModes, m.name) {
			continue
		}
		for i, at := range crashSteps()[:inRevocation] {
			spec := matrixSpec(m, at, m.want(i, client.Franz, true), client.Franz, true)
			spec.Gauges = append(spec.Gauges, fromLastCommit())
			s.Cases = append(s.Cases, scenarios.Case{Row: m.name, Column: at.name, Runs: 2, Spec: spec})
		}
	}
	for _, at := range jobSteps() {
		s.Cases = append(s.Cases, scenarios.Case{Row: checkpointed, Column: at.name, Runs: 2, Spec: comparedJob(at)})
	}
	s.Claims = []scenarios.Claim{
		{Ref: "A27", Text: "recovery point: the last commit of a standard consumer, the last checkpoint of Flink", Expect: scenarios.Confirmed, Judge: judgeRecoveryPoint},
		{Ref: "A27", Text: "standard consumers may lose or repeat records, checkpoints make it exactly once", Expect: scenarios.Qualified, Judge: judgeComparison},
	}
	return s
}

// jobStep is where the job's process is struck; the first six are C04's.
type jobStep struct {
	name string
	plan func(*scenarios.Planner)
}

func jobSteps() []jobStep {
	strike := func(name string, are ...func(*model.Event) bool) jobStep {
		return jobStep{name, func(p *scenarios.Planner) {
			startSlots(p)
			p.When(inTurn(are...), sim.Crash, struckManager)
		}}
	}
	reaches := func(kind model.Kind, offset int64) func(*model.Event) bool {
		return func(e *model.Event) bool { return e.Kind == kind && e.From <= offset && offset < e.To }
	}
	polled := reaches(model.SourcePolled, struckPoll)
	of := func(kind model.Kind) func(*model.Event) bool {
		return func(e *model.Event) bool { return e.Kind == kind }
	}
	return []jobStep{
		{"before the poll's end", func(p *scenarios.Planner) {
			startSlots(p)
			p.At(matrixTick*(struckPoll/matrixBatch+1)-10*time.Millisecond, sim.Crash, struckManager)
		}},
		strike("after the poll", polled),
		strike("mid-batch", reaches(model.Applied, struckAt)),
		strike("all processed", reaches(model.Applied, firstAfter-1)),
		strike("commit sent", polled, of(model.Commit)),
		strike("commit answered", polled, of(model.Commit), of(model.CommitDone)),
		strike("state durable, checkpoint not complete", polled, of(model.CheckpointTriggered), of(model.StateDurable)),
		strike("checkpoint complete, nobody told", polled, of(model.CheckpointCompleted)),
	}
}

// startSlots lets the first TaskManager have the one subtask.
func startSlots(p *scenarios.Planner) {
	at := p.Draw("start", 1, time.Second)
	p.At(at, sim.Start, struckManager)
	p.At(at+time.Second, sim.Start, "tm2")
}

// comparedJob has one reader of the one partition, and a slot to spare. Its
// source gives half a poll at a time, so that there is a middle of it.
func comparedJob(at jobStep) scenarios.Spec {
	spec := matrixSpec(commitMode{}, crashStep{}, noHarm, client.Franz, true)
	spec.Handler, spec.Assert = nil, jobComparison
	spec.Job = &scenarios.Job{Parallelism: 1, Interval: 5 * time.Second, RestartDelay: 500 * time.Millisecond, Discovery: -1,
		HeartbeatInterval: 2 * time.Second, HeartbeatTimeout: 6 * time.Second, Poll: 500 * time.Millisecond,
		Storage: checkpoint.StorageConfig{Write: 20 * sim.Millisecond, Read: 10 * sim.Millisecond},
		Source:  sources.With(sources.Options{Batch: matrixBatch / 2})}
	spec.Script = at.plan
	spec.Promise = scenarios.ExactlyOnceState().CommitsFollowCheckpoints().Forbidding("what is lost and what comes again is what the table says", MatrixDiffers)
	spec.Gauges = []scenarios.Gauge{crashLostFromState(), crashTwiceInState(), crashReadAgain(), fromLastCommit(), fromLastCheckpoint()}
	return spec
}

// jobComparison: the job was struck, went on at a checkpoint, and nothing else.
func jobComparison(o *scenarios.Outcome) []scenarios.Finding {
	var out []scenarios.Finding
	differs := func(format string, args ...any) {
		out = append(out, scenarios.Finding{Name: MatrixDiffers, Text: fmt.Sprintf(format, args...)})
	}
	if !o.Course.Hit(struckManager, 0) {
		differs("%s was not struck", struckManager)
	}
	if n := o.Number(sinceCheckpoint); len(n) == 0 || slices.Max(n) != 0 || slices.Min(n) != 0 {
		differs("the job went on %v records from its last checkpoint, must be 0", n)
	}
	return out
}

const (
	sinceCommit     = "from the last commit"
	sinceCheckpoint = "from the last checkpoint"
)

// fromLastCommit is how far from the last successful commit a reader began
// after a crash; negative: before it.
func fromLastCommit() scenarios.Gauge {
	return scenarios.Gauge{Name: sinceCommit, Unit: "records", New: func(*scenarios.Trial) scenarios.Meter { return &recoveryPoint{} }}
}

// fromLastCheckpoint is the same for the last completed checkpoint.
func fromLastCheckpoint() scenarios.Gauge {
	return scenarios.Gauge{Name: sinceCheckpoint, Unit: "records", New: func(*scenarios.Trial) scenarios.Meter { return &recoveryPoint{ofCheckpoints: true} }}
}

// recoveryPoint watches one partition.
type recoveryPoint struct {
	ofCheckpoints bool
	stored        map[int64]int64 // by checkpoint
	calls         map[int64]int64 // commits under way
	last          int64
	struck        bool
	samples       []int64
}

// Observe implements scenarios.Meter.
func (r *recoveryPoint) Observe(e *model.Event) {
	switch e.Kind {
	case model.Commit:
		if len(e.Partitions) == 1 && !r.ofCheckpoints {
			r.calls = put(r.calls, e.Op, e.Partitions[0].Offset)
		}
	case model.CommitDone:
		if at, ok := r.calls[e.Op]; ok && e.Error == "" {
			r.last = at
		}
	case model.SnapshotTaken:
		if len(e.Partitions) == 1 && r.ofCheckpoints {
			r.stored = put(r.stored, e.Op, e.Partitions[0].Offset)
		}
	case model.CheckpointCompleted:
		if at, ok := r.stored[e.Op]; ok {
			r.last = max(at, 0)
		}
	case model.Stopped:
		r.struck = r.struck || e.Cause == "crash"
	case model.Positioned:
		if r.struck {
			r.struck = false
			r.samples = append(r.samples, e.To-r.last)
		}
	}
}

func put(m map[int64]int64, key, value int64) map[int64]int64 {
	if m == nil {
		m = map[int64]int64{}
	}
	m[key] = value
	return m
}

// Read implements scenarios.Meter.
func (r *recoveryPoint) Read(*scenarios.Outcome) []int64 { return r.samples }

func judgeRecoveryPoint(r *scenarios.Result) (scenarios.Ruling, string) {
	standard, job := span(r, sinceCommit, comparedModes...), span(r, sinceCheckpoint, checkpointed)
	text := fmt.Sprintf("standard consumers begin %v from their last commit in %d crashes; the job %v from its last checkpoint in %d, wherever its commits were: %v beyond the last one",
		standard, standard.n, job, job.n, span(r, sinceCommit, checkpointed))
	if standard.is(0) && job.is(0) {
		return scenarios.Confirmed, text
	}
	return scenarios.Refuted, text
}

// judgeComparison: exactly once is said of the state.
func judgeComparison(r *scenarios.Result) (scenarios.Ruling, string) {
	lost, again := span(r, "lost", comparedModes...), span(r, "processed again", comparedModes...)
	jobLost, jobTwice, jobAgain := span(r, "lost from state", checkpointed), span(r, "twice in state", checkpointed), span(r, "read again", checkpointed)
	text := fmt.Sprintf("standard: up to %d lost (work queued, or committed before), up to %d processed again (the commit interval); the job: %v lost and %v twice in its state, of %v read again: what it had written outside since the checkpoint is written again (A30)",
		lost.most, again.most, jobLost, jobTwice, jobAgain)
	if lost.most > 0 && again.most > 0 && jobLost.is(0) && jobTwice.is(0) && jobAgain.most > 0 {
		return scenarios.Qualified, text
	}
	return scenarios.Refuted, text
}

// ComparisonTable is A27 from its result: a first line with heads, then one for
// each way to commit, and the job.
func ComparisonTable(r *scenarios.Result) [][]string {
	table := [][]string{append([]string{"", "goes on at"}, columnsIn(r)...)}
	for _, row := range append(slices.Clone(comparedModes), checkpointed) {
		at := "its last commit"
		if row == checkpointed {
			at = "its last checkpoint"
		}
		line := []string{row, at}
		for _, column := range table[0][2:] {
			line = append(line, comparedCell(r.Case(row, column)))
		}
		table = append(table, line)
	}
	return table
}

func columnsIn(r *scenarios.Result) (out []string) {
	for _, c := range r.Cases {
		if !slices.Contains(out, c.Column) {
			out = append(out, c.Column)
		}
	}
	return out
}

func comparedCell(c *scenarios.CaseResult) string {
	if c == nil {
		return "–"
	}
	if again := c.Measure("read again"); again != nil { // the job
		text := fmt.Sprintf("lost %d, twice %d (read again %d", c.Measure("lost from state").Max, c.Measure("twice in state").Max, again.Max)
		if at := c.Measure(sinceCommit); at.Max > 0 {
			text += fmt.Sprintf("; begins %d beyond the last commit", at.Max)
		}
		return text + ")"
	}
	return fmt.Sprintf("lost %d, twice %d", c.Measure("lost").Max, c.Measure("processed again").Max)
}
