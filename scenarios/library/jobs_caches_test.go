package library

import (
	"strings"
	"testing"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/caches"
	"github.com/groundhogsim/groundhog/sim"
)

// campaignOf runs scenarios that are not in the library.
func campaignOf(t *testing.T, seeds int, s ...*scenarios.Scenario) []*scenarios.Result {
	t.Helper()
	r, err := (&scenarios.Campaign{Scenarios: s, Seed: 5, Seeds: seeds, Workers: 2}).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What is right in the caches and the sinks is so for a reason: with a wrong one
// in its place each row turns red.
func TestCachesTurnRed(t *testing.T) {
	o := caches.Options{Latency: cacheLatency, Work: cacheWork, Restore: cacheRestore}
	kept, fenced := o, o
	kept.Kept, fenced.Fenced = true, true
	for name, c := range map[string]struct {
		anomaly string
		edit    func(*scenarios.Spec)
	}{
		"E15#A→B→A/range":         {model.StaleRead, func(s *scenarios.Spec) { s.Handler = caches.Local(kept) }},
		"E16-invalidated":         {caches.CountDiffers, func(s *scenarios.Spec) { s.Handler = caches.Local(kept) }},
		"E16-standstill#remote":   {model.StaleRead, func(s *scenarios.Spec) { s.Handler = caches.Local(fenced) }},
		"E17-fenced":              {caches.NewerOverwritten, func(s *scenarios.Spec) { s.Handler = caches.Remote(o) }},
		"E18#its owner crashes":   {scenarios.NotSettled, func(s *scenarios.Spec) { s.Handler = neverReady }},
		"E19#remote/stands still": {caches.NewerOverwritten, func(s *scenarios.Spec) { s.Handler, s.Script = caches.Remote(o), writesLate }},
		"E18#a zombie writes on, fenced": {caches.NewerOverwritten, func(s *scenarios.Spec) {
			s.Handler = caches.Changelog(o)
		}},
		"B13-idempotent":    {model.DuplicateInSink, func(s *scenarios.Spec) { s.Job.Sink = func() checkpoint.Sink { return checkpoint.Counter{} } }},
		"B13-zombie#fenced": {model.ZombieWrite, func(s *scenarios.Spec) { s.Job.Sink = func() checkpoint.Sink { return checkpoint.Idempotent{} } }},
	} {
		t.Run(strings.ReplaceAll(name, "/", "-"), func(t *testing.T) {
			s, err := One(name)
			if err != nil {
				t.Fatal(err)
			}
			s.Expect, s.Claims, s.Sometimes = scenarios.Hold, nil, nil
			if j := s.Spec.Job; j != nil {
				own := *j
				s.Spec.Job = &own
			}
			c.edit(&s.Spec)
			if r := campaignOf(t, 6, s)[0]; r.Verdict != scenarios.Failed || r.Anomalies[c.anomaly] == 0 {
				t.Errorf("%s, found %v", r.Verdict, r.Anomalies)
			}
		})
	}
}

// neverReady is a cache whose changelog takes an hour an entry.
func neverReady(env scenarios.Env) scenarios.Handler {
	return caches.Changelog(caches.Options{Restore: 3600e9})(env)
}

// The rulings on caches and counters are those of the numbers.
func TestCacheRulingsFollowTheNumbers(t *testing.T) {
	slow := caches.Options{Latency: cacheLatency, Work: cacheWork, Restore: 3 * cacheRestore, Fenced: true}
	for name, c := range map[string]struct {
		claim int
		want  scenarios.Ruling
		edit  func(*scenarios.Spec)
	}{
		"E15":            {0, scenarios.Refuted, func(s *scenarios.Spec) { s.Handler = caches.Remote(caches.Options{Latency: cacheLatency}) }},
		"E16-standstill": {0, scenarios.Confirmed, func(s *scenarios.Spec) { s.Script = startBoth }},
		"E17-fenced":     {0, scenarios.Refuted, func(s *scenarios.Spec) { s.Handler = caches.Local(slow) }},
		"E18-length":     {0, scenarios.Refuted, func(s *scenarios.Spec) { s.Handler = caches.Changelog(slow) }},
		"E19":            {1, scenarios.Refuted, func(s *scenarios.Spec) { s.Script = startBoth }},
		"B13":            {0, scenarios.Confirmed, func(s *scenarios.Spec) { s.Script = jobUndisturbed }},
		"B13-idempotent": {0, scenarios.Refuted, func(s *scenarios.Spec) { s.Job.Sink = func() checkpoint.Sink { return checkpoint.Counter{} } }},
	} {
		s, err := One(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.Cases {
			s.Cases[i].Runs = 1
			c.edit(&s.Cases[i].Spec)
		}
		if len(s.Cases) == 0 {
			c.edit(&s.Spec)
		}
		if got := campaignOf(t, 10, s)[0].Claims[c.claim]; got.Ruling != c.want || got.Ruling == s.Claims[c.claim].Expect {
			t.Errorf("%s is %s, want %s: %s", name, got.Ruling, c.want, got.Number)
		}
	}
}

func jobUndisturbed(p *scenarios.Planner) {
	for _, tm := range []string{"tm1", "tm2"} {
		p.At(0, sim.Start, tm)
	}
}

// The table has a line for each cache and rate, and numbers in all cells.
func TestCacheTable(t *testing.T) {
	s, err := One("E19")
	if err != nil {
		t.Fatal(err)
	}
	table := CacheTable(campaignOf(t, 1, s)[0])
	if want := 1 + len(cacheStrategies())*len(cacheColumns()); len(table) != want {
		t.Fatalf("%d lines, want %d", len(table), want)
	}
	for _, line := range table {
		if len(line) != len(table[0]) {
			t.Errorf("%d cells: %v", len(line), line)
		}
		t.Log(strings.Join(line, " | "))
	}
}

// What shows a failure comes down to a few decisions.
func TestCacheFailuresShrink(t *testing.T) {
	for _, name := range []string{"E16", "E16-standstill#local", "E17", "E18#a zombie writes on, no fence", "B13", "B13-zombie#unfenced"} {
		s, err := One(name)
		if err != nil {
			t.Fatal(err)
		}
		r := campaignOf(t, 4, s)[0]
		if r.First == nil {
			t.Fatalf("%s: %v", name, r.Reasons)
		}
		small, err := scenarios.Shrink(r.First.Trial, nil, s.Anomaly, 24)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(small.Log.Entries); n > 15 {
			t.Errorf("%s shrinks to %d actions", name, n)
		}
	}
}
