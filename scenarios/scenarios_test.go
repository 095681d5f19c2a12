package scenarios

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
	"github.com/groundhogsim/groundhog/sim"
)

// Every scenario of the library must have its verdict on few seeds, too.
func TestLibrary(t *testing.T) {
	for _, s := range Library() {
		t.Run(s.Name, func(t *testing.T) {
			c := &Campaign{Scenarios: []*Scenario{s}, Seed: 3, Seeds: 25, Workers: 2, Again: 2}
			r, err := c.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if r[0].Verdict != Passed {
				t.Errorf("%v: %v", r[0].Reasons, r[0].Anomalies)
			}
		})
	}
}

// What a campaign says must not depend on how many workers it has.
func TestCampaignIsTheSameForAnyNumberOfWorkers(t *testing.T) {
	var first string
	for _, workers := range []int{1, 2, 7} {
		c := &Campaign{Scenarios: Library(), Seed: 5, Seeds: 6, Workers: workers}
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
	right.Expect, right.Anomaly = Fail, model.CommitAheadOfProcessing
	wrong.Expect = Hold
	never := *found[0]
	never.Sometimes = []Sometimes{{"pigs fly", 5, func(*Outcome) bool { return false }}}
	c := &Campaign{Scenarios: []*Scenario{&right, &wrong, &never}, Seed: 1, Seeds: 20, Workers: 2}
	results, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Verdict != Failed || len(r.Reasons) == 0 {
			t.Errorf("%s passed though it was expected to %s", r.Scenario, r.Expect)
		}
	}
}

func small(handler func(Env) Handler) Spec {
	return Spec{
		Topics: []Topic{{"orders", 2}}, Group: Classic("g", assignor.Range), Members: 2, Handler: handler,
		Load:    Load{Count: 120, Keys: 6, Pattern: "k%d", PerTick: 3}, // over the whole of the faulty time
		Client:  ClientConfig{SessionTimeout: 10 * time.Second, BlockRebalanceOnPoll: true, MaxPollRecords: 5},
		Faults:  AnyOf(Crash, Pause, Leave, Join, Disconnect, Cut, CoordinatorReload, BrokerCrash, Vanish, ClockSkew),
		Promise: AtLeastOnce().NoCommitAfterRevoke().NoProcessingAfterRevoke().PerKeyOrder().MonotoneCommits(),
		Warmup:  10 * time.Second, Faulty: 30 * time.Second,
	}
}

// The right handler keeps every promise under every kind of fault.
func TestRightHandlerHolds(t *testing.T) {
	runs := 400
	if testing.Short() {
		runs = 60
	}
	reached := func(name string, seen func(*Outcome) bool) Sometimes { return Sometimes{name, 50, seen} }
	c := &Campaign{Seed: 11, Seeds: runs, Workers: 2, Again: 5, Scenarios: []*Scenario{{
		Name: "right", Expect: Hold, Spec: small(slowly), Sometimes: []Sometimes{
			reached("any order", func(o *Outcome) bool { return o.Trial.Untimed }),
			reached("a commit was fenced", func(o *Outcome) bool { return o.Course.Fenced > 0 }),
			reached("records came again", func(o *Outcome) bool { return o.Report.Summary.ProcessedDuplicates > 0 }),
			reached("a zombie worked on", func(o *Outcome) bool { return o.Report.Summary.ZombieProcessed > 0 }),
			reached("five generations", func(o *Outcome) bool { return o.Report.Summary.Rebalances >= 5 }),
			reached("the broker crashed", func(o *Outcome) bool { return slices.Contains(faults(o), "crash b0") }),
			reached("the coordinator loaded again", func(o *Outcome) bool { return slices.Contains(faults(o), "reload-coordinator b0") }),
		}}}}
	r, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r[0].Verdict != Passed {
		if r[0].First == nil {
			t.Fatal(r[0].Reasons)
		}
		s, err := Shrink(r[0].First.Trial, nil, r[0].First.Broken()[0].Name, 300)
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		Explain(&text, s, r[0].First.Broken()[0].Name, r[0].FirstAt+1, runs, "")
		t.Errorf("%v\n%s", r[0].Reasons, text.String())
	}
}

