package scenarios

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// jobSpec is a small job: two slots, two partitions, a checkpoint a second.
func jobSpec(change func(*Spec)) Spec {
	s := Spec{
		Topics: []Topic{{Name: "orders", Partitions: 2}}, Group: Classic("billing"), Members: 2,
		Load: Keyed(60, "customer-%d", 7), Warmup: 5 * time.Second, Faulty: 20 * time.Second,
		Job: &Job{Interval: time.Second, Source: sources.Kafka}, Promise: ExactlyOnceState().CommitsFollowCheckpoints(),
	}
	if change != nil {
		change(&s)
	}
	return s
}

// allJobFaults are those that a job of two slots can have.
func allJobFaults() []Fault {
	return AnyOf(Crash, Vanish, Pause, Cut, Disconnect, ClockSkew, BrokerCrash, CoordinatorReload, TaskFailure, JobManagerCrash,
		StorageFails, StorageSlow, StorageTears, LoseNotifications, FailCheckpoint(5), Rescale(1), Savepoint)
}

// seeds plays a Spec over many seeds.
func seeds(t *testing.T, spec Spec, n int, each func(o *Outcome)) {
	t.Helper()
	if testing.Short() {
		n = max(n/5, 8)
	}
	for i := range n {
		o, err := simulateSeed(&spec, SeedOf(1, i))
		if err != nil {
			t.Fatal(err)
		}
		each(o)
	}
}

func TestJobsHoldUnderFaults(t *testing.T) {
	for name, change := range map[string]func(*Spec){
		"plain":       func(*Spec) {},
		"small polls": func(s *Spec) { s.Job.Source, s.Load.PerTick = sources.With(sources.Options{Batch: 2}), 6 },
		"java":        func(s *Spec) { s.Client.Profile, s.Client.Reset = client.Java, client.Earliest },
		"regions":     func(s *Spec) { s.Job.Forward, s.Job.RestartRegions = true, true },
		"overlapping": func(s *Spec) {
			s.Job.MaxConcurrent, s.Job.Interval, s.Job.TolerableFailures = 3, 600*time.Millisecond, 2
			s.Job.Storage.Write = sim.Span(time.Second)
		},
		"incremental": func(s *Spec) { s.Job.Backend.Kind = checkpoint.Incremental },
		"slow":        func(s *Spec) { s.Job.Work, s.Job.Pace = 20*time.Millisecond, Pace{Batch: 50 * time.Millisecond} },
		"brokers": func(s *Spec) {
			s.Brokers, s.Job.Discovery = 3, 5*time.Second
			s.Faults = AnyOf(Crash, Vanish, Disconnect, TaskFailure, JobManagerCrash, StorageFails, BrokerCut, CoordinatorMove, LeaderMove, AddPartitions(4))
		},
		"a group beside it": func(s *Spec) {
			s.Beside = []Crowd{{Group: Classic("audit"), Members: 1, Handler: plainHandler}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			restored := 0
			seeds(t, jobSpec(func(s *Spec) { s.Faults = allJobFaults(); change(s) }), 60, func(o *Outcome) {
				for _, f := range o.Broken() {
					t.Errorf("seed %#x (%v): %s: %s", o.Trial.Seed, o.Trial.Options, f.Name, f.Text)
				}
				for _, v := range o.Report.Violations {
					t.Errorf("seed %#x: the history is wrong: %s", o.Trial.Seed, v.Text)
				}
				restored += o.Report.Summary.Job.Restarts
			})
			if restored == 0 {
				t.Error("no run was restarted")
			}
		})
	}
}

