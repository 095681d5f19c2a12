package library

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

// ResultsDiffer: what a job has written is not what it writes when nothing
// fails.
const ResultsDiffer = "results-differ"

// storedValuesOf are what the outside store has at the end of a run, by key.
type storedValuesOf struct {
	values  map[string]string
	changed int // keys that had another value before
}

// Observe implements scenarios.Meter.
func (m *storedValuesOf) Observe(e *model.Event) {
	if e.Kind != model.Stored || len(e.Keys) != 1 || len(e.Values) != 1 {
		return
	}
	if m.values == nil {
		m.values = map[string]string{}
	}
	if old, ok := m.values[e.Keys[0]]; ok && old != e.Values[0] {
		m.changed++
	}
	m.values[e.Keys[0]] = e.Values[0]
}

// writes are what a run of a Spec leaves in the outside store.
func writes(spec *scenarios.Spec, seed uint64) (map[string]string, *scenarios.Outcome, error) {
	trial, err := scenarios.NewTrial(spec, seed)
	if err != nil {
		return nil, nil, err
	}
	var m storedValuesOf
	o, err := scenarios.Simulate(trial, scenarios.Play{History: m.Observe})
	return m.values, o, err
}

// windowStep is how much event time lies between two records of E27.
const windowStep = 5 * time.Second

// averageSpec is E27's job: the average of each patient's values over five
// minutes, of six partitions, by three subtasks. Forty minutes of event time go
// by in as many seconds.
func averageSpec() scenarios.Spec {
	spec := jobSpec(6, 3, 2)
	spec.Topics[0].Name = "vitals"
	spec.Warmup, spec.Faulty = 2*time.Second, 38*time.Second
	spec.Load = scenarios.Load{Count: 480, Pattern: "patient-%d", Keys: 20, PerTick: 6,
		Value: func(i int) string {
			return fmt.Sprintf("%d.%d", 36+sim.Hash(uint64(i), "degrees")%5, sim.Hash(uint64(i), "tenths")%10)
		},
		EventTime: func(i int) time.Duration {
			return time.Minute + time.Duration(i)*windowStep - time.Duration(sim.Hash(uint64(i), "late by")%30)*time.Second
		}}
	spec.Job.Watermarks = scenarios.Watermarks{On: true, OutOfOrderness: 30 * time.Second}
	spec.Job.Operator = func() checkpoint.Operator { return &checkpoint.Average{} }
	spec.Job.Sink = func() checkpoint.Sink { return checkpoint.Idempotent{Prefix: "window/"} }
	return spec
}

// windowsWithoutFailure are the windows of E27's job when nothing fails: they
// hang on the load alone.
var windowsWithoutFailure = sync.OnceValues(func() (map[string]string, error) {
	spec := averageSpec()
	spec.Script = func(p *scenarios.Planner) { startJob(p, time.Second) }
	values, o, err := writes(&spec, 1)
	if err == nil && !o.Settled {
		err = fmt.Errorf("E27 without failures does not settle: %s", o.Why)
	}
	return values, err
})

// windowedAverage is E27.
func windowedAverage() *scenarios.Scenario {
	spec := averageSpec()
	// A script: in runs that are not timed producers send records again that
	// are there already, and averages are not those of the load.
	spec.Script = func(p *scenarios.Planner) {
		startJob(p, time.Second)
		failJob(p, 5*time.Second, 30*time.Second)
		for i := range p.Pick("rescalings", 0, 3) {
			p.Rescale(5*time.Second+p.Draw("rescale-at", i, 30*time.Second), 2+p.Pick("to", i, 4))
		}
	}
	spec.Gauges = []scenarios.Gauge{windowsDiffering(), jobRestarts}
	spec.Promise = spec.Promise.Forbidding("the windows are those of a run without failures", ResultsDiffer, model.LateNotLate, model.WatermarkRegressed)
	spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
		n := o.Number("windows that differ")
		if !o.Settled || len(n) == 1 && n[0] == 0 {
			return nil
		}
		return []scenarios.Finding{{Name: ResultsDiffer, Text: fmt.Sprintf("windows that are not as in a run without failures: %v", n)}}
	}
	return &scenarios.Scenario{Name: "E27", Refs: []string{"E27"}, Expect: scenarios.Hold, Seeds: 15, Spec: spec,
		Title: "five-minute averages per patient, with crashes and rescaling, are those of a run without failures",
		Sometimes: []scenarios.Sometimes{restartedJob(15),
			{Name: "the job was rescaled", After: 15, Seen: func(o *scenarios.Outcome) bool {
				for _, s := range o.Course.Struck {
					if strings.Contains(s.Action, "rescale") {
						return true
					}
				}
				return false
			}}},
	}
}

// windowsDiffering counts windows that a run has and the one without failures
// has not, or the other way round, or with other values. A window that was
// first stored with another value counts, too.
func windowsDiffering() scenarios.Gauge {
	return scenarios.Gauge{Name: "windows that differ", New: func(*scenarios.Trial) scenarios.Meter { return &windowMeter{} }}
}

type windowMeter struct{ storedValuesOf }

// Read implements scenarios.Meter. Without a run to compare with there is no
// sample.
func (m *windowMeter) Read(*scenarios.Outcome) []int64 {
	want, err := windowsWithoutFailure()
	if err != nil || len(want) == 0 {
		return nil
	}
	return []int64{int64(m.changed + differing(m.values, want))}
}

func differing(a, b map[string]string) (n int) {
	for k, v := range a {
		if w, ok := b[k]; !ok || v != w {
			n++
		}
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			n++
		}
	}
	return n
}
