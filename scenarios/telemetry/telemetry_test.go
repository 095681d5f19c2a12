package telemetry

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/groundhogsim/groundhog/model"
)

var rewrite = flag.Bool("rewrite", false, "write testdata anew")

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || string(want) != got {
		t.Errorf("%s: %v; got:\n%s", path, err, got)
	}
}

// The schema is published.
func TestSchema(t *testing.T) {
	var out strings.Builder
	for _, f := range Schema {
		kind := string(f.Kind)
		if kind == "" {
			kind = "span"
		}
		fmt.Fprintf(&out, "%s %s %s", kind, f.Name, f.Unit)
		for _, a := range f.Attributes {
			fmt.Fprintf(&out, " %s", a)
		}
		out.WriteByte('\n')
	}
	golden(t, "testdata/schema.txt", out.String())
}

// history is a job that fails once, in the middle of its second checkpoint.
func history() []model.Event {
	p := model.TopicPartition{Topic: "orders", Partition: 1}
	task := func(at int64, kind model.Kind, member string, attempt int32) model.Event {
		return model.Event{At: at, Kind: kind, Client: "tm1", Member: member, Generation: attempt}
	}
	records := func(at int64, kind model.Kind, member string, attempt int32, from, to int64) model.Event {
		e := task(at, kind, member, attempt)
		e.TopicPartition, e.From, e.To = p, from, to
		return e
	}
	of := func(e model.Event, id int64) model.Event {
		e.Op = id
		return e
	}
	failed := task(8e6, model.TaskFailed, "operator-0", 1)
	failed.Error = "out of memory"
	refused := model.Event{At: 5e6, Kind: model.CommitDone, Client: "tm1", Group: "order-job", Op: 1, Error: "COORDINATOR_NOT_AVAILABLE"}
	stored := task(11e6+3, model.Stored, "sink-0", 2)
	stored.Client, stored.Partitions = "store", []model.PartitionOffset{{TopicPartition: p, Offset: 7}}
	return []model.Event{
		{At: 1e6, Kind: model.JobRestored, Client: "jm", Generation: 1, Cause: "start"},
		{At: 2e6, Kind: model.Produced, Client: "p1", TopicPartition: p, From: 0, To: 10},
		records(3e6, model.SourcePolled, "source-0", 1, 0, 6),
		records(3e6+1, model.Emitted, "source-0", 1, 0, 6),
		records(3e6+2, model.Applied, "operator-0", 1, 0, 6),
		{At: 4e6, Kind: model.CheckpointTriggered, Client: "jm", Generation: 1, Op: 1},
		of(task(4e6+1, model.SnapshotTaken, "source-0", 1), 1),
		of(task(4e6+9, model.StateDurable, "source-0", 1), 1),
		{At: 4e6 + 10, Kind: model.CheckpointCompleted, Client: "jm", Generation: 1, Op: 1},
		refused,
		records(6e6, model.SourcePolled, "source-0", 1, 6, 8),
		records(6e6+1, model.Emitted, "source-0", 1, 6, 8),
		{At: 7e6, Kind: model.CheckpointTriggered, Client: "jm", Generation: 1, Op: 2},
		failed,
		{At: 8e6 + 1, Kind: model.CheckpointAborted, Client: "jm", Generation: 1, Op: 2, Cause: "the job restarts"},
		{At: 9e6, Kind: model.JobRestored, Client: "jm", Generation: 2, Op: 1, Cause: "operator-0: out of memory"},
		records(11e6, model.SourcePolled, "source-0", 2, 6, 8),
		records(11e6+1, model.Emitted, "source-0", 2, 6, 8),
		records(11e6+2, model.Applied, "operator-0", 2, 6, 8),
		stored,
	}
}

// All that is told of a history, and none of it outside the schema.
func TestTelemetry(t *testing.T) {
	tele := New(model.PartitionOffset{TopicPartition: model.TopicPartition{Topic: "orders", Partition: 1}, Offset: 7})
	for _, e := range history() {
		tele.Observe(&e)
	}
	var out strings.Builder
	told := func(name string, isSpan bool, attributes map[string]string) string {
		at := slices.IndexFunc(Schema, func(f Field) bool { return f.Name == name && (f.Kind == "") == isSpan })
		if at < 0 {
			t.Fatalf("%s is not in the schema", name)
		}
		text := ""
		for _, a := range slices.Sorted(maps.Keys(attributes)) {
			if !slices.Contains(Schema[at].Attributes, a) {
				t.Errorf("%s has the attribute %s, which the schema does not tell", name, a)
			}
			text += " " + a + "=" + attributes[a]
		}
		return text
	}
	for _, m := range tele.Metrics() {
		fmt.Fprintf(&out, "%s %g%s\n", m.Name, m.Value, told(m.Name, false, m.Attributes))
	}
	for _, s := range tele.Spans() {
		fmt.Fprintf(&out, "%s %s in %q %d..%d failed=%v%s\n", s.Name, s.ID, s.Parent, s.Start, s.End, s.Failed, told(s.Name, true, s.Attributes))
	}
	for _, h := range tele.Health {
		fmt.Fprintf(&out, "%d %s %s\n", h.At, h.Status, h.Why)
	}
	golden(t, "testdata/telemetry.txt", out.String())
}
