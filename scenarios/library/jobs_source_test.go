package library

import (
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
)

// Each right row of the source contract must turn red when the source, or the
// job, does what the row is there to find.
func TestSourceRowsTurnRed(t *testing.T) {
	variant := func(v sources.Variant) func(*scenarios.Spec) {
		return func(s *scenarios.Spec) { s.Job.Source = sources.With(sources.Options{Variant: v}) }
	}
	for _, x := range []struct {
		name, want string
		change     func(*scenarios.Spec)
	}{
		{"A01#ahead/right", model.LostFromState, variant(sources.IgnoresCheckpoint)},
		{"A01#behind/right", NothingShown, func(s *scenarios.Spec) { s.Script = startSources }},
		{"A02#right", model.CommitWithoutCheckpoint, variant(sources.AutoCommits)},
		{"A03", WrongCommits, func(s *scenarios.Spec) { s.Job.Source = sources.With(sources.Options{NoCommit: true}) }},
		{"A04#the group has a member", CommitKillsJob, variant(sources.FailsOnCommit)},
		{"A04#the coordinator cannot write", NothingShown, func(s *scenarios.Spec) { s.Script = startSources }},
		{"A06#the next record's", model.InconsistentCut, func(s *scenarios.Spec) {
			s.Job.Source = sources.With(sources.Options{Batch: 3, Prefetch: 40, Variant: sources.StoresPosition})
		}},
		{"A07-right#current offsets", model.DuplicateInState, variant(sources.StoresCommitted)},
		{"A10", model.CommitWithoutCheckpoint, variant(sources.CommitsPosition)},
		{"A11#told of the second first/right", model.CommitBehindSubsumed, variant(sources.CommitsOutOfOrder)},
		{"A13", WrongWait, func(s *scenarios.Spec) {
			s.Job.Source = func(env checkpoint.Env) checkpoint.Source {
				return &pollClock{Source: oversleeper{sources.Kafka(env), env}, env: env}
			}
		}},
		{"A14#no checkpoint", OffsetMoved, func(s *scenarios.Spec) { s.Job.Interval = 5 * time.Second }},
		{"A28#they left", HandoverDuplicate, func(s *scenarios.Spec) { s.Job.Start.From = client.Earliest }},
		{"A28#they left", HandoverLoss, func(s *scenarios.Spec) { s.Job.Start.From = client.Latest }},
	} {
		row, err := One(x.name)
		if err != nil {
			t.Fatal(err)
		}
		spec := row.Spec
		job := *spec.Job
		spec.Job = &job
		x.change(&spec)
		run, err := scenarios.NewTrial(&spec, 1)
		if err != nil {
			t.Fatal(err)
		}
		o, err := scenarios.Simulate(run, scenarios.Play{})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, f := range o.Broken() {
			found = found || f.Name == x.want
		}
		if !found {
			t.Errorf("%s: want %s, got %v", x.name, x.want, o.Broken())
		}
	}
}

// oversleeper waits a little longer than it is told.
type oversleeper struct {
	checkpoint.Source
	env checkpoint.Env
}

// Poll implements checkpoint.Source.
func (o oversleeper) Poll(timeout time.Duration) ([]checkpoint.Record, error) {
	records, err := o.Source.Poll(timeout)
	if len(records) == 0 {
		o.env.Sleep(time.Millisecond)
	}
	return records, err
}

// The wrong rows shrink to a course that fits a page.
func TestSourceRowsShrink(t *testing.T) {
	for _, name := range []string{"A07", "A09", "A12"} {
		row, err := One(name)
		if err != nil {
			t.Fatal(err)
		}
		run, err := scenarios.NewTrial(&row.Spec, 1)
		if err != nil {
			t.Fatal(err)
		}
		o, err := scenarios.Simulate(run, scenarios.Play{})
		if err != nil {
			t.Fatal(err)
		}
		small, err := scenarios.Shrink(run, nil, row.Anomaly, 300)
		if err != nil || !o.Shows(row.Anomaly) {
			t.Fatalf("%s: %v", name, err)
		}
		if n := len(small.Log.Entries); n > 15 {
			t.Errorf("%s: %d actions", name, n)
		}
	}
}