// wrongSources are what is wrong, and what it shows.
var wrongSources = []struct {
	variant sources.Variant
	anomaly string
}{
	{sources.StoresCommitted, model.DuplicateInState},
	{sources.StoresLast, model.DuplicateInState},
	{sources.StoresPosition, model.LostFromState},
	{sources.ReadsBeforeRestore, model.DuplicateInState},
	{sources.IgnoresCheckpoint, model.PositionNotRestored},
	{sources.CommitsPosition, model.CommitWithoutCheckpoint},
	{sources.CommitsAtSnapshot, model.CommitWithoutCheckpoint},
	{sources.CommitsAborted, model.CommitOfAbortedCheckpoint},
	{sources.CommitsOutOfOrder, model.CommitBehindSubsumed},
	{sources.AutoCommits, model.CommitWithoutCheckpoint},
}

func wrongSpec(v sources.Variant) Spec {
	return jobSpec(func(s *Spec) {
		s.Faults = AnyOf(Crash, TaskFailure, LoseNotifications, StorageSlow, StorageFails)
		s.Load.PerTick, s.Job.Pace.Batch = 12, 30*time.Millisecond
		s.Job.MaxConcurrent, s.Job.Interval, s.Job.TolerableFailures = 2, 700*time.Millisecond, 1
		s.Job.Source = sources.With(sources.Options{Variant: v, Batch: 2})
		if v == sources.IgnoresCheckpoint {
			s.Load.PerTick = 1
			s.Script = func(p *Planner) { // what the group has is behind what is complete
				p.At(0, sim.Start, "tm1")
				p.At(0, sim.Start, "tm2")
				p.When(nth(model.CheckpointCompleted, 9), sim.Crash, "tm1")
				p.When(nth(model.CheckpointCompleted, 9), sim.Start, "tm1").After(time.Second)
			}
		}
	})
}

func TestWrongSourcesShow(t *testing.T) {
	seeds(t, wrongSpec(sources.Right), 100, func(o *Outcome) {
		for _, f := range o.Broken() {
			t.Errorf("the right one: seed %#x: %s: %s", o.Trial.Seed, f.Name, f.Text)
		}
	})
	for _, w := range wrongSources {
		spec, shown := wrongSpec(w.variant), false
		for i := 0; i < 100 && !shown; i++ {
			o, err := simulateSeed(&spec, SeedOf(1, i))
			if err != nil {
				t.Fatal(err)
			}
			shown = o.Shows(w.anomaly)
		}
		if !shown {
			t.Errorf("%s does not show %s", w.variant, w.anomaly)
		}
	}
}

// A commit that fails must not concern the job (A04, A12).
func TestFailedCommits(t *testing.T) {
	restarts := func(v sources.Variant) int {
		spec := jobSpec(func(s *Spec) {
			s.Job.Source = sources.With(sources.Options{Variant: v})
			s.Script = func(p *Planner) {
				p.At(0, sim.Start, "tm1")
				p.At(0, sim.Start, "tm2")
				p.WhenStep(Step{Name: "OffsetCommit", From: "tm1", To: "b", Nth: 2}, sim.Crash, "b0")
				p.WhenStep(Step{Name: "OffsetCommit", From: "tm1", To: "b", Nth: 2}, sim.Start, "b0").After(time.Second)
			}
		})
		p := play(t, spec)
		p.holds(t)
		return p.Report.Summary.Job.Restarts
	}
	if n := restarts(sources.Right); n != 0 {
		t.Errorf("%d restarts because of commits", n)
	}
}

// Fact 6: with the group's own assignment a partition changes hands and the
// state does not.
func TestGroupSourceIsUnsound(t *testing.T) {
	spec := jobSpec(func(s *Spec) {
		s.Job.Source, s.Job.Assignment = sources.Group("orders"), checkpoint.ByGroup
		s.Job.Interval = 4 * time.Second
		s.Client = ClientConfig{SessionTimeout: 9 * time.Second, HeartbeatInterval: 3 * time.Second, RebalanceTimeout: 10 * time.Second}
		s.Faulty = 40 * time.Second
		s.Script = func(p *Planner) {
			p.At(0, sim.Start, "tm1")
			p.At(0, sim.Start, "tm2")
			p.Part(10*time.Second, 22*time.Second, "tm1", "b0")
		}
	})
	shown := 0
	seeds(t, spec, 20, func(o *Outcome) {
		if o.Shows(model.DuplicateInState) && o.Report.Summary.Job.Restarts == 0 {
			shown++
		}
	})
	if shown == 0 {
		t.Error("no duplicates without a restart")
	}
}

