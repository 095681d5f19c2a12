package realkafka

import (
	"context"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
)

// offsetsTap tells of the offsets that a member asks its coordinator for.
func (c *consumer) offsetsTap(r kmsg.Request) func(kmsg.Response) {
	req := r.(*kmsg.OffsetFetchRequest)
	call := model.Event{Kind: model.FetchOffsets}
	if len(req.Groups) == 0 { // older brokers are asked in an older form
		for _, t := range req.Topics {
			for _, p := range t.Partitions {
				call.Partitions = append(call.Partitions, model.PartitionOffset{TopicPartition: c.play.names.partition(t.Topic, [16]byte{}, p), Offset: -1})
			}
		}
	}
	for _, g := range req.Groups {
		if g.MemberID != nil {
			call.Member, call.Generation = *g.MemberID, g.MemberEpoch
		}
		for _, t := range g.Topics {
			for _, p := range t.Partitions {
				call.Partitions = append(call.Partitions, model.PartitionOffset{TopicPartition: c.play.names.partition(t.Topic, t.TopicID, p), Offset: -1})
			}
		}
	}
	call.Op = c.call(call)
	return func(r kmsg.Response) { c.answerTo(call, c.offsetsTold(r.(*kmsg.OffsetFetchResponse))) }
}

// offsetsTold gives the answers by error.
func (c *consumer) offsetsTold(resp *kmsg.OffsetFetchResponse) answers {
	var out answers
	if err := resp.ErrorCode; err != 0 {
		out.add(err)
	}
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			out.add(p.ErrorCode, model.PartitionOffset{TopicPartition: c.play.names.partition(t.Topic, [16]byte{}, p.Partition), Offset: p.Offset})
		}
	}
	if len(resp.Groups) > 0 {
		out = nil // kmsg may give the same twice
	}
	for _, g := range resp.Groups {
		if g.ErrorCode != 0 {
			out.add(g.ErrorCode)
		}
		for _, t := range g.Topics {
			for _, p := range t.Partitions {
				out.add(p.ErrorCode, model.PartitionOffset{TopicPartition: c.play.names.partition(t.Topic, t.TopicID, p.Partition), Offset: p.Offset})
			}
		}
	}
	return out
}

// positions is told by franz-go where the member is about to begin, after it
// has fetched the committed offsets and before it reads: an offset below 0
// stands for the reset policy, whose outcome listTap sees.
func (c *consumer) positions(_ context.Context, m map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	c.pass()
	c.play.mu.Lock()
	defer c.play.mu.Unlock()
	for topic, parts := range m {
		for partition, o := range parts {
			p := c.play.names.partition(topic, [16]byte{}, partition)
			if offset := o.EpochOffset().Offset; offset >= 0 {
				c.positioned(p, offset, "committed")
			}
		}
	}
	return m, nil
}

// positioned takes note of where a partition is read on. play.mu is held.
func (c *consumer) positioned(p model.TopicPartition, offset int64, cause string) {
	if !c.owned[p] {
		return
	}
	c.position[p] = offset
	c.tellMember(model.Event{Kind: model.Positioned, TopicPartition: p, To: offset, Cause: cause})
}

// listTap tells where the reset policy makes a member begin.
func (c *consumer) listTap(r kmsg.Request) func(kmsg.Response) {
	policy := func(stamp int64) bool { return stamp == -2 }
	switch c.set.Reset {
	case client.Latest:
		policy = func(stamp int64) bool { return stamp == -1 }
	case client.ByDuration:
		policy = func(stamp int64) bool { return stamp >= 0 }
	}
	asked := map[model.TopicPartition]bool{}
	for _, t := range r.(*kmsg.ListOffsetsRequest).Topics {
		for _, p := range t.Partitions {
			asked[c.play.names.partition(t.Topic, [16]byte{}, p.Partition)] = policy(p.Timestamp)
		}
	}
	return func(r kmsg.Response) {
		c.play.mu.Lock()
		defer c.play.mu.Unlock()
		for _, t := range r.(*kmsg.ListOffsetsResponse).Topics {
			for _, p := range t.Partitions {
				part := c.play.names.partition(t.Topic, [16]byte{}, p.Partition)
				if asked[part] && kerr.ErrorForCode(p.ErrorCode) == nil && p.Offset >= 0 {
					c.positioned(part, p.Offset, string(c.set.Reset))
				}
			}
		}
	}
}
