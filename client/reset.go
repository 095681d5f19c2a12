package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// timerLookup goes off when positions that could not be looked up are tried
// again.
const timerLookup = "lookup"

// outOfRange is the policy of a position that the franz profile found out of
// range after it had read there: where the log begins decides what comes next.
const outOfRange Reset = "out-of-range"

// uncommitted treats a partition for which nothing is committed, by policy.
// Without a policy the application is told: NoOffsetForPartitionException,
// AtCommitted of kgo.
func (c *Consumer) uncommitted(at *position) {
	if c.cfg.Reset == None {
		at.State = stuck
		c.positionFails(at, FailNoOffset, api.OffsetOutOfRange)
		return
	}
	at.State, at.Policy = resetting, c.cfg.Reset
}

// positionFails tells the application that a position has failed. In Java poll
// throws, if the application is in it; else the next poll asks again (unstick),
// and throws then.
func (c *Consumer) positionFails(at *position, why string, err api.ErrorCode) {
	ev := AppEvent{Kind: AppFailed, Partitions: []model.TopicPartition{at.TopicPartition}, Key: why, Err: err}
	if c.cfg.pol.java {
		if c.Polling == 0 {
			return
		}
		c.Polling, c.Handling, ev.Fatal = 0, false, true
	}
	c.tell(ev)
}

// fellOut treats an offset that the log does not hold. Java goes by policy,
// and without one has the poll fail (OffsetOutOfRangeException). kgo goes by
// policy too where it has read nothing; where it has, it goes on at the log's
// beginning if that is later, else it lost records: it says so, and goes by
// policy, though never ahead (addList in source.go).
func (c *Consumer) fellOut(at *position) {
	switch {
	case c.cfg.Reset == None:
		if c.cfg.pol.java {
			at.State, at.Policy = stuck, outOfRange
		}
		c.positionFails(at, FailOutOfRange, api.OffsetOutOfRange)
	case !c.cfg.pol.java && at.Polled:
		at.State, at.Policy = resetting, outOfRange
	default:
		at.State, at.Policy = resetting, c.cfg.Reset
	}
}

// lookup asks the leaders for the offsets of the positions that are being
// reset, and whether those in doubt still hold; one question of a kind to a
// broker at a time.
func (c *Consumer) lookup(fx *sim.Effects) {
	wanted := false
	for i := range c.Positions {
		p := &c.Positions[i]
		looked := p.State == resetting || p.State == validating
		if wanted = wanted || looked; p.Leader < 0 && (looked || p.State == known) {
			c.metadataSoon(c.leaderless(), fx)
		}
	}
	if !wanted {
		return
	}
	for b := range c.cfg.Brokers {
		c.listOffsets(int32(b), fx)
		c.askEpochs(int32(b), fx)
	}
}

// leaderless is how long to wait before asking again who leads a partition that
// nobody led: what is asked for at once may come at once, and say the same.
func (c *Consumer) leaderless() sim.Time {
	if c.cfg.pol.java {
		return c.cfg.pol.backoffBase
	}
	return quickPause
}

func (c *Consumer) listOffsets(broker int32, fx *sim.Effects) {
	if c.underTo(forListOffsets, broker) {
		return
	}
	var r *api.ListOffsetsRequest
	for i := range c.Positions {
		p := &c.Positions[i]
		if p.State != resetting || p.Waits || p.Leader != broker {
			continue
		}
		if r == nil {
			r = &api.ListOffsetsRequest{Header: c.header(7)}
		}
		r.Partitions = append(r.Partitions, api.ListOffsetsPartition{
			TopicPartition: p.TopicPartition, CurrentLeaderEpoch: p.LeaderEpoch, Timestamp: c.timestamp(p.Policy, fx)})
	}
	if r != nil {
		c.begin(forListOffsets, broker, r, fx)
	}
}

// timestamp is what ListOffsets is asked for under a policy. KIP-1106 counts
// from now; kgo's LookbackOffset from the partition's newest record, which
// differs by how old that is.
func (c *Consumer) timestamp(p Reset, fx *sim.Effects) int64 {
	switch p {
	case Latest:
		return api.LatestTimestamp
	case ByDuration:
		return max(int64((fx.Now()-c.cfg.ResetDuration)/sim.Millisecond), 0)
	}
	return api.EarliestTimestamp
}

