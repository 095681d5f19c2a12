package client

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// How sessions of the franz profile end: in good order for a rebalance, by an
// error, or because the member leaves.

// sessionEnds ends the session, for a rebalance or by an error. The first one
// decides how; while it is revoked, later errors are what it ends with (the
// heartbeat loop of kgo saves the last one).
func (c *Consumer) sessionEnds(err api.ErrorCode, fx *sim.Effects) {
	if c.cfg.pol.java || c.Manual {
		c.throw(err, fx)
		return
	}
	switch {
	case c.Phase != member:
		return
	case c.Revoking:
		c.Failure = err
		return
	case c.Failure != api.None || c.Leaving:
		return
	}
	c.Failure = err
	if err == api.RebalanceInProgress {
		c.Revoking = true
	} else {
		c.stopHeartbeats(fx)
		c.abandon(forOffsets, fx)
	}
	c.goOn(fx)
}

// goOn runs the callback with which the session ends, once those with which
// it began are over. A cooperative member that goes to a rebalance gives up
// nothing, but hears of it.
func (c *Consumer) goOn(fx *sim.Effects) {
	switch {
	case c.Running != noCallback || c.Held != noCallback:
	case c.Revoking && c.Cooperative:
		c.call(onRevoked, nil, fx)
	case c.Revoking:
		c.call(onRevoked, c.Owned, fx)
	case c.Leaving:
		c.call(onLeft, c.Owned, fx)
	case c.Failure != api.None:
		c.fail(c.Failure, fx)
	}
}

// sessionOver goes on when the session has been revoked; a heartbeat under way
// is awaited first.
func (c *Consumer) sessionOver(fx *sim.Effects) {
	switch {
	case c.under(forHeartbeat):
		c.Awaiting = true
	case c.Leaving:
		c.Revoking = false
		c.call(onLeft, c.Owned, fx)
	case c.Failure == api.RebalanceInProgress:
		why := c.Rejoin
		if why == "" {
			why = "rebalance"
		}
		c.join(why, fx)
	default:
		c.fail(c.Failure, fx)
	}
}

// fail ends the membership (manageFailWait): what was owned is lost, even if
// that is nothing, and after a while the member joins again, with the member
// id that it has. FENCED_INSTANCE_ID is like any other error: kgo tries again
// for ever. Reading stops only when the lost callback is over: polls beside it
// may still bring records.
func (c *Consumer) fail(err api.ErrorCode, fx *sim.Effects) {
	c.Phase, c.Failure, c.Revoking, c.Awaiting = resting, err, false, false
	c.stopHeartbeats(fx)
	c.call(onLost, c.Owned, fx)
}

func (c *Consumer) rest(fx *sim.Effects) {
	c.tell(AppEvent{Kind: AppFailed, Err: c.Failure}) // ErrGroupSession, in place of records
	c.stopReading(fx)
	c.Leader, c.Outside, c.Others = false, nil, nil
	if c.Leaving {
		c.sayGoodbye(fx)
		return
	}
	c.Failures++
	fx.SetTimer(timerRejoin, "", c.cfg.backoff(c.Failures, fx))
}

// franzLeave ends the membership (LeaveGroupContext): reading stops at once, a
// join that is under way goes on to its end, and then everything is revoked.
func (c *Consumer) franzLeave(fx *sim.Effects) {
	c.stopReading(fx)
	switch c.Phase {
	case starting:
		c.gone(fx)
	case resting:
		if c.Running == noCallback && c.Held == noCallback {
			c.sayGoodbye(fx)
		}
	case member:
		c.stopHeartbeats(fx)
		if c.Awaiting {
			c.Awaiting = false
			c.sessionOver(fx)
			return
		}
		c.goOn(fx)
	}
}

// sayGoodbye sends LeaveGroup. A static member does not, unless it has given
// up partitions in a cooperative rebalance and not joined again: nobody would
// get them (rejoinOwed of kgo).
func (c *Consumer) sayGoodbye(fx *sim.Effects) {
	c.Phase = leaving
	fx.StopTimer(timerHeartbeat, "")
	fx.StopTimer(timerRejoin, "")
	if c.MemberID == "" || c.cfg.InstanceID != "" && !c.RejoinOwed {
		c.gone(fx)
		return
	}
	c.sendLeave("client leaving group per normal operation", fx)
}

// commitRefused is what a commit's error does to the membership. In kgo, when
// the coordinator does not know the member any more, it joins again at once, as
// in a rebalance, and does not wait for the next heartbeat
// (commitHasFatalMemberError). In Java see OffsetCommitResponseHandler.
func (c *Consumer) commitRefused(err api.ErrorCode, fx *sim.Effects) {
	unknown := err == api.UnknownMemberID || err == api.IllegalGeneration
	switch {
	case c.cfg.pol.java && err == api.RebalanceInProgress:
		c.RejoinNeeded = true
	case c.cfg.pol.java && unknown && c.Phase != joining:
		c.forgetGeneration(err != api.IllegalGeneration, fx)
	case !c.cfg.pol.java && unknown:
		c.rejoin(whyCommit, fx)
	}
}
