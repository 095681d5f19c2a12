package library

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// Every scenario of the library must have its verdict on few seeds, too.
func TestLibrary(t *testing.T) {
	for _, s := range All() {
		t.Run(s.Name, func(t *testing.T) {
			seeds := 12
			if s.Expect == scenarios.Fail {
				seeds = scenarios.FailWithin
			}
			c := &scenarios.Campaign{Scenarios: []*scenarios.Scenario{s}, Seed: 3, Seeds: seeds, Workers: 2, Again: 2}
			r, err := c.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if r[0].Verdict != scenarios.Passed {
				t.Errorf("%v: %v", r[0].Reasons, r[0].Anomalies)
			}
		})
	}
}

// What a campaign says must not depend on how many workers it has. Of the
// enumerations three small ones stand for all; make determinism has the rest.
func TestCampaignIsTheSameForAnyNumberOfWorkers(t *testing.T) {
	var list []*scenarios.Scenario
	for _, s := range All() {
		if len(s.Cases) == 0 || slices.Contains([]string{"E06", "E12", "E22"}, s.Name) {
			list = append(list, s)
		}
	}
	var first string
	for _, workers := range []int{1, 2, 7} {
		c := &scenarios.Campaign{Scenarios: list, Seed: 5, Seeds: 3, Workers: workers}
		results, err := c.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, r := range results {
			text += fmt.Sprintln(r.Scenario, r.Verdict, r.Steps, r.VirtualSeconds, r.Rebalances, r.Lost, r.Duplicates,
				r.AnomalyNames(), r.TraceHash, r.FirstAt, slices.Sorted(maps.Keys(r.Sometimes)))
		}
		if first == "" {
			first = text
		}
		if text != first {
			t.Errorf("%d workers:\n%s\none worker:\n%s", workers, text, first)
		}
	}
}

// A scenario whose handler is right is held to fail, and the other way round:
// the verdicts must turn red.
func TestVerdictsTurnRed(t *testing.T) {
	found, err := Find("C14", "C14-commit-first")
	if err != nil {
		t.Fatal(err)
	}
	right, wrong := *found[0], *found[1]
	right.Expect, right.Anomaly = scenarios.Fail, model.CommitAheadOfProcessing
	wrong.Expect = scenarios.Hold
	never := *found[0]
	never.Sometimes = []scenarios.Sometimes{{Name: "pigs fly", After: 5, Seen: func(*scenarios.Outcome) bool { return false }}}
	c := &scenarios.Campaign{Scenarios: []*scenarios.Scenario{&right, &wrong, &never}, Seed: 1, Seeds: 20, Workers: 2}
	results, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Verdict != scenarios.Failed || len(r.Reasons) == 0 {
			t.Errorf("%s passed though it was expected to %s", r.Scenario, r.Expect)
		}
	}
}

func small(handler func(scenarios.Env) scenarios.Handler) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 2}}, Group: scenarios.Classic("g", assignor.Range), Members: 2, Handler: handler,
		Load:    scenarios.Load{Count: 120, Keys: 6, Pattern: "k%d", PerTick: 3}, // over the whole of the faulty time
		Client:  scenarios.ClientConfig{SessionTimeout: 10 * time.Second, BlockRebalanceOnPoll: true, MaxPollRecords: 5},
		Faults:  scenarios.AnyOf(scenarios.Crash, scenarios.Pause, scenarios.Leave, scenarios.Join, scenarios.Disconnect, scenarios.Cut, scenarios.CoordinatorReload, scenarios.BrokerCrash, scenarios.Vanish, scenarios.ClockSkew),
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke().NoProcessingAfterRevoke().PerKeyOrder().MonotoneCommits(),
		Warmup:  10 * time.Second, Faulty: 30 * time.Second,
	}
}

