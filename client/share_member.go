package client

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// The membership of a share group is told by heartbeats alone: epoch 0 joins, -1
// leaves (kgo: manage; AbstractHeartbeatRequestManager,
// ShareMembershipManager). Phase is starting, joining (until the first answer),
// member, resting (Java: stale, or fatal), leaving and closed.

// leaveEpoch is the member epoch by which a member leaves.
const leaveEpoch = -1

// beat sends a heartbeat. The topics are told when the member joins, after an
// error, and when they have changed, which they do not here.
func (c *ShareConsumer) beat(fx *sim.Effects) {
	if c.under(forShareBeat) {
		c.BeatDue = true
		return
	}
	c.BeatDue = false
	r := &api.ShareGroupHeartbeatRequest{Header: c.header(1), GroupID: c.cfg.Group, MemberID: c.MemberID, MemberEpoch: c.Epoch}
	if !c.Announced || c.Epoch == 0 {
		r.SubscribedTopicNames, r.RackID = c.cfg.Topics, c.cfg.RackID
	}
	if c.Epoch == 0 {
		why := "start"
		if c.Failures > 0 || c.Phase == member {
			why = "fenced"
		}
		c.observe(fx, model.Event{Kind: model.Joining, Cause: why})
		c.Phase = joining
	}
	c.Announced = true
	if c.cfg.pol.java { // the interval counts from when it is sent; in kgo from the answer on
		fx.SetTimer(timerHeartbeat, "", c.Interval)
	}
	c.begin(forShareBeat, 0, r, fx)
}

func (c *ShareConsumer) beatDue(fx *sim.Effects) {
	if !c.Leaving && (c.Phase == member || c.Phase == joining) {
		c.beat(fx)
	}
}

// beatFailed lets a heartbeat be sent again after a pause; then all of it.
func (c *ShareConsumer) beatFailed(err api.ErrorCode, fx *sim.Effects) {
	if c.Leaving || c.Phase != member && c.Phase != joining {
		return
	}
	c.Announced, c.BeatDue = false, false
	c.Failures++
	fx.StopTimer(timerHeartbeat, "")
	switch err {
	case api.NotCoordinator, api.CoordinatorNotAvailable:
		c.loseCoordinator(fx)
		if c.cfg.pol.java { // as soon as the coordinator is found
			c.beat(fx)
			return
		}
	case api.CoordinatorLoadInProgress:
		if !c.cfg.pol.java {
			c.loseCoordinator(fx)
		}
	}
	fx.SetTimer(timerMember, "", c.cfg.backoff(c.Failures, fx))
}

// beaten takes what a heartbeat brought, and sends the next in time.
func (c *ShareConsumer) beaten(r *api.ShareGroupHeartbeatResponse, fx *sim.Effects) (changed bool) {
	c.Phase, c.Epoch, c.Failures = member, r.MemberEpoch, 0
	c.Interval = sim.Time(r.HeartbeatIntervalMs) * sim.Millisecond
	if r.Assignment != nil {
		changed = c.assign(r.Assignment.Partitions, fx)
	}
	return changed
}

// observe reports an event of this membership to the history.
func (c *ShareConsumer) observe(fx *sim.Effects, ev model.Event) {
	ev.Client, ev.Group, ev.Member, ev.Generation = fx.Name(fx.Self()), c.cfg.Group, c.MemberID, c.Epoch
	c.seen = ev
	fx.Observe(&c.seen)
}
