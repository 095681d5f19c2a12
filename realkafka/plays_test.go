package realkafka

import (
	"errors"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

// aPlay is one scenario of TestPlays.
type aPlay struct {
	name    string
	expect  scenarios.Expect
	anomaly string
	change  func(*scenarios.Spec)
	check   func(*testing.T, *course)
}

func (p *aPlay) scenario() *scenarios.Scenario {
	return &scenarios.Scenario{Name: p.name, Expect: p.expect, Anomaly: p.anomaly, OnKafka: func() scenarios.Spec {
		s := baseSpec()
		p.change(&s)
		return s
	}}
}

const session, heartbeat = 6 * time.Second, 2 * time.Second

// baseSpec has two members that start and stay, and a handler that is right.
func baseSpec() scenarios.Spec {
	none := time.Duration(0)
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 3}}, Group: scenarios.Classic("order-service", assignor.Range), Members: 2,
		Handler: processThenCommit,
		Load:    scenarios.Load{Count: 280, Pattern: "customer-%d", Keys: 20, PerTick: 5, Every: 250 * time.Millisecond},
		Client: scenarios.ClientConfig{SessionTimeout: session, HeartbeatInterval: heartbeat, RebalanceTimeout: 10 * time.Second,
			FetchMaxWait: 500 * time.Millisecond, MaxPollRecords: 10, BlockRebalanceOnPoll: true},
		Broker:  scenarios.BrokerConfig{InitialRebalanceDelay: &none},
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke().PerKeyOrder().MonotoneCommits(),
		Warmup:  3 * time.Second, Faulty: 12 * time.Second,
		Script: func(p *scenarios.Planner) { starts(p) },
	}
}

func starts(p *scenarios.Planner) {
	p.At(0, sim.Start, "m1")
	p.At(300*time.Millisecond, sim.Start, "m2")
}

// script is a course after the members' start.
func script(s *scenarios.Spec, more func(*scenarios.Planner)) {
	s.Script = func(p *scenarios.Planner) {
		starts(p)
		more(p)
	}
}

// midway is true in the middle of m1's work on a poll's records, with so many
// left, once it shares the partitions with m2.
func midway(after time.Duration, least int64) func() func(*model.Event) bool {
	return func() func(*model.Event) bool {
		left, shares := int64(0), false
		return func(e *model.Event) bool {
			if e.Client != "m1" {
				return false
			}
			switch e.Kind {
			case model.Assigned:
				shares = len(e.Partitions) == 2
			case model.Polled:
				left += e.To - e.From
			case model.Processed:
				left--
				return left >= least && shares && e.At >= int64(sim.Span(after))
			}
			return false
		}
	}
}

type handler func([]scenarios.Record)

// Process implements scenarios.Handler.
func (h handler) Process(records []scenarios.Record) { h(records) }

func work(env scenarios.Env, records []scenarios.Record) { workFor(5*time.Millisecond, env, records) }

func workFor(each time.Duration, env scenarios.Env, records []scenarios.Record) {
	for _, r := range records {
		env.Sleep(each)
		env.Emit(r)
	}
}

func processThenCommit(env scenarios.Env) scenarios.Handler {
	return handler(func(records []scenarios.Record) {
		work(env, records)
		env.Commit(records...)
	})
}

func commitThenProcess(env scenarios.Env) scenarios.Handler {
	return handler(func(records []scenarios.Record) {
		env.Commit(records...)
		work(env, records)
	})
}

// commitsLate commits only what it must: when it has to give up partitions.
type commitsLate struct {
	env  scenarios.Env
	done []scenarios.Record
}

// Process implements scenarios.Handler.
func (h *commitsLate) Process(records []scenarios.Record) {
	work(h.env, records)
	h.done = append(h.done, records...)
}

// Revoked implements scenarios.Revoker.
func (h *commitsLate) Revoked([]scenarios.Partition) {
	h.env.Commit(h.done...)
	h.done = nil
}

// Lost implements scenarios.Loser.
func (h *commitsLate) Lost([]scenarios.Partition) { h.done = nil }

// named is an assignor of which only the name matters: franz-go brings its own.
type named struct {
	assignor.Assignor
	name string
}

// Name implements assignor.Assignor.
func (n named) Name() string { return n.name }

