package sharestate

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
)

func drawBatches(rt *rapid.T, label string) (list []api.ShareStateBatch) {
	for range rapid.IntRange(0, 4).Draw(rt, label) {
		first := rapid.Int64Range(0, 12).Draw(rt, "first")
		list = append(list, api.ShareStateBatch{
			FirstOffset: first, LastOffset: first + rapid.Int64Range(0, 6).Draw(rt, "more"),
			DeliveryState: rapid.SampledFrom([]int8{0, 2, 4}).Draw(rt, "state"), DeliveryCount: rapid.Int16Range(1, 3).Draw(rt, "count"),
		})
	}
	return list
}

// TestCombine holds the merging of batches against its plain meaning, offset by
// offset: the greatest count, then the greatest state; and nothing below start.
func TestCombine(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		soFar, added := drawBatches(rt, "so far"), drawBatches(rt, "added")
		start := rapid.Int64Range(-1, 14).Draw(rt, "start")
		want := map[int64]api.ShareStateBatch{}
		for _, list := range [][]api.ShareStateBatch{soFar, added} {
			for _, b := range list {
				for o := max(b.FirstOffset, start); o <= b.LastOffset; o++ {
					if old, ok := want[o]; !ok || compareInfo(b, old) > 0 {
						want[o] = b
					}
				}
			}
		}
		end := int64(-1)
		got := combine(soFar, added, start)
		for i, b := range got {
			if b.FirstOffset <= end || b.LastOffset < b.FirstOffset {
				rt.Fatalf("%v: batch %d is not behind the one before", got, i)
			}
			end = b.LastOffset
			for o := b.FirstOffset; o <= b.LastOffset; o++ {
				if w, ok := want[o]; !ok || compareInfo(b, w) != 0 {
					rt.Fatalf("offset %d is %v, want %v", o, b, w)
				}
				delete(want, o)
			}
		}
		if len(want) > 0 {
			rt.Fatalf("%v: lost of %v and %v", want, soFar, added)
		}
	})
}

// TestProperties: whatever is asked for, with failures in between: live state is
// what the log gives (I-O3); what is told of a partition after its beginning has
// gone is the same; epochs never go back; every request is answered once.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		set := DefaultSettings()
		set.SnapshotUpdateRecordsPerSnapshot = rapid.SampledFrom([]int32{0, 1, 3, 500}).Draw(rt, "updates")
		set.ReplicationDelay = rapid.SampledFrom([]sim.Time{0, sim.Second, 7 * sim.Second}).Draw(rt, "replication")
		w := newWorld(set)
		fences := map[string]*partition{} // as they were after the last step
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			switch rapid.IntRange(0, 19).Draw(rt, "what") {
			case 0:
				w.do(sim.Crash, 0, "x")
				w.do(sim.Start, 0, "x")
			case 1:
				w.commanded("reload")
			case 2, 3, 4:
				w.wait(rapid.SampledFrom([]sim.Time{sim.Second / 10, 2 * sim.Second, 9 * sim.Second}).Draw(rt, "span"))
			default:
				w.send(drawRequest(rt))
			}
			w.check(rt)
			w.checkEpochs(rt, fences)
		}
		w.wait(sim.Minute)
		w.check(rt)
		if w.n.c.log.Lagging() || len(w.n.c.live.deferred) > 0 || len(w.c.heard) != w.c.sent {
			rt.Fatalf("%d requests, %d answers", w.c.sent, len(w.c.heard))
		}
	})
}

func drawRequest(rt *rapid.T) sim.Message {
	o := &words{values: map[string]string{}, batches: drawBatches(rt, "batches")}
	for range rapid.IntRange(1, 2).Draw(rt, "partitions") {
		o.keys = append(o.keys, Key{"g", api.TopicPartition{Topic: rapid.SampledFrom([]string{"t", "u"}).Draw(rt, "topic"), Partition: rapid.Int32Range(0, 1).Draw(rt, "partition")}})
	}
	for _, k := range []string{"state", "leader", "start"} {
		o.values[k] = itoa(rapid.Int32Range(-1, 4).Draw(rt, k))
	}
	return o.request(rapid.SampledFrom([]string{"init", "init", "write", "write", "write", "write", "read", "read", "summary", "delete"}).Draw(rt, "request"))
}

func (w *world) check(rt *rapid.T) {
	c := &w.n.c
	if c.live.phase != active {
		return
	}
	s := c.replayLog()
	if !bytes.Equal(canon.Append(nil, 0, &s), canon.Append(nil, 0, &c.live.states)) {
		rt.Fatal("replayed state differs from live state")
	}
	pruned := Coordinator{settings: c.settings, log: c.log}
	pruned.log.unshare()
	pruned.log.prune()
	s = pruned.replayLog()
	for name, p := range c.live.states.All() {
		if q := s.Get(name); q == nil || (*q).value.String() != (*p).value.String() {
			rt.Fatalf("%s is %+v after its beginning has gone, was %+v", name, q, *p)
		}
	}
	if s.Len() != c.live.states.Len() {
		rt.Fatalf("%d states after the beginning has gone, were %d", s.Len(), c.live.states.Len())
	}
}

func (w *world) checkEpochs(rt *rapid.T, before map[string]*partition) {
	if w.n.c.live.phase != active {
		return
	}
	for name, p := range w.n.c.live.states.All() {
		if b := before[name]; b != nil && ((*p).leaderEpoch < b.leaderEpoch || (*p).stateEpoch < b.stateEpoch) {
			rt.Fatalf("epochs of %s went from %+v to %+v", name, *b, **p)
		}
	}
	clear(before)
	for name, p := range w.n.c.live.states.All() {
		now := **p
		before[name] = &now
	}
}

// TestLongRun: the log of a coordinator that is written to for ever stays short.
func TestLongRun(t *testing.T) {
	w := newWorld(DefaultSettings())
	k := &words{t: t, keys: []Key{{"g", api.TopicPartition{Topic: "t"}}}}
	w.send(k.request("init"))
	for i := range int64(9000) {
		w.c.heard = w.c.heard[:0]
		w.send(&api.WriteShareGroupStateRequest{GroupID: "g", Partitions: []api.ShareStateWrite{{
			TopicPartition: k.keys[0].TopicPartition, SharePartitionState: api.SharePartitionState{StateEpoch: 1, StartOffset: i},
		}}})
	}
	if n := len(w.n.c.log.records); n > 4*minPrune {
		t.Errorf("%d records after 9000 writes", n)
	}
	if v, _ := w.n.c.State(k.keys[0]); v.StartOffset != 8999 {
		t.Errorf("starts at %d", v.StartOffset)
	}
}
