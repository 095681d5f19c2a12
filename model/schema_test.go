package model

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the generated parts of docs/history.md anew")

// exampleOf gives an event of a kind as the documentation shows it.
func exampleOf(k Kind) Event {
	orders := func(n int32) TopicPartition { return TopicPartition{"orders", n} }
	e := Event{At: 1200450, Kind: k, Client: "m1", Group: "billing", Member: "m1-7f3a", Generation: 4}
	switch k {
	case Started:
		return Event{At: 0, Kind: k, Client: "m1"}
	case Stopped:
		return Event{At: e.At, Kind: k, Client: "m1", Cause: "crash"}
	case Produced:
		return Event{At: e.At, Kind: k, Client: "p1", TopicPartition: orders(1), From: 17, To: 19, Keys: []string{"patient-3", "patient-8"}}
	case Joining:
		e.Member, e.Generation, e.Cause = "", 0, "start"
	case Assigned:
		e.Partitions = []PartitionOffset{{orders(0), 12}, {orders(1), -1}}
	case Revoked, Lost, FetchOffsets:
		e.Partitions = []PartitionOffset{{orders(1), 0}}
	case Positioned:
		e.TopicPartition, e.To, e.Cause = orders(1), 12, "committed"
	case Polled, Processed:
		e.TopicPartition, e.From, e.To = orders(1), 17, 20
	case Commit, OffsetsTold:
		e.Partitions = []PartitionOffset{{orders(1), 20}}
	case CommitDone:
		e.Error = "ILLEGAL_GENERATION"
	case Rebalancing:
		return Event{At: e.At, Kind: k, Node: "b0", Group: "billing", Generation: 4, Cause: "m3 joins"}
	case Formed:
		return Event{At: e.At, Kind: k, Node: "b0", Group: "billing", Generation: 5, Members: []string{"m1-7f3a", "m3-90c1"}}
	case Removed:
		return Event{At: e.At, Kind: k, Node: "b0", Group: "billing", Member: "m1-7f3a", Cause: "session-timeout"}
	case Fault:
		return Event{At: e.At, Kind: k, Client: "m1", Cause: "pause m1"}
	case Produce:
		return Event{At: e.At, Kind: k, Client: "p1", TopicPartition: orders(1), To: 2, Values: []string{"a-17", "a-18"}, Op: 7}
	case Admitted:
		return Event{At: e.At, Kind: k, Node: "b0", Group: "billing", Member: "i1-7f3a", Instance: "i1"}
	case CoordinatorLoaded, CoordinatorResigned:
		return Event{At: e.At, Kind: k, Node: "b0"}
	case OffsetsDeleted:
		return Event{At: e.At, Kind: k, Node: "b0", Group: "billing", Partitions: []PartitionOffset{{orders(1), 0}}, Cause: "expired"}
	case GroupDeleted:
		return Event{At: e.At, Kind: k, Node: "b0", Group: "billing", Cause: "admin"}
	case PartitionCount:
		return Event{At: e.At, Kind: k, TopicPartition: TopicPartition{Topic: "orders"}, To: 8}
	case LogStart:
		return Event{At: e.At, Kind: k, TopicPartition: orders(1), To: 12}
	case Truncated:
		return Event{At: e.At, Kind: k, TopicPartition: orders(1), From: 17, To: 20, Cause: CauseUnclean}
	case Calm, End:
		return Event{At: e.At, Kind: k}
	}
	switch specOf(k).Since {
	case 4:
		return jobExample(k)
	case 5:
		return shareExample(k)
	}
	switch k {
	case Commit, CommitDone:
		e.Op = 31
	case FetchOffsets, OffsetsTold:
		e.Op = 32
	}
	return e
}

// jobExample is exampleOf for checkpointing jobs and registers.
func jobExample(k Kind) Event {
	e := Event{At: 1200450, Kind: k, Client: "tm1", Member: "source-0", Generation: 2, Op: 7}
	p := TopicPartition{"orders", 1}
	switch k {
	case JobRestored, JobFailed, JobFinished, CheckpointTriggered, CheckpointCompleted, CheckpointAborted:
		e.Client, e.Member = "jm", ""
		switch k {
		case JobRestored:
			e.Cause = "tm2 was lost"
		case JobFailed:
			e.Op, e.Error = 0, "no checkpoint can be read"
		case JobFinished:
			e.Op = 0
		case CheckpointAborted:
			e.Cause = "expired"
		default:
			e.Cause = "periodic"
		}
	case AlignmentStarted:
		e.Member = "operator-0"
	case SnapshotTaken:
		e.Partitions = []PartitionOffset{{p, 20}}
	case Notified:
		e.Cause = CauseCompleted
	case TaskFailed:
		e.Op, e.Error = 0, "a record that cannot be read"
	case SourcePolled, Emitted:
		e.Op, e.TopicPartition, e.From, e.To = 0, p, 17, 20
	case Applied:
		e.Op, e.Member, e.Partitions = 0, "operator-0", []PartitionOffset{{p, 17}, {p, 19}}
	case Late:
		e.Op, e.Member, e.Partitions, e.Values = 0, "operator-0", []PartitionOffset{{p, 18}}, []string{"1795255200000"}
	case Written, Stored:
		e.Op, e.Member, e.Partitions = 0, "sink-0", []PartitionOffset{{p, 17}}
		if k == Stored {
			e.Client, e.Keys, e.Values, e.Cause = "store", []string{"patient-3"}, []string{"5"}, CausePut
		}
	case Watermarked:
		e.Op, e.To = 0, 1795255200000
	case Metric:
		e.Op, e.TopicPartition, e.To, e.Cause = 0, p, 3, MetricMessagesRead
	case Read, ReadDone, Write, WriteDone:
		e = Event{At: e.At, Kind: k, Client: "m1", Keys: []string{"patient-3"}, Op: 7}
		if k != Read && k != WriteDone {
			e.Values = []string{"5"}
		}
	}
	return e
}

