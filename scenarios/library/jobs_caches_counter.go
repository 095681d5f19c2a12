package library

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// B13: a job counts its results in Redis (SIMULATOR_REDIS_KEY_SINK_COUNTER),
// and a TaskManager crashes between an INCR and the checkpoint that covers it.

const (
	counterRecords = 1000
	counterPrefix  = "sink-count/" // of the keys of sinks that have one for each
)

// MiscountedSink: the store does not have as many as there were records.
const MiscountedSink = "miscounted-sink"

func sinkCounters() []*scenarios.Scenario {
	exact := scenarios.ExactlyOnceEndToEnd().Forbidding("the store has as many as there were records", MiscountedSink)
	fenced := func() checkpoint.Sink { return checkpoint.Idempotent{Prefix: counterPrefix, Fenced: true} }
	unfenced := func() checkpoint.Sink { return checkpoint.Idempotent{Prefix: counterPrefix} }
	plain := func() checkpoint.Sink { return checkpoint.Counter{} }
	restarted := []scenarios.Sometimes{{Name: "results were stored again", After: 10, Seen: func(o *scenarios.Outcome) bool { return o.Report.Summary.Job.RepeatedInSink > 0 }}}
	spare := func(s scenarios.Spec) scenarios.Spec { s.Members = 3; return s }
	return []*scenarios.Scenario{
		{Name: "B13", Title: "a sink that counts by INCR, and a crash before the checkpoint: what is replayed counts again", Refs: []string{"B13"},
			Expect: scenarios.Fail, Anomaly: model.DuplicateInSink, Seeds: 10, Spec: counterSpec(plain, exact, crashesAfterWrite),
			Claims: []scenarios.Claim{
				{Ref: "B13", Text: "the counter in Redis equals the number of messages", Expect: scenarios.Refuted, After: 10, Judge: judgeCounter},
				{Ref: "B13", Text: "a fence by attempt would make INCR exact", Expect: scenarios.Refuted, After: 10, Judge: judgeFence},
			}},
		{Name: "B13-idempotent", Title: "the same with each key's count set, and fenced by attempt: counter − N is 0", Refs: []string{"B13"},
			Expect: scenarios.Hold, Seeds: 10, Spec: counterSpec(fenced, exact, crashesAfterWrite), Sometimes: restarted,
			Claims: []scenarios.Claim{{Ref: "B13", Text: "an idempotent sink makes the counter exact", Expect: scenarios.Confirmed, After: 10, Judge: judgeCounter}}},
		{Name: "B13-zombie", Title: "counts that are set, and a TaskManager that stands still: it writes after its successor, unless fenced", Refs: []string{"B13"},
			Cases: []scenarios.Case{
				failing(scenarios.Case{Row: "unfenced", Runs: 10, Spec: spare(counterSpec(unfenced, exact, standsStillAfterWrite))}, model.ZombieWrite),
				{Row: "fenced", Runs: 10, Spec: spare(counterSpec(fenced, exact.Forbidding("who is replaced writes no more", model.ZombieWrite), standsStillAfterWrite))},
			}, Sometimes: restarted},
	}
}

func counterSpec(sink func() checkpoint.Sink, promise scenarios.Promise, script func(*scenarios.Planner)) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "flinkdotnet.sample.topic", Partitions: 4}}, Group: scenarios.Classic("flinkdotnet-consumer-group"), Members: 2,
		Job: &scenarios.Job{Parallelism: 2, Interval: 2 * time.Second, Timeout: 10 * time.Second, RestartDelay: 500 * time.Millisecond,
			HeartbeatInterval: time.Second, HeartbeatTimeout: 4 * time.Second, Poll: 500 * time.Millisecond,
			Store: checkpoint.StoreConfig{Latency: sim.Millisecond}, Source: sources.Kafka, Sink: sink},
		Load:    scenarios.Load{Count: counterRecords, Keys: 40, Pattern: "key-%d", PerTick: 20},
		Client:  scenarios.ClientConfig{FetchMaxWait: 500 * time.Millisecond},
		Gauges:  []scenarios.Gauge{counterLessN()},
		Promise: promise, Assert: countedAll,
		Script: script,
		Warmup: 4 * time.Second, Faulty: 20 * time.Second,
	}
}

