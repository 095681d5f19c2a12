package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

const consumerProtocol = "consumer"

// join asks to be in the next generation (joinAndSync of kgo).
func (c *Consumer) join(why string, fx *sim.Effects) {
	c.Phase, c.Failure, c.Leader = joining, api.None, false
	c.stopHeartbeats(fx)
	c.observe(fx, model.Event{Kind: model.Joining, Cause: why})
	c.sendJoin(fx)
}

func (c *Consumer) sendJoin(fx *sim.Effects) {
	r := &api.JoinGroupRequest{
		Header: c.header(9), GroupID: c.cfg.Group, MemberID: c.MemberID, ProtocolType: consumerProtocol,
		SessionTimeoutMs:   int32(c.cfg.SessionTimeout / sim.Millisecond),
		RebalanceTimeoutMs: int32(c.cfg.RebalanceTimeout / sim.Millisecond),
	}
	for _, a := range c.cfg.Assignors {
		r.Protocols = append(r.Protocols, api.JoinGroupProtocol{
			Name: a.Name(), Metadata: api.Subscription{Topics: c.cfg.Topics, GenerationID: -1}})
	}
	c.begin(forJoin, 0, r, fx)
}

func (c *Consumer) joined(k call, r *api.JoinGroupResponse, fx *sim.Effects) {
	switch {
	case c.Phase != joining:
		return
	case r.ErrorCode == api.MemberIDRequired: // KIP-394
		c.MemberID = r.MemberID
		c.sendJoin(fx)
		return
	case r.ErrorCode == api.UnknownMemberID:
		c.MemberID = ""
		c.sendJoin(fx)
		return
	case retriable(r.ErrorCode):
		c.retry(k, fx)
		return
	case r.ErrorCode != api.None:
		c.fail(r.ErrorCode, fx)
		return
	}
	c.MemberID, c.Generation, c.Protocol = r.MemberID, r.GenerationID, r.ProtocolName
	c.Leader = r.Leader == r.MemberID
	s := &api.SyncGroupRequest{
		Header: c.header(5), GroupID: c.cfg.Group, GenerationID: c.Generation, MemberID: c.MemberID,
		ProtocolType: consumerProtocol, ProtocolName: c.Protocol,
	}
	if c.Leader {
		s.Assignments = c.balance(r)
	}
	c.Phase = syncing
	c.begin(forSync, 0, s, fx)
}

// balance is the leader's work: it divides the partitions it knows of.
func (c *Consumer) balance(r *api.JoinGroupResponse) []api.SyncGroupAssignment {
	var in assignor.Input
	for _, m := range r.Members {
		in.Members = append(in.Members, assignor.Member{
			ID: m.MemberID, InstanceID: m.GroupInstanceID, Topics: m.Metadata.Topics, Generation: -1})
	}
	for _, t := range c.Topics {
		in.Topics = append(in.Topics, assignor.Topic{Name: t.Name, Partitions: int32(len(t.Leaders))})
	}
	var out []api.SyncGroupAssignment
	for i, given := range c.assignor().Assign(in) {
		a := api.SyncGroupAssignment{MemberID: r.Members[i].MemberID}
		for _, p := range given {
			a.Assignment = append(a.Assignment, model.TopicPartition(p))
		}
		out = append(out, a)
	}
	return out
}

func (c *Consumer) assignor() assignor.Assignor {
	for _, a := range c.cfg.Assignors {
		if a.Name() == c.Protocol {
			return a
		}
	}
	return c.cfg.Assignors[0]
}

