package client

import (
	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

const consumerProtocol = "consumer"

// sendJoin sends JoinGroup with what the member is now.
func (c *Consumer) sendJoin(why string, fx *sim.Effects) {
	r := &api.JoinGroupRequest{
		Header: c.header(9), GroupID: c.cfg.Group, MemberID: c.MemberID, GroupInstanceID: c.cfg.InstanceID,
		ProtocolType:       consumerProtocol,
		SessionTimeoutMs:   int32(c.cfg.SessionTimeout / sim.Millisecond),
		RebalanceTimeoutMs: int32(c.cfg.RebalanceTimeout / sim.Millisecond),
		Reason:             why,
	}
	for _, a := range c.cfg.Assignors {
		s := c.franzSubscription(a)
		if c.cfg.pol.java {
			s = c.javaSubscription(a)
		}
		r.Protocols = append(r.Protocols, api.JoinGroupProtocol{Name: a.Name(), Metadata: s})
	}
	c.begin(forJoin, 0, r, fx)
}

// franzSubscription is what kgo tells the leader (joinGroupProtocols): the
// topics that exist; for both sticky balancers what it had when it last was in
// a session, as user data of the eager one's layout, and under the cooperative
// one also as owned partitions.
//
// An eager session forgets what it had when it is revoked (revoke sets
// lastAssigned to nil): so kgo's eager sticky balancer tells of nothing.
func (c *Consumer) franzSubscription(a assignor.Assignor) api.Subscription {
	s := api.Subscription{GenerationID: c.Generation, RackID: c.cfg.RackID}
	for _, t := range c.Topics {
		s.Topics = append(s.Topics, t.Name)
	}
	switch a.Name() {
	case assignor.CooperativeSticky.Name():
		s.OwnedPartitions = c.Owned
		fallthrough
	case assignor.Sticky.Name():
		s.UserData = string(assignor.StickyUserData(forAssignor(c.Owned), c.Generation))
	}
	return s
}

// javaSubscription is what Java tells the leader (ConsumerCoordinator.metadata):
// the topics subscribed to, and under every assignor what it owns; the sticky
// ones add what they remember of their last assignment.
func (c *Consumer) javaSubscription(a assignor.Assignor) api.Subscription {
	s := api.Subscription{Topics: c.cfg.Topics, OwnedPartitions: c.Owned, GenerationID: c.Generation, RackID: c.cfg.RackID}
	switch a.Name() {
	case assignor.Sticky.Name():
		if c.RememberedIn > 0 {
			s.UserData = string(assignor.StickyUserData(forAssignor(c.Remembered), c.RememberedIn))
		}
	case assignor.CooperativeSticky.Name():
		generation := c.RememberedIn
		if generation == 0 {
			generation = -1
		}
		s.UserData = string(assignor.CooperativeStickyUserData(generation))
	}
	return s
}

func forAssignor(of []model.TopicPartition) []assignor.TopicPartition {
	out := make([]assignor.TopicPartition, len(of))
	for i, p := range of {
		out[i] = assignor.TopicPartition(p)
	}
	return out
}

// enter takes what a successful JoinGroup made of the member.
func (c *Consumer) enter(r *api.JoinGroupResponse, fx *sim.Effects) {
	c.MemberID, c.Generation, c.Protocol = r.MemberID, r.GenerationID, r.ProtocolName
	c.Phase, c.Leader = syncing, r.Leader == r.MemberID
	if c.Leader {
		c.elected(r, fx)
	} else {
		c.sendSync(nil, fx)
	}
}

func (c *Consumer) sendSync(plan []api.SyncGroupAssignment, fx *sim.Effects) {
	c.begin(forSync, 0, &api.SyncGroupRequest{
		Header: c.header(5), GroupID: c.cfg.Group, GenerationID: c.Generation, MemberID: c.MemberID,
		GroupInstanceID: c.cfg.InstanceID, ProtocolType: consumerProtocol, ProtocolName: c.Protocol, Assignments: plan,
	}, fx)
}

func (c *Consumer) sendHeartbeat(fx *sim.Effects) {
	if c.under(forHeartbeat) {
		return
	}
	c.begin(forHeartbeat, 0, &api.HeartbeatRequest{
		Header: c.header(4), GroupID: c.cfg.Group, GenerationID: c.Generation,
		MemberID: c.MemberID, GroupInstanceID: c.cfg.InstanceID}, fx)
}

func (c *Consumer) sendLeave(why string, fx *sim.Effects) {
	c.begin(forLeave, 0, &api.LeaveGroupRequest{
		Header: c.header(5), GroupID: c.cfg.Group,
		Members: []api.LeaveGroupMember{{MemberID: c.MemberID, GroupInstanceID: c.leaveInstance(), Reason: why}},
	}, fx)
}

// leaveInstance is the instance id in LeaveGroup: Java names a member by its
// member id alone (maybeLeaveGroup).
func (c *Consumer) leaveInstance() string {
	if c.cfg.pol.java {
		return ""
	}
	return c.cfg.InstanceID
}

func (c *Consumer) joined(k call, r *api.JoinGroupResponse, fx *sim.Effects) {
	switch {
	case c.Phase != joining:
	case c.cfg.pol.java:
		c.javaJoined(r, fx)
	default:
		c.franzJoined(k, r, fx)
	}
}

func (c *Consumer) synced(k call, r *api.SyncGroupResponse, fx *sim.Effects) {
	switch {
	case c.cfg.pol.java:
		c.javaSynced(r, fx)
	case c.Phase == syncing:
		c.franzSynced(k, r, fx)
	}
}

func (c *Consumer) stopHeartbeats(fx *sim.Effects) {
	fx.StopTimer(timerHeartbeat, "")
	fx.StopTimer(timerHeartbeat, keyFast)
	fx.StopTimer(timerSession, "")
	c.abandon(forHeartbeat, fx)
}

// cooperative tells whether Java keeps partitions over a rebalance: only when
// every assignor supports that (ConsumerCoordinator's constructor).
func (c *Config) cooperative() bool {
	for _, a := range c.Assignors {
		if a.Name() != assignor.CooperativeSticky.Name() {
			return false
		}
	}
	return true
}

// Leave makes the consumer give up what it owns, leave the group and end the
// process. A static member does not leave its group: it is expected back.
// While callbacks must wait for the next poll, so does this.
func (c *Consumer) Leave(fx *sim.Effects) {
	c.Left = true
	c.tryLeave(fx)
}

func (c *Consumer) tryLeave(fx *sim.Effects) {
	if !c.Left || c.Leaving || c.gated() || c.cfg.pol.java && (c.Running != noCallback || c.RevokeWaits) {
		return
	}
	c.Leaving = true
	if c.cfg.pol.java {
		c.javaLeave(fx)
	} else {
		c.franzLeave(fx)
	}
}

func (c *Consumer) gone(fx *sim.Effects) {
	c.Phase = closed
	c.tell(AppEvent{Kind: AppClosed})
	c.observe(fx, model.Event{Kind: model.Stopped, Cause: "leave"})
	fx.Exit()
}
