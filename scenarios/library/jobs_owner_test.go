package library

import (
	"slices"
	"strings"
	"testing"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
)

// Each row on owners that must fail, the first case of those that have several,
// shows its anomaly and shrinks to fifteen actions or fewer.
func TestWrongOwnersShrink(t *testing.T) {
	var wrong []*scenarios.Scenario
	for _, s := range jobsOwner() {
		if s.Expect == scenarios.Fail {
			wrong = append(wrong, s)
		}
		if i := slices.IndexFunc(s.Cases, func(c scenarios.Case) bool { return c.Expect == scenarios.Fail }); i >= 0 {
			wrong = append(wrong, s.Alone(&s.Cases[i]))
		}
	}
	for _, s := range wrong {
		t.Run(s.Name, func(t *testing.T) {
			c := &scenarios.Campaign{Scenarios: []*scenarios.Scenario{s}, Seed: 7, Seeds: 12, Workers: 2}
			r, err := c.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if r[0].First == nil {
				t.Fatalf("%s does not show: %v", s.Anomaly, r[0].Anomalies)
			}
			small, err := scenarios.Shrink(r[0].First.Trial, nil, s.Anomaly, 30)
			if err != nil {
				t.Fatal(err)
			}
			if len(small.Log.Entries) > 15 {
				t.Errorf("%d actions", len(small.Log.Entries))
			}
		})
	}
}

// What must hold turns red when the job, or what it is compared with, is
// another.
func TestOwnersTurnRed(t *testing.T) {
	find := func(name string) *scenarios.Scenario {
		all := jobsOwner()
		return all[slices.IndexFunc(all, func(s *scenarios.Scenario) bool { return s.Name == name })]
	}
	group := func(s *scenarios.Spec) {
		s.Job.Assignment, s.Job.Source = checkpoint.ByGroup, sources.Group("orders")
	}
	for _, c := range []struct {
		name, of, shows string
		spoil           func(*scenarios.Spec)
	}{
		{"fact-6-enumerator", "", model.DuplicateInState, group},
		{"A15", movers[0].name + "/" + byEnumerator, model.PartitionInNoSource, group},
		{"A16", "it leaves them out/told before the next one", model.CommitAfterRevoke, func(s *scenarios.Spec) { s.Job.Source = sources.GroupWith(sources.CommitsRevoked, "orders") }},
		{"A17", memberships[0].name + "/forgets them", model.CommitAfterLost, func(s *scenarios.Spec) { s.Job.Source = sources.GroupWith(sources.IgnoresLost, "orders") }},
		{"A08", "all four", RestoreDiffers, func(s *scenarios.Spec) { s.Job.Source = sources.With(sources.Options{Variant: sources.StoresLast}) }},
		{"A08-brought", "torn", RestoreDiffers, func(s *scenarios.Spec) { s.Job.Restore = 0 }},
		{"A18", "the client tells of a fatal one", scenarios.NotSettled, func(s *scenarios.Spec) { s.Job.Source = erringWith(errFatal, onError{}) }},
		{"A26", "", model.InconsistentCut, func(s *scenarios.Spec) {
			keepBusy(s)
			s.Members = 3
			s.Job.Source = sources.With(sources.Options{Variant: sources.StoresPosition, Batch: 2})
		}},
		{"B03", "a run, 5 subtasks", ReadersDiffer, func(s *scenarios.Spec) { s.Job.Parallelism = 4 }},
		{"A33", steady + "/3 readers", ReadersDiffer, func(s *scenarios.Spec) {
			s.Job.Parallelism = 1
			s.Script = func(p *scenarios.Planner) { startTasks(p); p.Rescale(p.Spec().Warmup, 3) }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := find(c.name)
			if c.of != "" {
				one, err := s.FindCase(c.of)
				if err != nil {
					t.Fatal(err)
				}
				s = s.Alone(one)
			}
			red := *s
			red.Claims, red.Sometimes = nil, nil
			c.spoil(&red.Spec)
			camp := &scenarios.Campaign{Scenarios: []*scenarios.Scenario{&red}, Seed: 3, Seeds: 8, Workers: 2}
			r, err := camp.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if r[0].Verdict != scenarios.Failed || !strings.Contains(strings.Join(r[0].AnomalyNames(), " "), c.shows) {
				t.Errorf("%v, %v", r[0].Verdict, r[0].Anomalies)
			}
		})
	}
}