// crashesAfterWrite: tm1 dies when the store has taken a write, at any time
// between two checkpoints, and comes back.
func crashesAfterWrite(p *scenarios.Planner) {
	strikeAfterWrite(p, sim.Crash, sim.Start, time.Second)
}

// standsStillAfterWrite: it stands still for so long that it is replaced by
// what the JobManager starts elsewhere when tm3, which was idle, has its slot.
func standsStillAfterWrite(p *scenarios.Planner) {
	p.At(2*time.Second, sim.Start, "tm3")
	strikeAfterWrite(p, sim.Pause, sim.Resume, 9*time.Second)
}

func strikeAfterWrite(p *scenarios.Planner, strike, back sim.Kind, after time.Duration) {
	p.At(0, sim.Start, "tm1")
	p.At(p.Draw("start", 2, time.Second), sim.Start, "tm2")
	at := p.Spec().Warmup + p.Draw("strike", 1, 8*time.Second)
	p.When(func() func(*model.Event) bool {
		return func(e *model.Event) bool {
			return e.Kind == model.Stored && strings.HasSuffix(e.Member, "-0") && e.At >= at.Microseconds()
		}
	}, strike, "tm1")
	p.At(at+after+2*time.Second, back, "tm1")
}

// counterLessN is what the store has in the end under all keys of the sink,
// less the records that were produced.
func counterLessN() scenarios.Gauge {
	return scenarios.Gauge{Name: counterName, Unit: "records", New: func(*scenarios.Trial) scenarios.Meter {
		return &counterMeter{values: map[string]int64{}}
	}}
}

const counterName = "counter − N"

type counterMeter struct {
	values   map[string]int64
	produced int64
}

// Observe implements scenarios.Meter.
func (c *counterMeter) Observe(e *model.Event) {
	switch e.Kind {
	case model.Produced:
		c.produced += e.To - e.From
	case model.Stored:
		if n, err := strconv.ParseInt(e.Values[0], 10, 64); err == nil {
			c.values[e.Keys[0]] = n
		}
	}
}

// Read implements scenarios.Meter.
func (c *counterMeter) Read(*scenarios.Outcome) []int64 {
	n := -c.produced
	for _, v := range c.values {
		n += v
	}
	return []int64{n}
}

func countedAll(o *scenarios.Outcome) []scenarios.Finding {
	for _, n := range o.Number(counterName) {
		if n != 0 && o.Settled {
			return []scenarios.Finding{{Name: MiscountedSink, Text: fmt.Sprintf("the store has %d for %d records", o.Report.Summary.Produced+n, o.Report.Summary.Produced)}}
		}
	}
	return nil
}

func judgeCounter(r *scenarios.Result) (scenarios.Ruling, string) {
	m := r.Measure(counterName)
	text := fmt.Sprintf("N = %d, checkpoints every 2s: counter − N is %v", counterRecords, m)
	if m.Min == 0 && m.Max == 0 {
		return scenarios.Confirmed, text
	}
	return scenarios.Refuted, text
}

// judgeFence: a fence refuses what an attempt writes that is over. What the
// crashed attempt had written was its own to write.
func judgeFence(r *scenarios.Result) (scenarios.Ruling, string) {
	m := r.Measure(counterName)
	text := fmt.Sprintf("%d records were counted too often in %d runs, and in %d of these an attempt wrote that was over: there is nothing for a fence to refuse, what was written before the crash stays",
		m.Sum, r.Anomalies[model.DuplicateInSink], r.Anomalies[model.ZombieWrite])
	if m.Sum > 0 && r.Anomalies[model.ZombieWrite] < r.Anomalies[model.DuplicateInSink] {
		return scenarios.Refuted, text
	}
	return scenarios.Confirmed, text
}
