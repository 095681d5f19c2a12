package model

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

// busyGroup gives the history of a group of five members over ten partitions
// that reads records in ranges of batch and rebalances often: every second
// time one member stays away.
func busyGroup(records, batch int64, rebalances int) (events []Event) {
	runBusyGroup(records, batch, rebalances, func(e *Event) { events = append(events, *e) })
	return events
}

// runBusyGroup gives each event of the history to each, and their number.
func runBusyGroup(records, batch int64, rebalances int, each func(*Event)) int {
	b := &busy{batch: batch, each: each}
	b.emit(Event{Kind: Started, Client: "p1"})
	for m := range busyMembers {
		b.emit(Event{Kind: Started, Client: b.name(m)})
	}
	rounds := int(records / int64(rebalances) / busyPartitions / batch)
	for range rebalances {
		b.rebalance()
		for range rounds {
			for p := range b.next {
				b.read(p)
			}
		}
		b.giveUp()
	}
	b.emit(Event{Kind: Calm})
	b.emit(Event{Kind: End})
	return b.count
}

const busyMembers, busyPartitions = 5, 10

var busyNames = [busyMembers]string{"m0", "m1", "m2", "m3", "m4"}

type busy struct {
	each       func(*Event)
	event      Event
	count      int
	batch      int64
	generation int32
	op         int64
	next       [busyPartitions]int64
	owner      [busyPartitions]int
}

func (b *busy) name(m int) string { return busyNames[m] }

func (b *busy) emit(e Event) {
	e.At = 10 * int64(b.count)
	if e.Kind != Produced && e.Kind != Started && e.Kind != Calm && e.Kind != End {
		e.Group = "billing"
	}
	b.count++
	b.event = e
	b.each(&b.event)
}

func (b *busy) rebalance() {
	b.generation++
	b.emit(Event{Kind: Rebalancing, Node: "b0", Generation: b.generation - 1})
	var in []int
	var ids []string
	for m := range busyMembers {
		if b.generation%2 == 1 || m != int(b.generation)%busyMembers {
			in, ids = append(in, m), append(ids, b.name(m))
			b.emit(Event{Kind: Joining, Client: b.name(m), Cause: "rebalance"})
		}
	}
	b.emit(Event{Kind: Formed, Node: "b0", Generation: b.generation, Members: ids})
	for p := range b.owner {
		b.owner[p] = in[p*len(in)/busyPartitions]
	}
	for _, m := range in {
		b.emit(Event{Kind: Assigned, Client: b.name(m), Member: b.name(m), Generation: b.generation, Partitions: b.held(m)})
	}
}

func (b *busy) held(m int) []PartitionOffset {
	var list []PartitionOffset
	for p := range b.owner {
		if b.owner[p] == m {
			list = append(list, PartitionOffset{tp(p), b.next[p]})
		}
	}
	return list
}

func (b *busy) read(p int) {
	e := Event{Kind: Produced, Client: "p1", TopicPartition: tp(p), From: b.next[p], To: b.next[p] + b.batch}
	b.emit(e)
	e.Client, e.Generation = b.name(b.owner[p]), b.generation
	for _, e.Kind = range []Kind{Polled, Processed} {
		b.emit(e)
	}
	b.next[p] = e.To
}

// giveUp lets every member commit and revoke what it has.
func (b *busy) giveUp() {
	for m := range busyMembers {
		list := b.held(m)
		if len(list) == 0 {
			continue
		}
		b.op++
		e := Event{Kind: Revoked, Client: b.name(m), Generation: b.generation, Partitions: list}
		b.emit(e)
		e.Kind, e.Op = Commit, b.op
		b.emit(e)
		e.Kind, e.Partitions = CommitDone, nil
		b.emit(e)
		b.emit(Event{Kind: RevokeDone, Client: e.Client})
	}
}

func judge(events []Event, o Options) Report {
	j := NewJudge(o)
	for i := range events {
		j.Observe(&events[i])
	}
	return j.Finish()
}

func TestBusyGroup(t *testing.T) {
	r := judge(busyGroup(100_000, 100, 50), Options{})
	s := r.Summary
	if !r.OK() || s.Produced != 100_000 || s.Distinct != 100_000 || s.ProcessedDuplicates != 0 || s.LegalBound != 0 || s.Rebalances != 50 || len(r.Partitions) != 10 {
		t.Fatalf("%s\n%+v", reportText(&r), s)
	}
}

