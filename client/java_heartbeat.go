package client

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// The heartbeat thread of the Java profile (AbstractCoordinator.HeartbeatThread
// and Heartbeat). It runs from the answer to JoinGroup on, until the member
// joins again or its generation is reset. Its wake-ups every retry.backoff.ms
// are not modelled: what it finds then, it finds here at once.

// beating tells whether the thread is enabled.
func (c *Consumer) beating() bool { return c.Phase == syncing || c.Phase == member }

// enableHeartbeats is HeartbeatThread.enable: all its timers start anew, also
// that of max.poll.interval.ms.
func (c *Consumer) enableHeartbeats(fx *sim.Effects) {
	c.Misses = 0
	fx.SetTimer(timerHeartbeat, "", c.cfg.HeartbeatInterval)
	fx.SetTimer(timerSession, "", c.cfg.SessionTimeout)
	if !c.insidePoll() {
		fx.SetTimer(timerMaxPoll, "", c.cfg.MaxPollInterval)
	}
}

// beat sends a heartbeat when one is due, an interval after the last was sent.
// (Java sends the next even if the last is not answered; it would wait on the
// same connection.)
func (c *Consumer) beat(fx *sim.Effects) {
	if !c.beating() || c.Leaving {
		return
	}
	fx.SetTimer(timerHeartbeat, "", c.cfg.HeartbeatInterval)
	c.sendHeartbeat(fx)
}

// javaHeartbeat is HeartbeatResponseHandler. A rebalance is only noted: it is
// poll that acts.
func (c *Consumer) javaHeartbeat(err api.ErrorCode, fx *sim.Effects) {
	switch {
	case !c.beating() || c.Leaving:
	case err == api.None, err == api.RebalanceInProgress:
		c.Misses = 0
		fx.SetTimer(timerSession, "", c.cfg.SessionTimeout)
		if err == api.RebalanceInProgress && c.Phase == member {
			c.RejoinNeeded = true
		}
	case err == api.UnknownMemberID, err == api.IllegalGeneration, err == api.FencedInstanceID:
		c.forgetGeneration(err != api.IllegalGeneration, fx)
		if err == api.FencedInstanceID {
			c.Fatal = err
		}
	default:
		if err == api.CoordinatorNotAvailable || err == api.NotCoordinator {
			c.loseCoordinator(fx)
		}
		c.missHeartbeat(fx)
	}
}

// missHeartbeat is Heartbeat.failHeartbeat: the next one follows soon. The
// thread looks for the coordinator by itself.
func (c *Consumer) missHeartbeat(fx *sim.Effects) {
	if !c.beating() || c.Leaving {
		return
	}
	c.Misses++
	fx.SetTimer(timerHeartbeat, "", c.cfg.backoff(c.Misses, fx))
	if c.Coordinator < 0 {
		c.findCoordinator(fx)
	}
}

// watchPoll measures max.poll.interval.ms (KIP-62): the time since the
// application's thread was last in poll. Time in callbacks counts.
func (c *Consumer) watchPoll(fx *sim.Effects) {
	in := c.insidePoll()
	if in == c.InPoll {
		return
	}
	c.InPoll = in
	if in || c.Leaving || c.Manual {
		fx.StopTimer(timerMaxPoll, "")
	} else {
		fx.SetTimer(timerMaxPoll, "", c.cfg.MaxPollInterval)
	}
}

// pollExpired is handlePollTimeoutExpiry: the thread leaves the group, unless
// the member is static, and forgets the generation. The application hears of
// it at its next poll: what it owned is lost.
func (c *Consumer) pollExpired(fx *sim.Effects) {
	if !c.beating() || c.Leaving {
		return
	}
	if c.Coordinator >= 0 && c.cfg.InstanceID == "" {
		c.sendLeave("consumer poll timeout has expired.", fx)
	}
	c.forgetGeneration(true, fx)
}

// javaTimed reacts to the timers that only this profile has.
func (c *Consumer) javaTimed(label string, fx *sim.Effects) {
	switch label {
	case timerHeartbeat:
		c.beat(fx)
	case timerSession: // the coordinator may be gone
		c.loseCoordinator(fx)
		c.findCoordinator(fx)
	case timerMaxPoll:
		c.pollExpired(fx)
	case timerRejoin:
		c.Backing = false
	case timerPrepare:
		if c.Preparing && c.RevokeWaits {
			c.javaCommitted(fx)
		}
	case timerClose:
		c.gone(fx)
	}
}
