package model

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// refRegister draws a history of one register: operations take effect one by
// one, each at a moment inside its interval, under a coordinator that fences.
type refRegister struct {
	t          *rapid.T
	events     []Event
	offset     int64
	generation int32
	open       []refOp
	ghosts     []refOp // commits that timed out and are still on their way
	nextOp     int64
}

type refOp struct {
	Event
	applied bool
	ret     Event
}

func (r *refRegister) emit(e Event) {
	e.Client, e.Group = "m"+itoa(int64(e.Generation)), "g"
	r.events = append(r.events, e)
}

func (r *refRegister) call() {
	r.nextOp++
	e := Event{Kind: Commit, Op: r.nextOp, Generation: rapid.Int32Range(1, 4).Draw(r.t, "generation")}
	p := PartitionOffset{tp(1), rapid.Int64Range(0, 5).Draw(r.t, "offset")}
	if rapid.Bool().Draw(r.t, "fetch") {
		e.Kind, p.Offset = FetchOffsets, 0
	}
	e.Partitions = []PartitionOffset{p}
	r.emit(e)
	r.open = append(r.open, refOp{Event: e})
}

// effect is the moment at which an operation happens.
func (r *refRegister) effect(op *refOp) {
	op.applied = true
	ret := op.Event
	ret.Kind, ret.Partitions = CommitDone, nil
	switch {
	case op.Kind == FetchOffsets:
		ret.Kind, ret.Partitions = OffsetsTold, []PartitionOffset{{tp(1), r.offset}}
		r.generation = max(r.generation, op.Generation)
	case op.Generation < r.generation:
		ret.Error = "ILLEGAL_GENERATION"
	default:
		r.offset, r.generation = op.Partitions[0].Offset, op.Generation
	}
	op.ret = ret
}

func (r *refRegister) step() {
	switch act := rapid.IntRange(0, 9).Draw(r.t, "act"); {
	case len(r.open) == 0 || act < 3 && len(r.open) < 5:
		r.call()
	case act == 3 && len(r.ghosts) > 0:
		r.effect(&r.ghosts[0])
		r.ghosts = r.ghosts[1:]
	default:
		i := rapid.IntRange(0, len(r.open)-1).Draw(r.t, "which")
		op := &r.open[i]
		switch {
		case !op.applied && act < 9:
			r.effect(op)
			return
		case !op.applied || act == 9 && op.Kind == Commit:
			op.ret = op.Event // it times out, whether it happened or not
			op.ret.Kind, op.ret.Partitions, op.ret.Error = CommitDone, nil, "REQUEST_TIMED_OUT"
			if op.Kind == FetchOffsets {
				op.ret.Kind = OffsetsTold
			} else if !op.applied {
				r.ghosts = append(r.ghosts, *op)
			}
		}
		r.emit(op.ret)
		r.open = slices.Delete(r.open, i, i+1)
	}
}

func drawRegister(t *rapid.T) []Event {
	r := &refRegister{t: t, offset: -1}
	for range rapid.IntRange(1, 200).Draw(t, "steps") {
		r.step()
	}
	return r.events
}

// checkOffsets runs the monitor alone.
func checkOffsets(events []Event, o Offsets) ([]Anomaly, []NotChecked) {
	var found []Anomaly
	m := &o
	for i := range events {
		m.Observe(i, &events[i], func(a Anomaly) { found = append(found, a) })
	}
	m.Finish(func(a Anomaly) { found = append(found, a) })
	return found, m.unchecked()
}

func testOffsets() Offsets { return Offsets{Fresh: true, MaxOps: 512, MaxSteps: 200_000} }

func TestSequentialHistoriesAreLinearizable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := drawRegister(t)
		if found, _ := checkOffsets(events, testOffsets()); len(found) > 0 {
			t.Fatalf("%s\n%s", found[0].Text, traceOf(events))
		}
	})
}