var plays = []aPlay{
	{name: "right-crash", expect: scenarios.Hold,
		change: func(s *scenarios.Spec) {
			script(s, func(p *scenarios.Planner) { p.When(midway(5*time.Second, 1), sim.Crash, "m1") })
		},
		check: checkCrash},
	{name: "vanish-cooperative", expect: scenarios.Hold,
		change: func(s *scenarios.Spec) {
			s.Group = scenarios.Classic("order-service", named{assignor.Range, "cooperative-sticky"})
			script(s, func(p *scenarios.Planner) { p.At(5*time.Second, sim.Vanish, "m1") })
		},
		check: checkCrash},
	{name: "commit-first", expect: scenarios.Fail, anomaly: model.CommitAheadOfProcessing,
		change: func(s *scenarios.Spec) {
			s.Handler = commitThenProcess
			script(s, func(p *scenarios.Planner) { p.When(midway(5*time.Second, 1), sim.Crash, "m1") })
		},
		check: func(t *testing.T, c *course) {
			if !c.Outcome.Shows(model.CommitAheadOfProcessing) {
				t.Error("the anomaly does not show")
			}
		}},
	{name: "zombie", expect: scenarios.Fail, anomaly: model.CommitAfterLost,
		change: func(s *scenarios.Spec) {
			s.Client.BlockRebalanceOnPoll = false
			script(s, func(p *scenarios.Planner) {
				p.When(midway(4*time.Second, 1), sim.Pause, "m1")
				p.At(13500*time.Millisecond, sim.Resume, "m1")
			})
		},
		check: checkZombie},
	{name: "zombie-new-generation", expect: scenarios.Fail, anomaly: model.CommitRegression,
		change: func(s *scenarios.Spec) {
			s.Client.BlockRebalanceOnPoll = false
			s.Handler = slow
			s.Load.Count, s.Load.PerTick, s.Load.Every = 70, 10, 2*time.Second
			script(s, func(p *scenarios.Planner) {
				p.When(midway(4*time.Second, 3), sim.Pause, "m1")
				p.At(14500*time.Millisecond, sim.Resume, "m1")
			})
		},
		check: checkNewGeneration},
	{name: "leave", expect: scenarios.Hold,
		change: func(s *scenarios.Spec) {
			s.Handler = func(env scenarios.Env) scenarios.Handler { return &commitsLate{env: env} }
			script(s, func(p *scenarios.Planner) { p.Command(5*time.Second, "leave", "m1") })
		},
		check: checkLeave},
	{name: "cut", expect: scenarios.Hold,
		change: func(s *scenarios.Spec) {
			script(s, func(p *scenarios.Planner) {
				p.At(4*time.Second, sim.Cut, "m1")
				p.At(13*time.Second, sim.Heal, "m1")
				p.At(14*time.Second, sim.Heal, "m1") // nothing is cut then
			})
		},
		check: checkCut},
	{name: "unwound", expect: scenarios.Hold,
		change: func(s *scenarios.Spec) {
			s.Handler = unwinds
			script(s, func(p *scenarios.Planner) { p.At(4*time.Second, sim.Crash, "m1"); p.At(5*time.Second, sim.Start, "m1") })
		},
		check: func(t *testing.T, c *course) {
			if c.Outcome.Error != nil {
				t.Error(c.Outcome.Error)
			}
		}},
}

// unwinds makes a handler that panics, for good, if its unwinding is not as it
// should be. It keeps what it knows in its Env's outside store.
func unwinds(env scenarios.Env) scenarios.Handler {
	if _, ok := env.Shared().Get(env.Member() + " works"); ok {
		panic("the first process was not unwound")
	}
	return handler(func(records []scenarios.Record) {
		done := false
		defer func() {
			if done {
				return
			}
			if err := env.Commit(records...); !errors.Is(err, errEnded) {
				panic("a commit after the end: " + err.Error())
			}
			began := time.Now()
			env.Sleep(time.Minute)
			if time.Since(began) > time.Second {
				panic("a dead process slept")
			}
		}()
		work(env, records)
		env.Commit(records...)
		done = true
	})
}

// checkCrash looks at the end of m1 between 5 and 6 s: the other must take over by
// the law of the timeouts, and begin where the last commit was.
func checkCrash(t *testing.T, c *course) {
	down := c.index(t, 0, "m1 stops", of(model.Stopped, "m1"))
	for _, e := range c.events[down+1:] {
		if e.Client == "m1" && e.Kind != model.Started {
			t.Fatalf("m1 acts after its end: %+v", e)
		} else if e.Client == "m1" {
			break
		}
	}
	for _, took := range c.Outcome.Report.Takeovers {
		span := sim.Time(took.End - took.Begin).Duration()
		if low, high := session-heartbeat-time.Second, session+heartbeat+2*time.Second; span < low || span > high {
			t.Errorf("the takeover took %v, not %v to %v", span, low, high)
		}
	}
	if len(c.Outcome.Report.Takeovers) != 1 {
		t.Errorf("takeovers: %+v", c.Outcome.Report.Takeovers)
	}
	hold(t, c)
}

func hold(t *testing.T, c *course) {
	t.Helper()
	for _, f := range c.Outcome.Broken() {
		t.Errorf("%s: %s", f.Name, f.Text)
	}
}

