package library

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// Each row of the tutorial must turn red when what it says is not so: a case is
// run with one thing changed, and must find what is wrong with it.
func TestTutorialTurnsRed(t *testing.T) {
	backwards := func(env scenarios.Env) scenarios.Handler {
		return handlers.Func(func(records []scenarios.Record) {
			for _, r := range slices.Backward(records) {
				env.Emit(r)
			}
			env.Commit(records...)
		})
	}
	for _, c := range []struct {
		name   string
		runs   int
		change func(*scenarios.Spec)
		find   string
	}{
		{"E01#range/group", 2, func(s *scenarios.Spec) { s.Topics[0].Partitions = 3 }, WrongOwners},
		{"E02#range/group", 2, func(s *scenarios.Spec) { s.Group = scenarios.Classic("order-group", assignor.RoundRobin) }, WrongOwners},
		{"E03#sticky/group", 2, func(s *scenarios.Spec) { s.Topics[0].Partitions = 5 }, WrongOwners},
		{"E13#roundrobin/group", 2, func(s *scenarios.Spec) { s.Group = scenarios.Classic("order-group", assignor.Range) }, WrongOwners},
		{"E04#a consumer of one group crashes", 5, func(s *scenarios.Spec) { s.Handler = handlers.CommitThenProcess }, NotEveryRecord},
		{"E05#polling stops/java", 2, func(s *scenarios.Spec) { s.Client.MaxPollInterval = 40 * time.Second }, WrongRemoval},
		{"E05#both stop/franz", 2, func(s *scenarios.Spec) { s.Client.SessionTimeout = 15 * time.Second }, WrongRemoval},
		{"E06#next/1 restarts", 2, func(s *scenarios.Spec) { s.Handler = handlers.CommitLastOffset }, CommitBehindAtRest},
		{"E07#leaves", 2, func(s *scenarios.Spec) { s.Handler = neverCommit }, ResumedElsewhere},
		{"E09#sticky", 5, func(s *scenarios.Spec) {
			s.Script = func(p *scenarios.Planner) {
				p.At(0, sim.Start, "m1")
				p.At(0, sim.Start, "m2")
				p.At(p.Spec().Warmup+time.Second, sim.Start, "m3")
			}
		}, SharedKey},
		{"E10#leave/range", 3, func(s *scenarios.Spec) { s.Handler = backwards }, "nonmonotonic-processing"},
		{"E12#a second producer with librdkafka/murmur2_random", 2, func(s *scenarios.Spec) { s.Loads[0].Partitioner = client.ConsistentRandom }, TwoPartitions},
		{"E14#earliest/10s", 3, func(s *scenarios.Spec) { s.Client.Reset = client.Latest }, AddedLeftOut},
		{"E22#two brokers", 40, func(s *scenarios.Spec) { s.Handler = backwards }, NoMerge},
		{"E23#earliest/new group", 2, func(s *scenarios.Spec) { s.Client.Reset = client.Latest }, WrongBeginning},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := One(c.name)
			if err != nil {
				t.Fatal(err)
			}
			if r := play(t, s, 2); r.Verdict != scenarios.Passed {
				t.Fatalf("fails before anything is changed: %v", r.Reasons)
			}
			changed := *s
			c.change(&changed.Spec)
			if r := play(t, &changed, c.runs); r.Verdict != scenarios.Failed || r.Anomalies[c.find] == 0 {
				t.Errorf("%s is not found: %v %v", c.find, r.Verdict, r.Anomalies)
			}
		})
	}
}

func play(t *testing.T, s *scenarios.Scenario, runs int) *scenarios.Result {
	t.Helper()
	c := &scenarios.Campaign{Scenarios: []*scenarios.Scenario{s}, Seed: 1, Seeds: runs, Workers: 2}
	r, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r[0]
}

// Claims must be ruled otherwise when the numbers are others.
func TestTutorialClaimsTurn(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*scenarios.Scenario)
		ruling scenarios.Ruling
	}{
		{"E02", func(s *scenarios.Scenario) { // all groups with range: then the text would be true
			for i := range s.Cases {
				s.Cases[i].Spec.Group = scenarios.Classic("order-group", assignor.Range)
			}
		}, scenarios.Confirmed},
		{"E06", func(s *scenarios.Scenario) {
			for i := range s.Cases {
				s.Cases[i].Spec.Handler = handlers.ProcessThenCommit
			}
		}, scenarios.Qualified},
		{"E11", func(s *scenarios.Scenario) { // no backlog anywhere
			for i := range s.Cases[1:] {
				s.Cases[1+i].Runs, s.Cases[1+i].Spec.Handler = 1, taking(time.Millisecond)
			}
			s.Claims[0].After = 1
		}, scenarios.Refuted},
		{"E22", func(s *scenarios.Scenario) { // who reads before anything is sent, from one broker, has time enough
			for i := range s.Cases {
				s.Cases[i].Runs, s.Cases[i].Spec.Load.Every = 3, time.Second
				s.Cases[i].Spec.Script = func(p *scenarios.Planner) { p.At(0, sim.Start, "m1") }
			}
			s.Claims[0].After = 1
		}, scenarios.Confirmed},
	} {
		s, err := One(c.name)
		if err != nil {
			t.Fatal(err)
		}
		c.change(s)
		r := play(t, s, 0)
		if got := r.Claims[0].Ruling; got != c.ruling || !slices.ContainsFunc(r.Reasons, func(why string) bool { return strings.Contains(why, "claim of "+c.name) }) {
			t.Errorf("%s: %s, want %s: %s (%v)", c.name, got, c.ruling, r.Claims[0].Number, r.Reasons)
		}
	}
}

// A loader that is not right must be told from one that is.
func TestLoaderFactsDiffer(t *testing.T) {
	wrong := loaded(func(line string) (key, value string) {
		key, value, _ = strings.Cut(line, `":`)
		return key, value
	}, "123 456 123", "3 of 3")
	for _, f := range wrong {
		if f.Got == f.Want {
			t.Errorf("%s: a wrong loader gives %s", f.Name, f.Got)
		}
	}
}