// TestFlippedResultIsFound: a fetch that is told an offset which nobody ever
// committed has no place in any order, whatever is unknown around it.
func TestFlippedResultIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := drawRegister(t)
		var told []int
		for i, e := range events {
			if e.Kind == OffsetsTold && e.Error == "" {
				told = append(told, i)
			}
		}
		if len(told) == 0 {
			t.Skip()
		}
		i := rapid.SampledFrom(told).Draw(t, "flipped")
		events[i].Partitions = []PartitionOffset{{tp(1), 77}}
		found, left := checkOffsets(events, testOffsets())
		if len(left) > 0 {
			t.Skip()
		}
		if len(found) == 0 || found[0].Event > i {
			t.Fatalf("not found by event %d: %v\n%s", i, found, traceOf(events))
		}
	})
}

// TestAcceptedZombieIsFound: a commit with an earlier generation than one that
// had returned before it was called cannot have succeeded.
func TestAcceptedZombieIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := drawRegister(t)
		zombie := func(kind Kind, err string, op int64, g int32, offset int64) Event {
			return Event{Kind: kind, Client: "z", Group: "g", Op: op, Generation: g, Error: err, Partitions: []PartitionOffset{{tp(1), offset}}}
		}
		at := rapid.IntRange(0, len(events)).Draw(t, "at")
		events = slices.Insert(events, at,
			zombie(Commit, "", 901, 9, 6), zombie(CommitDone, "", 901, 9, 6),
			zombie(Commit, "", 902, 8, 7), zombie(CommitDone, "", 902, 8, 7))
		found, left := checkOffsets(events, testOffsets())
		if len(left) == 0 && len(found) == 0 {
			t.Fatalf("not found\n%s", traceOf(events))
		}
	})
}

func traceOf(events []Event) string { return (&refGroup{events: events}).trace() }

// TestSearchIsBounded: where the bounds do not suffice, the monitor says so
// and goes on with what comes after.
func TestSearchIsBounded(t *testing.T) {
	var events []Event
	commit := func(kind Kind, op, offset int64) {
		events = append(events, Event{Kind: kind, Client: "m1", Group: "g", Op: op, Generation: 1, Partitions: []PartitionOffset{{tp(1), offset}}})
	}
	const many = 40
	for op := range int64(many) {
		commit(Commit, op, op)
	}
	for op := range int64(many) {
		commit(CommitDone, op, op)
	}
	for op := int64(many); op < 3*many; op++ {
		commit(Commit, op, op)
		commit(CommitDone, op, op)
	}
	commit(FetchOffsets, 1000, 0)
	commit(OffsetsTold, 1000, 5) // the last commit was of 119
	for name, o := range map[string]Offsets{
		"operations": {Fresh: true, MaxOps: 30, MaxSteps: 200_000},
		"steps":      {Fresh: true, MaxOps: 512, MaxSteps: 2000},
	} {
		found, left := checkOffsets(events, o)
		if len(left) != 1 || len(found) != 1 || found[0].From != 5 {
			t.Errorf("%s: found %v, left out %v", name, found, left)
		}
	}
}

// TestRelaxedEpochs: with KIP-1251 a member's own earlier epochs are good,
// another's are not.
func TestRelaxedEpochs(t *testing.T) {
	commit := func(client string, op int64, g int32) []Event {
		e := Event{Kind: Commit, Client: client, Group: "g", Op: op, Generation: g, Partitions: []PartitionOffset{{tp(1), op}}}
		done := e
		done.Kind = CommitDone
		return []Event{e, done}
	}
	own := slices.Concat(commit("m1", 1, 5), commit("m1", 2, 4))
	others := slices.Concat(commit("m1", 1, 5), commit("m2", 2, 4))
	o := testOffsets()
	if found, _ := checkOffsets(own, o); len(found) != 1 {
		t.Errorf("own earlier epoch, strict: %v", found)
	}
	o.RelaxedEpochs = true
	if found, _ := checkOffsets(own, o); len(found) != 0 {
		t.Errorf("own earlier epoch, relaxed: %v", found)
	}
	if found, _ := checkOffsets(others, o); len(found) != 1 {
		t.Errorf("another's earlier epoch, relaxed: %v", found)
	}
}

func TestNoEffectIsSorted(t *testing.T) {
	if !slices.IsSorted(noEffect) {
		t.Error("noEffect is searched by halves, and not in order")
	}
}
