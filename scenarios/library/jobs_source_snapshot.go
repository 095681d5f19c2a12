package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// What a source stores (A06, A07).

const (
	snapshotsMidBatch = "positions stored in the middle of a batch"
	storedApart       = "position stored less the next record's offset"
	duplicatesInState = "duplicates in state"
	betweenSnapshots  = "records between the last two checkpoints"
)

// midBatchSpec is a job whose records come forty at a time, of which its source
// gives three at a time: most barriers come between two of one batch.
func midBatchSpec(v sources.Variant) scenarios.Spec {
	spec := sourceSpec(sources.With(sources.Options{Batch: 3, Prefetch: 40, Variant: v}))
	spec.Load = scenarios.Load{Count: 400, Pattern: "customer-%d", Keys: 12, PerTick: 40, Every: 4 * time.Second}
	spec.Job.Interval = 4 * time.Second
	spec.Job.Pace = scenarios.Pace{Batch: 150 * time.Millisecond}
	spec.Gauges = storedGauges()
	spec.Script = func(p *scenarios.Planner) {
		startSources(p)
		at := 12*time.Second + p.Draw("crash", 0, 20*time.Second)
		p.At(at, sim.Crash, "tm1")
		p.At(at+taskBack, sim.Start, "tm1")
	}
	return spec
}

// snapshotPositions is A06, and what comes of storing another offset.
func snapshotPositions() []*scenarios.Scenario {
	wrong := func(row string, v sources.Variant, anomaly string) scenarios.Case {
		return scenarios.Case{Row: row, Spec: midBatchSpec(v), Runs: 2, Expect: scenarios.Fail, Anomaly: anomaly}
	}
	const right = "the next record's"
	return []*scenarios.Scenario{{Name: "A06", Refs: []string{"A06"}, Title: "a snapshot in the middle of a batch: which offset is stored of each partition",
		Cases: []scenarios.Case{{Row: right, Spec: midBatchSpec(sources.Right), Runs: 6},
			wrong("the last record's", sources.StoresLast, model.DuplicateInState),
			wrong("the consumer's position", sources.StoresPosition, model.LostFromState)},
		Sometimes: []scenarios.Sometimes{{Name: "a snapshot in the middle of a batch", After: 5,
			Seen: func(o *scenarios.Outcome) bool { return total(o, snapshotsMidBatch) > 0 }}},
		Claims: []scenarios.Claim{{Ref: "A06", Text: "SnapshotState stores the current offset of every assigned partition", Expect: scenarios.Confirmed, After: 5,
			Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
				apart, mid := r.Case(right, "").Measure(storedApart), r.Case(right, "").Measure(snapshotsMidBatch)
				text := fmt.Sprintf("%d positions stored, %d of them between two records of a batch, each that of the next record", apart.N, mid.Sum)
				if apart.N == 0 || apart.Min != 0 || apart.Max != 0 {
					return scenarios.Refuted, fmt.Sprintf("%d positions stored, from %d to %d beside the next record's", apart.N, apart.Min, apart.Max)
				}
				return scenarios.Confirmed, text
			}}}}}
}

