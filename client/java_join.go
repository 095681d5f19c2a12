package client

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// javaJoined is JoinGroupResponseHandler, when somebody reads from the network.
func (c *Consumer) javaJoined(r *api.JoinGroupResponse, fx *sim.Effects) {
	if !c.reads() {
		c.Parked = r
		return
	}
	switch r.ErrorCode {
	case api.None:
		c.MemberID, c.Phase = r.MemberID, syncing
		c.enableHeartbeats(fx)
		c.enter(r, fx)
		return
	case api.UnknownMemberID:
		c.forgetGeneration(true, fx)
	case api.MemberIDRequired: // KIP-394
		c.Generation, c.MemberID, c.Protocol = -1, r.MemberID, ""
	case api.CoordinatorNotAvailable, api.NotCoordinator:
		c.loseCoordinator(fx)
	}
	c.joinFails(r.ErrorCode)
}

// reads tells whether one of the member's threads reads from the network: the
// application's, in poll or in a commit that it waits for; the heartbeat
// thread's does not before the member has joined.
func (c *Consumer) reads() bool { return c.insidePoll() || c.Leaving || len(c.Commits) > 0 }

// javaPump handles the answer to JoinGroup that came while nobody read.
func (c *Consumer) javaPump(fx *sim.Effects) {
	if r := c.Parked; r != nil && c.reads() {
		c.Parked = nil
		if c.Phase == joining {
			c.javaJoined(r, fx)
		}
	}
}

// javaSynced is SyncGroupResponseHandler.
func (c *Consumer) javaSynced(r *api.SyncGroupResponse, fx *sim.Effects) {
	switch {
	case c.Future != joinPending:
		return
	case r.ErrorCode == api.None && c.Phase == syncing:
		c.Phase, c.RejoinNeeded = member, false
		c.Future, c.Given = joinDone, r.Assignment
		return
	case r.ErrorCode == api.None: // the generation was reset meanwhile
		c.joinFails(api.IllegalGeneration)
		return
	case r.ErrorCode == api.UnknownMemberID, r.ErrorCode == api.IllegalGeneration:
		c.forgetGeneration(r.ErrorCode != api.IllegalGeneration, fx)
	case r.ErrorCode == api.CoordinatorNotAvailable, r.ErrorCode == api.NotCoordinator:
		c.loseCoordinator(fx)
	}
	c.joinFails(r.ErrorCode)
}

func (c *Consumer) joinFails(err api.ErrorCode) {
	c.Future, c.JoinErr, c.Electing = joinFailed, err, nil
}

// javaJoinFailed is the end of joinGroupIfNeeded for a rebalance that failed:
// some errors make the member join again at once, others after a pause, and
// the rest are thrown.
func (c *Consumer) javaJoinFailed(fx *sim.Effects) (again bool) {
	err := c.JoinErr
	c.Future, c.RejoinNeeded = noJoin, true
	switch {
	case err == api.UnknownMemberID, err == api.IllegalGeneration,
		err == api.RebalanceInProgress, err == api.MemberIDRequired:
		return true
	case retriable(err):
		c.Backing = true
		fx.SetTimer(timerRejoin, "", rebalanceRetry)
	default:
		c.throw(err, fx)
	}
	return false
}

// broken reacts to a request whose connection broke, and that Java does not
// send again by itself (CoordinatorResponseHandler.onFailure).
func (c *Consumer) broken(k call, fx *sim.Effects) {
	if c.dataFailed(k, fx) {
		return
	}
	switch k.Purpose {
	case forJoin, forSync:
		if c.Future == joinPending {
			c.joinFails(api.CoordinatorNotAvailable)
		}
	case forHeartbeat:
		c.missHeartbeat(fx)
	case forLeave:
		if c.Phase == leaving {
			c.gone(fx)
		}
	}
}

// javaLeave is KafkaConsumer.close: the heartbeat thread ends, what was polled
// is committed, callbacks run, and a dynamic member sends LeaveGroup.
func (c *Consumer) javaLeave(fx *sim.Effects) {
	c.stopHeartbeats(fx)
	fx.StopTimer(timerRejoin, "")
	fx.StopTimer(timerMaxPoll, "")
	fx.SetTimer(timerClose, "", closeTimeout)
	if c.beforeRevoke(fx); !c.RevokeWaits {
		c.javaLeaves(fx)
	}
}

// closeTimeout is KafkaConsumer.DEFAULT_CLOSE_TIMEOUT_MS.
const closeTimeout = 30 * sim.Second

// javaLeaves is onLeavePrepare.
func (c *Consumer) javaLeaves(fx *sim.Effects) {
	cb := onLeft
	if c.Generation < 0 || c.MemberID == "" || c.Phase == joining || c.Phase == syncing {
		cb = onLeftLost
	}
	c.stopReading(fx)
	if len(c.Owned) == 0 {
		c.javaGoodbye(fx)
		return
	}
	c.call(cb, c.Owned, fx)
}

// javaGoodbye is maybeLeaveGroup; the answer is awaited for as long as close may take.
func (c *Consumer) javaGoodbye(fx *sim.Effects) {
	known := c.Coordinator >= 0 && c.MemberID != "" && c.Phase != starting && c.Phase != resting
	c.Phase = leaving
	c.abandon(forJoin, fx)
	c.abandon(forSync, fx)
	if !known || c.cfg.InstanceID != "" {
		c.gone(fx)
		return
	}
	c.sendLeave("the consumer is being closed", fx)
}
