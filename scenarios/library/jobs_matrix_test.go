package library

import (
	"slices"
	"testing"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
)

// caseOf is a copy of one case of an enumeration.
func caseOf(t *testing.T, scenario, name string) *scenarios.Case {
	t.Helper()
	s, err := One(scenario)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.FindCase(name)
	if err != nil {
		t.Fatal(err)
	}
	one := *c
	if c.Spec.Job != nil {
		job := *c.Spec.Job
		one.Spec.Job = &job
	}
	return &one
}

// brokenIn are the names of what a run of a case breaks.
func brokenIn(t *testing.T, c *scenarios.Case) (names []string) {
	t.Helper()
	run, err := scenarios.NewTrial(&c.Spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	o, err := scenarios.Simulate(run, scenarios.Play{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range o.Broken() {
		names = append(names, f.Name)
	}
	return names
}

// What a matrix says of a cell must turn red when the job, its source, or the
// strike is another.
func TestCrashMatrixTurnsRed(t *testing.T) {
	source := func(v sources.Variant) func(*scenarios.Case) {
		return func(c *scenarios.Case) { c.Spec.Job.Source = sources.With(sources.Options{Batch: 2, Variant: v}) }
	}
	for _, x := range []struct {
		name, scenario, cell string
		plant                func(*scenarios.Case)
		want                 string
	}{
		{"barriers are not aligned", "crash-points-keyed", "notified/operator task",
			func(c *scenarios.Case) { c.Spec.Job.Mode = checkpoint.AtLeastOnce }, model.DuplicateInState},
		{"barriers are aligned", "crash-points-at-least-once", "notified/operator task",
			func(c *scenarios.Case) { c.Spec.Job.Mode = checkpoint.ExactlyOnce }, CellDiffers},
		{"the source stores the last offset", "crash-points-forward", "checkpoint completed/TaskManager", source(sources.StoresLast), model.DuplicateInState},
		{"the source stores the group's offset", "crash-points-savepoint", "next poll/JobManager", source(sources.StoresCommitted), model.DuplicateInState},
		{"the source commits at its snapshot", "crash-points-concurrent", "barrier injected/broker", source(sources.CommitsAtSnapshot), model.CommitWithoutCheckpoint},
		{"the enumerator hands out", "crash-points-by-group", "emitted/TaskManager", func(c *scenarios.Case) {
			c.Spec.Job.Assignment, c.Spec.Job.Source = checkpoint.ByEnumerator, sources.Kafka
		}, CellDiffers},
		{"only one checkpoint at a time", "crash-points-concurrent", "snapshot taken/TaskManager",
			func(c *scenarios.Case) { c.Spec.Job.MaxConcurrent = 1 }, PointMissed},
		{"there are no checkpoints", "crash-points-keyed", "snapshot taken/store", func(c *scenarios.Case) { c.Spec.Job.Interval = 0 }, PointMissed},
		{"the job ignores its checkpoint", "A27", "checkpointed/mid-batch",
			func(c *scenarios.Case) {
				c.Spec.Job.Source = sources.With(sources.Options{Batch: 3, Variant: sources.IgnoresCheckpoint, NoCommit: true})
			}, MatrixDiffers},
		{"an idempotent sink counts", "A30", "idempotent, by the record's place/TaskManager, snapshot taken",
			func(c *scenarios.Case) {
				c.Spec.Job.Sink = func() checkpoint.Sink { return checkpoint.Counter{} }
			}, GuaranteeBroken},
		{"a flushed sink is not", "E28", "AT_LEAST_ONCE/store, checkpoint complete", func(c *scenarios.Case) {
			c.Spec.Job.Sink = func() checkpoint.Sink { return checkpoint.Unwaited{Sink: checkpoint.Counter{}} }
		}, GuaranteeBroken},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := caseOf(t, x.scenario, x.cell)
			if got := brokenIn(t, c); len(got) > 0 {
				t.Fatalf("%s is red as it is: %v", x.cell, got)
			}
			x.plant(c)
			if got := brokenIn(t, c); !slices.Contains(got, x.want) {
				t.Errorf("%s shows %v, must show %s", x.cell, got, x.want)
			}
		})
	}
}