// listed takes the leader's answers. One for a position that was set, or whose
// policy changed, in the meantime counts for nothing.
func (c *Consumer) listed(k call, r *api.ListOffsetsResponse, fx *sim.Effects) {
	asked := k.Req.(*api.ListOffsetsRequest).Partitions
	for i, p := range r.Partitions {
		at := c.position(p.TopicPartition)
		switch {
		case at == nil || at.State != resetting || !asks(at.Policy, asked[i].Timestamp):
		case p.ErrorCode != api.None:
			c.lookupLater(at, c.cfg.pol.lookupPause, fx)
			c.askMetadata(fx)
		case p.Offset < 0:
			c.noneSince(at, fx)
		default:
			c.found(at, p, fx)
		}
	}
	c.lookup(fx)
	c.fetch(fx)
}

// asks tells whether a timestamp is what is asked under a policy.
func asks(p Reset, timestamp int64) bool {
	switch p {
	case Latest:
		return timestamp == api.LatestTimestamp
	case ByDuration:
		return timestamp >= 0
	}
	return timestamp == api.EarliestTimestamp
}

// found sets a position to an offset that was looked up.
func (c *Consumer) found(at *position, p api.ListOffsetsPartitionResponse, fx *sim.Effects) {
	to := epochOffset{p.Offset, p.LeaderEpoch}
	if c.cfg.pol.java {
		to.Epoch = -1 // resetPositionIfNeeded: nothing to validate
	}
	if at.Policy == outOfRange {
		switch {
		case at.Offset < p.Offset: // retention was faster: nothing is there that was not read but this
			c.settle(at, to, string(Earliest), fx)
			return
		case c.cfg.Reset != Earliest:
			c.lostData(at)
			at.Policy = c.cfg.Reset
			return
		}
		c.lostData(at)
	} else if at.Polled && !c.cfg.pol.java && at.Policy == ByDuration && p.Offset > at.Offset {
		to = epochOffset{at.Offset, -1} // never ahead of what was read
	}
	cause := at.Policy
	if cause == outOfRange {
		cause = Earliest
	}
	c.settle(at, to, string(cause), fx)
}

// noneSince treats a partition that has no record since the time looked for.
// kgo reads on at its end. Java leaves the position open and asks again when
// request.timeout.ms is over (OffsetFetcherUtils.handleListOffsetResponse,
// OffsetFetcher.resetPositionsAsync).
func (c *Consumer) noneSince(at *position, fx *sim.Effects) {
	if c.cfg.pol.java {
		c.lookupLater(at, c.cfg.RequestTimeout, fx)
		return
	}
	at.Policy = Latest
}

// lookupLater keeps a position from being looked up for a while.
func (c *Consumer) lookupLater(at *position, after sim.Time, fx *sim.Effects) {
	at.Waits = true
	fx.SetTimer(timerLookup, "", max(after, 0))
}

// lookupAgain is the end of that while, for all positions.
func (c *Consumer) lookupAgain(fx *sim.Effects) {
	for i := range c.Positions {
		c.Positions[i].Waits = false
	}
	c.lookup(fx)
}

// lostData tells the application that records which it was given are no longer
// in the log (ErrDataLoss of kgo).
func (c *Consumer) lostData(at *position) {
	c.positionFails(at, FailTruncated, api.OffsetOutOfRange)
}

// Seek sets where partitions are read on, with the leader epoch of the record
// before, -1 when that is not known. kgo sets only what is assigned, drops all
// that is buffered or under way, and takes the offset as committed
// (SetOffsets, assignSetMatching). Java drops what is buffered of the
// partition when it comes to look at it.
func (c *Consumer) Seek(p model.TopicPartition, offset int64, epoch int32, fx *sim.Effects) {
	at := c.position(p)
	if at == nil || at.State == gone || offset < 0 {
		return
	}
	c.settle(at, epochOffset{offset, epoch}, model.CauseSeek, fx)
	if c.cfg.pol.java {
		c.doubt(at)
	} else {
		at.Head, at.Committed = at.read(), at.read()
		c.restartSession(fx)
	}
	c.lookup(fx)
	c.fetch(fx)
}

// SeekTo looks a partition's position up by a policy: seekToBeginning and
// seekToEnd.
func (c *Consumer) SeekTo(p model.TopicPartition, by Reset, fx *sim.Effects) {
	at := c.position(p)
	if at == nil || at.State == gone || !slices.Contains([]Reset{Earliest, Latest, ByDuration}, by) {
		return
	}
	at.State, at.Policy, at.Polled = resetting, by, false
	if !c.cfg.pol.java {
		c.restartSession(fx)
	}
	c.lookup(fx)
}
