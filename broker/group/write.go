package group

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// outcome is what a handler wants written, and what is to happen in the
// volatile state once it is committed or has failed (Kafka's CoordinatorResult
// with its appendFuture). The zero outcome writes nothing.
type outcome struct {
	records []Record
	then    *then
}

func (o outcome) isEmpty() bool { return len(o.records) == 0 }

// deferred is an operation that waits for the high watermark
// (DeferredEventQueue). They are in the order of their offsets.
type deferred struct {
	offset   int64    `canon:"-"`   // done when the high watermark is here; the order tells enough
	deadline sim.Time `canon:"rel"` // fails with REQUEST_TIMED_OUT then
	conn     sim.Conn
	answer   sim.Message `canon:"shared"` // nil: nobody waits for an answer
	then     *then
}

// write ends an operation: its records are appended and replayed, and it is
// complete when they and all before them are committed (CoordinatorRuntime.append).
// answer may be nil.
func (c *Coordinator) write(fx *sim.Effects, o outcome, conn sim.Conn, answer sim.Message) {
	if err := c.canAppend(); err != api.None && !o.isEmpty() {
		c.complete(fx, &deferred{conn: conn, answer: answer, then: o.then}, err)
		return
	}
	wasLagging := c.log.Lagging()
	c.grew = c.grew || c.shared && !o.isEmpty()
	for i := range o.records {
		r := &o.records[i]
		committed := c.log.append(r)
		if !committed {
			c.remember(r)
		}
		c.live.durable.replay(r)
		if r.Type == ShareGroupPartitions {
			c.stampInit(r.Group, fx.Now())
		}
	}
	c.log.Advance(fx.Now())
	d := deferred{offset: c.log.end, conn: conn, answer: answer, then: o.then}
	if !c.lagging() {
		c.forget(c.log.HighWatermark())
		c.complete(fx, &d, api.None)
		return
	}
	if !wasLagging && c.log.Trailed() {
		fx.SetTimer(TimerReplicate, c.partition, c.settings.ReplicationDelay)
	}
	if answer == nil && o.then == nil {
		return
	}
	timeout := ms(c.settings.OffsetsCommitTimeoutMs)
	d.deadline = fx.Now() + timeout
	c.live.deferred = append(c.live.deferred, d)
	if len(c.live.deferred) == 1 {
		fx.SetTimer(TimerWriteTimeout, c.partition, timeout)
	}
}

// complete ends an operation: first what happens in the group, then the
// answer. An error is that of the append.
func (c *Coordinator) complete(fx *sim.Effects, d *deferred, err api.ErrorCode) {
	if d.then != nil {
		c.afterAppend(fx, d.then, appendError(err))
	}
	if d.answer == nil {
		return
	}
	if err != api.None {
		c.answer(d.conn, failed(d.answer, err))
		return
	}
	c.answer(d.conn, d.answer)
}

// canAppend tells why the log takes no records (Partition.appendRecordsToLeader
// with acks=-1, as CoordinatorPartitionWriter asks for).
func (c *Coordinator) canAppend() api.ErrorCode {
	switch {
	case !c.log.Leads():
		return api.NotCoordinator
	case c.log.UnderMinISR():
		return api.NotEnoughReplicas
	}
	return api.None
}

// lagging tells whether something of this coordinator is not committed. In one
// that is deposed, nothing ever will be.
func (c *Coordinator) lagging() bool {
	if !c.log.Leads() {
		return len(c.live.deferred) > 0
	}
	return c.log.Lagging()
}

// replicated is the other copies' catching up.
func (c *Coordinator) replicated(fx *sim.Effects) {
	c.log.CatchUp()
	c.Committed(fx)
}

// Committed completes what the high watermark has passed. That of a partition
// that is led elsewhere says nothing of what was written here (KAFKA-20634,
// ListenerAdapter of CoordinatorPartitionWriter).
func (c *Coordinator) Committed(fx *sim.Effects) {
	if !c.log.Leads() {
		return
	}
	hw := c.log.HighWatermark()
	c.forget(hw)
	n := 0
	for n < len(c.live.deferred) && c.live.deferred[n].offset <= hw {
		n++
	}
	c.finish(fx, n, api.None)
}

// writeTimeout fails what has waited too long. Its records stay: they may be
// committed yet.
func (c *Coordinator) writeTimeout(fx *sim.Effects) {
	n := 0
	for n < len(c.live.deferred) && c.live.deferred[n].deadline <= fx.Now() {
		n++
	}
	c.finish(fx, n, api.RequestTimedOut)
}

// finish completes the first n deferred operations, one by one: one can answer
// what another still guards. None appends, so the queue only shrinks.
func (c *Coordinator) finish(fx *sim.Effects, n int, err api.ErrorCode) {
	for ; n > 0; n-- {
		d := c.live.deferred[0]
		c.live.deferred = c.live.deferred[1:]
		c.complete(fx, &d, err)
	}
	if len(c.live.deferred) == 0 {
		c.live.deferred = nil
		fx.StopTimer(TimerWriteTimeout, c.partition)
		return
	}
	fx.SetTimer(TimerWriteTimeout, c.partition, c.live.deferred[0].deadline-fx.Now())
}

// appendError is what a failed append of group metadata means to members
// (appendGroupMetadataErrorToResponseError).
func appendError(err api.ErrorCode) api.ErrorCode {
	if err == api.RequestTimedOut || err == api.NotEnoughReplicas {
		return api.CoordinatorNotAvailable
	}
	return err
}

// failed turns an answer into that of the same operation failed
// (handleOperationException and, for OffsetFetch, handleOffsetFetchException).
func failed(answer sim.Message, err api.ErrorCode) sim.Message {
	switch a := answer.(type) {
	case *api.OffsetFetchResponse:
		if err == api.RequestTimedOut {
			err = api.NotCoordinator // older clients do not expect anything else
		}
		return &api.OffsetFetchResponse{ErrorCode: err}
	case *api.OffsetCommitResponse:
		return commitFailed(a, appendError(err))
	case *api.LeaveGroupResponse:
		return &api.LeaveGroupResponse{ErrorCode: appendError(err)}
	case *api.DeleteGroupsResponse:
		return deletesFailed(a, appendError(err))
	case *api.OffsetDeleteResponse:
		return &api.OffsetDeleteResponse{ErrorCode: appendError(err)}
	case *api.ShareGroupHeartbeatResponse:
		return shareFailed(appendError(err))
	case *api.ShareGroupOffsetsResponse:
		return &api.ShareGroupOffsetsResponse{ErrorCode: appendError(err)}
	}
	return heartbeatResponse(appendError(err))
}

func ms(n int32) sim.Time { return sim.Time(n) * sim.Millisecond }
