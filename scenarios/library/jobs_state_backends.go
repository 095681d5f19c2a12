package library

import (
	"fmt"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

// BackendDiffers: a state backend does not do with a fault of its storage what
// it must.
const BackendDiffers = "backend-differs"

// storageFault is a column of A24.
type storageFault struct {
	name string
	plan func(p *scenarios.Planner, path string)
	// What comes of it where state is in files. Aborts: checkpoints fail, and
	// later ones complete. Refuses: what was acknowledged is not there when it is
	// needed; the job says so, with these words, and does not go on without it.
	aborts  bool
	refuses string
	forgets bool // what the JobManager had on its heap is gone
}

// struckCheckpoint is the one whose files are struck.
const struckCheckpoint = 3

// storageFaults are the columns. Where a task fails afterwards, what was
// written is needed.
func storageFaults() []storageFault {
	during := func(command string) func(*scenarios.Planner, string) {
		return func(p *scenarios.Planner, _ string) {
			p.Storage(6500*time.Millisecond, command)
			p.FailTask(14500*time.Millisecond, "tm1", "operator")
		}
	}
	// after the checkpoint is complete, and before the next one begins.
	after := func(command string) func(*scenarios.Planner, string) {
		return func(p *scenarios.Planner, path string) {
			p.CommandWhen(completes(struckCheckpoint), command+" "+path, "fs").After(300 * time.Millisecond)
			p.CommandWhen(completes(struckCheckpoint), "fail operator", "tm1").After(600 * time.Millisecond)
		}
	}
	crash := func(p *scenarios.Planner) {
		p.When(completes(struckCheckpoint), sim.Crash, "jm").After(600 * time.Millisecond)
		p.When(completes(struckCheckpoint), sim.Start, "jm").After(1600 * time.Millisecond)
	}
	return []storageFault{
		{name: "none", plan: during("fail-writes 1 nobody's")},
		{name: "slow", plan: during("slow-writes 5s 2"), aborts: true},
		{name: "failed", plan: during("fail-writes 1"), aborts: true},
		{name: "torn, said", plan: during("tear-writes 1"), aborts: true},
		{name: "metadata failed", plan: during("fail-writes 1 _metadata"), aborts: true},
		{name: "torn, acknowledged", refuses: "bytes; ", plan: func(p *scenarios.Planner, path string) {
			p.Storage(0, "tear-silently 1 "+path)
			after("lose nothing")(p, "")
		}},
		{name: "lost after ack", plan: after("lose"), refuses: "there is no such file"},
		{name: "flipped after ack", plan: after("flip"), refuses: "its sum is"},
		{name: "JobManager crash", plan: func(p *scenarios.Planner, _ string) { crash(p) }, forgets: true},
		{name: "metadata lost, JobManager crash", refuses: "_metadata", forgets: true, plan: func(p *scenarios.Planner, _ string) {
			p.CommandWhen(completes(struckCheckpoint), fmt.Sprintf("lose order-job/chk-%d/_metadata", struckCheckpoint), "fs").After(300 * time.Millisecond)
			crash(p)
		}},
	}
}

// completes is the completion of a checkpoint.
func completes(id int64) func() func(*model.Event) bool {
	return func() func(*model.Event) bool {
		return func(e *model.Event) bool { return e.Kind == model.CheckpointCompleted && e.Op == id }
	}
}

// stateBackends is A24: each state backend, and what happens to its storage.
func stateBackends() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "A24", Refs: []string{"A24"},
		Title: "state backends: a checkpoint is complete when it is durable, and one that cannot be read is not gone on without"}
	for _, kind := range []checkpoint.BackendKind{checkpoint.Memory, checkpoint.FileSystem, checkpoint.Incremental} {
		path := fmt.Sprintf("order-job/chk-%d/operator-0", struckCheckpoint)
		if kind == checkpoint.Incremental {
			path = fmt.Sprintf("order-job/shared/operator-0-chk-%d", struckCheckpoint)
		}
		for _, f := range storageFaults() {
			c := scenarios.Case{Row: string(kind), Column: f.name, Spec: backendSpec(kind, path, f), Runs: 3}
			if kind == checkpoint.Memory && f.forgets {
				c.Expect, c.Anomaly = scenarios.Fail, model.RestoredFromStale
			}
			s.Cases = append(s.Cases, c)
		}
	}
	s.Claims = []scenarios.Claim{{Ref: "A24", Text: "a state backend keeps a job's state safe", Expect: scenarios.Qualified, After: len(s.Cases), Judge: judgeBackends}}
	return s
}