// checkZombie looks at a member that stood still for longer than its session:
// it says nothing meanwhile, learns that it has lost its share, and its commit
// is refused.
func checkZombie(t *testing.T, c *course) {
	pause := c.index(t, 0, "m1 stands still", of(model.Fault, "m1"))
	resume := c.index(t, pause+1, "m1 goes on", of(model.Fault, "m1"))
	for _, e := range c.events[pause+1 : resume] {
		if e.Client == "m1" {
			t.Errorf("m1 stands still and acts: %+v", e)
		}
	}
	c.index(t, pause, "m2 takes over", func(e *model.Event) bool {
		return e.Kind == model.Assigned && e.Client == "m2" && len(e.Partitions) == 3
	})
	c.index(t, resume, "m1 learns", of(model.Lost, "m1"))
	refused := c.index(t, resume, "m1 is refused", func(e *model.Event) bool {
		return e.Kind == model.CommitDone && e.Client == "m1" && e.Error != ""
	})
	if e := c.events[refused]; e.Error != "UNKNOWN_MEMBER_ID" && e.Error != "ILLEGAL_GENERATION" {
		t.Errorf("refused by %s", e.Error)
	}
	if c.Outcome.Shows(model.ZombieCommitAccepted) || c.Outcome.Report.Summary.Lost > 0 {
		t.Error("Kafka let the zombie in")
	}
}

// slow takes longer over a poll's records than a member waits before it joins
// again.
func slow(env scenarios.Env) scenarios.Handler {
	return handler(func(records []scenarios.Record) {
		workFor(200*time.Millisecond, env, records)
		env.Commit(records...)
	})
}

// checkNewGeneration looks at what fencing cannot keep out: a zombie that is
// back in the group before it commits what it had polled as a zombie. The
// commit carries the new generation, Kafka accepts it, and the group goes back.
func checkNewGeneration(t *testing.T, c *course) {
	pause := c.index(t, 0, "m1 stands still", of(model.Fault, "m1"))
	resume := c.index(t, pause+1, "m1 goes on", of(model.Fault, "m1"))
	c.index(t, resume, "its commit is accepted", func(e *model.Event) bool {
		return e.Kind == model.CommitDone && e.Client == "m1" && e.Error == ""
	})
	if !c.Outcome.Shows(model.CommitRegression) || c.Outcome.Shows(model.ZombieCommitAccepted) {
		t.Errorf("%v", c.Outcome.Report.Names())
	}
}

// checkLeave looks at a member that leaves in good order: its callback runs,
// its commit there counts, and the other has all within a heartbeat.
func checkLeave(t *testing.T, c *course) {
	left := c.index(t, 0, "m1 is asked to leave", of(model.Fault, "m1"))
	revoked := c.index(t, left, "it gives up its share", of(model.Revoked, "m1"))
	commit := c.index(t, revoked, "it commits", of(model.CommitDone, "m1"))
	done := c.index(t, commit, "its callback ends", of(model.RevokeDone, "m1"))
	gone := c.index(t, done, "it has left", of(model.Stopped, "m1"))
	if c.events[gone].Cause != "leave" || c.events[commit].Error != "" {
		t.Errorf("%+v, %+v", c.events[commit], c.events[gone])
	}
	took := c.index(t, gone, "m2 has all", func(e *model.Event) bool {
		return e.Kind == model.Assigned && e.Client == "m2" && len(e.Partitions) == 3
	})
	if span := sim.Time(c.events[took].At - c.events[left].At).Duration(); span > heartbeat+2*time.Second {
		t.Errorf("the takeover took %v", span)
	}
	if n := c.Outcome.Report.Summary.ProcessedDuplicates; n > 0 {
		t.Errorf("%d records came again", n)
	}
	hold(t, c)
}

// checkCut looks at a member that was parted from the broker for longer than
// its session.
func checkCut(t *testing.T, c *course) {
	cut := c.index(t, 0, "m1 is cut off", of(model.Fault, "m1"))
	heal := c.index(t, cut+1, "it is not", of(model.Fault, "m1"))
	for _, e := range c.events[cut:heal] {
		switch e.Kind {
		case model.CommitDone, model.OffsetsTold, model.Assigned:
			if e.Client == "m1" {
				t.Errorf("m1 is cut off and hears: %+v", e)
			}
		}
	}
	c.index(t, heal, "m1 learns", of(model.Lost, "m1"))
	c.index(t, heal, "m1 is back", of(model.Assigned, "m1"))
	if c.Outcome.Skipped != 1 {
		t.Errorf("%d actions were skipped", c.Outcome.Skipped)
	}
	hold(t, c)
}
