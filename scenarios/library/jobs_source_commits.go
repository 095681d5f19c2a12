package library

import (
	"fmt"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
)

// What a source commits, and when (A02, A03, A10, A11).

// WrongCommits: a job has committed for other checkpoints than it must.
const WrongCommits = "wrong-commits"

const (
	committedIDs = "checkpoints committed"
	toldLate     = "records between a checkpoint and its notification"
)

// commitsWithoutCheckpoints is A02.
func commitsWithoutCheckpoints() []*scenarios.Scenario {
	spec := func(v sources.Variant) scenarios.Spec {
		s := sourceSpec(sources.With(sources.Options{Variant: v}))
		s.Job.Interval = 0
		s.Gauges = commitGauges()
		return s
	}
	return []*scenarios.Scenario{
		{Name: "A02", Refs: []string{"A02"}, Title: "enable.auto.commit=false: a minute without a checkpoint is one without a commit",
			Cases: []scenarios.Case{{Row: "right", Spec: spec(sources.Right), Runs: 4},
				{Row: "commits every five seconds", Spec: spec(sources.AutoCommits), Runs: 2, Expect: scenarios.Fail, Anomaly: model.CommitWithoutCheckpoint}},
			Claims: []scenarios.Claim{{Ref: "A02", Text: "auto-commit is disabled; offsets are committed with checkpoints alone", Expect: scenarios.Confirmed,
				Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
					right, auto := r.Case("right", ""), r.Case("commits every five seconds", "")
					none := right.Measure(taskCommits)
					text := fmt.Sprintf("%v OffsetCommit requests in %d runs of a minute without a checkpoint; with auto-commit %v in each",
						none, right.Runs, auto.Measure(taskCommits))
					if none.N == 0 || none.Max > 0 {
						return scenarios.Refuted, text
					}
					return scenarios.Confirmed, text
				}}}},
	}
}

// commitsOfCompleted is A03: the third of five checkpoints is aborted.
func commitsOfCompleted() []*scenarios.Scenario {
	spec := func(v sources.Variant) scenarios.Spec {
		s := sourceSpec(sources.With(sources.Options{Variant: v}))
		s.Gauges = append(commitGauges(), committedGauge())
		s.Promise = s.Promise.Forbidding("commits for all completed checkpoints", WrongCommits)
		s.Script = func(p *scenarios.Planner) {
			startSources(p)
			p.FailCheckpoint(time.Second, 3)
		}
		s.Assert = func(o *scenarios.Outcome) []scenarios.Finding { return committedFor(o, 1, 2, 4, 5) }
		return s
	}
	return []*scenarios.Scenario{
		{Name: "A03", Refs: []string{"A03", "C13"}, Expect: scenarios.Hold, Seeds: 5, Spec: spec(sources.Right),
			Title: "commits follow completed checkpoints: of five the third is aborted",
			Claims: []scenarios.Claim{{Ref: "A03", Text: "offsets are committed only when a checkpoint has completed", Expect: scenarios.Confirmed,
				Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
					n := r.Measure(taskCommits)
					text := fmt.Sprintf("%d commits in %d runs, for the checkpoints 1, 2, 4 and 5 and those after them; what the aborted third one held is in the fourth's", n.Sum, r.Seeds)
					if r.Anomalies[model.CommitOfAbortedCheckpoint]+r.Anomalies[model.CommitWithoutCheckpoint]+r.Anomalies[WrongCommits] > 0 || n.Sum == 0 {
						return scenarios.Refuted, text
					}
					return scenarios.Confirmed, text
				}}},
			Sometimes: []scenarios.Sometimes{{Name: "a checkpoint was aborted", After: 1, Seen: func(o *scenarios.Outcome) bool { return o.Report.Summary.Job.Aborted > 0 }}}},
		{Name: "A03-at-snapshot", Refs: []string{"A03"}, Title: "wrong: commits what it has stored before the checkpoint is complete",
			Expect: scenarios.Fail, Anomaly: model.CommitWithoutCheckpoint, Seeds: 3, Spec: spec(sources.CommitsAtSnapshot)},
		{Name: "A03-aborted", Refs: []string{"A03"}, Title: "wrong: commits what an aborted checkpoint held", Cases: []scenarios.Case{
			{Row: "commits aborted ones", Spec: spec(sources.CommitsAborted), Runs: 3, Expect: scenarios.Fail, Anomaly: model.CommitOfAbortedCheckpoint}}},
	}
}

