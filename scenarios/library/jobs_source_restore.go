package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// Where a job reads on (A01, A09). Somebody else changes the offsets in the
// job's group between its last checkpoint and a crash: another member of the
// group, which commits what it likes, or an administrator who deletes them.

// NothingShown: a run has not come to what its scenario is about.
const NothingShown = "nothing-shown"

const (
	beginsApart = "first record read less the checkpoint's position"
	groupAhead  = "the group's offset ahead of the checkpoint's"
	groupBehind = "the group's offset behind the checkpoint's"
	groupNone   = "partitions without an offset in the group"
)

// other is what becomes of the group's offsets.
type other struct {
	name    string
	gauge   string // that must show it
	handler handlers.Kind
	plan    func(*scenarios.Planner)
}

const (
	intruderComes = 22 * time.Second // after the job's second checkpoint
	taskBack      = 5 * time.Second
)

// others are the three cases of A01.
func others() []other {
	comes := func(p *scenarios.Planner) {
		p.At(intruderComes+p.Draw("intruder", 0, 3*time.Second), sim.Start, "m3")
		p.When(intruded, sim.Crash, "tm1")
		p.When(intruded, sim.Start, "tm1").After(taskBack)
		p.Retire(38*time.Second, "m3")
	}
	return []other{
		{"ahead", groupAhead, handlers.CommitThenProcess, comes},
		{"behind", groupBehind, commitsZero, comes},
		{"deleted", groupNone, nil, func(p *scenarios.Planner) {
			at := intruderComes + p.Draw("deleted", 0, 3*time.Second)
			p.DeleteOffsets(at, p.Spec().Group.Name, "orders")
			p.At(at+100*time.Millisecond, sim.Crash, "tm1")
			p.At(at+taskBack, sim.Start, "tm1")
		}},
	}
}

// intruded is true when the group's other member has committed for as many
// polls as there are partitions.
func intruded() func(*model.Event) bool {
	n := 0
	return func(e *model.Event) bool {
		if e.Kind == model.CommitDone && e.Client == "m3" && e.Error == "" {
			n++
		}
		return n == 4
	}
}

// commitsZero processes what it reads, and commits the beginning.
func commitsZero(env scenarios.Env) scenarios.Handler {
	return handlers.Func(func(records []scenarios.Record) {
		emitAll(env, records)
		offsets := scenarios.Next(records...)
		for i := range offsets {
			offsets[i].At = 0
		}
		env.CommitOffsets(offsets...)
	})
}

func emitAll(env scenarios.Env, records []scenarios.Record) {
	for _, r := range records {
		env.Emit(r)
	}
}

// spec is the job with the others around it.
func (x *other) spec(of source) scenarios.Spec {
	spec := sourceSpec(of)
	spec.Faulty, spec.Load.Count = 40*time.Second, 80
	// Where there is no checkpoint the group's offsets count.
	spec.Job.Start = checkpoint.Start{From: checkpoint.Committed, Reset: client.Earliest}
	if x.handler != nil {
		spec.Beside = []scenarios.Crowd{{Group: spec.Group, Members: 1, Handler: x.handler}}
	}
	spec.Gauges = restoreGauges()
	spec.Promise = spec.Promise.Forbidding("the group's offsets were elsewhere", NothingShown)
	spec.Script = func(p *scenarios.Planner) {
		startSources(p)
		x.plan(p)
	}
	spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
		if total(o, x.gauge) > 0 {
			return nil
		}
		return []scenarios.Finding{{Name: NothingShown, Text: "at the restore the group's offsets were not " + x.name}}
	}
	return spec
}

// restorePositions is A01.
func restorePositions() []*scenarios.Scenario {
	s := &scenarios.Scenario{Name: "A01", Refs: []string{"A01", "C13"},
		Title: "a restored source reads on at the checkpoint's offsets: the group's are ahead, behind, or deleted",
		Claims: []scenarios.Claim{{Ref: "A01", Text: "the source restores from the checkpoint's state, not from the broker's committed offsets",
			Expect: scenarios.Confirmed, Judge: judgeRestore}}}
	for _, x := range others() {
		s.Cases = append(s.Cases,
			scenarios.Case{Row: x.name, Column: "right", Spec: x.spec(sources.Kafka), Runs: 5},
			scenarios.Case{Row: x.name, Column: "reads on at the group's", Expect: scenarios.Fail, Anomaly: model.PositionNotRestored,
				Spec: x.spec(sources.With(sources.Options{Variant: sources.IgnoresCheckpoint})), Runs: 5})
	}
	return []*scenarios.Scenario{s}
}

func judgeRestore(r *scenarios.Result) (scenarios.Ruling, string) {
	apart, ahead, behind, none := r.Case("ahead", "right").Measure(beginsApart), r.Case("ahead", "right").Measure(groupAhead),
		r.Case("behind", "right").Measure(groupBehind), r.Case("deleted", "right").Measure(groupNone)
	n, off := 0, false
	for _, x := range others() {
		m := r.Case(x.name, "right").Measure(beginsApart)
		n += m.N
		off = off || m.Min != 0 || m.Max != 0
	}
	if n == 0 || apart.N == 0 {
		return scenarios.Open, ""
	}
	text := fmt.Sprintf("%d restored partitions all begin at the checkpoint's offset, with the group's up to %d ahead, up to %d behind, or none (%d partitions)",
		n, ahead.Max, behind.Max, none.Sum)
	if off {
		return scenarios.Refuted, text
	}
	return scenarios.Confirmed, text
}

