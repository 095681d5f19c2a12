package sharestate

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// TestScripts runs the golden scripts: conversations with a share coordinator.
// -rewrite writes them anew. Commands, for the topics t (2 partitions) and u
// (1), and partitions of the form GROUP/t/0:
//
//	new updates=500 replication=0s timeout=5s load=100ms
//	init g/t/0 … state=1 start=-1
//	write g/t/0 state=1 leader=1 start=-1 complete=0 5-7:2×1 …   FIRST-LAST:STATE×COUNT
//	read g/t/0 leader=1, summary g/t/0, delete g/t/0
//	crash, start, reload, wait 1s, drop t
//	state, log
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		w := newWorld(DefaultSettings())
		datadriven.RunTest(t, path, func(t *testing.T, td *datadriven.TestData) string {
			var out strings.Builder
			for line := range strings.Lines(td.Input) {
				if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
					continue
				}
				fmt.Fprintln(&out, line)
				if words := strings.Fields(line); words[0] == "new" {
					w = newWorld(settings(t, words[1:]))
				} else {
					for _, l := range w.run(t, words) {
						fmt.Fprintf(&out, "    %s\n", l)
					}
				}
			}
			return out.String()
		})
	})
}

func settings(t *testing.T, words []string) Settings {
	s := DefaultSettings()
	o := parse(t, words)
	s.SnapshotUpdateRecordsPerSnapshot = int32(o.num("updates", int64(s.SnapshotUpdateRecordsPerSnapshot)))
	s.WriteTimeoutMs = int32(o.span("timeout", sim.Time(s.WriteTimeoutMs)*sim.Millisecond) / sim.Millisecond)
	s.ReplicationDelay = o.span("replication", 0)
	s.LoadDelay = o.span("load", s.LoadDelay)
	return s
}

func (w *world) run(t *testing.T, words []string) (out []string) {
	o := parse(t, words[1:])
	switch words[0] {
	case "crash":
		w.do(sim.Crash, 0, "x")
	case "start":
		w.do(sim.Start, 0, "x")
	case "reload":
		return heard(w.commanded("reload"))
	case "drop":
		return heard(w.commanded(words[1]))
	case "wait":
		return heard(w.wait(o.span(words[1], 0)))
	case "log":
		for i := range w.n.c.log.records {
			out = append(out, w.n.c.log.records[i].text())
		}
		return append(out, fmt.Sprintf("high watermark %d of %d", w.n.c.log.HighWatermark(), w.n.c.log.end))
	case "state":
		for name, p := range w.n.c.live.states.All() {
			out = append(out, fmt.Sprintf("%s: %s; highest leader-epoch %d state-epoch %d, %d updates",
				name, (*p).value.String(), (*p).leaderEpoch, (*p).stateEpoch, (*p).updates))
		}
		return out
	default:
		m := o.request(words[0])
		if m == nil {
			t.Fatalf("no such command: %s", words[0])
		}
		if out = heard(w.send(m)); out == nil {
			out = []string{"(waits)"}
		}
	}
	return out
}

func (w *world) commanded(label string) []sim.Message {
	n := len(w.c.heard)
	w.do(sim.Command, 0, label)
	return w.c.heard[n:]
}

func (r *Record) text() string {
	kind := [...]string{Snapshot: "snapshot", Update: "update"}[r.Type]
	if r.Tombstone {
		return fmt.Sprintf("%d %s %s gone", r.Offset, kind, r.name())
	}
	return fmt.Sprintf("%d %s %s %s", r.Offset, kind, r.name(), r.Value.String())
}

func heard(list []sim.Message) (out []string) {
	for _, m := range list {
		switch a := m.(type) {
		case *api.ShareGroupStateResponse:
			out = append(out, "answer")
			for _, p := range a.Partitions {
				out[len(out)-1] += fmt.Sprintf(" %s %s", p.TopicPartition, p.ErrorCode)
			}
		case *api.ReadShareGroupStateResponse:
			out = append(out, "answer")
			for _, p := range a.Partitions {
				out[len(out)-1] += fmt.Sprintf(" %s %s", p.TopicPartition, p.ErrorCode)
				if v := (Value{SharePartitionState: p.State}); p.ErrorCode == api.None {
					out[len(out)-1] += strings.TrimPrefix(v.String(), "snapshot 0")
				}
			}
		}
	}
	return out
}

// words of a script's line: keys with values, partitions, batches.
type words struct {
	t       *testing.T
	values  map[string]string
	keys    []Key
	batches []api.ShareStateBatch
}

func parse(t *testing.T, list []string) *words {
	o := &words{t: t, values: map[string]string{}}
	for _, w := range list {
		var b api.ShareStateBatch
		if k, v, ok := strings.Cut(w, "="); ok {
			o.values[k] = v
		} else if n, _ := fmt.Sscanf(w, "%d-%d:%d×%d", &b.FirstOffset, &b.LastOffset, &b.DeliveryState, &b.DeliveryCount); n == 4 {
			o.batches = append(o.batches, b)
		} else if part := strings.Split(w, "/"); len(part) == 3 {
			n, err := strconv.Atoi(part[2])
			if err != nil {
				t.Fatal(err)
			}
			o.keys = append(o.keys, Key{part[0], api.TopicPartition{Topic: part[1], Partition: int32(n)}})
		} else {
			o.values[w] = w
		}
	}
	return o
}

func (o *words) num(key string, otherwise int64) int64 {
	s, ok := o.values[key]
	if !ok {
		return otherwise
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		o.t.Fatal(err)
	}
	return n
}

func (o *words) span(key string, otherwise sim.Time) sim.Time {
	s, ok := o.values[key]
	if !ok {
		return otherwise
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		o.t.Fatal(err)
	}
	return sim.Time(d.Microseconds())
}

func (o *words) request(verb string) sim.Message {
	var group string
	var parts []api.TopicPartition
	for _, k := range o.keys {
		group, parts = k.Group, append(parts, k.TopicPartition)
	}
	var reads []api.ShareStateRead
	for _, p := range parts {
		reads = append(reads, api.ShareStateRead{TopicPartition: p, LeaderEpoch: int32(o.num("leader", -1))})
	}
	switch verb {
	case "init":
		r := &api.InitializeShareGroupStateRequest{GroupID: group}
		for _, p := range parts {
			r.Partitions = append(r.Partitions, api.ShareStateInit{
				TopicPartition: p, StateEpoch: int32(o.num("state", 1)), StartOffset: o.num("start", -1),
			})
		}
		return r
	case "write":
		r := &api.WriteShareGroupStateRequest{GroupID: group}
		for _, p := range parts {
			r.Partitions = append(r.Partitions, api.ShareStateWrite{TopicPartition: p, SharePartitionState: api.SharePartitionState{
				StateEpoch: int32(o.num("state", 1)), LeaderEpoch: int32(o.num("leader", 1)), StartOffset: o.num("start", -1),
				DeliveryCompleteCount: int32(o.num("complete", 0)), StateBatches: o.batches,
			}})
		}
		return r
	case "delete":
		return &api.DeleteShareGroupStateRequest{GroupID: group, Partitions: parts}
	case "read":
		return &api.ReadShareGroupStateRequest{GroupID: group, Partitions: reads}
	case "summary":
		return &api.ReadShareGroupStateSummaryRequest{GroupID: group, Partitions: reads}
	}
	return nil
}
