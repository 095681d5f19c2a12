package realkafka

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// jobSpec is a job of two slots that takes a checkpoint a second.
func jobSpec() scenarios.Spec {
	none := time.Duration(0)
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 3}}, Group: scenarios.Classic("order-service"), Members: 2,
		Job: &scenarios.Job{Interval: time.Second, Timeout: 10 * time.Second, RestartDelay: 500 * time.Millisecond,
			HeartbeatInterval: time.Second, HeartbeatTimeout: 4 * time.Second, Discovery: 2 * time.Second, Poll: 500 * time.Millisecond,
			Source: sources.Kafka},
		Load:    scenarios.Load{Count: 280, Pattern: "customer-%d", Keys: 20, PerTick: 5, Every: 200 * time.Millisecond},
		Client:  scenarios.ClientConfig{FetchMaxWait: 500 * time.Millisecond},
		Broker:  scenarios.BrokerConfig{InitialRebalanceDelay: &none},
		Promise: scenarios.ExactlyOnceState().CommitsFollowCheckpoints(),
		Warmup:  3 * time.Second, Faulty: 12 * time.Second,
		Script: func(p *scenarios.Planner) { jobStarts(p) },
	}
}

func jobStarts(p *scenarios.Planner) {
	p.At(0, sim.Start, "tm1")
	p.At(100*time.Millisecond, sim.Start, "tm2")
}

func jobScript(s *scenarios.Spec, more func(*scenarios.Planner)) {
	s.Script = func(p *scenarios.Planner) {
		jobStarts(p)
		more(p)
	}
}

