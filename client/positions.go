package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// position is where a partition is read on.
type position struct {
	model.TopicPartition
	Known  bool // else it is being looked up
	Offset int64
}

func (c *Consumer) position(p model.TopicPartition) *position {
	for i := range c.Positions {
		if c.Positions[i].TopicPartition == p {
			return &c.Positions[i]
		}
	}
	return nil
}

// stopReadingOf forgets the positions of partitions and what was fetched of
// them (assignPartitions with assignInvalidateMatching of kgo).
func (c *Consumer) stopReadingOf(gone []model.TopicPartition, fx *sim.Effects) {
	c.Positions = slices.DeleteFunc(c.Positions, func(p position) bool { return slices.Contains(gone, p.TopicPartition) })
	c.Buffer = slices.DeleteFunc(c.Buffer, func(b Batch) bool { return slices.Contains(gone, b.TopicPartition) })
	if len(c.Positions) == 0 {
		c.stopReading(fx)
	}
}

// stopReading forgets positions and what was fetched, and ends what is under
// way for them (assignPartitions with assignInvalidateAll of kgo).
func (c *Consumer) stopReading(fx *sim.Effects) {
	c.Positions, c.Buffer = nil, nil
	c.abandon(forOffsets, fx)
	c.abandon(forListOffsets, fx)
	c.hangup(forFetch, fx)
	fx.StopTimer(timerRefetch, "")
}

// fetchOffsets asks where the group is in the partitions just assigned.
func (c *Consumer) fetchOffsets(added []model.TopicPartition, fx *sim.Effects) {
	if len(added) == 0 {
		return
	}
	c.LastOp++
	c.OffsetsOp = c.LastOp
	ev := c.ownership(model.FetchOffsets, added)
	ev.Op = c.OffsetsOp
	c.observe(fx, ev)
	c.begin(forOffsets, 0, &api.OffsetFetchRequest{
		Header: c.header(9), GroupID: c.cfg.Group, MemberEpoch: -1, Partitions: added}, fx)
}

func (c *Consumer) gotOffsets(k call, r *api.OffsetFetchResponse, fx *sim.Effects) {
	if retriable(r.ErrorCode) || len(r.Partitions) > 0 && (retriable(r.Partitions[0].ErrorCode) || r.Partitions[0].ErrorCode == api.UnstableOffsetCommit) {
		c.retry(k, fx)
		return
	}
	told := model.Event{Kind: model.OffsetsTold, Op: c.OffsetsOp}
	if r.ErrorCode != api.None {
		told.Error = r.ErrorCode.String()
		c.observe(fx, told)
		c.sessionEnds(r.ErrorCode, fx)
		return
	}
	for _, p := range r.Partitions {
		told.Partitions = append(told.Partitions, model.PartitionOffset{TopicPartition: p.TopicPartition, Offset: p.CommittedOffset})
	}
	c.observe(fx, told)
	for _, p := range r.Partitions {
		c.Positions = append(c.Positions, position{TopicPartition: p.TopicPartition})
		if p.CommittedOffset >= 0 {
			c.settle(p.TopicPartition, p.CommittedOffset, "committed", fx)
		}
	}
	c.reset(fx)
	c.fetch(fx)
}

func (c *Consumer) settle(p model.TopicPartition, offset int64, cause string, fx *sim.Effects) {
	if at := c.position(p); at != nil {
		at.Known, at.Offset = true, offset
		c.observe(fx, model.Event{Kind: model.Positioned, TopicPartition: p, To: offset, Cause: cause})
	}
}

// reset looks up, by policy, the partitions whose position is not known.
func (c *Consumer) reset(fx *sim.Effects) {
	if c.cfg.Reset == None || c.under(forListOffsets) {
		return
	}
	stamp := api.EarliestTimestamp
	if c.cfg.Reset == Latest {
		stamp = api.LatestTimestamp
	}
	var asks []*api.ListOffsetsRequest // by broker
	for i := range c.Positions {
		p := &c.Positions[i]
		broker, ok := c.leaderOf(p.TopicPartition)
		if p.Known || !ok {
			continue
		}
		for len(asks) <= int(broker) {
			asks = append(asks, nil)
		}
		if asks[broker] == nil {
			asks[broker] = &api.ListOffsetsRequest{Header: c.header(7)}
		}
		asks[broker].Partitions = append(asks[broker].Partitions, api.ListOffsetsPartition{
			TopicPartition: p.TopicPartition, CurrentLeaderEpoch: -1, Timestamp: stamp})
	}
	for broker, r := range asks {
		if r != nil {
			c.begin(forListOffsets, int32(broker), r, fx)
		}
	}
}

func (c *Consumer) listed(k call, r *api.ListOffsetsResponse, fx *sim.Effects) {
	for _, p := range r.Partitions {
		if p.ErrorCode != api.None {
			c.retry(k, fx)
			c.askMetadata(fx)
			return
		}
	}
	for _, p := range r.Partitions {
		c.settle(p.TopicPartition, p.Offset, string(c.cfg.Reset), fx)
	}
	c.fetch(fx)
}
