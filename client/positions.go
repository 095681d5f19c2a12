package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// positionState is how far a consumer is in knowing where to read on.
type positionState uint8

const (
	initializing positionState = iota // the group's committed offset is asked for
	resetting                         // an offset is looked up, by Policy
	validating                        // the leader is asked whether its log still holds what was read
	known                             // it can be fetched
	stuck                             // nothing is committed, and the policy is None: the application must seek
	gone                              // it was given up; what was read of it can still be committed
)

// position is where a partition is read on, and what of it was committed:
// TopicPartitionState of SubscriptionState, cursor and uncommit of kgo.
type position struct {
	model.TopicPartition
	State  positionState
	Paused bool
	Polled bool  // the application was given a record of it since it was assigned
	Policy Reset // while it is being reset
	Waits  bool  // a look-up failed: the next is after a while

	Offset      int64 // of the next record to hand out
	Epoch       int32 // leader epoch of the record before it; -1: not known
	EpochFrom   int64 // offsets behind this one have that epoch; -1 for all
	Leader      int32 // the broker to fetch from; -1: not known
	LeaderEpoch int32

	// What auto-commit of the franz profile knows (head and committed of
	// kgo's uncommit; its dirty is Offset).
	Head, Committed epochOffset
}

// epochOffset is an offset to commit, with the leader epoch of the record
// before it (-1: not known). Nothing is -1 and -1.
type epochOffset struct {
	Offset int64
	Epoch  int32
}

var nothing = epochOffset{-1, -1}

// The causes of positions, beside the names of the reset policies.
const (
	causeCommitted  = "committed"
	causeTruncation = "truncation" // the log was cut off behind it
)

// read is what the application was given, as an offset to commit.
func (p *position) read() epochOffset { return epochOffset{p.Offset, p.Epoch} }

func (c *Consumer) position(p model.TopicPartition) *position {
	for i := range c.Positions {
		if c.Positions[i].TopicPartition == p {
			return &c.Positions[i]
		}
	}
	return nil
}

// positionNear is position for partitions that come in the order of Positions
// as a rule: the search begins at an index, and gives the one to go on from.
func (c *Consumer) positionNear(p model.TopicPartition, at int) (*position, int) {
	for range c.Positions {
		if at >= len(c.Positions) {
			at = 0
		}
		if x := &c.Positions[at]; x.TopicPartition == p {
			return x, at + 1
		}
		at++
	}
	return nil, 0
}

// give sets a position to its beginning, when its partition is assigned.
func (c *Consumer) give(p model.TopicPartition) {
	fresh := position{TopicPartition: p, Paused: slices.Contains(c.Paused, p),
		Offset: -1, Epoch: -1, EpochFrom: -1, Head: nothing, Committed: nothing}
	fresh.Leader, fresh.LeaderEpoch = c.leaderOf(p)
	if at := c.position(p); at != nil {
		*at = fresh
		return
	}
	c.Positions = append(c.Positions, fresh)
}

// stopReadingOf ends the reading of some partitions: assignPartitions with
// assignInvalidateMatching of kgo, which ends what is fetched of all and drops
// what is buffered of all; ConsumerCoordinator.onJoinComplete of Java, where
// only what the others brought is dropped, when it is looked at.
func (c *Consumer) stopReadingOf(lost []model.TopicPartition, fx *sim.Effects) {
	for i := range c.Positions {
		if p := &c.Positions[i]; slices.Contains(lost, p.TopicPartition) {
			p.State = gone
		}
	}
	if !c.reading() {
		c.stopReading(fx)
		return
	}
	if c.cfg.pol.cancelCostsConn {
		c.restartSession(fx)
	} else {
		isLost := func(p model.TopicPartition) bool { return slices.Contains(lost, p) }
		c.Buffer = slices.DeleteFunc(c.Buffer, func(b fetched) bool { return isLost(b.TopicPartition) })
		c.Paused = slices.DeleteFunc(c.Paused, isLost)
	}
	c.fetch(fx)
}

