package realkafka

import (
	"context"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// CommitAsync implements scenarios.Env.
func (e *env) CommitAsync(done func(error), records ...scenarios.Record) {
	e.CommitOffsetsAsync(done, scenarios.Next(records...)...)
}

// CommitOffsetsAsync implements scenarios.Env. done is called on a goroutine
// of kgo's, in the handler's turn.
func (e *env) CommitOffsetsAsync(done func(error), offsets ...scenarios.Offset) {
	if len(offsets) == 0 {
		return
	}
	c := e.c
	e.call(func() {
		c.committing(1)
		c.client.CommitOffsets(c.ctx, c.kgoOffsets(offsets), func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, resp *kmsg.OffsetCommitResponse, err error) {
			defer c.committing(-1)
			if done != nil {
				failed := commitError(resp, err)
				c.guest(func() { done(failed) })
			}
		})
	})
}

// kgoOffsets are offsets as kgo takes them.
func (c *consumer) kgoOffsets(offsets []scenarios.Offset) map[string]map[int32]kgo.EpochOffset {
	m := map[string]map[int32]kgo.EpochOffset{}
	for _, o := range offsets {
		topic := c.play.names.topic(o.Topic)
		if m[topic] == nil {
			m[topic] = map[int32]kgo.EpochOffset{}
		}
		m[topic][o.Partition.Partition] = kgo.EpochOffset{Epoch: -1, Offset: o.At}
	}
	return m
}

// commitError is what a commit failed with: the first partition's error.
func commitError(resp *kmsg.OffsetCommitResponse, err error) error {
	if err != nil {
		return err
	}
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return err
			}
		}
	}
	return nil
}

// Pause implements scenarios.Env.
func (e *env) Pause(partitions ...scenarios.Partition) {
	e.call(func() { e.c.client.PauseFetchPartitions(e.c.play.names.kgoPartitions(partitions)) })
}

// Resume implements scenarios.Env.
func (e *env) Resume(partitions ...scenarios.Partition) {
	e.call(func() { e.c.client.ResumeFetchPartitions(e.c.play.names.kgoPartitions(partitions)) })
}

// Seek implements scenarios.Env. kgo ignores it for a partition whose position
// it does not know yet.
func (e *env) Seek(o scenarios.Offset) {
	c := e.c
	e.call(func() {
		c.play.mu.Lock()
		if _, known := c.position[o.Partition]; known {
			c.position[o.Partition] = o.At
			c.tellMember(model.Event{Kind: model.Positioned, TopicPartition: o.Partition, To: o.At, Cause: model.CauseSeek})
		}
		c.play.mu.Unlock()
		c.client.SetOffsets(c.kgoOffsets([]scenarios.Offset{o}))
	})
}

// Owned implements scenarios.Env.
func (e *env) Owned() []scenarios.Partition {
	if isClosed(e.c.gone) {
		return nil
	}
	e.c.play.mu.Lock()
	defer e.c.play.mu.Unlock()
	var out []scenarios.Partition
	for p := range e.c.owned {
		out = append(out, p)
	}
	slices.SortFunc(out, scenarios.Partition.Compare)
	return out
}

// Committed implements scenarios.Env.
func (e *env) Committed(partitions ...scenarios.Partition) (out []scenarios.Offset, err error) {
	err = errEnded
	e.call(func() { out, err = e.c.committed(partitions) })
	return out, err
}

// committed asks the coordinator on a connection of the play's own: the
// history is not told.
func (c *consumer) committed(partitions []scenarios.Partition) (out []scenarios.Offset, err error) {
	found, err := committedOffsets(c.ctx, c.play.admin.client, c.play.names, c.crowd.Group.Name, partitions)
	for _, o := range found {
		out = append(out, scenarios.Offset{Partition: o.TopicPartition, At: o.Offset})
	}
	return out, err
}

// committedOffsets are what a group has committed, -1 for nothing. kadm would
// ask for all that there is. From version 10 on topics go by their ids.
func committedOffsets(ctx context.Context, cl *kgo.Client, n *names, of string, partitions []model.TopicPartition) (out []model.PartitionOffset, err error) {
	group := kmsg.NewOffsetFetchRequestGroup()
	group.Group = n.group(of)
	for topic, ps := range n.kgoPartitions(partitions) {
		t := kmsg.NewOffsetFetchRequestGroupTopic()
		t.Topic, t.TopicID, t.Partitions = topic, n.id(topic), ps
		group.Topics = append(group.Topics, t)
	}
	req := kmsg.NewPtrOffsetFetchRequest()
	req.RequireStable = true
	req.Groups = append(req.Groups, group)
	resp, err := req.RequestWith(ctx, cl)
	if err != nil {
		return nil, err
	}
	if len(resp.Groups) != 1 {
		return nil, fmt.Errorf("OffsetFetch was answered for %d groups, not for one", len(resp.Groups))
	}
	if err := kerr.ErrorForCode(resp.Groups[0].ErrorCode); err != nil {
		return nil, err
	}
	at := map[model.TopicPartition]int64{}
	for _, t := range resp.Groups[0].Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return nil, err
			}
			at[n.partition(t.Topic, t.TopicID, p.Partition)] = p.Offset
		}
	}
	for _, p := range partitions {
		out = append(out, model.PartitionOffset{TopicPartition: p, Offset: at[p]})
	}
	return out, nil
}
