package group

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/broker/api"
)

// TestCompaction: whatever records a log has, tombstones among them, and
// however far it is committed, what it says does not change when superseded
// records go (I-O3).
func TestCompaction(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := newOffsetsLog(0, true)
		c := Coordinator{log: l}
		latest := map[Key]bool{}
		for i := range rapid.IntRange(0, 60).Draw(rt, "records") {
			r := Record{Key: Key{Type: OffsetCommit, Group: rapid.SampledFrom([]string{"g", "h"}).Draw(rt, "group"), Topic: "t"}}
			r.Partition = rapid.Int32Range(0, 2).Draw(rt, "partition")
			r.Commit.Offset = int64(i)
			if rapid.IntRange(0, 3).Draw(rt, "metadata") == 0 {
				r.Key = Key{Type: GroupMetadata, Group: r.Group}
				r.Metadata = &GroupMetadataValue{Generation: int32(i)}
			}
			r.Tombstone = rapid.IntRange(0, 3).Draw(rt, "tombstone") == 0
			latest[r.Key] = true
			c.log.append(&r)
			if rapid.IntRange(0, 5).Draw(rt, "replicated") == 0 {
				c.log.CatchUp()
			}
			if rapid.IntRange(0, 9).Draw(rt, "compacted") == 0 {
				before, undo := c.replayLog()
				c.log.compact()
				after, undo2 := c.replayLog()
				if !bytes.Equal(encoded(&before), encoded(&after)) || fmt.Sprint(undo) != fmt.Sprint(undo2) {
					rt.Fatal("compaction changes what the log says")
				}
			}
		}
		c.log.CatchUp()
		c.log.compact()
		if len(c.log.records) > len(latest) {
			rt.Fatalf("%d records are left for %d keys", len(c.log.records), len(latest))
		}
		var d durable
		for i := range c.log.records {
			if c.log.records[i].Tombstone {
				rt.Fatal("a tombstone is left")
			}
			d.replay(&c.log.records[i])
		}
		for id, g := range d.groups.All() {
			if (*g).metadata == nil && (*g).offsets.Len() == 0 {
				rt.Fatalf("nothing is left of %s but its name", id)
			}
		}
	})
}

// TestLongRun: the log of a coordinator that commits for ever stays short.
func TestLongRun(t *testing.T) {
	w := newWorld(DefaultSettings(), 1)
	m := w.clients[0]
	for i := range int64(20_000) {
		m.heard = m.heard[:0]
		w.send(0, 0, m.commit("g", int32(i%3), i))
	}
	if n := len(w.c.log.records); n > 2*minCompact {
		t.Errorf("%d records after 20000 commits of 3 partitions", n)
	}
	w.c.Crash()
	if d, _ := w.c.replayLog(); d.offset(&Key{Type: OffsetCommit, Group: "g", Topic: "t", Partition: 1}).Offset != 19_999 {
		t.Error("the last commit is lost")
	}
}

func TestMetadataLength(t *testing.T) {
	for _, c := range []struct {
		s    string
		want bool
	}{{"", false}, {"four", false}, {"fiver", true}, {"éééé", false}, {"ééééé", true}, {"😀😀", false}, {"😀😀x", true}, {"\xff\xff\xff\xff\xff", true}} {
		if got := longerThan(c.s, 4); got != c.want {
			t.Errorf("%q is longer than 4: %v", c.s, got)
		}
	}
}

func TestSettingsDefaults(t *testing.T) {
	if (Settings{}).WithDefaults() != DefaultSettings() {
		t.Error("the zero value does not stand for the defaults")
	}
	s := Settings{GroupMaxSize: 3}.WithDefaults()
	if s.GroupMaxSize != 3 || s.GroupMinSessionTimeoutMs != 6000 || s.GroupInitialRebalanceDelayMs != 0 {
		t.Errorf("%+v", s)
	}
}

func TestFailedAnswers(t *testing.T) {
	p := api.TopicPartition{Topic: "t"}
	commit := &api.OffsetCommitResponse{Partitions: []api.PartitionError{
		{TopicPartition: p, ErrorCode: api.UnknownTopicOrPartition}, {TopicPartition: p}, {TopicPartition: p, ErrorCode: api.OffsetMetadataTooLarge},
	}}
	got := failed(commit, api.RequestTimedOut).(*api.OffsetCommitResponse)
	want := []api.ErrorCode{api.UnknownTopicOrPartition, api.CoordinatorNotAvailable, api.CoordinatorNotAvailable}
	for i, e := range want {
		if got.Partitions[i].ErrorCode != e {
			t.Errorf("partition %d: %s, want %s", i, got.Partitions[i].ErrorCode, e)
		}
	}
	if commit.Partitions[1].ErrorCode != api.None {
		t.Error("the answer itself was changed")
	}
	if r := failed(&api.OffsetFetchResponse{}, api.RequestTimedOut).(*api.OffsetFetchResponse); r.ErrorCode != api.NotCoordinator {
		t.Errorf("fetch: %s", r.ErrorCode)
	}
	if r := failed(&api.LeaveGroupResponse{}, api.NotCoordinator).(*api.LeaveGroupResponse); r.ErrorCode != api.NotCoordinator {
		t.Errorf("leave: %s", r.ErrorCode)
	}
	if r := failed(heartbeatNone, api.RequestTimedOut).(*api.HeartbeatResponse); r.ErrorCode != api.CoordinatorNotAvailable {
		t.Errorf("heartbeat: %s", r.ErrorCode)
	}
}
