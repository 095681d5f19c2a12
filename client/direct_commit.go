package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// manualRetry is how long kgo tries a request again (RetryTimeout) that is not
// one of the membership.
const manualRetry = 30 * sim.Second

// sendManual sends the commits of a consumer that is no group's member, one
// after the other: each as a simple consumer's, without generation or member,
// which the coordinator takes while the group has no members.
//
// With kgo CommitOffsets fails outside of a group (errNotGroup), and users
// call kadm's: one request, tried again as kgo does, until RetryTimeout. (The
// metadata that kadm asks for before, for topic ids, are left out.) With Java
// this is commitSync: ConsumerCoordinator sends NO_GENERATION, and no
// group.instance.id, when partitions were assigned by hand.
func (c *Consumer) sendManual(fx *sim.Effects) {
	for len(c.Commits) > 0 {
		w := &c.Commits[0]
		if w.Sent || w.Tries > 0 {
			return
		}
		if len(w.Offsets) > 0 {
			span := manualRetry
			if c.cfg.pol.java {
				span = defaultAPITimeout
			}
			fx.SetTimer(timerCommitTimeout, "", span)
			c.sendCommit(w, fx)
			return
		}
		over := *w
		c.Commits = slices.Delete(c.Commits, 0, 1)
		c.commitOver(&over, api.None, fx)
	}
}

// manualAnswered takes the coordinator's answer.
func (c *Consumer) manualAnswered(k call, err api.ErrorCode, fx *sim.Effects) {
	if len(c.Commits) == 0 || sim.Message(c.Commits[0].Request) != k.Req {
		return
	}
	switch {
	case c.cfg.pol.java && (retriable(err) || err == api.UnknownTopicOrPartition):
		if err != api.CoordinatorLoadInProgress && err != api.UnknownTopicOrPartition {
			c.loseCoordinator(fx)
		}
		c.manualLater(k, err, fx)
	case !c.cfg.pol.java && retriable(err):
		c.retry(k, fx)
	default:
		c.manualOver(err, fx)
	}
}

// manualLater has Java try a commit again that failed for now; auto-commit's is
// tried once.
func (c *Consumer) manualLater(k call, err api.ErrorCode, fx *sim.Effects) {
	if len(c.Commits) == 0 || sim.Message(c.Commits[0].Request) != k.Req {
		return
	}
	if c.Commits[0].Kind == commitAuto {
		c.manualOver(err, fx)
		return
	}
	c.Commits[0].Sent = false
	fx.SetTimer(timerCommitRetry, "", c.cfg.backoff(c.Commits[0].Tries, fx))
}

// manualOver ends the first commit, and begins the next.
func (c *Consumer) manualOver(err api.ErrorCode, fx *sim.Effects) {
	w := c.Commits[0]
	c.Commits = slices.Delete(c.Commits, 0, 1)
	fx.StopTimer(timerCommitTimeout, "")
	fx.StopTimer(timerCommitRetry, "")
	c.commitOver(&w, err, fx)
	c.sendManual(fx)
}

// manualTimedOut ends a commit that took too long; it may take effect yet. kgo
// looks at the clock only when a try has failed.
func (c *Consumer) manualTimedOut(fx *sim.Effects) {
	for i := range c.List {
		if k := &c.List[i]; k.Purpose == forCommit && k.State == sent && !c.cfg.pol.java {
			fx.SetTimer(timerCommitTimeout, "", c.cfg.pol.backoffBase)
			return
		}
	}
	c.abandon(forCommit, fx)
	if len(c.Commits) > 0 {
		c.manualOver(api.RequestTimedOut, fx)
	}
}