func TestJobReplays(t *testing.T) {
	spec := wrongSpec(sources.StoresLast)
	for i := range 40 {
		run, err := NewTrial(&spec, SeedOf(1, i))
		if err != nil {
			t.Fatal(err)
		}
		o, err := Recorded(run, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Simulate(run, Play{Replay: o.Log})
		if err != nil {
			t.Fatal(err)
		}
		if again.Hash != o.Hash {
			t.Fatalf("seed %#x: the log gives hash %#x, the run had %#x", run.Seed, again.Hash, o.Hash)
		}
		if !o.Shows(model.DuplicateInState) {
			continue
		}
		small, err := Shrink(run, nil, model.DuplicateInState, 200)
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		if err := Explain(&text, small, model.DuplicateInState, 1, 1, "go test"); err != nil {
			t.Fatal(err)
		}
		explained(t, small, text.String())
		return
	}
	t.Fatal("no run shows it")
}

// explained looks at what is told of a shrunk failure of a job.
func explained(t *testing.T, small *Shrunk, text string) {
	t.Helper()
	t.Log("\n" + text)
	if n := strings.Count(text, "\n"); n > 15 {
		t.Errorf("%d lines tell of it", n)
	}
	for _, want := range []string{"ANOMALY duplicate-in-state", "from checkpoint", "applies orders/", "snapshot", "duplicates in state"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	strikes := 0
	for _, e := range small.Log.Entries {
		if e.Action.IsFault() || e.Action.Kind == sim.Command && e.Action.Label == "fail" {
			strikes++
		}
	}
	if strikes != 1 {
		t.Errorf("%d faults are left, one is enough", strikes)
	}
}

func TestStepsAndDelays(t *testing.T) {
	spec := jobSpec(func(s *Spec) {
		s.Script = func(p *Planner) {
			p.At(0, sim.Start, "tm1")
			p.At(0, sim.Start, "tm2")
			p.WhenStep(Step{Name: "OffsetCommit", From: "tm1", To: "b0", Nth: 3}, sim.Crash, "tm1")
			p.WhenStep(Step{Name: "OffsetCommit", From: "tm1", To: "b0", Nth: 3}, sim.Start, "tm1").After(2 * time.Second)
			p.CommandWhen(nth(model.CheckpointCompleted, 12), "fail sink", "tm2")
		}
	})
	p := play(t, spec)
	p.holds(t)
	started, stopped := p.find(model.Started, "tm1"), p.find(model.Stopped, "tm1")
	if len(started) != 2 || len(stopped) != 1 || started[1].At != stopped[0].At+2_000_000 {
		t.Errorf("tm1 started %v, stopped %v", started, stopped)
	}
	commits, done := 0, 0
	for _, e := range p.events {
		if e.Client == "tm1" && e.At <= stopped[0].At {
			switch e.Kind {
			case model.Commit:
				commits++
			case model.CommitDone:
				done++
			}
		}
	}
	if commits != 3 || done != 2 {
		t.Errorf("tm1 crashed with %d commits sent and %d answered; the third is to be at the broker", commits, done)
	}
	if failed := p.find(model.TaskFailed, "tm2"); !slices.ContainsFunc(failed, func(e model.Event) bool { return strings.HasPrefix(e.Member, "sink-") }) {
		t.Errorf("no sink failed on tm2: %v", failed)
	}
}

func TestBoundedJobsFinish(t *testing.T) {
	spec := jobSpec(func(s *Spec) {
		s.Job.Bounded = true
		s.Members = 3 // one has no partition
		s.Load.Every, s.Load.PerTick = 10*time.Millisecond, 10
		s.Script = func(p *Planner) {
			for i := range 3 {
				p.At(time.Second, sim.Start, fmt.Sprintf("tm%d", 1+i))
			}
			p.When(nth(model.Applied, 2), sim.Crash, "tm1")
			p.When(nth(model.Applied, 2), sim.Start, "tm1").After(time.Second)
		}
	})
	p := play(t, spec)
	p.holds(t)
	if n := len(p.find(model.JobFinished, "jm")); n != 1 {
		t.Errorf("the job finished %d times", n)
	}
}

func TestPoison(t *testing.T) {
	value := func(i int) string {
		if i == 31 {
			return "{"
		}
		return fmt.Sprint(i)
	}
	parse := func(v string) error {
		if v == "{" {
			return errors.New("unexpected end of JSON input")
		}
		return nil
	}
	run := func(p sources.Poison) played {
		return play(t, jobSpec(func(s *Spec) {
			s.Load.Value = value
			s.Job.Source = sources.With(sources.Options{Parse: parse, Poison: p})
		}))
	}
	if p := run(sources.Fails); p.Settled || p.Report.Summary.Job.Restarts < 5 {
		t.Errorf("fails: settled %v, %d restarts", p.Settled, p.Report.Summary.Job.Restarts)
	}
	if p := run(sources.Skips); !p.Settled || !p.Shows(model.LostFromState) || p.Report.Summary.Job.Restarts != 0 {
		t.Errorf("skips: settled %v, %v", p.Settled, p.Findings)
	}
	run(sources.DeadLetters).holds(t)
}

func TestJobSpecsAreChecked(t *testing.T) {
	for want, change := range map[string]func(*Spec){
		"Handler":           func(s *Spec) { s.Handler = plainHandler },
		"Job.Source":        func(s *Spec) { s.Job.Source = nil },
		"Job.Parallelism":   func(s *Spec) { s.Job.Parallelism = 3 },
		"Group":             func(s *Spec) { s.Group = s.Group.Static() },
		"Faults[0]":         func(s *Spec) { s.Faults = AnyOf(Leave) },
		"Promise":           func(s *Spec) { s.Promise = AtLeastOnce().PerKeyOrder() },
		"Beside[0].Handler": func(s *Spec) { s.Beside = []Crowd{{Group: Classic("audit"), Members: 1}} },
		"Job.Bounded":       func(s *Spec) { s.Job.Bounded, s.Job.Assignment = true, checkpoint.ByGroup },
		"Job.Storage":       func(s *Spec) { s.Job.Storage.Write = -1 },
		"Script: Rescale":   func(s *Spec) { s.Script = func(p *Planner) { p.Rescale(0, 3) } },
		"Script: FailTask":  func(s *Spec) { s.Script = func(p *Planner) { p.FailTask(0, "tm1", "source-0") } },
		"Script: WhenStep":  func(s *Spec) { s.Script = func(p *Planner) { p.WhenStep(Step{From: "m"}, sim.Crash, "tm1") } },
		"Script: Storage":   func(s *Spec) { s.Script = func(p *Planner) { p.Storage(0, "tear-writes") } },
	} {
		spec := jobSpec(change)
		_, err := NewTrial(&spec, 1)
		var wrong *SpecError
		if !errors.As(err, &wrong) || !strings.HasPrefix(wrong.Field, want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	spec := world(plainHandler)
	spec.Faults = AnyOf(TaskFailure)
	if err := spec.Validate(); err == nil || !strings.Contains(err.Error(), "Faults[0]") {
		t.Errorf("a fault of jobs without a job: %v", err)
	}
}

// nth is the condition of a trigger: the n-th event of a kind.
func nth(kind model.Kind, n int) func() func(*model.Event) bool {
	return func() func(*model.Event) bool {
		seen := 0
		return func(e *model.Event) bool {
			if e.Kind == kind {
				seen++
			}
			return e.Kind == kind && seen == n
		}
	}
}