// committedFor checks for which of the first checkpoints both sources have
// committed, and that no commit has gone back. In a run that was shrunk no
// checkpoint may have been aborted.
func committedFor(o *scenarios.Outcome, want ...int64) []scenarios.Finding {
	got := o.Number(committedIDs)
	if o.Report.Summary.Job.Aborted == 0 || slices.Equal(got, want) {
		return nil
	}
	return []scenarios.Finding{{Name: WrongCommits, Text: fmt.Sprintf("both sources have committed for the checkpoints %v of the first five, must be %v", got, want)}}
}

// committedGauge is of which of the first five checkpoints all sources have
// committed just what they stored, at or above what they stored before.
func committedGauge() scenarios.Gauge {
	return scenarios.Gauge{Name: committedIDs, New: func(*scenarios.Trial) scenarios.Meter {
		return &committedMeter{stored: map[int64]map[string][]model.PartitionOffset{}, done: map[int64]map[string]bool{}}
	}}
}

type committedMeter struct {
	stored map[int64]map[string][]model.PartitionOffset // by checkpoint and client
	done   map[int64]map[string]bool                    // by checkpoint: who has committed it
}

// Observe implements scenarios.Meter.
func (m *committedMeter) Observe(e *model.Event) {
	switch {
	case e.Kind == model.SnapshotTaken && len(e.Partitions) > 0:
		if m.stored[e.Op] == nil {
			m.stored[e.Op] = map[string][]model.PartitionOffset{}
		}
		m.stored[e.Op][e.Client] = slices.Clone(e.Partitions)
	case e.Kind == model.Commit:
		for id := int64(1); id <= 5; id++ {
			if !slices.Equal(m.stored[id][e.Client], e.Partitions) || m.done[id][e.Client] || !m.above(id, e) {
				continue
			}
			if m.done[id] == nil {
				m.done[id] = map[string]bool{}
			}
			m.done[id][e.Client] = true
			return
		}
	}
}

// above tells whether a commit is at or above what its client has stored in
// all checkpoints before.
func (m *committedMeter) above(id int64, e *model.Event) bool {
	for before := range id {
		for i, p := range m.stored[before][e.Client] {
			if i < len(e.Partitions) && e.Partitions[i].Offset < p.Offset {
				return false
			}
		}
	}
	return true
}

// Read implements scenarios.Meter.
func (m *committedMeter) Read(*scenarios.Outcome) (ids []int64) {
	for id := int64(1); id <= 5; id++ {
		if n := len(m.done[id]); n > 0 && n == len(m.stored[id]) {
			ids = append(ids, id)
		}
	}
	return ids
}

// lateNotifications is A10: sources hear of a checkpoint's completion when they
// have read on.
func lateNotifications() []*scenarios.Scenario {
	spec := func(v sources.Variant) scenarios.Spec {
		s := sourceSpec(sources.With(sources.Options{Variant: v}))
		s.Faulty, s.Load.Count = 35*time.Second, 60
		s.Gauges = []scenarios.Gauge{{Name: toldLate, Unit: "records", New: func(*scenarios.Trial) scenarios.Meter {
			return &lateMeter{stored: map[string]map[int64]int64{}, emitted: map[string]int64{}}
		}}}
		s.Script = func(p *scenarios.Planner) {
			startSources(p)
			p.JobManager(time.Second, fmt.Sprintf("late-complete 10 %v", time.Second+p.Draw("late-by", 0, 6*time.Second)))
		}
		return s
	}
	return []*scenarios.Scenario{
		{Name: "A10-position", Refs: []string{"A10"}, Expect: scenarios.Fail, Anomaly: model.CommitWithoutCheckpoint, Seeds: 5, Spec: spec(sources.CommitsPosition),
			Title: "wrong: commits where it is when it hears of a checkpoint"},
		{Name: "A10", Refs: []string{"A10"}, Expect: scenarios.Hold, Seeds: 5, Spec: spec(sources.Right),
			Title: "a source that hears late of a checkpoint commits what that one holds, not where it is",
			Sometimes: []scenarios.Sometimes{{Name: "the source had read on", After: 5,
				Seen: func(o *scenarios.Outcome) bool { return total(o, toldLate) > 0 }}},
			Claims: []scenarios.Claim{{Ref: "A10", Text: "CommitCheckpointOffsetsAsync(id) commits the offsets of that checkpoint", Expect: scenarios.Confirmed, After: 5,
				Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
					late := r.Measure(toldLate)
					text := fmt.Sprintf("with %d notifications that come up to %d records after the snapshot, every commit is of what the checkpoint stored", late.N, late.Max)
					if r.Anomalies[model.CommitWithoutCheckpoint] > 0 || late.Max == 0 {
						return scenarios.Refuted, text
					}
					return scenarios.Confirmed, text
				}}}},
	}
}

