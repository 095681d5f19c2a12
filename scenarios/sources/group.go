package sources

import (
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
)

// Group subscribes to the topics and lets the group decide who reads what: for
// jobs with Assignment ByGroup. It stores where it is in what it owns, and
// commits that when the checkpoint is complete. It is unsound: when a partition
// changes hands without the job being restarted, its new reader begins at the
// last complete checkpoint, and what came after that is in the operators' state
// already.
func Group(topics ...string) func(checkpoint.Env) checkpoint.Source {
	return func(env checkpoint.Env) checkpoint.Source {
		return &group{env: env, topics: topics}
	}
}

type group struct {
	env     checkpoint.Env
	topics  []string
	from    []checkpoint.Split // of all subtasks, in the checkpoint that the job goes on from
	owned   []checkpoint.Split
	commits []commit
}

// RestoreState implements checkpoint.Source.
func (g *group) RestoreState(splits []checkpoint.Split) error {
	g.from = splits
	return nil
}

// AddSplits implements checkpoint.Source.
func (g *group) AddSplits([]checkpoint.Split) error {
	g.env.Subscribe(g.topics...)
	return nil
}

// PartitionsAssigned implements checkpoint.Rebalanced.
func (g *group) PartitionsAssigned(partitions []model.TopicPartition) {
	g.env.Metric(model.MetricRebalanceEvents, model.TopicPartition{}, 1)
	for _, p := range partitions {
		s := checkpoint.Split{TopicPartition: p, Offset: checkpoint.StartCommitted}
		if i := slices.IndexFunc(g.from, func(s checkpoint.Split) bool { return s.TopicPartition == p }); i >= 0 {
			s.Offset = g.from[i].Offset
		}
		g.owned = append(g.owned, s)
	}
}

// PartitionsRevoked implements checkpoint.Rebalanced. What checkpoints hold of
// partitions that are another's is not this source's to commit any more.
func (g *group) PartitionsRevoked(partitions []model.TopicPartition) {
	g.giveUp(partitions)
	for i := range g.commits {
		c := &g.commits[i]
		c.offsets = slices.DeleteFunc(c.offsets, func(o model.PartitionOffset) bool { return slices.Contains(partitions, o.TopicPartition) })
	}
}

func (g *group) giveUp(partitions []model.TopicPartition) {
	g.owned = slices.DeleteFunc(g.owned, func(s checkpoint.Split) bool { return slices.Contains(partitions, s.TopicPartition) })
}

// PartitionsLost implements checkpoint.Rebalanced.
func (g *group) PartitionsLost(partitions []model.TopicPartition) { g.PartitionsRevoked(partitions) }

// Poll implements checkpoint.Source. What a restored split has behind it is
// left out, wherever the group goes on.
func (g *group) Poll(timeout time.Duration) ([]checkpoint.Record, error) {
	records := g.env.Poll(maxPollRecords, timeout)
	out := records[:0]
	for _, rec := range records {
		i := slices.IndexFunc(g.owned, func(s checkpoint.Split) bool { return s.TopicPartition == rec.TopicPartition })
		if i >= 0 && rec.Offset < g.owned[i].Offset {
			continue
		}
		if i >= 0 {
			g.owned[i].Offset = rec.Offset + 1
		}
		out = append(out, rec)
	}
	return out, nil
}

// SnapshotState implements checkpoint.Source.
func (g *group) SnapshotState(id int64, _ time.Time) ([]checkpoint.Split, error) {
	c := commit{id: id}
	for _, s := range g.owned {
		if s.Offset >= 0 {
			c.offsets = append(c.offsets, model.PartitionOffset{TopicPartition: s.TopicPartition, Offset: s.Offset})
		}
	}
	g.commits = append(g.commits, c)
	return slices.Clone(g.owned), nil
}

// NotifyCheckpointComplete implements checkpoint.Source.
func (g *group) NotifyCheckpointComplete(id int64) error {
	for len(g.commits) > 0 && g.commits[0].id <= id {
		if c := g.commits[0]; c.id == id {
			g.env.CommitAsync(c.offsets, nil)
		}
		g.commits = g.commits[1:]
	}
	return nil
}

// NotifyCheckpointAborted implements checkpoint.Source.
func (g *group) NotifyCheckpointAborted(int64) error { return nil }
