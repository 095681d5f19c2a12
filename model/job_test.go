package model

import (
	"io"
	"slices"
	"strings"
	"testing"
)

// jobHistory is a short right history of a job, whose parts tests spoil.
func jobHistory() []Event {
	p := TopicPartition{"orders", 0}
	source := func(k Kind) Event {
		return Event{Kind: k, Client: "tm1", Member: "source-0", Generation: 1}
	}
	records := func(k Kind, member string) Event {
		return Event{Kind: k, Client: "tm1", Member: member, Generation: 1, TopicPartition: p, From: 0, To: 10}
	}
	snap := func(k Kind, member string) Event {
		e := Event{Kind: k, Client: "tm1", Member: member, Generation: 1, Op: 1}
		if k == SnapshotTaken && member == "source-0" {
			e.Partitions = []PartitionOffset{{p, 10}}
		}
		return e
	}
	told := source(Notified)
	told.Op, told.Cause = 1, CauseCompleted
	return []Event{
		{Kind: Started, Client: "p1"}, {Kind: Started, Client: "tm1"},
		{Kind: Produced, Client: "p1", TopicPartition: p, From: 0, To: 10},
		{Kind: JobRestored, Client: "jm", Generation: 1},
		{Kind: Positioned, Client: "tm1", Group: "job", TopicPartition: p, To: 0, Cause: CauseEarliest},
		{Kind: Polled, Client: "tm1", Group: "job", TopicPartition: p, From: 0, To: 10},
		records(SourcePolled, "source-0"), records(Emitted, "source-0"), records(Applied, "operator-0"),
		{Kind: CheckpointTriggered, Client: "jm", Generation: 1, Op: 1},
		snap(SnapshotTaken, "source-0"), snap(StateDurable, "source-0"),
		snap(SnapshotTaken, "operator-0"), snap(StateDurable, "operator-0"),
		{Kind: CheckpointCompleted, Client: "jm", Generation: 1, Op: 1}, told,
		{Kind: Commit, Client: "tm1", Group: "job", Op: 1, Partitions: []PartitionOffset{{p, 10}}},
		{Kind: CommitDone, Client: "tm1", Group: "job", Op: 1},
		{Kind: Calm}, {Kind: End},
	}
}

// TestJobConsumersAreNoMembers: a job's consumers commit without a membership
// and say processed of nothing, and the checks of groups do not mind; a plain
// consumer that did so would lose records.
func TestJobConsumersAreNoMembers(t *testing.T) {
	if r := judge(jobHistory(), Options{Fresh: true}); !r.OK() || r.Summary.Job.Completed != 1 {
		t.Errorf("%v %v %+v", r.Violations, r.Anomalies, r.Summary)
	}
	plain := slices.DeleteFunc(jobHistory(), func(e Event) bool { return jobKind(e.Kind) })
	if r := judge(plain, Options{Fresh: true}); !slices.Equal(r.Names(), []string{CommitAheadOfProcessing}) || len(r.Violations) > 0 {
		t.Errorf("%v %v", r.Violations, r.Anomalies)
	}
}

// TestJobAfterPlainConsumers: a job takes over the group of a consumer that has
// left, reads without a group, and commits to it beyond what anybody in the
// group has processed: that is no loss. Without the job's events it would be.
func TestJobAfterPlainConsumers(t *testing.T) {
	p := TopicPartition{"orders", 0}
	h := slices.DeleteFunc(jobHistory(), func(e Event) bool { return e.Kind == Positioned || e.Kind == Polled })
	member := func(k Kind) Event {
		return Event{Kind: k, Client: "m1", Group: "job", Member: "m1-1", Generation: 1}
	}
	assigned, left := member(Assigned), member(Revoked)
	assigned.Partitions, left.Partitions = []PartitionOffset{{p, -1}}, []PartitionOffset{{p, 0}}
	polled, processed := member(Polled), member(Processed)
	for _, e := range []*Event{&polled, &processed} {
		e.TopicPartition, e.From, e.To = p, 0, 4
	}
	reads := Event{Kind: Polled, Client: "tm1", TopicPartition: p, From: 0, To: 10}
	h = slices.Insert(h, 4, Event{Kind: Positioned, Client: "tm1", TopicPartition: p, To: 0, Cause: CauseSeek}, reads)
	h = slices.Insert(h, 3, Event{Kind: Started, Client: "m1"}, assigned, polled, processed, left, Event{Kind: Stopped, Client: "m1", Cause: "leave"})
	if r := judge(h, Options{Fresh: true}); !r.OK() || r.Summary.Lost != 0 {
		t.Errorf("%v %v %+v", r.Violations, r.Anomalies, r.Summary)
	}
	plain := slices.DeleteFunc(slices.Clone(h), func(e Event) bool { return jobKind(e.Kind) })
	if r := judge(plain, Options{Fresh: true}); !slices.Contains(r.Names(), CommitAheadOfProcessing) {
		t.Errorf("%v %v", r.Violations, r.Anomalies)
	}
	w := NewWriter(io.Discard, Header{Fresh: true})
	for i := range h {
		if err := w.Write(&h[i]); err != nil {
			t.Fatal(err)
		}
	}
}

