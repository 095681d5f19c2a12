package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Auto-commit. kgo keeps for each partition what a poll gave (dirty), what an
// earlier poll gave, so that by coming back the application has said that it is
// done with it (head), and what is committed; it commits heads, in a loop of
// its own (loopCommit). Java commits positions, which are what polls gave, in
// poll alone, before that gives more (maybeAutoCommitOffsetsAsync).

const timerAutoCommit = "auto-commit"

// autoCommitBegins arms the timer: in kgo as the group is joined first, in Java
// with each generation (onJoinComplete).
func (c *Consumer) autoCommitBegins(fx *sim.Effects) {
	if c.cfg.AutoCommit {
		c.AutoDue = false
		fx.SetTimer(timerAutoCommit, "", c.cfg.AutoCommitInterval)
	}
}

// autoCommitTimed is the end of an interval.
func (c *Consumer) autoCommitTimed(fx *sim.Effects) {
	c.AutoDue = true
	if !c.cfg.pol.java {
		fx.SetTimer(timerAutoCommit, "", c.cfg.AutoCommitInterval)
	}
	c.autoCommit(fx)
}

// autoCommit commits when it is time to, and the profile can: kgo not while
// the member joins and syncs, when it waits, nor while a commit of the
// application's is under way, when it leaves it out; Java in poll, as a member.
func (c *Consumer) autoCommit(fx *sim.Effects) {
	if !c.AutoDue {
		return
	}
	if c.cfg.pol.java {
		if c.insidePoll() && (c.Manual || c.Phase == member && !c.RevokeWaits && !c.rejoinNeededOrPending()) {
			c.autoCommitBegins(fx)
			c.commitRead(commitAuto, fx)
		}
		return
	}
	if c.Phase == joining || c.Phase == syncing {
		return
	}
	c.AutoDue = false
	users := func(w commit) bool { return w.Kind == commitSync || w.Kind == commitAsync }
	if !slices.ContainsFunc(c.Commits, users) {
		c.commitHeads(commitAuto, fx)
	}
}

// pollBegins is what a poll does before it looks for records.
func (c *Consumer) pollBegins(fx *sim.Effects) {
	if !c.cfg.pol.java {
		if c.cfg.AutoCommit {
			for i := range c.Positions {
				if p := &c.Positions[i]; p.Polled {
					p.Head = p.read() // undirtyUncommitted
				}
			}
		}
		return
	}
	c.tellCompleted()
	c.unstick(fx)
}

// commitRead commits the positions of all partitions that have one
// (SubscriptionState.allConsumed), also where they have not moved.
func (c *Consumer) commitRead(kind commitKind, fx *sim.Effects) {
	c.commitSome(kind, func(p *position) (epochOffset, bool) { return p.read(), p.State == known }, fx)
}

// commitHeads commits what kgo knows to be done, where that is not committed
// yet. What a session gave up is committed at its end alone.
func (c *Consumer) commitHeads(kind commitKind, fx *sim.Effects) {
	c.commitSome(kind, func(p *position) (epochOffset, bool) {
		return p.Head, p.Head != p.Committed && (p.State != gone || kind == commitRevoke)
	}, fx)
}

func (c *Consumer) commitSome(kind commitKind, of func(*position) (epochOffset, bool), fx *sim.Effects) {
	var offsets []model.PartitionOffset
	var parts []api.OffsetCommitPartition
	for i := range c.Positions {
		p := &c.Positions[i]
		if to, ok := of(p); ok {
			offsets = append(offsets, model.PartitionOffset{TopicPartition: p.TopicPartition, Offset: to.Offset})
			parts = append(parts, api.OffsetCommitPartition{
				TopicPartition: p.TopicPartition, CommittedOffset: to.Offset, CommittedLeaderEpoch: to.Epoch})
		}
	}
	if len(offsets) > 0 {
		c.commitParts(kind, offsets, parts, fx)
	}
}

// storeCommitted takes what a commit stored; a head never falls behind it
// (updateCommitted).
func (c *Consumer) storeCommitted(w *commit) {
	if !c.cfg.AutoCommit {
		return
	}
	for _, o := range w.Parts {
		p := c.position(o.TopicPartition)
		if p == nil {
			continue
		}
		p.Committed = epochOffset{o.CommittedOffset, o.CommittedLeaderEpoch}
		if h := p.Head; h.Epoch < p.Committed.Epoch || h.Epoch == p.Committed.Epoch && h.Offset < p.Committed.Offset {
			p.Head = p.Committed
		}
	}
}

// beforeRevoke commits what was polled, where the profile does so around a
// revocation or a leave: kgo all heads, unless the application has a callback
// of its own for revocations (defaultRevoke); Java all positions, before it
// joins again and before it leaves (onJoinPrepare, maybeAutoCommitOffsetsSync).
// When the member must wait for that commit, RevokeWaits is set on return, and
// revokeGoesOn is called when it is over; otherwise the caller goes on itself.
func (c *Consumer) beforeRevoke(fx *sim.Effects) {
	if !c.cfg.AutoCommit || c.RevokeWaits {
		return
	}
	switch {
	case c.cfg.pol.java:
		c.commitRead(commitRevoke, fx)
	case !c.cfg.OwnRevoked:
		c.commitHeads(commitRevoke, fx)
	}
	c.RevokeWaits = slices.ContainsFunc(c.Commits, func(w commit) bool { return w.Kind == commitRevoke })
}

// autoCommitted takes the end of a commit of auto-commit's.
func (c *Consumer) autoCommitted(w *commit, err api.ErrorCode, fx *sim.Effects) {
	switch {
	case w.Kind == commitRevoke && c.RevokeWaits:
		c.revokeGoesOn(fx)
	case w.Kind == commitAuto && c.cfg.pol.java && retriable(err):
		fx.SetTimer(timerAutoCommit, "", c.cfg.pol.backoffBase)
	}
}
