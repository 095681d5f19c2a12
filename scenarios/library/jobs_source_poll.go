package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
)

// ConsumeMessage(timeout) of A13: what a poll waits for.

// WrongWait: a poll has come back at another time than it must, or has moved
// the position and given nothing.
const WrongWait = "wrong-wait"

// The names of metrics of pollClock, and of the gauges that read them; of all
// but the last the number is how long the poll took, in µs.
const (
	waitedOut   = "poll that brought nothing"
	waitedWoken = "poll that was woken"
	waitedFor   = "poll that brought records"
	waitedMoved = "position moved by a poll that brought nothing"
)

const pollTimeout = 700 * time.Millisecond

// pollClock takes the time of a source's polls.
type pollClock struct {
	checkpoint.Source
	env    checkpoint.Env
	splits []checkpoint.Split
}

// AddSplits implements checkpoint.Source.
func (c *pollClock) AddSplits(splits []checkpoint.Split) error {
	c.splits = append(c.splits, splits...)
	return c.Source.AddSplits(splits)
}

// Poll implements checkpoint.Source.
func (c *pollClock) Poll(timeout time.Duration) ([]checkpoint.Record, error) {
	begun, before := c.env.Now(), c.positions()
	records, err := c.Source.Poll(timeout)
	took := c.env.Now().Sub(begun)
	name := waitedFor
	switch {
	case len(records) > 0:
	case took < timeout:
		name = waitedWoken
	default:
		name = waitedOut
	}
	c.env.Metric(name, model.TopicPartition{}, took.Microseconds())
	if len(records) == 0 {
		for i, at := range c.positions() {
			if before[i] >= 0 && at != before[i] {
				c.env.Metric(waitedMoved, c.splits[i].TopicPartition, at-before[i])
			}
		}
	}
	return records, err
}

func (c *pollClock) positions() (out []int64) {
	for _, s := range c.splits {
		out = append(out, c.env.Position(s.TopicPartition))
	}
	return out
}

// pollTimeouts is A13: a record every 1.9 seconds, for two subtasks that wait for
// 0.7 seconds at a time and are woken by checkpoints.
func pollTimeouts() *scenarios.Scenario {
	spec := sourceSpec(func(env checkpoint.Env) checkpoint.Source { return &pollClock{Source: sources.Kafka(env), env: env} })
	spec.Job.Poll = pollTimeout
	spec.Load = scenarios.Load{Count: 28, Pattern: "customer-%d", Keys: 12, Every: 1900 * time.Millisecond}
	for _, name := range []string{waitedOut, waitedWoken, waitedFor, waitedMoved} {
		spec.Gauges = append(spec.Gauges, scenarios.Gauge{Name: name, Unit: "µs", New: func(*scenarios.Trial) scenarios.Meter { return &metricMeter{name: name} }})
	}
	spec.Promise = spec.Promise.Forbidding("polls wait as long as they are told", WrongWait)
	spec.Assert = wrongWaits
	late := (pollTimeout * 95 / 100).Microseconds()
	return &scenarios.Scenario{Name: "A13", Refs: []string{"A13"}, Expect: scenarios.Hold, Seeds: 10, Spec: spec,
		Title: "a poll gives nothing at its timeout, comes back early when the task has work, and gives a record that comes just before",
		Sometimes: []scenarios.Sometimes{
			{Name: "a poll was woken", After: 1, Seen: func(o *scenarios.Outcome) bool { return len(o.Number(waitedWoken)) > 0 }},
			{Name: "a record came in the last twentieth of the wait", After: 10, Seen: func(o *scenarios.Outcome) bool {
				for _, took := range o.Number(waitedFor) {
					if took >= late && took < pollTimeout.Microseconds() {
						return true
					}
				}
				return false
			}},
		},
		Claims: []scenarios.Claim{{Ref: "A13", Text: "ConsumeMessage(timeout) gives null when there is no message within the timeout", Expect: scenarios.Confirmed, After: 10,
			Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
				out, got, woken := r.Measure(waitedOut), r.Measure(waitedFor), r.Measure(waitedWoken)
				text := fmt.Sprintf("%d polls of %v brought nothing after %v; %d were woken after %v to %v; the latest record of %d came after %v",
					out.N, pollTimeout, out, woken.N, quantity(woken.Min, "µs"), quantity(woken.Max, "µs"), got.N, quantity(got.Max, "µs"))
				if r.Anomalies[WrongWait] > 0 || out.N == 0 {
					return scenarios.Refuted, text
				}
				return scenarios.Confirmed, text
			}}}}
}

func wrongWaits(o *scenarios.Outcome) (out []scenarios.Finding) {
	want := pollTimeout.Microseconds()
	for _, took := range o.Number(waitedOut) {
		if took != want {
			out = append(out, scenarios.Finding{Name: WrongWait, Text: fmt.Sprintf("a poll of %v brought nothing after %v", pollTimeout, quantity(took, "µs"))})
		}
	}
	for _, took := range o.Number(waitedFor) {
		if took > want {
			out = append(out, scenarios.Finding{Name: WrongWait, Text: fmt.Sprintf("a poll of %v waited for %v", pollTimeout, quantity(took, "µs"))})
		}
	}
	if moved := o.Number(waitedMoved); len(moved) > 0 {
		out = append(out, scenarios.Finding{Name: WrongWait, Text: fmt.Sprintf("polls that brought nothing have moved positions by %v", moved)})
	}
	return out
}

// metricMeter reads what was added to a metric, one by one.
type metricMeter struct {
	name string
	out  []int64
}

// Observe implements scenarios.Meter.
func (m *metricMeter) Observe(e *model.Event) {
	if e.Kind == model.Metric && e.Cause == m.name {
		m.out = append(m.out, e.To)
	}
}

// Read implements scenarios.Meter.
func (m *metricMeter) Read(*scenarios.Outcome) []int64 { return m.out }