// TestJobBeginsAtTheEnd: a job that was put behind the last record of a
// partition and has read nothing there has lost nothing; one that was put
// before it has.
func TestJobBeginsAtTheEnd(t *testing.T) {
	for at, lost := range map[int64]int64{4: 0, 3: 1} {
		p := TopicPartition{"orders", 1}
		h := slices.Insert(jobHistory(), 5, Event{Kind: Positioned, Client: "tm1", TopicPartition: p, To: at, Cause: CauseSeek})
		h = slices.Insert(h, 3, Event{Kind: Produced, Client: "p1", TopicPartition: p, From: 0, To: 4})
		if r := judge(h, Options{Fresh: true}); r.Summary.Job.LostFromState != lost {
			t.Errorf("put at %d: %v %v", at, r.Violations, r.Anomalies)
		}
	}
}

// TestJobAssumptions: what cannot be is said, and what hangs on it is not
// judged.
func TestJobAssumptions(t *testing.T) {
	for want, spoil := range map[string]func([]Event) []Event{
		"triggered a checkpoint with an id that is not new: 1 after 1": func(h []Event) []Event {
			return slices.Insert(h, 15, h[9])
		},
		"goes back to an earlier attempt: 0 after 1": func(h []Event) []Event {
			h[14].Generation = 0
			return h
		},
		"ended a checkpoint that was not under way: checkpoint-completed 2": func(h []Event) []Event {
			h[14].Op = 2
			return h
		},
		"ended a checkpoint that was not under way: checkpoint-completed 1": func(h []Event) []Event {
			return slices.Insert(h, 14, Event{Kind: CheckpointAborted, Client: "jm", Generation: 1, Op: 1})
		},
		"operator-0 wrote a state that it had not taken, checkpoint 1": func(h []Event) []Event {
			return slices.Delete(h, 12, 13)
		},
		"source-0 emitted what it had not polled: orders/0 0..9": func(h []Event) []Event {
			h[6].To = 9
			return h
		},
		"source-0 emitted what it had not polled: orders/0 0..4": func(h []Event) []Event {
			twice := h[7]
			twice.To = 5
			return slices.Insert(h, 8, twice)
		},
		"operator-0 applied what was never emitted: orders/0 0..10": func(h []Event) []Event {
			h[8].To = 11
			return h
		},
		"applied no records": func(h []Event) []Event {
			h[8].TopicPartition = TopicPartition{}
			return h
		},
		"stored neither one key nor a record": func(h []Event) []Event {
			return slices.Insert(h, 9, Event{Kind: Stored, Client: "store", Member: "sink-0", Generation: 1, Cause: CausePut})
		},
		"read-done without an open read, op 3": func(h []Event) []Event {
			return slices.Insert(h, 9, Event{Kind: ReadDone, Client: "tm1", Keys: []string{"k"}, Op: 3})
		},
		"write needs one key, and at most one value": func(h []Event) []Event {
			return slices.Insert(h, 9, Event{Kind: Write, Client: "tm1", Keys: []string{"k"}, Op: 3})
		},
	} {
		r := judge(spoil(jobHistory()), Options{Fresh: true})
		if len(r.Violations) == 0 || !strings.HasSuffix(r.Violations[0].Text, want) || len(r.Violations[0].Unchecked) == 0 {
			t.Errorf("want %q, got %v", want, r.Violations)
		}
	}
}

// TestMidlifeJob: what lies before the history is nobody's fault.
func TestMidlifeJob(t *testing.T) {
	h := jobHistory()
	h[3] = Event{Kind: JobRestored, Client: "jm", Generation: 7, Op: 5}
	for i := range h {
		if h[i].Generation == 1 {
			h[i].Generation = 7
		}
		if h[i].Op == 1 && jobKind(h[i].Kind) {
			h[i].Op = 6
		}
	}
	h[2].From, h[4].To, h[4].Cause = 0, 4, CauseSeek
	for _, i := range []int{5, 6, 7, 8} {
		h[i].From = 4
	}
	if r := judge(h, Options{Midlife: true}); !r.OK() {
		t.Errorf("%v %v", r.Violations, r.Anomalies)
	}
}