// nth is true of the n-th event of a kind.
func nth(n int, kind model.Kind) func() func(*model.Event) bool {
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

// aJob is one scenario of TestJobs.
type aJob struct {
	name    string
	expect  scenarios.Expect
	anomaly string
	change  func(*scenarios.Spec)
	check   func(*testing.T, *course)
}

var jobs = []aJob{
	{name: "steady", expect: scenarios.Hold, change: func(s *scenarios.Spec) {}, check: func(t *testing.T, c *course) {
		if n := c.count(model.CheckpointCompleted); n < 8 {
			t.Errorf("%d checkpoints completed", n)
		}
		if n := c.count(model.CommitDone); n < 8 {
			t.Errorf("%d commits were answered", n)
		}
	}},
	{name: "tm-crash", expect: scenarios.Hold, change: func(s *scenarios.Spec) {
		jobScript(s, func(p *scenarios.Planner) {
			p.When(nth(3, model.CheckpointCompleted), sim.Crash, "tm1").After(300 * time.Millisecond)
			p.At(9*time.Second, sim.Start, "tm1")
		})
	}, check: func(t *testing.T, c *course) {
		i := c.index(t, 0, "the crash", of(model.Stopped, "tm1"))
		i = c.index(t, i, "a restore", func(e *model.Event) bool { return e.Kind == model.JobRestored && e.Op > 0 })
		c.index(t, i, "reading on", func(e *model.Event) bool { return e.Kind == model.Positioned && e.To > 0 && e.Cause == model.CauseSeek })
	}},
	{name: "vanish", expect: scenarios.Hold, change: func(s *scenarios.Spec) {
		jobScript(s, func(p *scenarios.Planner) {
			p.At(5*time.Second, sim.Vanish, "tm2")
			p.At(7*time.Second, sim.Start, "tm2")
		})
	}, check: restarted},
	{name: "stands-still", expect: scenarios.Hold, change: func(s *scenarios.Spec) {
		jobScript(s, func(p *scenarios.Planner) {
			p.At(5*time.Second, sim.Pause, "tm2")
			p.At(11*time.Second, sim.Resume, "tm2")
		})
	}, check: func(t *testing.T, c *course) {
		for i := range c.events {
			if e := &c.events[i]; e.Client == "tm2" && e.At > int64(5200*sim.Millisecond) && e.At < int64(11*sim.Second) && e.Kind != model.Fault {
				t.Errorf("tm2 does something while it stands still: %+v", *e)
			}
		}
		restarted(t, c)
	}},
	{name: "job-manager-crash", expect: scenarios.Hold, change: func(s *scenarios.Spec) {
		jobScript(s, func(p *scenarios.Planner) {
			p.At(6*time.Second, sim.Crash, "jm")
			p.At(7*time.Second, sim.Start, "jm")
		})
	}, check: restarted},
	{name: "task-failures", expect: scenarios.Hold, change: func(s *scenarios.Spec) {
		jobScript(s, func(p *scenarios.Planner) {
			p.FailTask(4*time.Second, "tm1", "source")
			p.FailTask(7*time.Second, "tm2", "operator")
			p.FailTask(10*time.Second, "tm1", "sink")
		})
	}, check: func(t *testing.T, c *course) {
		if n := c.count(model.TaskFailed); n != 3 {
			t.Errorf("%d tasks failed", n)
		}
		restarted(t, c)
	}},
	{name: "storage-crash", expect: scenarios.Hold, change: func(s *scenarios.Spec) {
		s.Job.TolerableFailures = 5
		jobScript(s, func(p *scenarios.Planner) {
			p.At(5*time.Second, sim.Crash, "fs")
			p.At(6*time.Second, sim.Start, "fs")
			p.At(8*time.Second, sim.Crash, "tm1")
			p.At(9*time.Second, sim.Start, "tm1")
		})
	}, check: restarted},
	{name: "disconnected", expect: scenarios.Hold, change: func(s *scenarios.Spec) {
		jobScript(s, func(p *scenarios.Planner) {
			p.Part(4*time.Second, 7*time.Second, "tm1", "b0")
			p.Part(9*time.Second, 10*time.Second, "jm", "tm1")
		})
	}, check: func(t *testing.T, c *course) {}},
	{name: "bounded", expect: scenarios.Hold, change: func(s *scenarios.Spec) {
		s.Job.Bounded, s.Load.Every = true, 10*time.Millisecond
		s.Script = func(p *scenarios.Planner) {
			p.At(3*time.Second, sim.Start, "tm1")
			p.At(3*time.Second, sim.Start, "tm2")
			p.When(nth(1, model.SourcePolled), sim.Crash, "tm2").After(10 * time.Millisecond)
			p.At(6*time.Second, sim.Start, "tm2")
		}
	}, check: func(t *testing.T, c *course) {
		c.index(t, 0, "the end of the job", func(e *model.Event) bool { return e.Kind == model.JobFinished })
	}},
	{name: "from-committed", expect: scenarios.Hold, change: func(s *scenarios.Spec) {
		s.Job.Start = checkpoint.Start{From: checkpoint.Committed, Reset: client.Earliest}
	}, check: func(t *testing.T, c *course) {}},
	{name: "ignores-checkpoint", expect: scenarios.Fail, anomaly: model.PositionNotRestored, change: func(s *scenarios.Spec) {
		s.Job.Source = sources.With(sources.Options{Variant: sources.IgnoresCheckpoint, NoCommit: true})
		jobScript(s, func(p *scenarios.Planner) {
			p.When(nth(3, model.CheckpointCompleted), sim.Crash, "tm1").After(300 * time.Millisecond)
			p.At(9*time.Second, sim.Start, "tm1")
		})
	}, check: func(t *testing.T, c *course) {
		c.index(t, 0, "an answer of the group's coordinator about one partition", func(e *model.Event) bool {
			return e.Kind == model.OffsetsTold && e.Client == "tm1" && len(e.Partitions) == 1 && e.Partitions[0].Offset == -1
		})
	}},
	{name: "stores-last", expect: scenarios.Fail, anomaly: model.DuplicateInState, change: func(s *scenarios.Spec) {
		s.Job.Source = sources.With(sources.Options{Variant: sources.StoresLast})
		jobScript(s, func(p *scenarios.Planner) {
			p.When(nth(3, model.CheckpointCompleted), sim.Crash, "tm1").After(300 * time.Millisecond)
			p.At(9*time.Second, sim.Start, "tm1")
		})
	}, check: func(t *testing.T, c *course) {}},
	{name: "by-group", expect: scenarios.Fail, anomaly: model.DuplicateInState, change: func(s *scenarios.Spec) {
		s.Job.Assignment, s.Job.Source = checkpoint.ByGroup, sources.Group("orders")
		s.Group = scenarios.Classic("order-service", assignor.Range)
		s.Client.SessionTimeout, s.Client.HeartbeatInterval, s.Client.RebalanceTimeout = session, heartbeat, 10*time.Second
		jobScript(s, func(p *scenarios.Planner) { p.Part(5*time.Second, 13*time.Second, "tm2", "b0") })
	}, check: func(t *testing.T, c *course) {
		c.index(t, 0, "the other's partitions", func(e *model.Event) bool {
			return e.Kind == model.Assigned && e.Client == "tm1" && len(e.Partitions) == 3
		})
	}},
}

// restarted fails t unless the job went on from a checkpoint.
func restarted(t *testing.T, c *course) {
	t.Helper()
	c.index(t, 0, "a restore from a checkpoint", func(e *model.Event) bool { return e.Kind == model.JobRestored && e.Op > 0 })
}

func (c *course) count(kind model.Kind) (n int) {
	for i := range c.events {
		if c.events[i].Kind == kind {
			n++
		}
	}
	return n
}

// TestJobs plays checkpointing jobs, on Kafka and in the simulation.
func TestJobs(t *testing.T) {
	c := kafka(t)
	t.Setenv("TMPDIR", t.TempDir()) // where checkpoints are
	before := runtime.NumGoroutine()
	courses := map[string]*course{}
	var list []*scenarios.Scenario
	for _, j := range jobs {
		list = append(list, &scenarios.Scenario{Name: j.name, Expect: j.expect, Anomaly: j.anomaly, OnKafka: func() scenarios.Spec {
			s := jobSpec()
			j.change(&s)
			return s
		}})
		courses[j.name] = &course{}
	}
	var mu sync.Mutex
	began := time.Now()
	results := PlayAll(t.Context(), c, list, AllOptions{Seed: 1,
		History: func(s *scenarios.Scenario, e *model.Event) {
			mu.Lock()
			defer mu.Unlock()
			courses[s.Name].events = append(courses[s.Name].events, *e)
		},
		Log: func(format string, args ...any) {
			if text := fmt.Sprintf(format, args...); os.Getenv("GROUNDHOG_VERBOSE") != "" {
				t.Log(text)
			}
		}})
	t.Logf("played in %v", time.Since(began).Round(time.Millisecond))
	nothingLeft(t, c, before)
	if left, err := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "groundhog-checkpoints-*")); err != nil || len(left) > 0 {
		t.Errorf("checkpoints are left: %v, %v", left, err)
	}
	var rows []Row
	for i, j := range jobs {
		o := courses[j.name]
		o.Result = results[i]
		t.Run(j.name, func(t *testing.T) {
			if o.Err != nil {
				t.Fatal(o.Err)
			}
			defer func() {
				if t.Failed() || os.Getenv("GROUNDHOG_VERBOSE") != "" {
					tellCourse(t, o)
				}
			}()
			settled(t, o)
			j.check(t, o)
		})
		simulated, err := Simulated(list[i], 1)
		if err != nil {
			t.Fatal(err)
		}
		row := Compare(list[i], simulated, o.Outcome)
		if rows = append(rows, row); !row.Agree() {
			t.Errorf("%s: %s in the simulation, %s on Kafka", j.name, row.Sim.Verdict, row.Kafka.Verdict)
		}
	}
	t.Log("\n" + Table(rows))
}

func tellCourse(t *testing.T, o *course) {
	for _, f := range o.Outcome.Findings {
		t.Logf("%s at %v: %s", f.Name, sim.Time(f.At), f.Text)
	}
	for i := range o.events {
		t.Logf("%s", model.AppendEvent(nil, &o.events[i]))
	}
}
