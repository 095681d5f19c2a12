package realkafka

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

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
func nth(n int, kind model.Kind, also func(*model.Event) bool) func() func(*model.Event) bool {
	return func() func(*model.Event) bool {
		left := n
		return func(e *model.Event) bool {
			if e.Kind == kind && (also == nil || also(e)) {
				left--
			}
			return left == 0 && e.Kind == kind
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
			p.When(nth(3, model.CheckpointCompleted, nil), sim.Crash, "tm1").After(300 * time.Millisecond)
			p.At(9*time.Second, sim.Start, "tm1")
		})
	}, check: func(t *testing.T, c *course) {
		i := c.index(t, 0, "the crash", of(model.Stopped, "tm1"))
		i = c.index(t, i, "a restore", func(e *model.Event) bool { return e.Kind == model.JobRestored && e.Op > 0 })
		c.index(t, i, "reading on", func(e *model.Event) bool { return e.Kind == model.Positioned && e.To > 0 && e.Cause == model.CauseSeek })
	}},
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
	var rows []Row
	for i, j := range jobs {
		o := courses[j.name]
		o.Result = results[i]
		t.Run(j.name, func(t *testing.T) {
			if o.Err != nil {
				t.Fatal(o.Err)
			}
			settled(t, o)
			j.check(t, o)
			for _, f := range o.Outcome.Findings {
				t.Logf("%s at %v: %s", f.Name, sim.Time(f.At), f.Text)
			}
			if t.Failed() || os.Getenv("GROUNDHOG_VERBOSE") != "" {
				for i := range o.events {
					t.Logf("%+v", o.events[i])
				}
			}
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

var _ = checkpoint.Never
var _ = client.Latest