// lateMeter counts what sources emit between a snapshot and their hearing of
// its completion.
type lateMeter struct {
	stored  map[string]map[int64]int64 // by source and checkpoint: what it had emitted
	emitted map[string]int64
	out     []int64
}

// Observe implements scenarios.Meter.
func (m *lateMeter) Observe(e *model.Event) {
	switch {
	case e.Kind == model.Emitted:
		m.emitted[e.Member] += e.To - e.From
	case e.Kind == model.SnapshotTaken && len(e.Partitions) > 0:
		if m.stored[e.Member] == nil {
			m.stored[e.Member] = map[int64]int64{}
		}
		m.stored[e.Member][e.Op] = m.emitted[e.Member]
	case e.Kind == model.Notified && e.Cause == model.CauseCompleted:
		if at, ok := m.stored[e.Member][e.Op]; ok {
			m.out = append(m.out, m.emitted[e.Member]-at)
		}
	}
}

// Read implements scenarios.Meter.
func (m *lateMeter) Read(*scenarios.Outcome) []int64 { return m.out }

// overlapping are the ways in which A11 mixes up checkpoints: several may be
// under way at a time.
var overlapping = []struct {
	name string
	plan func(*scenarios.Planner)
}{
	{"told of the second first", func(p *scenarios.Planner) { p.JobManager(time.Second, "late-complete 1 7s") }},
	{"never told of the first", func(p *scenarios.Planner) { p.JobManager(time.Second, "lose-complete 1") }},
	{"the second completes first", func(p *scenarios.Planner) {
		p.CommandWhen(first(func(e *model.Event) bool { return e.Kind == model.CheckpointTriggered && e.Op == 1 }), "slow-writes 8s 1", "fs")
	}},
}

// overlappingCheckpoints is A11.
func overlappingCheckpoints() []*scenarios.Scenario {
	spec := func(v sources.Variant, plan func(*scenarios.Planner)) scenarios.Spec {
		s := sourceSpec(sources.With(sources.Options{Variant: v}))
		s.Job.Interval, s.Job.MaxConcurrent = 5*time.Second, 3
		s.Faulty = 30 * time.Second
		s.Load.Count = 100
		s.Promise = s.Promise.MonotoneCommits()
		s.Script = func(p *scenarios.Planner) {
			startSources(p)
			plan(p)
		}
		return s
	}
	right := &scenarios.Scenario{Name: "A11", Refs: []string{"A11", "C13"},
		Title: "three checkpoints overlap, and sources hear of them out of order or not at all: no commit goes back"}
	for _, x := range overlapping {
		right.Cases = append(right.Cases, scenarios.Case{Row: x.name, Column: "right", Spec: spec(sources.Right, x.plan), Runs: 3})
	}
	right.Cases = append(right.Cases, scenarios.Case{Row: overlapping[0].name, Column: "commits what every notification names", Runs: 2,
		Expect: scenarios.Fail, Anomaly: model.CommitBehindSubsumed, Spec: spec(sources.CommitsOutOfOrder, overlapping[0].plan)})
	return []*scenarios.Scenario{right}
}