// The right handler keeps every promise under every kind of fault.
func TestRightHandlerHolds(t *testing.T) {
	runs := 400
	if testing.Short() {
		runs = 60
	}
	reached := func(name string, seen func(*scenarios.Outcome) bool) scenarios.Sometimes {
		return scenarios.Sometimes{Name: name, After: 50, Seen: seen}
	}
	c := &scenarios.Campaign{Seed: 11, Seeds: runs, Workers: 2, Again: 5, Scenarios: []*scenarios.Scenario{{
		Name: "right", Expect: scenarios.Hold, Spec: small(slowly), Sometimes: []scenarios.Sometimes{
			reached("any order", func(o *scenarios.Outcome) bool { return o.Trial.Untimed }),
			reached("a commit was fenced", func(o *scenarios.Outcome) bool { return o.Course.Fenced > 0 }),
			reached("records came again", func(o *scenarios.Outcome) bool { return o.Report.Summary.ProcessedDuplicates > 0 }),
			reached("a zombie worked on", func(o *scenarios.Outcome) bool { return o.Report.Summary.ZombieProcessed > 0 }),
			reached("five generations", func(o *scenarios.Outcome) bool { return o.Report.Summary.Rebalances >= 5 }),
			reached("the broker crashed", func(o *scenarios.Outcome) bool { return slices.Contains(faults(o), "crash b0") }),
			reached("the coordinator loaded again", func(o *scenarios.Outcome) bool { return slices.Contains(faults(o), "reload-coordinator b0") }),
		}}}}
	r, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r[0].Verdict != scenarios.Passed {
		if r[0].First == nil {
			t.Fatal(r[0].Reasons)
		}
		s, err := scenarios.Shrink(r[0].First.Trial, nil, r[0].First.Broken()[0].Name, 300)
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		scenarios.Explain(&text, s, r[0].First.Broken()[0].Name, r[0].FirstAt+1, runs, "")
		t.Errorf("%v\n%s", r[0].Reasons, text.String())
	}
}

// slowly is right, and busy most of the time.
func slowly(env scenarios.Env) scenarios.Handler {
	return handlers.Func(func(rs []scenarios.Record) {
		for _, r := range rs {
			env.Sleep(200 * time.Millisecond)
			env.Emit(r)
		}
		env.Commit(rs...)
	})
}

func faults(o *scenarios.Outcome) []string {
	var out []string
	for _, e := range o.Trial.Plan {
		out = append(out, o.Trial.Names.Print(e.Action))
	}
	return out
}

// Each clause of a promise has a handler that breaks it.
func TestEachClauseCanBeBroken(t *testing.T) {
	for anomaly, c := range map[string]struct {
		handler func(scenarios.Env) scenarios.Handler
		edit    func(*scenarios.Spec)
	}{
		model.CommitAheadOfProcessing: {func(env scenarios.Env) scenarios.Handler {
			return handlers.Func(func(rs []scenarios.Record) { env.Commit(rs...); env.Sleep(300 * time.Millisecond); env.Emit(rs...) })
		}, nil},
		model.LostRecord: {func(env scenarios.Env) scenarios.Handler {
			return handlers.Func(func(rs []scenarios.Record) { // drops what it does not like, and never commits it
				for _, r := range rs {
					if r.Offset%7 != 3 {
						env.Emit(r)
					}
				}
			})
		}, nil},
		model.ReprocessedWithinOwnership: {func(env scenarios.Env) scenarios.Handler {
			return handlers.Func(func(rs []scenarios.Record) { env.Emit(rs...); env.Emit(rs...); env.Commit(rs...) })
		}, nil},
		model.CommitAfterRevoke: {keepsThenCommits, nil},
		model.ProcessingAfterRevoke: {handlers.ProcessThenCommit, func(s *scenarios.Spec) { // without blocking, work goes on during the rebalance
			s.Client.BlockRebalanceOnPoll = false
			s.Load.Every = 100 * time.Millisecond
			s.Handler = func(env scenarios.Env) scenarios.Handler {
				return handlers.Func(func(rs []scenarios.Record) { env.Sleep(2 * time.Second); env.Emit(rs...); env.Commit(rs...) })
			}
		}},
		model.NonmonotonicProcessing: {func(env scenarios.Env) scenarios.Handler {
			return handlers.Func(func(rs []scenarios.Record) {
				for _, r := range slices.Backward(rs) {
					env.Emit(r)
				}
				env.Commit(rs...)
			})
		}, nil},
		model.CommitRegression: {func(env scenarios.Env) scenarios.Handler {
			return handlers.Func(func(rs []scenarios.Record) {
				env.Emit(rs...)
				env.Commit(rs...)
				env.Commit(rs[0])
			})
		}, nil},
		scenarios.NotSettled: {func(env scenarios.Env) scenarios.Handler {
			return handlers.Func(func(rs []scenarios.Record) { env.Emit(rs...); env.Sleep(10 * time.Hour) })
		}, nil},
		scenarios.HandlerPanic: {func(env scenarios.Env) scenarios.Handler {
			return handlers.Func(func(rs []scenarios.Record) { panic("an order without a customer") })
		}, nil},
		scenarios.HandlerDiverges: {func() func(env scenarios.Env) scenarios.Handler {
			calls := 0 // outlives the run: the next one goes another way
			return func(env scenarios.Env) scenarios.Handler {
				return handlers.Func(func(rs []scenarios.Record) {
					calls++
					env.Sleep(time.Duration(calls) * time.Millisecond)
					env.Emit(rs...)
					env.Commit(rs...)
				})
			}
		}(), nil},
	} {
		t.Run(anomaly, func(t *testing.T) {
			spec := small(c.handler)
			if c.edit != nil {
				c.edit(&spec)
			}
			if !spec.Promise.Forbids(anomaly) {
				t.Fatalf("no clause forbids %s", anomaly)
			}
			camp := &scenarios.Campaign{Scenarios: []*scenarios.Scenario{{Name: anomaly, Expect: scenarios.Fail, Anomaly: anomaly, Spec: spec}}, Seed: 2, Seeds: scenarios.FailWithin, Workers: 1, Again: 3}
			r, err := camp.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if r[0].Verdict != scenarios.Passed {
				t.Errorf("not found in %d runs; found %v", scenarios.FailWithin, r[0].Anomalies)
			}
		})
	}
}

