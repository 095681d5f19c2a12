package sources

import (
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
)

// committer is an Env that takes commits.
type committer struct {
	checkpoint.Env
	commits []int64
}

func (c *committer) Assign([]checkpoint.Split)                  {}
func (c *committer) Metric(string, model.TopicPartition, int64) {}
func (c *committer) CommitAsync(offsets []model.PartitionOffset, _ func(error)) {
	c.commits = append(c.commits, offsets[0].Offset)
}

// A notification stands for all checkpoints before it: what they held is
// forgotten, and is not committed when their own comes late (A11). An aborted
// one is forgotten, too.
func TestNotificationSubsumesEarlierCheckpoints(t *testing.T) {
	env := &committer{}
	r := newReader(env, Options{})
	split := checkpoint.Split{TopicPartition: model.TopicPartition{Topic: "orders", Partition: 0}}
	if err := r.AddSplits([]checkpoint.Split{split}); err != nil {
		t.Fatal(err)
	}
	for id := int64(1); id <= 4; id++ {
		r.splits[0].Offset = 10 * id
		if _, err := r.SnapshotState(id, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	notify := func(id int64, pending ...int64) {
		t.Helper()
		if err := r.NotifyCheckpointComplete(id); err != nil {
			t.Fatal(err)
		}
		var left []int64
		for _, c := range r.commits {
			left = append(left, c.id)
		}
		if len(left) != len(pending) || len(left) > 0 && left[0] != pending[0] {
			t.Errorf("after %d: the checkpoints %v are remembered, want %v", id, left, pending)
		}
	}
	notify(2, 3, 4)
	notify(1, 3, 4)
	if err := r.NotifyCheckpointAborted(3); err != nil {
		t.Fatal(err)
	}
	notify(3, 4)
	notify(4)
	if len(env.commits) != 2 || env.commits[0] != 20 || env.commits[1] != 40 {
		t.Errorf("committed %v, want 20 and 40", env.commits)
	}
}