// stopReading ends the reading of all partitions, and what is under way for
// it (assignPartitions with assignInvalidateAll of kgo). Java's client lets
// fetches go on, and drops what they bring.
func (c *Consumer) stopReading(fx *sim.Effects) {
	for i := range c.Positions {
		c.Positions[i].State = gone
	}
	c.Buffer = nil
	c.abandon(forOffsets, fx)
	c.abandon(forListOffsets, fx)
	c.abandon(forEpochs, fx)
	fx.StopTimer(timerLookup, "")
	if c.cfg.pol.cancelCostsConn {
		c.hangup(forFetch, fx)
	} else {
		c.Paused = nil
	}
}

// restartSession is stopSession and startNewSession of kgo: fetches under way
// are cut off, what is buffered is dropped, look-ups begin again.
func (c *Consumer) restartSession(fx *sim.Effects) {
	c.Buffer = nil
	c.abandon(forListOffsets, fx)
	c.abandon(forEpochs, fx)
	c.hangup(forFetch, fx)
	c.lookup(fx)
}

// forgetGone drops what is still known of partitions that were given up, once
// the application's callback is over: from then on they are not committed.
func (c *Consumer) forgetGone() {
	c.Positions = slices.DeleteFunc(c.Positions, func(p position) bool { return p.State == gone })
	if len(c.Positions) == 0 {
		c.Positions = nil
	}
}

// reading tells whether any partition is (or will be) read.
func (c *Consumer) reading() bool {
	return slices.ContainsFunc(c.Positions, func(p position) bool { return p.State != gone })
}

// fetchOffsets asks where the group is in partitions just assigned, and in
// those whose question is still under way: that one is given up
// (adjustCooperativeFetchOffsets of kgo, PendingCommittedOffsetRequest of
// ConsumerCoordinator).
func (c *Consumer) fetchOffsets(added []model.TopicPartition, fx *sim.Effects) {
	for _, p := range added {
		c.give(p)
	}
	c.askOffsets(fx)
}

func (c *Consumer) askOffsets(fx *sim.Effects) {
	var ask []model.TopicPartition
	for i := range c.Positions {
		if p := &c.Positions[i]; p.State == initializing {
			ask = append(ask, p.TopicPartition)
		}
	}
	if len(ask) == 0 {
		return
	}
	c.abandon(forOffsets, fx)
	c.LastOp++
	c.OffsetsOp = c.LastOp
	ev := c.ownership(model.FetchOffsets, ask)
	ev.Op = c.OffsetsOp
	c.observe(fx, ev)
	c.begin(forOffsets, 0, &api.OffsetFetchRequest{
		Header: c.header(9), GroupID: c.cfg.Group, MemberEpoch: -1, Partitions: ask, RequireStable: true}, fx)
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
		at := c.position(p.TopicPartition)
		switch {
		case at == nil || at.State != initializing:
		case p.CommittedOffset >= 0:
			at.Head = epochOffset{p.CommittedOffset, p.CommittedLeaderEpoch}
			at.Committed = at.Head
			c.settle(at, at.Head, causeCommitted, fx)
			c.doubt(at)
		default:
			c.uncommitted(at)
		}
	}
	c.lookup(fx)
	c.fetch(fx)
}

// settle makes a position known.
func (c *Consumer) settle(at *position, to epochOffset, cause string, fx *sim.Effects) {
	at.State, at.Policy, at.Waits = known, "", false
	at.Offset, at.Epoch, at.EpochFrom = to.Offset, to.Epoch, to.Offset-1
	if to.Epoch == 0 {
		at.EpochFrom = -1
	}
	c.observe(fx, model.Event{Kind: model.Positioned, TopicPartition: at.TopicPartition, To: to.Offset, Cause: cause})
}

// epochBefore is the leader epoch of the record before an offset of those that
// the application was given; -1 when that is not known any more.
func (c *Consumer) epochBefore(p model.PartitionOffset) int32 {
	if at := c.position(p.TopicPartition); at != nil && p.Offset > at.EpochFrom && p.Offset <= at.Offset {
		return at.Epoch
	}
	return -1
}