// keepsThenCommits marks records late: a callback that ends and a commit that
// follows it.
func keepsThenCommits(env scenarios.Env) scenarios.Handler { return &lateMarker{env: env} }

type lateMarker struct {
	env  scenarios.Env
	last []scenarios.Record
}

// Process implements Handler.
func (l *lateMarker) Process(rs []scenarios.Record) {
	if len(l.last) > 0 {
		l.env.Commit(l.last...)
	}
	l.env.Emit(rs...)
	l.last = rs
}

// Idle implements Idler.
func (l *lateMarker) Idle() { l.env.Commit(l.last...) }

// A log replays to the same trace; a log of another Spec, or with a line that
// does not fit, says so and where.
func TestReplay(t *testing.T) {
	for _, s := range All() {
		if len(s.Cases) > 0 {
			if s.Cases[0].Facts != nil {
				continue
			}
			s = s.Alone(&s.Cases[0])
		}
		trial, err := scenarios.NewTrial(&s.Spec, 77)
		if err != nil {
			t.Fatal(err)
		}
		o, err := scenarios.Recorded(trial, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		scenarios.Label(o.Log, s)
		var text bytes.Buffer
		if _, err := o.Log.WriteTo(&text); err != nil {
			t.Fatal(err)
		}
		l, err := sim.ReadLog(bytes.NewReader(text.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		again, found, err := scenarios.LogRun(l, One)
		if err != nil || found.Name != s.Name {
			t.Fatal(err)
		}
		o2, err := scenarios.Recorded(again, l, nil)
		if err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		if o2.Hash != o.Hash || o2.Steps != o.Steps || len(o2.Findings) != len(o.Findings) {
			t.Errorf("%s: replayed %d steps %#x %v, was %d steps %#x %v", s.Name, o2.Steps, o2.Hash, o2.Findings, o.Steps, o.Hash, o.Findings)
		}
	}
}

func TestReplayTellsWhereItDiverges(t *testing.T) {
	found, err := Find("C14")
	if err != nil {
		t.Fatal(err)
	}
	trial, err := scenarios.NewTrial(&found[0].Spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	o, err := scenarios.Recorded(trial, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := *o.Log
	l.Entries = slices.Delete(slices.Clone(l.Entries), 20, 21)
	for i := range l.Entries {
		l.Entries[i].Line = i + 10
	}
	var div *sim.Divergence
	if _, err := scenarios.Recorded(trial, &l, nil); !errors.As(err, &div) || div.Line < 30 {
		t.Errorf("a log without its 21st line: %v", err)
	}
	other := *o.Log
	other.Meta = slices.Clone(other.Meta)
	scenarios.Label(&other, found[0])
	other.Set("spec", "{}")
	if _, _, err := scenarios.LogRun(&other, One); err == nil || !strings.Contains(err.Error(), "another Spec") {
		t.Errorf("a log of another Spec: %v", err)
	}
}

// What is shrunk still shows the anomaly, is small, and is the same each time.
func TestShrink(t *testing.T) {
	for _, s := range All() {
		if s.Expect != scenarios.Fail {
			continue
		}
		c := &scenarios.Campaign{Scenarios: []*scenarios.Scenario{s}, Seed: 1, Seeds: scenarios.FailWithin, Workers: 1}
		r, err := c.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for range 2 {
			small, err := scenarios.Shrink(r[0].First.Trial, nil, s.Anomaly, 300)
			if err != nil {
				t.Fatal(err)
			}
			if !small.Outcome.Shows(s.Anomaly) || len(small.Log.Entries) > 15 {
				t.Errorf("%s: %d actions, shows %v", s.Name, len(small.Log.Entries), small.Outcome.Findings)
			}
			var b bytes.Buffer
			if err := scenarios.Explain(&b, small, s.Anomaly, 1, 1, "x"); err != nil {
				t.Fatal(err)
			}
			texts = append(texts, b.String())
		}
		if texts[0] != texts[1] || strings.Count(texts[0], "\n") > 15 {
			t.Errorf("%s: explained as\n%s\nand then as\n%s", s.Name, texts[0], texts[1])
		}
	}
}

// A failure in an untimed run shrinks too, and replays.
func TestShrinkOfAnyOrder(t *testing.T) {
	spec := small(func(env scenarios.Env) scenarios.Handler {
		return handlers.Func(func(rs []scenarios.Record) { env.Commit(rs...); env.Sleep(300 * time.Millisecond); env.Emit(rs...) })
	})
	for n := range 400 {
		trial, err := scenarios.NewTrial(&spec, scenarios.SeedOf(9, n))
		if err != nil {
			t.Fatal(err)
		}
		if !trial.Untimed {
			continue
		}
		o, err := scenarios.Simulate(trial, scenarios.Play{})
		if err != nil {
			t.Fatal(err)
		}
		if !o.Shows(model.CommitAheadOfProcessing) {
			continue
		}
		small, err := scenarios.Shrink(trial, nil, model.CommitAheadOfProcessing, 300)
		if err != nil {
			t.Fatal(err)
		}
		if !small.Outcome.Shows(model.CommitAheadOfProcessing) || small.Runs > 300 {
			t.Errorf("%d runs led to %v", small.Runs, small.Outcome.Findings)
		}
		t.Logf("seed %#x: %d → %d actions in %d runs, follow %s", trial.Seed, small.From, len(small.Log.Entries), small.Runs, small.Log.Follow)
		return
	}
	t.Error("no untimed run failed")
}

// A crash unwinds a handler: its defers run, and calls on its Env do nothing.
func TestCrashUnwindsTheHandler(t *testing.T) {
	deferred, after := 0, 0
	spec := small(func(env scenarios.Env) scenarios.Handler {
		return handlers.Func(func(rs []scenarios.Record) {
			defer func() {
				deferred++
				if env.Commit(rs...) != nil {
					after++
				}
			}()
			env.Sleep(5 * time.Second)
			env.Emit(rs...)
		})
	})
	spec.Script = func(p *scenarios.Planner) {
		p.At(0, sim.Start, "m1")
		p.At(8*time.Second, sim.Crash, "m1")
	}
	trial, err := scenarios.NewTrial(&spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	commits := 0
	if _, err := scenarios.Simulate(trial, scenarios.Play{History: func(e *model.Event) {
		if e.Kind == model.Commit && e.At < int64(9*sim.Second) && e.At >= int64(8*sim.Second) {
			commits++
		}
	}}); err != nil {
		t.Fatal(err)
	}
	if deferred == 0 || after == 0 || commits != 0 {
		t.Errorf("%d defers ran, %d commits after death failed, %d commits were sent", deferred, after, commits)
	}
}

func TestBadSpecsAreExplained(t *testing.T) {
	for field, edit := range map[string]func(*scenarios.Spec){
		"Topics":                   func(s *scenarios.Spec) { s.Topics = nil },
		"Topics[0].Name":           func(s *scenarios.Spec) { s.Topics[0].Name = "" },
		"Topics[0].Partitions":     func(s *scenarios.Spec) { s.Topics[0].Partitions = 0 },
		"Group":                    func(s *scenarios.Spec) { s.Group.Name = "" },
		"Members":                  func(s *scenarios.Spec) { s.Members = 0 },
		"Handler":                  func(s *scenarios.Spec) { s.Handler = nil },
		"Load.Count":               func(s *scenarios.Spec) { s.Load.Count = -1 },
		"Client.HeartbeatInterval": func(s *scenarios.Spec) { s.Client.HeartbeatInterval = time.Minute },
	} {
		spec := small(handlers.ProcessThenCommit)
		edit(&spec)
		var bad *scenarios.SpecError
		if _, err := scenarios.NewTrial(&spec, 1); !errors.As(err, &bad) || bad.Field != field || bad.Want == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
}