// committedInState is A07: a snapshot of the committed offsets, which are those
// of the checkpoint before, beside an operator's state that is newer.
func committedInState() []*scenarios.Scenario {
	spec := func(v sources.Variant) scenarios.Spec {
		s := sourceSpec(sources.With(sources.Options{Variant: v}))
		s.Gauges = append(storedGauges(), scenarios.Reading(duplicatesInState, "records",
			func(o *scenarios.Outcome) []int64 { return []int64{o.Report.Summary.Job.DuplicatesInState} }))
		s.Script = func(p *scenarios.Planner) {
			startSources(p)
			second := first(func(e *model.Event) bool { return e.Kind == model.CheckpointCompleted && e.Op == 2 })
			after := time.Second + p.Draw("crash", 0, 6*time.Second)
			p.When(second, sim.Crash, "tm1").After(after)
			p.When(second, sim.Start, "tm1").After(after + taskBack)
		}
		return s
	}
	wrong := &scenarios.Scenario{Name: "A07", Refs: []string{"A07"}, Expect: scenarios.Fail, Anomaly: model.DuplicateInState,
		Title: "wrong: a snapshot stores the group's committed offsets; a crash after the second checkpoint", Spec: spec(sources.StoresCommitted), Seeds: 5,
		Claims: []scenarios.Claim{{Ref: "A07", Text: "SnapshotState may store getCommittedOffset", Expect: scenarios.Refuted, After: 5,
			Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
				twice, between := r.Measure(duplicatesInState), r.Measure(betweenSnapshots)
				text := fmt.Sprintf("after a crash, in %d runs, %d records are in the state twice, and %d were read between the first checkpoint and the second",
					r.Seeds, twice.Sum, between.Sum)
				if twice.Sum == 0 {
					return scenarios.Confirmed, text
				}
				if twice.Sum != between.Sum {
					return scenarios.Qualified, text
				}
				return scenarios.Refuted, text
			}}}}
	right := &scenarios.Scenario{Name: "A07-right", Refs: []string{"A07"}, Title: "right: a snapshot stores the current offsets; the same crash",
		Cases: []scenarios.Case{{Row: "current offsets", Spec: spec(sources.Right), Runs: 5}},
		Sometimes: []scenarios.Sometimes{{Name: "records were read again", After: 5,
			Seen: func(o *scenarios.Outcome) bool { return o.Report.Summary.Job.Replayed > 0 }}}}
	return []*scenarios.Scenario{wrong, right}
}

// storedGauges compare what sources store with what they have emitted.
func storedGauges() []scenarios.Gauge {
	gauge := func(name, unit string, read func(*storedMeter) []int64) scenarios.Gauge {
		return scenarios.Gauge{Name: name, Unit: unit, New: func(*scenarios.Trial) scenarios.Meter {
			return &storedMeter{read: read, parts: map[scenarios.Partition]*storedPart{}, taken: map[string]int64{}}
		}}
	}
	return []scenarios.Gauge{
		gauge(storedApart, "records", func(m *storedMeter) []int64 { return m.apart }),
		gauge(snapshotsMidBatch, "", func(m *storedMeter) []int64 { return []int64{m.mid} }),
		gauge(betweenSnapshots, "records", func(m *storedMeter) []int64 { return []int64{m.between} }),
	}
}

// storedMeter follows how far each partition was given and emitted.
type storedMeter struct {
	read    func(*storedMeter) []int64
	parts   map[scenarios.Partition]*storedPart
	taken   map[string]int64 // by source: its last checkpoint
	apart   []int64
	mid     int64
	between int64 // emitted between the first snapshot and the second
}

// storedPart are next offsets: of what the consumer gave, and of what was
// emitted.
type storedPart struct{ given, emitted int64 }

// Observe implements scenarios.Meter.
func (m *storedMeter) Observe(e *model.Event) {
	switch e.Kind {
	case model.JobRestored:
		clear(m.parts)
	case model.Polled:
		m.part(e.TopicPartition).given = e.To
	case model.Emitted:
		m.part(e.TopicPartition).emitted = e.To
		if m.taken[e.Member] == 1 {
			m.between += e.To - e.From
		}
	case model.SnapshotTaken:
		if len(e.Partitions) > 0 {
			m.taken[e.Member] = max(m.taken[e.Member], e.Op)
		}
		for _, p := range e.Partitions {
			at := m.part(p.TopicPartition)
			if at.emitted < 0 {
				continue // nothing since the restore
			}
			m.apart = append(m.apart, p.Offset-at.emitted)
			if at.given > at.emitted {
				m.mid++
			}
		}
	}
}

func (m *storedMeter) part(p scenarios.Partition) *storedPart {
	if m.parts[p] == nil {
		m.parts[p] = &storedPart{-1, -1}
	}
	return m.parts[p]
}

// Read implements scenarios.Meter.
func (m *storedMeter) Read(*scenarios.Outcome) []int64 { return m.read(m) }