func backendSpec(kind checkpoint.BackendKind, path string, f storageFault) scenarios.Spec {
	spec := jobSpec(2, 2, 0)
	spec.Warmup, spec.Faulty = time.Second, 18*time.Second
	spec.Load = scenarios.Load{Count: 90, Pattern: "customer-%d", Keys: 30, PerTick: 1}
	spec.Job.Backend.Kind, spec.Job.Timeout = kind, 3*time.Second
	spec.Script = func(p *scenarios.Planner) {
		startJob(p, 200*time.Millisecond)
		f.plan(p, path)
	}
	files := kind != checkpoint.Memory
	spec.Promise = spec.Promise.Forbidding("does with a fault what it must", BackendDiffers)
	if files && f.refuses != "" { // it never comes to rest
		spec.Promise = scenarios.Promise{}.Forbidding("says that it cannot go on, and does not", BackendDiffers, model.DuplicateInState, model.InconsistentCut,
			model.LostFromState, model.CompletedBeforeDurable, model.RestoredFromStale)
	}
	spec.Gauges = []scenarios.Gauge{abortedCheckpoints, completedCheckpoints}
	spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
		j, want := o.Report.Summary.Job, ""
		switch {
		case files && f.refuses != "" && !(strings.HasPrefix(o.Why, "the job has failed: cannot restore") && strings.Contains(o.Why, f.refuses)):
			want = "the job must fail, since it cannot restore: " + f.refuses
		case files && f.refuses != "":
		case !o.Settled:
			want = "the job must come to rest"
		case files && f.aborts && (j.Aborted == 0 || j.Completed < 4):
			want = "checkpoints must be aborted, and later ones complete"
		case !files && f.aborts && j.Aborted > 0 && f.name != "none":
			want = "no checkpoint may be aborted: nothing is written"
		}
		if want == "" {
			return nil
		}
		return []scenarios.Finding{{Name: BackendDiffers, Text: fmt.Sprintf("%s; %d completed, %d aborted, %d restarts; %s", want, j.Completed, j.Aborted, j.Restarts, o.Why)}}
	}
	return spec
}

func judgeBackends(r *scenarios.Result) (scenarios.Ruling, string) {
	runs, early, refused, stale := 0, 0, 0, 0
	for _, c := range r.Cases {
		runs += c.Runs
		early += c.Anomalies[model.CompletedBeforeDurable]
		if c.Row == string(checkpoint.Memory) {
			stale += c.Anomalies[model.RestoredFromStale]
			continue
		}
		refused += c.Anomalies[scenarios.NotSettled]
	}
	text := fmt.Sprintf("in %d runs no checkpoint was completed before it was durable (%d were), and writes that fail abort it; "+
		"but a file that is lost or spoilt after its acknowledgement ends the job (%d runs, each saying which file), and the memory backend's state ends with the JobManager (%d runs went on from nothing)",
		runs, early, refused, stale)
	switch {
	case early > 0:
		return scenarios.Refuted, text
	case refused+stale > 0:
		return scenarios.Qualified, text
	}
	return scenarios.Confirmed, text
}

// Gauges of a job's checkpoints.
var (
	abortedCheckpoints   = jobNumber("checkpoints aborted", "", func(j *model.JobNumbers) int64 { return int64(j.Aborted) })
	completedCheckpoints = jobNumber("checkpoints completed", "", func(j *model.JobNumbers) int64 { return int64(j.Completed) })
	jobRestarts          = jobNumber("restarts", "", func(j *model.JobNumbers) int64 { return int64(j.Restarts) })
	recordsReplayed      = jobNumber("read again", "records", func(j *model.JobNumbers) int64 { return j.Replayed })
	lateRecords          = jobNumber("late", "records", func(j *model.JobNumbers) int64 { return j.Late })
)

func jobNumber(name, unit string, of func(*model.JobNumbers) int64) scenarios.Gauge {
	return scenarios.Reading(name, unit, func(o *scenarios.Outcome) []int64 { return []int64{of(&o.Report.Summary.Job)} })
}

// restartedJob is a state that campaigns of jobs that fail must reach.
func restartedJob(after int) scenarios.Sometimes {
	return scenarios.Sometimes{Name: "the job restarted", After: after, Seen: func(o *scenarios.Outcome) bool { return o.Report.Summary.Job.Restarts > 0 }}
}