// restoreRaces is A09: "InitializeAsync(topics)", which subscribes, comes before
// "RestoreOffsetsAsync(state)", and a poll comes between.
func restoreRaces() []*scenarios.Scenario {
	wrong := sources.With(sources.Options{Variant: sources.ReadsBeforeRestore})
	behind, ahead := others()[1], others()[0]
	twins := &scenarios.Scenario{Name: "A09-twins", Refs: []string{"A09"},
		Title: "a source goes to the checkpoint's offsets before its first fetch; or after it, with the group's offsets ahead",
		Cases: []scenarios.Case{{Row: "before the first fetch", Column: "ahead", Spec: ahead.spec(sources.Kafka), Runs: 3},
			{Row: "before the first fetch", Column: "behind", Spec: behind.spec(sources.Kafka), Runs: 3},
			{Row: "after it", Column: "ahead", Spec: ahead.spec(wrong), Runs: 3, Expect: scenarios.Fail, Anomaly: model.DuplicateInState}},
		Claims: []scenarios.Claim{{Ref: "A09", Text: "InitializeAsync(topics), then RestoreOffsetsAsync(state)", Expect: scenarios.Refuted, Judge: judgeRace}}}
	return []*scenarios.Scenario{twins, {Name: "A09", Refs: []string{"A09"}, Expect: scenarios.Fail, Anomaly: model.DuplicateInState, Seeds: 5,
		Title: "wrong: polls before it has gone to the checkpoint's offsets, and the group's are behind", Spec: behind.spec(wrong)}}
}

func judgeRace(r *scenarios.Result) (scenarios.Ruling, string) {
	before, after := r.Case("before the first fetch", "behind").Measure(beginsApart), r.Case("after it", "ahead")
	apart := after.Measure(beginsApart)
	text := fmt.Sprintf("with a poll between the two the first records are up to %d beside the checkpoint's offsets, and %d of %d runs have records twice in their state; restored before the first fetch, all %d partitions begin at the checkpoint's",
		apart.Max, after.Anomalies[model.DuplicateInState], after.Runs, before.N)
	switch {
	case apart.N == 0 || before.N == 0:
		return scenarios.Open, ""
	case apart.Max > 0 && before.Min == 0 && before.Max == 0:
		return scenarios.Refuted, text
	}
	return scenarios.Confirmed, text
}

// restoreGauges compare, after each restore, where the sources begin and where
// the group is with what the checkpoint holds.
func restoreGauges() []scenarios.Gauge {
	gauge := func(name, unit string, read func(*restoreMeter) []int64) scenarios.Gauge {
		return scenarios.Gauge{Name: name, Unit: unit, New: func(t *scenarios.Trial) scenarios.Meter {
			return &restoreMeter{group: t.Spec.Group.Name, read: read, stored: map[int64]map[scenarios.Partition]int64{},
				committed: map[scenarios.Partition]int64{}, open: map[commitKey][]model.PartitionOffset{}, want: map[scenarios.Partition]int64{}}
		}}
	}
	return []scenarios.Gauge{
		gauge(beginsApart, "records", func(m *restoreMeter) []int64 { return m.apart }),
		gauge(groupAhead, "records", func(m *restoreMeter) []int64 { return m.ahead }),
		gauge(groupBehind, "records", func(m *restoreMeter) []int64 { return m.behind }),
		gauge(groupNone, "", func(m *restoreMeter) []int64 { return []int64{m.none} }),
	}
}

type commitKey struct {
	client string
	op     int64
}

// restoreMeter follows the group's offsets and the checkpoints' positions.
type restoreMeter struct {
	group     string
	read      func(*restoreMeter) []int64
	stored    map[int64]map[scenarios.Partition]int64 // by checkpoint
	committed map[scenarios.Partition]int64           // by the group
	open      map[commitKey][]model.PartitionOffset
	want      map[scenarios.Partition]int64 // restored, and not read yet

	apart, ahead, behind []int64
	none                 int64
}

// Observe implements scenarios.Meter.
func (m *restoreMeter) Observe(e *model.Event) {
	switch e.Kind {
	case model.SnapshotTaken:
		for _, p := range e.Partitions {
			if m.stored[e.Op] == nil {
				m.stored[e.Op] = map[scenarios.Partition]int64{}
			}
			m.stored[e.Op][p.TopicPartition] = p.Offset
		}
	case model.Commit:
		m.open[commitKey{e.Client, e.Op}] = append([]model.PartitionOffset(nil), e.Partitions...)
	case model.CommitDone:
		if e.Error == "" {
			for _, p := range m.open[commitKey{e.Client, e.Op}] {
				m.committed[p.TopicPartition] = p.Offset
			}
		}
	case model.OffsetsDeleted, model.GroupDeleted:
		clear(m.committed)
	case model.JobRestored:
		m.restored(e.Op)
	case model.Polled:
		if at, ok := m.want[e.TopicPartition]; ok && ofTask(e) {
			m.apart = append(m.apart, e.From-at)
			delete(m.want, e.TopicPartition)
		}
	}
}

func (m *restoreMeter) restored(id int64) {
	clear(m.want)
	for i := range int32(4) {
		p := scenarios.Partition{Topic: "orders", Partition: i}
		at, ok := m.stored[id][p]
		if !ok {
			continue
		}
		m.want[p] = at
		switch of, ok := m.committed[p]; {
		case !ok:
			m.none++
		case of > at:
			m.ahead = append(m.ahead, of-at)
		case of < at:
			m.behind = append(m.behind, at-of)
		}
	}
}

// Read implements scenarios.Meter.
func (m *restoreMeter) Read(*scenarios.Outcome) []int64 { return m.read(m) }
