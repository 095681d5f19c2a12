package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// callback is one of the application's callbacks, and why it runs.
type callback uint8

const (
	noCallback  callback = iota
	onDowngrade          // revoked: a cooperative group has become an eager one
	onPrerevoke          // revoked: what a cooperative assignment takes away
	onAssigned           // assigned: what is new
	onRevoked            // revoked: the session ends in good order
	onLost               // lost: it has ended already
	onLeft               // revoked: the member leaves
	onLeftLost           // lost: the member leaves, and was out already
)

func (cb callback) event() (AppEventKind, model.Kind) {
	switch cb {
	case onAssigned:
		return AppAssigned, model.Assigned
	case onLost, onLeftLost:
		return AppLost, model.Lost
	}
	return AppRevoked, model.Revoked
}

// call runs a callback of the application for some partitions, now or when
// the application may be disturbed.
func (c *Consumer) call(cb callback, of []model.TopicPartition, fx *sim.Effects) {
	c.Held, c.Giving = cb, slices.Clone(of)
	c.release(fx)
}

// gated tells whether callbacks must wait for the application to come back to
// poll. In Java only poll itself runs them.
func (c *Consumer) gated() bool {
	return c.Handling && (c.cfg.BlockRebalanceOnPoll || c.cfg.pol.java)
}

// release runs the callback that was held back, unless it must still wait.
func (c *Consumer) release(fx *sim.Effects) {
	if c.Held == noCallback || c.gated() {
		return
	}
	c.Held, c.Running = noCallback, c.Held
	if !c.cfg.pol.java {
		c.franzStopsReading(fx)
	}
	_, kind := c.Running.event()
	told := c.ownership(kind, c.Giving)
	if kind == model.Lost && (c.Failure == api.FencedInstanceID || c.Fatal == api.FencedInstanceID) {
		told.Error = api.FencedInstanceID.String()
	}
	c.observe(fx, told)
	// kgo's default revoked callback is a commit (defaultRevoke); Java commits
	// earlier, in onJoinPrepare and in close.
	if kind == model.Revoked && !c.cfg.pol.java {
		if c.beforeRevoke(fx); c.RevokeWaits {
			return // revokeGoesOn
		}
	}
	c.tellCallback()
}

func (c *Consumer) tellCallback() {
	kind, _ := c.Running.event()
	c.tell(AppEvent{Kind: kind, Partitions: slices.Clone(c.Giving)})
}

// revokeGoesOn goes on with a revocation that waited for a commit (see
// beforeRevoke).
func (c *Consumer) revokeGoesOn(fx *sim.Effects) {
	c.RevokeWaits = false
	if c.cfg.pol.java {
		c.javaCommitted(fx)
		return
	}
	if c.Running != noCallback {
		c.tellCallback()
	}
}

func (c *Consumer) ownership(kind model.Kind, of []model.TopicPartition) model.Event {
	ev := model.Event{Kind: kind}
	for _, p := range of {
		ev.Partitions = append(ev.Partitions, model.PartitionOffset{TopicPartition: p, Offset: -1})
	}
	return ev
}

// CallbackDone says that the application's callback is over.
func (c *Consumer) CallbackDone(fx *sim.Effects) {
	cb, of := c.Running, c.Giving
	if cb == noCallback {
		return
	}
	c.Running, c.Giving = noCallback, nil
	if cb != onAssigned {
		c.observe(fx, c.ownership(model.RevokeDone, of))
	}
	if c.cfg.pol.java {
		c.javaCalledBack(cb, of, fx)
	} else {
		c.franzCalledBack(cb, of, fx)
	}
	if cb != onAssigned {
		c.forgetGone()
	}
	c.hand(fx)
	c.fetch(fx)
}

// pollBlocked tells whether a poll may bring no records now. With
// BlockRebalanceOnPoll kgo's poll waits for callbacks; Java's runs them, and an
// eager member that commits before it gives partitions up reads no more of
// them (maybeMarkPartitionsPendingRevocation).
func (c *Consumer) pollBlocked() bool {
	if c.cfg.pol.java {
		return c.Running != noCallback || c.Leaving || c.RevokeWaits && !c.cfg.cooperative()
	}
	return c.Running != noCallback && c.cfg.BlockRebalanceOnPoll
}

// mayFetch tells whether fetches may be sent. What is read is decided by the
// positions: a member that gives partitions up has none for them.
func (c *Consumer) mayFetch() bool {
	return !c.Leaving && !(c.cfg.pol.java && c.pollBlocked())
}

// enterPoll does what a poll begins with: what waited for the application to
// come back.
func (c *Consumer) enterPoll(fx *sim.Effects) {
	c.tryLeave(fx)
	c.release(fx)
	if c.cfg.pol.java {
		c.javaPoll(fx)
	}
}

// settleStep ends a step of the member's process.
func (c *Consumer) settleStep(fx *sim.Effects) {
	c.tryLeave(fx)
	if c.cfg.pol.java {
		c.javaPump(fx)
		c.javaPoll(fx)
		c.watchPoll(fx)
	}
}

// minus is the partitions of a that are not in b.
func minus(a, b []model.TopicPartition) (out []model.TopicPartition) {
	for _, p := range a {
		if !slices.Contains(b, p) {
			out = append(out, p)
		}
	}
	return out
}

// inOrder is a copy sorted by topic and partition: kgo sorts what it is
// assigned, Java keeps it in a TreeSet (TopicPartitionComparator).
func inOrder(of []model.TopicPartition) []model.TopicPartition {
	out := slices.Clone(of)
	slices.SortFunc(out, model.TopicPartition.Compare)
	return out
}

// unplaced is what the member owns and does not know yet where to read on.
func (c *Consumer) unplaced() (out []model.TopicPartition) {
	for _, p := range c.Owned {
		if at := c.position(p); at == nil || at.State == initializing || at.State == gone {
			out = append(out, p)
		}
	}
	return out
}