func (c *Consumer) synced(k call, r *api.SyncGroupResponse, fx *sim.Effects) {
	switch {
	case c.Phase != syncing:
		return
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
	c.Phase, c.Failures = member, 0
	c.Owned = slices.Clone(r.Assignment)
	fx.SetTimer(timerHeartbeat, "", c.cfg.HeartbeatInterval)
	// Commits that waited for the sync race the assigned callback.
	commitsFirst := len(c.Commits) > 0 && fx.Draw("commits-first", uint64(c.Generation), 2) == 0
	if commitsFirst {
		c.sendCommits(fx)
	}
	c.observe(fx, c.ownership(model.Assigned, c.Owned))
	c.call(onAssigned, fx)
	c.sendCommits(fx)
}

// call runs an application's callback, or holds it back while the application
// handles what it has polled.
func (c *Consumer) call(cb callback, fx *sim.Effects) {
	if c.cfg.BlockRebalanceOnPoll && c.Handling {
		c.Held = cb
		return
	}
	c.Held, c.Running = noCallback, cb
	ev := AppEvent{Kind: AppAssigned, Partitions: slices.Clone(c.Owned)}
	switch cb {
	case onRevoked:
		ev.Kind = AppRevoked
		c.observe(fx, c.ownership(model.Revoked, c.Owned))
	case onLost:
		ev.Kind = AppLost
		c.observe(fx, c.ownership(model.Lost, c.Owned))
	}
	c.tell(ev)
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
	cb := c.Running
	c.Running = noCallback
	switch cb {
	case onAssigned:
		switch {
		case c.Left:
			c.sessionEnds(api.None, fx)
		case c.Failure != api.None:
			c.sessionEnds(c.Failure, fx)
		default:
			c.fetchOffsets(c.Owned, fx)
		}
	case onRevoked, onLost:
		c.observe(fx, c.ownership(model.RevokeDone, c.Owned))
		c.Owned = nil
		c.afterRevoke(cb, fx)
	}
}

// afterRevoke goes on when the revoked or lost callback is over; a heartbeat
// under way is awaited first, as kgo's heartbeat loop does.
func (c *Consumer) afterRevoke(cb callback, fx *sim.Effects) {
	switch {
	case cb == onLost:
		c.rest(fx)
	case c.under(forHeartbeat):
		c.Awaiting = true
	case c.Left:
		c.sayGoodbye(fx)
	case c.Failure == api.RebalanceInProgress:
		c.join("rebalance", fx)
	default:
		c.fail(c.Failure, fx)
	}
}

// heartbeat takes the coordinator's answer to a heartbeat.
func (c *Consumer) heartbeat(k call, err api.ErrorCode, fx *sim.Effects) {
	if c.Phase != member {
		return
	}
	if retriable(err) {
		c.retry(k, fx)
		return
	}
	fx.SetTimer(timerHeartbeat, "", c.cfg.HeartbeatInterval)
	revoking := c.Running == onRevoked || c.Held == onRevoked
	if err != api.None && revoking {
		c.Failure = err
	}
	switch {
	case revoking:
	case c.Awaiting:
		c.Awaiting = false
		if err != api.None {
			c.Failure = err
		}
		c.afterRevoke(onRevoked, fx)
	case err != api.None:
		c.sessionEnds(err, fx)
	}
}

// sessionEnds makes the member give up what it owns: in good order for a
// rebalance (or None: it leaves), else as lost.
func (c *Consumer) sessionEnds(err api.ErrorCode, fx *sim.Effects) {
	if err != api.None {
		c.Failure = err
	}
	if c.Running != noCallback || c.Held != noCallback || c.Awaiting {
		return // CallbackDone or the heartbeat's answer goes on
	}
	if err != api.None && err != api.RebalanceInProgress {
		c.fail(err, fx)
		return
	}
	if c.Left { // the heartbeat loop ends before the callback runs
		c.stopHeartbeats(fx)
	}
	c.stopReading(fx)
	c.call(onRevoked, fx)
}

func (c *Consumer) stopHeartbeats(fx *sim.Effects) {
	fx.StopTimer(timerHeartbeat, "")
	c.abandon(forHeartbeat, fx)
}

// fail ends the membership as kgo's manageFailWait does: what was owned is
// lost, and after a while the member joins again. Reading stops only when the
// lost callback is over: polls beside it may still bring records.
func (c *Consumer) fail(err api.ErrorCode, fx *sim.Effects) {
	c.Failure, c.Awaiting = err, false
	c.stopHeartbeats(fx)
	if len(c.Owned) > 0 {
		c.call(onLost, fx)
		return
	}
	c.rest(fx)
}

func (c *Consumer) rest(fx *sim.Effects) {
	c.stopReading(fx)
	c.Phase = resting
	if c.Left {
		c.sayGoodbye(fx)
		return
	}
	c.Failures++
	fx.SetTimer(timerRejoin, "", backoff(c.Failures, fx))
}

// Leave makes the consumer give up what it owns, leave the group and end the
// process.
func (c *Consumer) Leave(fx *sim.Effects) {
	if c.Left {
		return
	}
	c.Left = true
	switch c.Phase {
	case starting:
		c.gone(fx)
	case resting:
		c.sayGoodbye(fx)
	case member:
		c.sessionEnds(api.None, fx)
	}
}

func (c *Consumer) sayGoodbye(fx *sim.Effects) {
	c.Phase = leaving
	fx.StopTimer(timerHeartbeat, "")
	fx.StopTimer(timerRejoin, "")
	if c.MemberID == "" {
		c.gone(fx)
		return
	}
	c.begin(forLeave, 0, &api.LeaveGroupRequest{
		Header: c.header(5), GroupID: c.cfg.Group,
		Members: []api.LeaveGroupMember{{MemberID: c.MemberID, Reason: "client leaving group per normal operation"}},
	}, fx)
}

func (c *Consumer) gone(fx *sim.Effects) {
	c.Phase = closed
	c.tell(AppEvent{Kind: AppClosed})
	c.observe(fx, model.Event{Kind: model.Stopped, Cause: "leave"})
	fx.Exit()
}
