package model

import (
	"strings"
	"testing"
)

// watch runs one monitor and gives what it reports while it watches, and at
// the end.
func watch(m Monitor, events ...Event) (during, after []Anomaly) {
	for i := range events {
		e := events[i]
		if e.Kind != Started && e.Kind != Stopped && e.Kind != Produced && e.Kind != End && e.Kind != Calm {
			e = inGroupG(e)
		}
		m.Observe(i, &e, func(a Anomaly) { during = append(during, a) })
	}
	m.Finish(func(a Anomaly) { after = append(after, a) })
	return during, after
}

func rec(kind Kind, client string, from, to int64) Event {
	return Event{Kind: kind, Client: client, TopicPartition: tp(1), From: from, To: to}
}

func commitOf(client string, op, offset int64) []Event {
	return []Event{
		{Kind: Commit, Client: client, Op: op, Generation: 1, Partitions: parts(offset, 1)},
		{Kind: CommitDone, Client: client, Op: op, Generation: 1},
	}
}

// TestLossIsKnownEarly: once all who read the records are gone, there is no
// need to wait for the end; as long as one of them runs, there is.
func TestLossIsKnownEarly(t *testing.T) {
	events := append([]Event{
		{Kind: Assigned, Client: "m1", Generation: 1, Partitions: parts(0, 1)},
		rec(Polled, "m1", 0, 10), rec(Processed, "m1", 0, 4),
	}, commitOf("m1", 1, 10)...)
	if during, _ := watch(&Loss{Early: true}, events...); len(during) != 0 {
		t.Errorf("m1 is still at work: %v", during)
	}
	events = append(events, Event{Kind: Stopped, Client: "m1", Cause: "crash"}, Event{Kind: End})
	during, after := watch(&Loss{Early: true}, events...)
	if len(during) != 1 || during[0].Text != "orders/1 offsets 4..9 committed, never processed" || during[0].Event != 4 || len(after) != 0 {
		t.Errorf("m1 is gone: %v, then %v", during, after)
	}
	if during, after := watch(&Loss{}, events...); len(during) != 0 || len(after) != 1 {
		t.Errorf("not early: %v, then %v", during, after)
	}
}

// TestSkipsWithoutProduced: with nothing known of producers, a gap counts at
// the end, or not at all.
func TestSkipsWithoutProduced(t *testing.T) {
	events := []Event{rec(Polled, "m1", 0, 5), rec(Polled, "m1", 7, 9)}
	if during, after := watch(&Skips{}, events...); len(during) != 0 || len(after) != 1 {
		t.Errorf("%v, then %v", during, after)
	}
	if during, after := watch(&Skips{SparseOffsets: true}, events...); len(during)+len(after) != 0 {
		t.Errorf("sparse: %v, then %v", during, after)
	}
}

// TestDuplicatesWithoutPolls: a service that writes only what it processed.
func TestDuplicatesWithoutPolls(t *testing.T) {
	d := &Duplicates{}
	events := append([]Event{rec(Processed, "m1", 0, 10)}, commitOf("m1", 1, 6)...)
	events = append(events, Event{Kind: Stopped, Client: "m1"},
		Event{Kind: Assigned, Client: "m2", Generation: 2, Partitions: parts(-1, 1)},
		rec(Processed, "m2", 6, 12))
	if during, _ := watch(d, events...); len(during) != 0 {
		t.Errorf("legal, but %v", during)
	}
	if n := d.Parts[groupPart{"g", tp(1)}].Numbers; n.LegalDuplicates != 4 || n.LegalBound != 4 {
		t.Errorf("%+v", n)
	}
	events = append(events, Event{Kind: Stopped, Client: "m2"},
		Event{Kind: Assigned, Client: "m3", Generation: 3, Partitions: parts(-1, 1)},
		rec(Processed, "m3", 4, 12))
	during, _ := watch(&Duplicates{}, events...)
	if len(during) != 1 || during[0].Text != "orders/1 offsets 4..5 processed again: m3 began at 4, committed was 6" {
		t.Errorf("%v", during)
	}
}

// TestKeysComeLate: what cannot be decided waits for the producers, within
// bounds, and what never can be is counted.
func TestKeysComeLate(t *testing.T) {
	k := &KeyOrder{}
	var events []Event
	for o := range int64(3 * keysAwaited) {
		events = append(events, rec(Processed, "m1", o, o+1))
	}
	events = append(events, Event{Kind: Assigned, Client: "m1", Partitions: parts(0, 1)})
	if during, after := watch(k, events...); len(during)+len(after) != 0 {
		t.Errorf("%v %v", during, after)
	}
	for _, n := range k.unchecked() {
		if n.Why != "the produced events have no keys" {
			t.Errorf("%+v", n)
		}
	}
	known := rec(Produced, "p1", 5, 7)
	known.Keys = []string{"a", "a"}
	k = &KeyOrder{}
	during, _ := watch(k, rec(Processed, "m1", 6, 7), rec(Processed, "m1", 5, 6), rec(Processed, "m1", 0, 2), known)
	if len(during) != 1 || during[0].From != 5 || during[0].Event != 1 {
		t.Errorf("%v", during)
	}
	if left := k.unchecked(); len(left) != 1 || !strings.HasPrefix(left[0].Why, "2 processed records") {
		t.Errorf("%v", left)
	}
}

// TestReturnsInParts: a commit may succeed for one partition and fail for
// another.
func TestReturnsInParts(t *testing.T) {
	var b commitBook
	acks := func(e Event) int { e.Client, e.Group, e.Op = "m1", "g", 1; return len(b.apply(&e)) }
	acks(Event{Kind: Commit, Partitions: parts(10, 0, 1, 2)})
	if acks(Event{Kind: CommitDone, Partitions: parts(0, 1)}) != 1 ||
		acks(Event{Kind: CommitDone, Partitions: parts(0, 0), Error: "OFFSET_METADATA_TOO_LARGE"}) != 0 ||
		acks(Event{Kind: CommitDone, Partitions: parts(0, 2), Error: "REQUEST_TIMED_OUT"}) != 0 || len(b.Calls) != 0 {
		t.Fatalf("%+v", b)
	}
	open := func(n int) int { return len(b.Parts[groupPart{"g", tp(n)}].Open) }
	if open(0) != 0 || open(1) != 0 || open(2) != 1 {
		t.Errorf("still open: %d, %d, %d", open(0), open(1), open(2))
	}
	if off, ok := b.Parts[groupPart{"g", tp(1)}].last(); !ok || off != 10 {
		t.Errorf("last %d %v", off, ok)
	}
	if outcome("ILLEGAL_GENERATION", true) != uncertain || outcome("not-sent", true) != failed {
		t.Error("hidden retries make every refusal uncertain, and nothing else")
	}
}
