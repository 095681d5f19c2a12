package client

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// doubt has a position checked against its leader's log, if it is known under
// which leader epoch the record before it was written: that epoch must not end
// before it (KIP-320). Both clients do so with each committed offset that has
// an epoch, and after each change of leader or epoch.
func (c *Consumer) doubt(at *position) {
	if at.Epoch >= 0 && at.LeaderEpoch >= 0 {
		at.State = validating
	}
}

// newLeaders takes leaders and epochs from metadata for the partitions that
// are read. kgo stops its whole session for that: what is under way and what is
// buffered is lost (migrateCursorTo). Java validates positions that are not
// being looked up; what is buffered and still fits is handed out later
// (PositionsValidator.validatePositionsOnMetadataChange).
func (c *Consumer) newLeaders(fx *sim.Effects) {
	moved := false
	for i := range c.Positions {
		at := &c.Positions[i]
		if at.State == gone {
			continue
		}
		leader, epoch := c.leaderOf(at.TopicPartition)
		if leader < 0 || leader == at.Leader && epoch == at.LeaderEpoch {
			continue
		}
		first := at.Leader < 0
		at.Leader, at.LeaderEpoch = leader, epoch
		if first {
			continue
		}
		moved = true
		if at.State == known {
			c.doubt(at)
		}
	}
	if moved && !c.cfg.pol.java {
		c.restartSession(fx)
	}
	c.lookup(fx)
	c.fetch(fx)
}

func (c *Consumer) askEpochs(broker int32, fx *sim.Effects) {
	if c.underTo(forEpochs, broker) {
		return
	}
	var r *api.OffsetForLeaderEpochRequest
	for i := range c.Positions {
		p := &c.Positions[i]
		if p.State != validating || p.Waits || p.Leader != broker {
			continue
		}
		if r == nil {
			r = &api.OffsetForLeaderEpochRequest{Header: c.header(4), ReplicaID: -1}
		}
		r.Partitions = append(r.Partitions, api.OffsetForLeaderEpochPartition{
			TopicPartition: p.TopicPartition, CurrentLeaderEpoch: p.LeaderEpoch, LeaderEpoch: p.Epoch})
	}
	if r != nil {
		c.begin(forEpochs, broker, r, fx)
	}
}

// gotEpochs takes the leader's answers. One for a position that is no longer
// the one asked for counts for nothing (maybeCompleteValidation); the next
// look-up asks again.
func (c *Consumer) gotEpochs(k call, r *api.OffsetForLeaderEpochResponse, fx *sim.Effects) {
	asked := k.Req.(*api.OffsetForLeaderEpochRequest).Partitions
	for i, p := range r.Partitions {
		at := c.position(p.TopicPartition)
		switch {
		case at == nil || at.State != validating || at.Epoch != asked[i].LeaderEpoch || at.LeaderEpoch != asked[i].CurrentLeaderEpoch:
		case p.ErrorCode != api.None:
			c.lookupLater(at, c.cfg.pol.lookupPause, fx)
			c.askMetadata(fx)
		case p.EndOffset < 0 || p.LeaderEpoch < 0:
			c.epochUnknown(at)
		case p.EndOffset < at.Offset:
			c.truncated(at, epochOffset{p.EndOffset, p.LeaderEpoch}, fx)
		default:
			at.State = known
			if !c.cfg.pol.java {
				at.Epoch = p.LeaderEpoch // loadEpochsForBrokerLoad
			}
		}
	}
	c.lookup(fx)
	c.fetch(fx)
}

// truncated treats a log that was cut off behind what was read. Java goes to
// where the logs part, but without a reset policy the poll fails
// (LogTruncationException) and asks again at the next; kgo goes there in any
// case, and says that records were lost.
func (c *Consumer) truncated(at *position, to epochOffset, fx *sim.Effects) {
	if c.cfg.pol.java && c.cfg.Reset == None {
		at.State = stuck
		c.truncationError(at)
		return
	}
	if !c.cfg.pol.java {
		c.truncationError(at)
	}
	c.settle(at, to, causeTruncation, fx)
}

// epochUnknown treats a leader that knows nothing of the epoch. Java resets
// by policy; kgo does where it has read something, and otherwise reads on.
func (c *Consumer) epochUnknown(at *position) {
	switch {
	case c.cfg.pol.java && c.cfg.Reset == None:
		at.State = stuck
		c.truncationError(at)
	case c.cfg.pol.java:
		at.State, at.Policy = resetting, c.cfg.Reset
	case at.Polled && c.cfg.Reset != None:
		at.State, at.Policy = resetting, outOfRange
	default:
		at.State = known
	}
}

func (c *Consumer) truncationError(at *position) {
	c.positionFails(at, FailTruncated, api.FencedLeaderEpoch)
}

// learnTopic makes a topic of what metadata tell of it, and of what was known
// before, if anything. A partition whose leader epoch is older than the one
// known keeps that and its leader: the metadata come from a broker that lags
// (Metadata.updateLatestMetadata, mergeTopicPartitions of kgo). Both clients
// see by the topic's id when it was made anew; here that shows when it was
// gone in between.
func learnTopic(was *topic, m *api.MetadataTopic) topic {
	t := topic{Name: m.Name, Leaders: make([]int32, len(m.Partitions)), Epochs: make([]int32, len(m.Partitions))}
	for i, p := range m.Partitions {
		t.Leaders[i], t.Epochs[i] = p.LeaderID, p.LeaderEpoch
		if was != nil && i < len(was.Epochs) && p.LeaderEpoch < was.Epochs[i] {
			t.Leaders[i], t.Epochs[i] = was.Leaders[i], was.Epochs[i]
		}
	}
	return t
}

// leaderOf is who leads a partition, and in which epoch, by the client's own
// metadata; -1 and -1 when it does not know.
func (c *Consumer) leaderOf(p model.TopicPartition) (broker, epoch int32) {
	if t := c.topic(p.Topic); t != nil && int(p.Partition) < len(t.Leaders) && c.reachable(t.Leaders[p.Partition]) {
		return t.Leaders[p.Partition], t.Epochs[p.Partition]
	}
	return -1, -1
}
