package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// The membership of the Java profile, after ConsumerCoordinator and
// AbstractCoordinator. What changes the membership or runs a callback happens
// inside poll only (ConsumerCoordinator.poll); the heartbeat thread goes on by
// itself (java_heartbeat.go) and can at most note that the member must rejoin,
// or forget its generation.
//
// MemberState is told by Phase: starting and resting are UNJOINED, joining is
// PREPARING_REBALANCE, syncing COMPLETING_REBALANCE, member STABLE.

// joinFuture is how the rebalance that poll began last has gone so far.
type joinFuture uint8

const (
	noJoin      joinFuture = iota
	joinPending            // JoinGroup or SyncGroup is under way
	joinDone               // Given is the assignment, which poll has not taken yet
	joinFailed             // by JoinErr
)

// javaState is what the Java profile keeps of a membership.
type javaState struct {
	RejoinNeeded bool
	Prepared     bool // the callbacks before the next JoinGroup have run
	Preparing    bool // they are about to: a commit is awaited first
	Backing      bool // the last join failed, and the next one must wait
	Future       joinFuture
	JoinErr      api.ErrorCode
	Given        []model.TopicPartition
	Fatal        api.ErrorCode          // what the heartbeat thread died of; the next poll throws it
	Misses       int64                  `canon:"sat=6"` // heartbeats that failed, in a row
	Remembered   []model.TopicPartition // by the sticky assignors: the last assignment,
	RememberedIn int32                  // and its generation; 0: none
	InPoll       bool                   // as watchPoll saw it last
	Parked       *api.JoinGroupResponse `canon:"shared"` // has come, and nobody reads from the network
}

const (
	timerSession = "session"
	timerMaxPoll = "max-poll"
	timerPrepare = "prepare"
	timerClose   = "close"
)

// rebalanceRetry is the pause after a failed rebalance: poll comes back to it
// when retry.backoff.ms are over (ConsumerNetworkClient.poll blocks no longer
// with nothing in flight).
const rebalanceRetry = 100 * sim.Millisecond

// insidePoll tells whether the application's thread is in poll, and not in one
// of its callbacks.
func (c *Consumer) insidePoll() bool {
	return c.Polling > 0 && c.Running == noCallback && !c.Leaving
}

// javaPoll does what ConsumerCoordinator.poll does, as often as poll would.
func (c *Consumer) javaPoll(fx *sim.Effects) {
	for c.insidePoll() && !c.RevokeWaits && c.javaTurn(fx) {
	}
}

// javaTurn is one turn of ConsumerCoordinator.poll; it tells whether the next
// follows at once.
func (c *Consumer) javaTurn(fx *sim.Effects) bool {
	switch {
	case c.Manual: // there is nothing to coordinate
	case c.Fatal != api.None: // pollHeartbeat
		c.throw(c.Fatal, fx)
	case c.Coordinator < 0: // ensureCoordinatorReady
		c.findCoordinator(fx)
	case c.rejoinNeededOrPending():
		return c.javaRejoin(fx)
	default: // KafkaConsumer.updateFetchPositions
		if of := c.unplaced(); len(of) > 0 && !c.under(forOffsets) {
			c.fetchOffsets(of, fx)
		}
	}
	return false
}

// rejoinNeededOrPending is the method of that name: the leader also rejoins
// when partitions are not as many as when it divided them.
func (c *Consumer) rejoinNeededOrPending() bool {
	if c.Snapshot != nil && !slices.Equal(c.Snapshot, c.sizes()) {
		c.RejoinNeeded = true
	}
	return c.RejoinNeeded || c.Future != noJoin
}

// javaRejoin is a turn of joinGroupIfNeeded.
func (c *Consumer) javaRejoin(fx *sim.Effects) (again bool) {
	switch c.Future {
	case noJoin:
		if c.Backing {
			return false
		}
		if !c.Prepared {
			c.Prepared = true
			return c.prepare(fx)
		}
		c.javaJoin("rebalance", fx)
	case joinDone:
		if c.Phase != member { // the heartbeat thread has reset the generation
			c.forgetGeneration(true, fx)
			c.Future = noJoin
			return true
		}
		c.complete(fx)
	case joinFailed:
		return c.javaJoinFailed(fx)
	}
	return false
}

