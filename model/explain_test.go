package model

import "testing"

// TestRewindsAreExplained: a reader that begins before what was processed has
// a window, and what it repeats lies in it or before it.
func TestRewindsAreExplained(t *testing.T) {
	events := append([]Event{
		{Kind: Started, Client: "m1"}, {Kind: Started, Client: "m2"},
		{Kind: Assigned, Client: "m1", Group: "g", Generation: 1, Partitions: parts(0, 1)},
		rec(Polled, "m1", 0, 10), rec(Processed, "m1", 0, 10),
	}, commitOf("m1", 1, 6)...)
	events = append(events,
		Event{Kind: Stopped, Client: "m1", Cause: "crash"},
		Event{Kind: Assigned, Client: "m2", Group: "g", Generation: 2, Partitions: parts(4, 1)},
		rec(Polled, "m2", 4, 12), rec(Processed, "m2", 4, 9))
	for i := range events {
		events[i].Group = "g"
	}
	r := judge(events, Options{})
	want := Rewind{Group: "g", TopicPartition: tp(1), Client: "m2", Event: 9, Start: 4, Due: 6, Reached: 10,
		From: "m1", Why: "crash", Legal: 3, Illegal: 2}
	if len(r.Rewinds) != 1 || r.Rewinds[0] != want || want.Window() != 4 || r.Counts[RewindBeyondCommit] != 1 {
		t.Errorf("%+v\n%s", r.Rewinds, reportText(&r))
	}
}

// TestSkipsAreExplained: each record that nobody processed has a cause, and
// what was promised decides whether it is a loss.
func TestSkipsAreExplained(t *testing.T) {
	at := func(client string, to int64, cause string) Event {
		return Event{Kind: Positioned, Client: client, TopicPartition: tp(1), To: to, Cause: cause}
	}
	produced := rec(Produced, "p1", 0, 30)
	events := append([]Event{
		{Kind: Started, Client: "p1"}, {Kind: Started, Client: "m1"}, {Kind: Started, Client: "m2"}, produced,
		{Kind: Joining, Client: "m1"},
		{Kind: Assigned, Client: "m1", Generation: 1, Partitions: parts(-1, 1)},
		at("m1", 3, CauseLatest), rec(Polled, "m1", 3, 6), rec(Processed, "m1", 3, 6),
		at("m1", 8, CauseSeek), rec(Polled, "m1", 8, 14), rec(Processed, "m1", 8, 10),
	}, commitOf("m1", 1, 14)...)
	events = append(events,
		Event{Kind: Stopped, Client: "m1", Cause: "crash"}, Event{Kind: Joining, Client: "m2"},
		Event{Kind: Assigned, Client: "m2", Generation: 2, Partitions: parts(-1, 1)},
		at("m2", 20, CauseLatest), rec(Polled, "m2", 20, 28), rec(Processed, "m2", 20, 28),
		Event{Kind: Calm}, Event{Kind: End, At: 60e6})
	for i := range events {
		if events[i].Kind != Produced {
			events[i].Group = "g"
		}
	}
	for _, fromStart := range []bool{false, true} {
		o := testBounds
		o.FromStart = fromStart
		r := judge(events, o)
		got := map[string]string{}
		for _, s := range r.Skips {
			legal := " lost"
			if s.Legal {
				legal = " legal"
			}
			got[s.Cause] += s.Offsets.String() + legal + ";"
		}
		first := "0..2 legal;"
		if fromStart {
			first = "0..2 lost;"
		}
		if got["committed"] != "10..13 lost;" || got[CauseSeek] != "6..7 legal;" || got[""] != "28..29 lost;" || got[CauseLatest] != first+"14..19 lost;" {
			t.Errorf("%v\n%s", got, reportText(&r))
		}
		lost, late := int64(4+6+2), 1
		if fromStart {
			lost, late = lost+3, 2
		}
		if s := r.Summary; s.Lost != lost || s.Sought != 2 || s.BeforeStart+s.Lost != 15 || r.Counts[LateStartLoss] != late {
			t.Errorf("from the start %v: %+v %v", fromStart, s.LossNumbers, r.Counts)
		}
	}
}

// TestUncleanElection: what it takes away is no loss, and what comes to the
// same offsets is new: to be processed, in order, and no duplicate.
func TestUncleanElection(t *testing.T) {
	run := func(events ...Event) Report {
		head := append([]Event{
			{Kind: Started, Client: "p1"}, {Kind: Started, Client: "m1"}, rec(Produced, "p1", 0, 5), {Kind: Joining, Client: "m1"},
			{Kind: Assigned, Client: "m1", Generation: 1, Partitions: parts(0, 1)},
			rec(Polled, "m1", 0, 5), rec(Processed, "m1", 0, 5)}, commitOf("m1", 1, 5)...)
		head = append(head,
			Event{Kind: Truncated, TopicPartition: tp(1), From: 3, To: 5, Cause: CauseUnclean},
			rec(Produced, "p1", 3, 6), Event{Kind: Positioned, Client: "m1", TopicPartition: tp(1), To: 3, Cause: "truncated"})
		all := append(append(head, events...), Event{Kind: Calm}, Event{Kind: End, At: 60e6})
		for i := range all {
			if all[i].Kind != Produced && all[i].Kind != Truncated {
				all[i].Group = "g"
			}
		}
		return judge(all, testBounds)
	}
	r := run(rec(Polled, "m1", 3, 6), rec(Processed, "m1", 3, 6))
	if s := r.Summary; !r.OK() || s.ProcessedDuplicates != 0 || s.PolledDuplicates != 0 || s.Lost != 0 || s.Distinct != 8 {
		t.Errorf("%s\n%+v", reportText(&r), s)
	}
	r = run(rec(Polled, "m1", 3, 6), rec(Processed, "m1", 5, 6))
	if r.Summary.Lost != 2 || r.Counts[LostRecord] != 1 {
		t.Errorf("3 and 4 are new and lost: %s", reportText(&r))
	}
}

// TestKeysChangeWithAnUncleanElection: the keys that were at an offset say
// nothing of the records that come there.
func TestKeysChangeWithAnUncleanElection(t *testing.T) {
	before, after := rec(Produced, "p1", 0, 5), rec(Produced, "p1", 3, 5)
	before.Keys, after.Keys = []string{"a", "b", "c", "x", "x"}, []string{"d", "e"}
	k := &KeyOrder{}
	during, end := watch(k, before, rec(Processed, "m1", 0, 4),
		Event{Kind: Truncated, TopicPartition: tp(1), From: 3, To: 5, Cause: CauseUnclean},
		rec(Processed, "m1", 4, 5), rec(Processed, "m1", 3, 4), after) // known late
	if len(during)+len(end) != 0 || len(k.unchecked()) != 0 {
		t.Errorf("%v %v %v", during, end, k.unchecked())
	}
}