// slowly is right, and busy most of the time.
func slowly(env Env) Handler {
	return handlerFunc(func(rs []Record) {
		for _, r := range rs {
			env.Sleep(200 * time.Millisecond)
			env.Emit(r)
		}
		env.Commit(rs...)
	})
}

func faults(o *Outcome) []string {
	var out []string
	for _, e := range o.Trial.Plan {
		out = append(out, o.Trial.Names.Print(e.Action))
	}
	return out
}

// Each clause of a promise has a handler that breaks it.
func TestEachClauseCanBeBroken(t *testing.T) {
	for anomaly, c := range map[string]struct {
		handler func(Env) Handler
		edit    func(*Spec)
	}{
		model.CommitAheadOfProcessing: {func(env Env) Handler {
			return handlerFunc(func(rs []Record) { env.Commit(rs...); env.Sleep(300 * time.Millisecond); env.Emit(rs...) })
		}, nil},
		model.LostRecord: {func(env Env) Handler {
			return handlerFunc(func(rs []Record) { // drops what it does not like, and never commits it
				for _, r := range rs {
					if r.Offset%7 != 3 {
						env.Emit(r)
					}
				}
			})
		}, nil},
		model.ReprocessedWithinOwnership: {func(env Env) Handler {
			return handlerFunc(func(rs []Record) { env.Emit(rs...); env.Emit(rs...); env.Commit(rs...) })
		}, nil},
		model.CommitAfterRevoke: {keepsThenCommits, nil},
		model.ProcessingAfterRevoke: {processThenCommit, func(s *Spec) { // without blocking, work goes on during the rebalance
			s.Client.BlockRebalanceOnPoll = false
			s.Load.Every = 100 * time.Millisecond
			s.Handler = func(env Env) Handler {
				return handlerFunc(func(rs []Record) { env.Sleep(2 * time.Second); env.Emit(rs...); env.Commit(rs...) })
			}
		}},
		model.NonmonotonicProcessing: {func(env Env) Handler {
			return handlerFunc(func(rs []Record) {
				for _, r := range slices.Backward(rs) {
					env.Emit(r)
				}
				env.Commit(rs...)
			})
		}, nil},
		model.CommitRegression: {func(env Env) Handler {
			return handlerFunc(func(rs []Record) {
				env.Emit(rs...)
				env.Commit(rs...)
				env.Commit(rs[0])
			})
		}, nil},
		NotSettled: {func(env Env) Handler {
			return handlerFunc(func(rs []Record) { env.Emit(rs...); env.Sleep(10 * time.Hour) })
		}, nil},
		HandlerPanic: {func(env Env) Handler {
			return handlerFunc(func(rs []Record) { panic("an order without a customer") })
		}, nil},
		HandlerDiverges: {func() func(env Env) Handler {
			calls := 0 // outlives the run: the next one goes another way
			return func(env Env) Handler {
				return handlerFunc(func(rs []Record) {
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
			camp := &Campaign{Scenarios: []*Scenario{{Name: anomaly, Expect: Fail, Anomaly: anomaly, Spec: spec}}, Seed: 2, Seeds: FailWithin, Workers: 1, Again: 3}
			r, err := camp.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if r[0].Verdict != Passed {
				t.Errorf("not found in %d runs; found %v", FailWithin, r[0].Anomalies)
			}
		})
	}
}

// keepsThenCommits marks records late: a callback that ends and a commit that
// follows it.
func keepsThenCommits(env Env) Handler { return &lateMarker{env: env} }

type lateMarker struct {
	env  Env
	last []Record
}

// Process implements Handler.
func (l *lateMarker) Process(rs []Record) {
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
	for _, s := range Library() {
		trial, err := NewTrial(&s.Spec, 77)
		if err != nil {
			t.Fatal(err)
		}
		o, err := Recorded(trial, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		Label(o.Log, s)
		var text bytes.Buffer
		if _, err := o.Log.WriteTo(&text); err != nil {
			t.Fatal(err)
		}
		l, err := sim.ReadLog(bytes.NewReader(text.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		again, found, err := LogRun(l)
		if err != nil || found.Name != s.Name {
			t.Fatal(err)
		}
		o2, err := Recorded(again, l, nil)
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
	trial, err := NewTrial(&found[0].Spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	o, err := Recorded(trial, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := *o.Log
	l.Entries = slices.Delete(slices.Clone(l.Entries), 20, 21)
	for i := range l.Entries {
		l.Entries[i].Line = i + 10
	}
	var div *sim.Divergence
	if _, err := Recorded(trial, &l, nil); !errors.As(err, &div) || div.Line < 30 {
		t.Errorf("a log without its 21st line: %v", err)
	}
	other := *o.Log
	other.Meta = slices.Clone(other.Meta)
	Label(&other, found[0])
	other.Set(metaSpec, "{}")
	if _, _, err := LogRun(&other); err == nil || !strings.Contains(err.Error(), "another Spec") {
		t.Errorf("a log of another Spec: %v", err)
	}
}

// What is shrunk still shows the anomaly, is small, and is the same each time.
func TestShrink(t *testing.T) {
	for _, s := range Library() {
		if s.Expect != Fail {
			continue
		}
		c := &Campaign{Scenarios: []*Scenario{s}, Seed: 1, Seeds: FailWithin, Workers: 1}
		r, err := c.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for range 2 {
			small, err := Shrink(r[0].First.Trial, nil, s.Anomaly, 300)
			if err != nil {
				t.Fatal(err)
			}
			if !small.Outcome.Shows(s.Anomaly) || len(small.Log.Entries) > 15 {
				t.Errorf("%s: %d actions, shows %v", s.Name, len(small.Log.Entries), small.Outcome.Findings)
			}
			var b bytes.Buffer
			if err := Explain(&b, small, s.Anomaly, 1, 1, "x"); err != nil {
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
	spec := small(func(env Env) Handler {
		return handlerFunc(func(rs []Record) { env.Commit(rs...); env.Sleep(300 * time.Millisecond); env.Emit(rs...) })
	})
	for n := range 400 {
		trial, err := NewTrial(&spec, SeedOf(9, n))
		if err != nil {
			t.Fatal(err)
		}
		if !trial.Untimed {
			continue
		}
		o, err := Simulate(trial, Play{})
		if err != nil {
			t.Fatal(err)
		}
		if !o.Shows(model.CommitAheadOfProcessing) {
			continue
		}
		small, err := Shrink(trial, nil, model.CommitAheadOfProcessing, 300)
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
	spec := small(func(env Env) Handler {
		return handlerFunc(func(rs []Record) {
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
	spec.Script = func(p *Planner) {
		p.At(0, sim.Start, "m1")
		p.At(8*time.Second, sim.Crash, "m1")
	}
	trial, err := NewTrial(&spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	commits := 0
	if _, err := Simulate(trial, Play{History: func(e *model.Event) {
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
	for field, edit := range map[string]func(*Spec){
		"Topics":                   func(s *Spec) { s.Topics = nil },
		"Topics[0].Name":           func(s *Spec) { s.Topics[0].Name = "" },
		"Topics[0].Partitions":     func(s *Spec) { s.Topics[0].Partitions = 0 },
		"Group":                    func(s *Spec) { s.Group.Name = "" },
		"Members":                  func(s *Spec) { s.Members = 0 },
		"Handler":                  func(s *Spec) { s.Handler = nil },
		"Load.Count":               func(s *Spec) { s.Load.Count = -1 },
		"Client.HeartbeatInterval": func(s *Spec) { s.Client.HeartbeatInterval = time.Minute },
	} {
		spec := small(processThenCommit)
		edit(&spec)
		var bad *SpecError
		if _, err := NewTrial(&spec, 1); !errors.As(err, &bad) || bad.Field != field || bad.Want == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
}
