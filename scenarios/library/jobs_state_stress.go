package library

import (
	"fmt"
	"strconv"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// StressJobName is the stress scenario of a checkpointing job.
const StressJobName = "A25"

// stressRow is its only case.
const stressRow = "ten crashes, two rescalings"

// CountDiffers: what the sink has is not what was produced.
const CountDiffers = "count-differs"

// jobTicks is over how many seconds the messages are produced.
const jobTicks = 200

// sinkCount is the gauge of what the outside store has at the end.
const sinkCount = "sink count"

// JobScenario is the stress scenario of a checkpointing job with these
// parameters: the outside store has counted every message once, whatever
// crashed and however the job was rescaled meanwhile.
func (s Stress) JobScenario() *scenarios.Scenario {
	spec := scenarios.Spec{
		Topics: []scenarios.Topic{{Name: s.Topic, Partitions: 4}}, Group: scenarios.Classic(s.Group, assignor.Range), Members: 6,
		Job: &scenarios.Job{Parallelism: 4, Interval: 10 * time.Second, TolerableFailures: 5, Discovery: -1,
			HeartbeatInterval: 2 * time.Second, HeartbeatTimeout: 8 * time.Second,
			Source: sources.With(sources.Options{Batch: 2000}),
			Sink:   func() checkpoint.Sink { return checkpoint.Idempotent{Prefix: sinkPrefix, Fenced: true} }},
		Load:    scenarios.Load{Count: s.Messages, Pattern: "key-%d", Keys: 1000, PerTick: (s.Messages + jobTicks - 1) / jobTicks, Every: time.Second},
		Client:  scenarios.ClientConfig{MaxPollRecords: 5000},
		Promise: scenarios.ExactlyOnceEndToEnd().Forbidding("the sink has each message once", CountDiffers),
		Warmup:  10 * time.Second, Faulty: (jobTicks + 5) * time.Second,
		Gauges: []scenarios.Gauge{storedTotal(sinkCount, sinkPrefix)},
		Script: stressTheJob,
		Assert: func(o *scenarios.Outcome) []scenarios.Finding {
			if n := o.Number(sinkCount); o.Settled && (len(n) != 1 || n[0] != int64(s.Messages)) {
				return []scenarios.Finding{{Name: CountDiffers, Text: fmt.Sprintf("the sink has counted %v, %d were produced", n, s.Messages)}}
			}
			return nil
		},
	}
	return &scenarios.Scenario{Name: StressJobName, Refs: []string{"A25", "B16"},
		Cases:     []scenarios.Case{{Row: stressRow, Spec: spec, Runs: 8}},
		Title:     fmt.Sprintf("stress: %d messages of %s through a job, ten crashes, two rescalings, and a sink that has each once", s.Messages, s.Topic),
		Sometimes: []scenarios.Sometimes{{Name: "records were read again", After: 5, Seen: func(o *scenarios.Outcome) bool { return o.Report.Summary.Job.Replayed > 0 }}},
	}
}

// sinkPrefix is what the keys begin with that stress jobs write.
const sinkPrefix = "count/"

// stressTheJob crashes a TaskManager every twenty seconds, ten times in all,
// and rescales the job to all slots and back.
func stressTheJob(p *scenarios.Planner) {
	startJob(p, time.Second)
	n := p.Spec().Members
	for i := range 10 {
		at := time.Duration(15+20*i)*time.Second + p.Draw("crash", i, 10*time.Second)
		tm := fmt.Sprintf("tm%d", i%4+1)
		p.At(at, sim.Crash, tm)
		p.At(at+4*time.Second, sim.Start, tm)
	}
	p.Rescale(70*time.Second, n)
	p.Rescale(150*time.Second, p.Spec().Job.Parallelism)
}

// storedTotal is the sum of the whole numbers that the outside store has at
// the end under keys that begin so.
func storedTotal(name, prefix string) scenarios.Gauge {
	return scenarios.Gauge{Name: name, Unit: "records", New: func(*scenarios.Trial) scenarios.Meter { return &storedValues{prefix: prefix, of: map[string]int64{}} }}
}

type storedValues struct {
	prefix string
	of     map[string]int64
}

// Observe implements scenarios.Meter.
func (m *storedValues) Observe(e *model.Event) {
	if e.Kind != model.Stored || len(e.Keys) == 0 || len(e.Values) == 0 || len(e.Keys[0]) < len(m.prefix) || e.Keys[0][:len(m.prefix)] != m.prefix {
		return
	}
	if n, err := strconv.ParseInt(e.Values[0], 10, 64); err == nil {
		m.of[e.Keys[0]] = n
	}
}

// Read implements scenarios.Meter.
func (m *storedValues) Read(*scenarios.Outcome) []int64 {
	sum := int64(0)
	for _, n := range m.of {
		sum += n
	}
	return []int64{sum}
}
