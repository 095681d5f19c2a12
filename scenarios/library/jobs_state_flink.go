package library

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// The tutorial's job (E25, E26): what it does without checkpoints, and with a
// record that it cannot read.

// RereadDiffers: a restart does not read again what it must.
const RereadDiffers = "reread-differs"

// withoutCheckpoints is E25: StartFromEarliest, and one restart.
func withoutCheckpoints() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "E25", Refs: []string{"E25"},
		Title: "a job that starts from the earliest offset restarts: without checkpoints it reads everything again"}
	for _, c := range []struct {
		row      string
		interval time.Duration
	}{{"no checkpoints", 0}, {"a checkpoint every 2 s", 2 * time.Second}} {
		spec := jobSpec(4, 2, 0)
		spec.Warmup, spec.Faulty = 2*time.Second, 28*time.Second
		spec.Load = scenarios.Load{Count: 280, Pattern: "customer-%d", Keys: 14, PerTick: 2}
		spec.Job.Interval = c.interval
		spec.Job.Sink = func() checkpoint.Sink { return checkpoint.Counter{Key: "records"} }
		spec.Script = func(p *scenarios.Planner) {
			startJob(p, time.Second)
			at := 15*time.Second + p.Draw("crash", 0, 10*time.Second)
			p.At(at, sim.Crash, "tm1")
			p.At(at+time.Second, sim.Start, "tm1")
		}
		spec.Gauges = []scenarios.Gauge{recordsReplayed, readAgain(), duplicatesInSink, jobRestarts}
		spec.Promise = spec.Promise.Forbidding("reads again what it must", RereadDiffers)
		spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
			if !o.Course.Hit("tm1", 15*time.Second) {
				return nil // of a run that was shrunk
			}
			share := o.Number(shareAgain)
			if len(share) == 1 && (c.interval == 0) == (share[0] == 1000) {
				return nil
			}
			return []scenarios.Finding{{Name: RereadDiffers, Text: fmt.Sprintf("of what had been read, parts of a thousand read again: %v", share)}}
		}
		s.Cases = append(s.Cases, scenarios.Case{Row: c.row, Spec: spec, Runs: 10})
	}
	s.Claims = []scenarios.Claim{{Ref: "E25", Text: "without checkpoints the job is at-least-once", Expect: scenarios.Qualified, After: 20, Judge: judgeReread}}
	return s
}

func judgeReread(r *scenarios.Result) (scenarios.Ruling, string) {
	without, with := r.Case("no checkpoints", ""), r.Case("a checkpoint every 2 s", "")
	all, some := without.Measure(shareAgain), with.Measure(shareAgain)
	twice, lesser := without.Measure("duplicates in sink"), with.Measure("duplicates in sink")
	lost := without.Anomalies[model.LostFromState] + with.Anomalies[model.LostFromState]
	text := fmt.Sprintf("nothing is lost, but a restart begins at the first record with an empty state: it read %v of what had been read again, and the sink counted %v records twice or more; from checkpoints every 2 s it read %v again, and the sink counted %v twice",
		all, twice, some, lesser)
	switch {
	case lost > 0 || all.N == 0 || some.N == 0:
		return scenarios.Refuted, text
	case all.Min == 1000 && twice.Min > 0 && some.Max < 1000:
		return scenarios.Qualified, text
	}
	return scenarios.Confirmed, text
}

var duplicatesInSink = jobNumber("duplicates in sink", "records", func(j *model.JobNumbers) int64 { return j.DuplicatesInSink })

// shareAgain is the gauge of readAgain.
const shareAgain = "read again of what was read"

// readAgain is which part of what sources had given before the first restart
// they gave again. Without a restart there is no sample.
func readAgain() scenarios.Gauge {
	return scenarios.Gauge{Name: shareAgain, Unit: "‰", New: func(*scenarios.Trial) scenarios.Meter { return &rereading{} }}
}

type rereading struct{ polled, before int64 }

// Observe implements scenarios.Meter.
func (m *rereading) Observe(e *model.Event) {
	switch e.Kind {
	case model.SourcePolled:
		m.polled += e.To - e.From
	case model.JobRestored:
		if m.before == 0 {
			m.before = m.polled
		}
	}
}

// Read implements scenarios.Meter.
func (m *rereading) Read(o *scenarios.Outcome) []int64 {
	if m.before == 0 {
		return nil
	}
	return []int64{o.Report.Summary.Job.Replayed * 1000 / m.before}
}

// poisonAt is the record of E26 that is no JSON.
const poisonAt = 40

// PoisonSpreads: a record that cannot be read does more, or less, than its
// source says.
const PoisonSpreads = "poison-spreads"