// shareExample is exampleOf for share groups.
func shareExample(k Kind) Event {
	e := Event{At: 1200450, Kind: k, Client: "m1", Group: "alerts", Member: "m1-7f3a", TopicPartition: TopicPartition{"orders", 1}, From: 17, To: 20}
	switch k {
	case ShareAcquired:
		e.Node, e.Deliveries = "b0", 1
	case ShareAcknowledge:
		e.Op, e.Cause = 31, CauseAccept
	case ShareAcknowledgeDone:
		e.From, e.To, e.Op, e.Error = 0, 0, 31, "INVALID_RECORD_STATE"
	case ShareLoaded, ShareUnloaded:
		e.Client, e.Member, e.Node, e.To, e.Generation = "", "", "b0", 0, 2
		if k == ShareUnloaded {
			e.From = 0
		}
	case ShareStartMoved:
		e.Client, e.Member, e.Node, e.From = "", "", "b0", 0
	case ShareExpired, ShareReleased, ShareArchived:
		e.Client, e.Node, e.Deliveries = "", "b0", 1
		switch k {
		case ShareReleased:
			e.Cause = "connection-lost"
		case ShareArchived:
			e.Member, e.Deliveries, e.Cause = "", 5, CauseLimit
		}
	}
	return e
}

// schemaText is the generated part of docs/history.md.
func schemaText() string {
	var b strings.Builder
	b.WriteString("| event | has | may have | means |\n|---|---|---|---|\n")
	for _, s := range schema {
		b.WriteString("| `" + string(s.Kind) + "` | " + s.Must.String() + " | " + s.May.String() + " | " + s.Text + " |\n")
	}
	b.WriteString("\nOne line of each:\n```json\n")
	for _, s := range schema {
		e := exampleOf(s.Kind)
		b.Write(AppendEvent(nil, &e))
		b.WriteByte('\n')
	}
	b.WriteString("```\n")
	return b.String()
}

// catalogueText is another.
func catalogueText() string {
	var b strings.Builder
	b.WriteString("| anomaly | breaks | means |\n|---|---|---|\n")
	for _, m := range Catalogue {
		b.WriteString("| `" + m.Name + "` | " + m.Invariants + " | " + m.Text + " |\n")
	}
	b.WriteString("\n| invariant | says | broken by |\n|---|---|---|\n")
	for _, in := range Invariants {
		by := in.Elsewhere
		if names := breaking(in.ID); len(names) > 0 {
			by = "`" + strings.Join(names, "`, `") + "`"
		}
		b.WriteString("| " + in.ID + " | " + in.Text + " | " + by + " |\n")
	}
	b.WriteString("\n| monitor | class | reports | assumes that |\n|---|---|---|---|\n")
	for _, m := range Monitors(Options{}) {
		d := m.Describe()
		b.WriteString("| " + d.Name + " | " + string(d.Class) + " | " + strings.Join(d.Anomalies, ", ") + " | " + d.Assumes + " |\n")
	}
	return b.String()
}

// TestHistoryDocIsTrue compares docs/history.md with the schema; -rewrite
// brings it up to date.
func TestHistoryDocIsTrue(t *testing.T) {
	path := filepath.Join("..", "docs", "history.md")
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range noEffect {
		if !bytes.Contains(doc, []byte("`"+name+"`")) {
			t.Errorf("%s does not say that a commit has no effect after %s", path, name)
		}
	}
	want := doc
	for mark, text := range map[string]string{"schema": schemaText(), "anomalies": catalogueText()} {
		begin, end := []byte("<!-- "+mark+" -->\n"), []byte("<!-- end of "+mark+" -->")
		_, rest, ok1 := bytes.Cut(want, begin)
		_, after, ok2 := bytes.Cut(rest, end)
		if !ok1 || !ok2 {
			t.Fatalf("%s has no part %s", path, mark)
		}
		before := want[:len(want)-len(rest)]
		want = append(append(append(bytes.Clone(before), text...), end...), after...)
	}
	if bytes.Equal(doc, want) {
		return
	}
	if !*rewrite {
		t.Fatalf("%s is not what the code says; go test ./model -run TestHistoryDoc -rewrite brings it up to date", path)
	}
	if err := os.WriteFile(path, want, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestExamplesAreWhole(t *testing.T) {
	for _, spec := range schema {
		e := exampleOf(spec.Kind)
		if err := e.Check(); err != nil {
			t.Errorf("%s: %v", spec.Kind, err)
		}
		var again Event
		s := scanner{names: map[string]string{}}
		if err := s.event(AppendEvent(nil, &e), &again); err != nil {
			t.Errorf("%s: %v", spec.Kind, err)
		}
	}
}