// TestRegionRestored: a region goes back alone; the other's state stands, and
// the zombies are those of the region.
func TestRegionRestored(t *testing.T) {
	part := func(n int32) TopicPartition { return TopicPartition{"orders", n} }
	flow := func(slot string, attempt int32, n int32, from, to int64) []Event {
		e := Event{Client: "tm" + slot, Generation: attempt, TopicPartition: part(n), From: from, To: to}
		out := []Event{e, e, e}
		out[0].Kind, out[0].Member = SourcePolled, "source-"+slot
		out[1].Kind, out[1].Member = Emitted, "source-"+slot
		out[2].Kind, out[2].Member = Applied, "operator-"+slot
		return out
	}
	h := []Event{{Kind: Started, Client: "p1"}}
	for n := range int32(2) {
		h = append(h, Event{Kind: Produced, Client: "p1", TopicPartition: part(n), To: 20})
	}
	h = append(h, Event{Kind: JobRestored, Client: "jm", Generation: 1})
	h = slices.Concat(h, flow("0", 1, 0, 0, 10), flow("1", 1, 1, 0, 10))
	h = append(h, Event{Kind: CheckpointTriggered, Client: "jm", Generation: 1, Op: 1})
	for n, slot := range []string{"0", "1"} {
		h = append(h, Event{Kind: SnapshotTaken, Client: "tm" + slot, Member: "source-" + slot, Generation: 1, Op: 1, Partitions: []PartitionOffset{{part(int32(n)), 10}}},
			Event{Kind: StateDurable, Client: "tm" + slot, Member: "source-" + slot, Generation: 1, Op: 1},
			Event{Kind: SnapshotTaken, Client: "tm" + slot, Member: "operator-" + slot, Generation: 1, Op: 1},
			Event{Kind: StateDurable, Client: "tm" + slot, Member: "operator-" + slot, Generation: 1, Op: 1})
	}
	h = append(h, Event{Kind: CheckpointCompleted, Client: "jm", Generation: 1, Op: 1})
	h = slices.Concat(h, flow("0", 1, 0, 10, 15), flow("1", 1, 1, 10, 15))
	h = append(h, Event{Kind: JobRestored, Client: "jm", Generation: 2, Op: 1, Members: []string{"source-0", "operator-0", "sink-0"}})
	right := slices.Concat(h, flow("0", 1, 0, 15, 18), flow("0", 2, 0, 10, 20), flow("1", 1, 1, 15, 20), []Event{{Kind: Calm}, {Kind: End}})
	if r := judge(right, Options{Fresh: true}); !r.OK() || r.Summary.Job.Restored != 25 {
		t.Errorf("%v %v %+v", r.Violations, r.Anomalies, r.Summary.Job)
	}
	wrong := slices.Concat(h, flow("0", 2, 0, 5, 20), flow("1", 1, 1, 12, 20), []Event{{Kind: Calm}, {Kind: End}})
	r := judge(wrong, Options{Fresh: true})
	if r.Summary.Job.DuplicatesInState != 8 {
		t.Errorf("%v %v %+v", r.Violations, r.Anomalies, r.Summary.Job)
	}
}

// TestJobBeginsWithCheckpoint: an attempt may go on from a checkpoint of before
// all others, which somebody brought; once there is a newer one that is stale.
func TestJobBeginsWithCheckpoint(t *testing.T) {
	h := jobHistory()
	h[3].Op = 4
	for i := range h {
		if h[i].Op == 1 && jobKind(h[i].Kind) {
			h[i].Op = 5
		}
	}
	if r := judge(h, Options{Fresh: true}); !r.OK() {
		t.Errorf("%v %v", r.Violations, r.Anomalies)
	}
	again := slices.Insert(slices.Clone(h), 18, Event{Kind: JobRestored, Client: "jm", Generation: 2, Op: 4})
	if r := judge(again, Options{Fresh: true}); !slices.Contains(r.Names(), RestoredFromStale) && !slices.Contains(r.Names(), RestoredFromIncomplete) {
		t.Errorf("%v %v", r.Violations, r.Anomalies)
	}
}
