package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// The membership of the franz profile, after kgo's groupConsumer: join and
// sync, then a session (setupAssignedAndHeartbeat) in which callbacks run one
// after the other while heartbeats go on beside them.

// fastCheck is when a cooperative session heartbeats for the first time: a
// rebalance mostly has a second round, and it wants to know soon.
const fastCheck = 500 * sim.Millisecond

const keyFast = "fast" // of the heartbeat timer

// Why a member joins again.
const (
	whyMetadata = "metadata"
	whyRevoked  = "after revoking" // the second round of a cooperative rebalance
	whyCommit   = "commit refused"
	whyOldPlan  = "old assignment" // a static leader's; see assign
)

// join asks to be in the next generation (joinAndSync).
func (c *Consumer) join(why string, fx *sim.Effects) {
	c.Phase, c.Failure, c.Revoking, c.Leader, c.Planned = joining, api.None, false, false, false
	c.Rejoin, c.Electing = "", nil
	c.stopHeartbeats(fx)
	c.observe(fx, model.Event{Kind: model.Joining, Cause: why})
	c.sendJoin(why, fx)
}

func (c *Consumer) franzJoined(k call, r *api.JoinGroupResponse, fx *sim.Effects) {
	switch {
	case r.ErrorCode == api.MemberIDRequired: // KIP-394
		c.MemberID = r.MemberID
		c.sendJoin("", fx)
	case r.ErrorCode == api.UnknownMemberID:
		c.MemberID = ""
		c.sendJoin("", fx)
	case retriable(r.ErrorCode):
		c.retry(k, fx)
	case r.ErrorCode != api.None:
		c.fail(r.ErrorCode, fx)
	default:
		// A group that goes from cooperative to eager has what the members
		// still hold revoked before the new session (protocolDowngraded).
		cooperative := r.ProtocolName == assignor.CooperativeSticky.Name()
		c.Downgraded = !cooperative && (c.Cooperative || c.Downgraded)
		c.Cooperative = cooperative
		if r.Leader != r.MemberID {
			c.Outside, c.Others = nil, nil
		}
		c.enter(r, fx)
	}
}

func (c *Consumer) franzSynced(k call, r *api.SyncGroupResponse, fx *sim.Effects) {
	switch {
	case r.ErrorCode == api.RebalanceInProgress:
		c.join("sync in a rebalance", fx)
		return
	case retriable(r.ErrorCode):
		c.retry(k, fx)
		return
	case r.ErrorCode != api.None:
		c.fail(r.ErrorCode, fx)
		return
	}
	c.Phase, c.Failures, c.RejoinOwed = member, 0, false
	now := inOrder(r.Assignment)
	if c.Planned && !slices.Equal(c.Plan, now) {
		c.Rejoin = whyOldPlan
	}
	last := c.Owned
	c.Owned, c.Added = now, now
	if c.Downgraded {
		c.Downgraded = false
		if len(last) > 0 {
			c.call(onDowngrade, last, fx)
			return
		}
	}
	c.beginSession(last, fx)
}

// beginSession starts to heartbeat, and runs the callbacks: a cooperative
// member first gives up what it lost (prerevoke), and then always hears of
// what is new, even if that is nothing.
func (c *Consumer) beginSession(last []model.TopicPartition, fx *sim.Effects) {
	var lost []model.TopicPartition
	if c.Cooperative {
		c.Added, lost = minus(c.Owned, last), minus(last, c.Owned)
	}
	if !c.Leaving {
		fx.SetTimer(timerHeartbeat, "", c.cfg.HeartbeatInterval)
		if c.Cooperative {
			fx.SetTimer(timerHeartbeat, keyFast, fastCheck)
		}
	}
	// Commits that waited for the sync race the callback.
	if len(c.Commits) > 0 && fx.Draw("commits-first", uint64(c.Generation), 2) == 0 {
		c.sendCommits(fx)
	}
	if len(lost) > 0 {
		c.call(onPrerevoke, lost, fx)
	} else {
		c.call(onAssigned, c.Added, fx)
	}
	c.sendCommits(fx)
	c.takeRejoin(fx)
}

// franzStopsReading ends the reading of what a callback that begins takes away.
func (c *Consumer) franzStopsReading(fx *sim.Effects) {
	switch {
	case c.Running == onPrerevoke:
		c.stopReadingOf(c.Giving, fx)
	case c.Running == onDowngrade, c.Running == onRevoked && !c.Cooperative:
		c.stopReading(fx)
	case c.Running == onRevoked:
		c.abandon(forOffsets, fx) // the next session asks again: unplaced
	}
}

func (c *Consumer) franzCalledBack(cb callback, of []model.TopicPartition, fx *sim.Effects) {
	switch cb {
	case onDowngrade:
		c.beginSession(nil, fx)
	case onPrerevoke:
		c.RejoinOwed = true
		c.call(onAssigned, c.Added, fx)
		c.rejoin(whyRevoked, fx)
	case onAssigned:
		if c.Failure == api.None && !c.Leaving {
			c.fetchOffsets(c.unplaced(), fx)
		}
		c.goOn(fx)
	case onRevoked:
		if !c.Cooperative {
			c.Owned = nil
		}
		c.sessionOver(fx)
	case onLost:
		c.Owned = nil
		c.rest(fx)
	case onLeft:
		c.Owned = nil
		c.sayGoodbye(fx)
	}
}

// rejoin makes the session end for a rebalance that this member wants (rejoinCh
// of kgo: it holds one wish, which the next join drops).
func (c *Consumer) rejoin(why string, fx *sim.Effects) {
	c.Rejoin = why
	c.takeRejoin(fx)
}

func (c *Consumer) takeRejoin(fx *sim.Effects) {
	if c.Rejoin != "" && c.Phase == member && c.Failure == api.None && !c.under(forHeartbeat) {
		c.sessionEnds(api.RebalanceInProgress, fx)
	}
}

// franzHeartbeat takes the coordinator's answer to a heartbeat.
func (c *Consumer) franzHeartbeat(k call, err api.ErrorCode, fx *sim.Effects) {
	if c.Phase != member {
		return
	}
	if retriable(err) {
		c.retry(k, fx)
		return
	}
	fx.SetTimer(timerHeartbeat, "", c.cfg.HeartbeatInterval)
	switch {
	case c.Awaiting:
		c.Awaiting = false
		if err != api.None {
			c.Failure = err
		}
		c.sessionOver(fx)
	case err != api.None:
		c.sessionEnds(err, fx)
	default:
		c.takeRejoin(fx)
	}
}