// prepare is onJoinPrepare: an auto-commit is awaited, for at most the
// rebalance timeout; then callbacks run.
func (c *Consumer) prepare(fx *sim.Effects) (again bool) {
	c.Preparing = true
	if c.beforeRevoke(fx); c.RevokeWaits {
		fx.SetTimer(timerPrepare, "", c.cfg.RebalanceTimeout)
		return false
	}
	return c.prepared(fx)
}

// prepared is the rest of onJoinPrepare. A member whose generation was reset
// has lost what it had; otherwise an eager one gives up everything, even if
// that is nothing, and a cooperative one only what it does not subscribe to
// any more.
func (c *Consumer) prepared(fx *sim.Effects) (again bool) {
	c.Preparing, c.Leader = false, false
	fx.StopTimer(timerPrepare, "")
	switch {
	case c.Generation < 0 || c.MemberID == "":
		if len(c.Owned) == 0 {
			return true
		}
		c.call(onLost, c.Owned, fx)
	case !c.cfg.cooperative():
		c.call(onRevoked, c.Owned, fx)
	default:
		return true
	}
	return false
}

// javaCommitted goes on after a commit that beforeRevoke began, or that took
// too long.
func (c *Consumer) javaCommitted(fx *sim.Effects) {
	c.RevokeWaits = false
	switch {
	case c.Leaving:
		c.javaLeaves(fx)
	case c.Preparing && c.prepared(fx):
		c.javaPoll(fx)
	}
}

// javaJoin is initiateJoinGroup. The heartbeat thread stops until the answer.
func (c *Consumer) javaJoin(why string, fx *sim.Effects) {
	again := c.JoinErr == api.MemberIDRequired
	switch {
	case c.Phase == starting:
		why = "start"
	case c.Generation < 0:
		why = "after a failure"
	}
	c.Phase, c.Future, c.JoinErr = joining, joinPending, api.None
	c.stopHeartbeats(fx)
	if !again {
		c.observe(fx, model.Event{Kind: model.Joining, Cause: why})
	}
	c.sendJoin(why, fx)
}

// complete is onJoinComplete: a cooperative member gives up what it had and
// was not assigned again, and then must rejoin.
func (c *Consumer) complete(fx *sim.Effects) {
	if !c.Leader {
		c.Snapshot, c.Outside, c.Others = nil, nil, nil
	}
	assigned := inOrder(c.Given)
	c.Added = minus(assigned, c.Owned)
	if gone := minus(c.Owned, assigned); c.cfg.cooperative() && len(gone) > 0 {
		c.call(onPrerevoke, gone, fx)
		return
	}
	c.takeAssignment(fx)
}

// takeAssignment lets the assignor remember (onAssignment), and tells the
// application what is new, even if that is nothing.
func (c *Consumer) takeAssignment(fx *sim.Effects) {
	c.Remembered, c.RememberedIn = c.Given, c.Generation
	c.Owned, c.Given = inOrder(c.Given), nil
	c.abandon(forOffsets, fx) // asked in another generation (PendingCommittedOffsetRequest)
	c.autoCommitBegins(fx)
	for _, p := range c.Added { // the application may seek in its callback
		c.give(p)
	}
	c.call(onAssigned, c.Added, fx)
}

func (c *Consumer) javaCalledBack(cb callback, of []model.TopicPartition, fx *sim.Effects) {
	switch cb {
	case onLost, onRevoked:
		c.stopReading(fx)
		c.Owned = nil
	case onPrerevoke:
		c.stopReadingOf(of, fx)
		c.RejoinNeeded = true
		c.takeAssignment(fx)
	case onAssigned:
		c.Future, c.Prepared = noJoin, false
	case onLeft, onLeftLost:
		c.Owned = nil
		c.javaGoodbye(fx)
	}
	c.javaPoll(fx)
}

// forgetGeneration is resetStateAndRejoin. The member id survives ILLEGAL_GENERATION, for
// it may still be good (KAFKA-13214).
func (c *Consumer) forgetGeneration(memberID bool, fx *sim.Effects) {
	c.Phase, c.Generation, c.Protocol = resting, -1, ""
	if memberID {
		c.MemberID = ""
	}
	c.RejoinNeeded, c.Prepared = true, false
	c.stopHeartbeats(fx)
}

// throw is an exception out of poll, which ends it.
func (c *Consumer) throw(err api.ErrorCode, fx *sim.Effects) {
	c.Fatal, c.Polling, c.Handling = api.None, 0, false
	c.tell(AppEvent{Kind: AppFailed, Err: err, Fatal: true})
}