func benchmarkJudge(b *testing.B, records, batch int64) {
	b.ReportAllocs()
	events := 0
	for b.Loop() {
		j := NewJudge(Options{})
		events = runBusyGroup(records, batch, 50, j.Observe)
		if r := j.Finish(); !r.OK() {
			b.Fatal(reportText(&r))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(events), "ns/event")
	b.ReportMetric(float64(events), "events")
}

// A million records, in ranges of 100 and of 1; the time includes making them.
func BenchmarkJudge(b *testing.B)      { benchmarkJudge(b, 1_000_000, 100) }
func BenchmarkJudgeByOne(b *testing.B) { benchmarkJudge(b, 1_000_000, 1) }

// TestJudgeRepeats: the same history gives the same report, whatever the order
// of maps.
func TestJudgeRepeats(t *testing.T) {
	events := busyGroup(5000, 10, 10)
	for i := range events { // plenty of anomalies
		if events[i].Kind == Commit {
			events[i].Partitions[0].Offset += int64(i) % 7 * 3
		}
	}
	first := judge(events, testBounds)
	for range 20 {
		if again := judge(events, testBounds); !reflect.DeepEqual(first, again) {
			t.Fatalf("%+v\n%+v", first, again)
		}
	}
}

func TestJudgeKeepsTheFirstAndCountsAll(t *testing.T) {
	var seen int
	j := NewJudge(Options{Keep: 2, SparseOffsets: true, OnAnomaly: func(Anomaly) { seen++ }})
	j.Observe(&Event{Kind: Started, Client: "m1"})
	j.Observe(&Event{Kind: Assigned, Client: "m1", Group: "g", Generation: 1, Partitions: []PartitionOffset{{tp(1), 0}}})
	j.Observe(&Event{Kind: Lost, Client: "m1", Group: "g", Partitions: []PartitionOffset{{tp(1), 0}}})
	for from := int64(0); from < 50; from += 10 { // five times three records, one by one
		for o := from; o < from+3; o++ {
			j.Observe(&Event{Kind: Polled, Client: "m1", Group: "g", TopicPartition: tp(1), From: o, To: o + 1})
			j.Observe(&Event{Kind: Processed, Client: "m1", Group: "g", TopicPartition: tp(1), From: o, To: o + 1})
		}
	}
	if j.Count() != 5 {
		t.Errorf("%d counted before the end, want 5", j.Count())
	}
	r := j.Finish()
	if seen != 15 || r.Counts[ProcessingAfterRevoke] != 5 || len(r.Anomalies) != 2 || r.Anomalies[1].Text != "orders/1 offsets 10..12 processed by m1 after it had lost the partition" {
		t.Errorf("seen %d, counted %v, kept:\n%s", seen, r.Counts, reportText(&r))
	}
}

func TestAssumptions(t *testing.T) {
	started := Event{Kind: Started, Client: "m1"}
	assigned := Event{Kind: Assigned, Client: "m1", Group: "g", Generation: 1, Partitions: []PartitionOffset{{tp(1), 0}}}
	polled := Event{Kind: Polled, Client: "m1", Group: "g", TopicPartition: tp(1), From: 0, To: 3}
	commit := Event{Kind: Commit, Client: "m1", Group: "g", Op: 7, Partitions: []PartitionOffset{{tp(1), 3}}}
	done := Event{Kind: CommitDone, Client: "m1", Group: "g", Op: 7}
	other := done
	other.Partitions = []PartitionOffset{{tp(2), 3}}
	empty := polled
	empty.To = 0
	nowhere := assigned
	nowhere.Generation = 0
	stopped := Event{Kind: Stopped, Client: "m1", Cause: "crash"}
	late := Event{Kind: Calm, At: 10}
	for name, c := range map[string]struct {
		events []Event
		want   string
		check  string // is then not made
	}{
		"sane":            {[]Event{started, assigned, polled, commit, done, stopped, late, {Kind: End, At: 10}}, "", ""},
		"begins with end": {[]Event{{Kind: End}}, "the history begins with end", DualEntitlement},
		"goes on":         {[]Event{{Kind: Calm}, {Kind: End}, started}, "m1 an event after the end", StuckAssignment},
		"time":            {[]Event{late, started}, "m1 time goes back by 10 µs", UnownedGap},
		"killed":          {[]Event{started, assigned, started}, "", ""},
		"ghost":           {[]Event{started, stopped, assigned}, "m1 acts after it stopped: assigned", DualEntitlement},
		"unborn":          {[]Event{{Kind: Calm}, assigned, polled}, "m1 acts before it started: assigned" + beganLater, DualEntitlement},
		"dies twice":      {[]Event{started, stopped, stopped}, "m1 stopped, but was not running", CommitAfterRevoke},
		"no generation":   {[]Event{started, nowhere}, "m1 assigned without a generation", ZombieCommitAccepted},
		"not assigned":    {[]Event{started, polled}, "m1 polled what it was never assigned: orders/1", ProcessingAfterRevoke},
		"empty range":     {[]Event{started, assigned, empty}, "m1 polled an empty range, from 0 to 0", LostRecord},
		"return only":     {[]Event{started, assigned, done}, "m1 commit-done without an open commit, op 7", OffsetsNotLinearizable},
		"another's":       {[]Event{started, assigned, commit, other}, "m1 commit-done for what the call did not name or has an answer for: orders/2", CommitRegression},
		"same op":         {[]Event{started, assigned, commit, commit}, "m1 made two open calls with the same op 7", OffsetsNotLinearizable},
		"keys":            {[]Event{started, {Kind: Produced, Client: "m1", TopicPartition: tp(1), To: 2, Keys: []string{"a"}}}, "m1 produced with a wrong number of keys: 1 for 2 records", PerKeyOrder},
	} {
		r := judge(c.events, Options{})
		var texts []string
		for _, v := range r.Violations {
			texts = append(texts, v.Text)
		}
		if got := strings.Join(texts, "; "); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		said := c.check == ""
		for _, n := range r.NotChecked {
			said = said || n.Check == c.check && strings.HasPrefix(n.Why, "event ")
		}
		if !said {
			t.Errorf("%s: nothing says that %s was not checked: %+v", name, c.check, r.NotChecked)
		}
	}
}

// TestBrokenAssumptionTakesBack: what hangs on it is not reported.
func TestBrokenAssumptionTakesBack(t *testing.T) {
	r := judge([]Event{
		{Kind: Started, Client: "m1"}, {Kind: Started, Client: "m2"},
		{Kind: Assigned, Client: "m1", Group: "g", Generation: 1, Partitions: []PartitionOffset{{tp(1), 0}}},
		{Kind: Assigned, Client: "m2", Group: "g", Generation: 1, Partitions: []PartitionOffset{{tp(1), 0}}},
		{Kind: Stopped, Client: "m3", Cause: "crash"},
	}, Options{})
	if r.OK() || r.Counts[DualEntitlement] != 0 || len(r.Anomalies) != 0 {
		t.Errorf("%v\n%s", r.Counts, reportText(&r))
	}
}

// TestWhatWasNotCheckedIsSaid: of an ordinary service's history, which has
// neither faults nor an end.
func TestWhatWasNotCheckedIsSaid(t *testing.T) {
	r := judge([]Event{{Kind: Started, Client: "m1"}}, Options{})
	var got []string
	for _, n := range r.NotChecked {
		got = append(got, n.Check)
	}
	want := []string{GenerationReuse, CommitLost, CommitAheadOfProcessing, LostRecord, LateStartLoss, PerKeyOrder, StuckRebalance,
		UnownedGap, StuckAssignment, OrphanPartition, RebalanceLivelock, OffsetsNotLinearizable, InconsistentOffsets}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestWrittenHistoryIsJudgedAlike: reading back changes nothing.
func TestWrittenHistoryIsJudgedAlike(t *testing.T) {
	events := busyGroup(2000, 10, 4)
	var file bytes.Buffer
	w := NewWriter(&file, Header{Source: "test"})
	for i := range events {
		if err := w.Write(&events[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	j := NewJudge(Options{})
	if err := ReadHistory(&file, func(e *Event) error { j.Observe(e); return nil }); err != nil {
		t.Fatal(err)
	}
	if got, want := j.Finish(), judge(events, Options{}); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func TestFiniteMonitorsHaveFiniteClass(t *testing.T) {
	finite := FiniteMonitors(Options{})
	for _, m := range finite {
		if m.Describe().Class != Finite {
			t.Errorf("%T is not finite", m)
		}
	}
	if all := len(Monitors(Options{})); len(finite) == 0 || len(finite) == all {
		t.Errorf("%d of %d are finite", len(finite), all)
	}
}