// poison is E26: one record is malformed.
func poison() []*scenarios.Scenario {
	job := func(way sources.Poison) scenarios.Spec {
		spec := jobSpec(2, 2, 0)
		spec.Warmup, spec.Faulty = 2*time.Second, 20*time.Second
		spec.Load = scenarios.Load{Count: 80, Pattern: "patient-%d", Keys: 8, Value: func(i int) string {
			if i == poisonAt {
				return `{"patient": "`
			}
			return fmt.Sprintf(`{"patient": %d}`, i%8)
		}}
		spec.Job.RestartDelay = 20 * time.Second
		spec.Job.Source = sources.With(sources.Options{Poison: way, Parse: func(value string) error {
			if !json.Valid([]byte(value)) {
				return errors.New("it is no JSON")
			}
			return nil
		}})
		spec.Job.Sink = func() checkpoint.Sink { return checkpoint.Idempotent{Prefix: sinkPrefix} }
		spec.Gauges = []scenarios.Gauge{jobRestarts, readLag(), storedTotal(sinkCount, sinkPrefix), storedTotal("dead letters", sinkPrefix+sources.DeadLetterKey)}
		return spec
	}
	fails, skips, letters := job(sources.Fails), job(sources.Skips), job(sources.DeadLetters)
	fails.Script = func(p *scenarios.Planner) { startJob(p, time.Second) }
	skips.Script = func(p *scenarios.Planner) {
		startJob(p, time.Second)
		failJob(p, 4*time.Second, 16*time.Second)
	}
	letters.Script = skips.Script
	// Nothing in the history tells a record that is skipped from one that is lost.
	skips.Promise = scenarios.Promise{}.Forbidding("settles", scenarios.NotSettled).Forbidding("no duplicates in state", model.DuplicateInState).
		Forbidding("only the bad record is left out", PoisonSpreads)
	skips.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
		return poisonSpread(o, 79, 0, o.Report.Summary.Job.LostFromState == 1)
	}
	letters.Promise = letters.Promise.Forbidding("the bad record is kept aside", PoisonSpreads)
	letters.Assert = func(o *scenarios.Outcome) []scenarios.Finding { return poisonSpread(o, 80, 1, true) }
	return []*scenarios.Scenario{
		{Name: "E26", Refs: []string{"E26"}, Title: "a record that is no JSON makes the task fail, and again after each restart", Expect: scenarios.Fail,
			Anomaly: scenarios.NotSettled, Seeds: 3, Spec: fails,
			Claims: []scenarios.Claim{{Ref: "E26", Text: "a job that fails is restarted, and goes on", Expect: scenarios.Refuted, Judge: judgePoison}}},
		{Name: "E26-skip", Refs: []string{"E26"}, Title: "a source that skips it leaves out that record alone", Expect: scenarios.Hold, Seeds: 10, Spec: skips,
			Sometimes: []scenarios.Sometimes{restartedJob(10)}},
		{Name: "E26-dead-letter", Refs: []string{"E26"}, Title: "a source that sends it to a dead-letter key keeps all", Expect: scenarios.Hold, Seeds: 10, Spec: letters,
			Sometimes: []scenarios.Sometimes{restartedJob(10)}},
	}
}

// poisonSpread compares what the sink has with what it must.
func poisonSpread(o *scenarios.Outcome, counted, letters int64, right bool) []scenarios.Finding {
	got, kept := o.Number(sinkCount)[0], o.Number("dead letters")[0]
	if !o.Settled || right && got == counted && kept == letters {
		return nil
	}
	return []scenarios.Finding{{Name: PoisonSpreads, Text: fmt.Sprintf("the sink has counted %d records, %d of them dead letters; must be %d and %d; %d are in no state",
		got, kept, counted, letters, o.Report.Summary.Job.LostFromState)}}
}

func judgePoison(r *scenarios.Result) (scenarios.Ruling, string) {
	restarts, lag := r.Measure("restarts"), r.Measure("lag at the end")
	text := fmt.Sprintf("the record is still there after the restart: %v restarts in each run, and %v behind at the end", restarts, lag)
	if r.Anomalies[scenarios.NotSettled] == r.Seeds && restarts.Min >= 3 && lag.Min > 0 {
		return scenarios.Refuted, text
	}
	return scenarios.Confirmed, text
}

// readLag is how many records sources have yet to read at the end.
func readLag() scenarios.Gauge {
	return scenarios.Gauge{Name: "lag at the end", Unit: "records", New: func(*scenarios.Trial) scenarios.Meter {
		return &lagging{ends: map[scenarios.Partition]int64{}, read: map[scenarios.Partition]int64{}}
	}}
}

type lagging struct{ ends, read map[scenarios.Partition]int64 }

// Observe implements scenarios.Meter.
func (m *lagging) Observe(e *model.Event) {
	switch e.Kind {
	case model.Produced:
		m.ends[e.TopicPartition] = max(m.ends[e.TopicPartition], e.To)
	case model.SourcePolled:
		m.read[e.TopicPartition] = max(m.read[e.TopicPartition], e.To)
	}
}

// Read implements scenarios.Meter.
func (m *lagging) Read(*scenarios.Outcome) []int64 {
	lag := int64(0)
	for p, end := range m.ends {
		lag += end - m.read[p]
	}
	return []int64{lag}
}
