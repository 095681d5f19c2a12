package group

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// JoinGroup (key 11): GroupCoordinatorService.joinGroup, classicGroupJoin.

func joinError(memberID string, err api.ErrorCode) *api.JoinGroupResponse {
	return &api.JoinGroupResponse{ErrorCode: err, MemberID: memberID, GenerationID: api.NoGeneration}
}

func (c *Coordinator) joinGroup(fx *sim.Effects, conn sim.Conn, r *api.JoinGroupRequest) {
	r = joinAsSent(r)
	switch {
	case r.GroupID == "":
		c.answer(conn, joinError(r.MemberID, api.InvalidGroupID))
	case r.SessionTimeoutMs < c.settings.GroupMinSessionTimeoutMs || r.SessionTimeoutMs > c.settings.GroupMaxSessionTimeoutMs:
		c.answer(conn, joinError(r.MemberID, api.InvalidSessionTimeout))
	case c.live.phase != active:
		c.answer(conn, joinError(api.NoMember, c.inactive()))
	case c.live.durable.share(r.GroupID) != nil:
		c.answer(conn, joinError(api.NoMember, api.InconsistentGroupProtocol))
	default:
		isNew := c.group(r.GroupID) == nil
		o := c.join(fx, conn, r)
		o.then = c.ifParked(r.GroupID, conn, o)
		c.write(fx, o, conn, nil)
		if isNew {
			c.revertNew(fx, r.GroupID)
		}
	}
}

// join is a JoinGroup to an active coordinator. It is answered from inside, at
// once or when the join phase ends, whatever is to be written.
func (c *Coordinator) join(fx *sim.Effects, conn sim.Conn, r *api.JoinGroupRequest) outcome {
	g := c.group(r.GroupID)
	isNew := g == nil
	if isNew {
		if r.MemberID != api.NoMember {
			c.answer(conn, joinError(r.MemberID, api.UnknownMemberID))
			return outcome{}
		}
		g = c.newGroup(fx, r.GroupID)
	}
	var o outcome
	switch {
	case !c.accepts(g, r.MemberID):
		c.turnAway(fx, g, r.MemberID)
		c.answer(conn, joinError(api.NoMember, api.GroupMaxSizeReached))
	case r.MemberID == api.NoMember:
		o = c.joinNew(fx, conn, g, r)
	default:
		o = c.joinKnown(fx, conn, g, r)
	}
	if isNew {
		c.mindExpiry(fx, g)
	}
	if isNew && o.isEmpty() {
		// The group is on record from the first, even if nobody is in it yet.
		o.records = []Record{{
			Key:      Key{Type: GroupMetadata, Group: g.id},
			Metadata: &GroupMetadataValue{StateSince: g.since},
		}}
	}
	return o
}

// accepts applies group.max.size (acceptJoiningMember). In the join phase only
// those count that have rejoined: so a group over capacity loses whoever comes
// last.
func (c *Coordinator) accepts(g *classic, memberID string) bool {
	m := g.member(memberID)
	switch g.state {
	case PreparingRebalance:
		return m != nil && m.join.waits || g.awaitingJoin() < int(c.settings.GroupMaxSize)
	case CompletingRebalance, Stable:
		return m != nil || g.members.Len() < int(c.settings.GroupMaxSize)
	}
	return true
}

// turnAway forgets a member that has no room any more. Kafka does not look
// whether the join phase could end now.
func (c *Coordinator) turnAway(fx *sim.Effects, g *classic, memberID string) {
	if m := g.member(memberID); m != nil {
		disarm(fx, m)
		g.remove(memberID)
		observe(fx, model.Removed, g, memberID, "group-max-size")
	} else if p := g.pending.Get(memberID); p != nil {
		fx.StopTimer(TimerPendingMember, p.timerKey)
		g.remove(memberID)
	}
}

// joinNew is a join without a member id (classicGroupJoinNewMember).
func (c *Coordinator) joinNew(fx *sim.Effects, conn sim.Conn, g *classic, r *api.JoinGroupRequest) outcome {
	switch {
	case g.state == Dead:
		c.answer(conn, joinError(api.NoMember, api.CoordinatorNotAvailable))
		return outcome{}
	case !g.supportsProtocols(r.ProtocolType, r.Protocols):
		c.answer(conn, joinError(api.NoMember, api.InconsistentGroupProtocol))
		return outcome{}
	}
	id := c.newMemberID(g, r)
	if r.GroupInstanceID != "" {
		if old, ok := g.staticMember(r.GroupInstanceID); ok {
			return c.joinStatic(fx, conn, g, r, old, id)
		}
		return c.addMember(fx, conn, g, r, id)
	}
	if r.APIVersion < 4 {
		return c.addMember(fx, conn, g, r, id)
	}
	// KIP-394: the member has to come back with the id, so that one which
	// never hears the answer does not stay in the group as a ghost.
	p := g.pending.Put(id, pendingMember{timerKey: g.memberKey(id)})
	fx.SetTimer(TimerPendingMember, p.timerKey, ms(r.SessionTimeoutMs))
	c.answer(conn, joinError(id, api.MemberIDRequired))
	return outcome{}
}

// joinKnown is a join with a member id (classicGroupJoinExistingMember).
func (c *Coordinator) joinKnown(fx *sim.Effects, conn sim.Conn, g *classic, r *api.JoinGroupRequest) outcome {
	refuse := func(err api.ErrorCode) outcome {
		c.answer(conn, joinError(r.MemberID, err))
		return outcome{}
	}
	switch {
	case g.state == Dead:
		return refuse(api.CoordinatorNotAvailable)
	case !g.supportsProtocols(r.ProtocolType, r.Protocols):
		return refuse(api.InconsistentGroupProtocol)
	case g.isPending(r.MemberID):
		if r.GroupInstanceID != "" {
			// An exception in Kafka: only dynamic members are ever pending.
			c.answer(conn, joinError(api.NoMember, api.UnknownServerError))
			return outcome{}
		}
		fx.StopTimer(TimerPendingMember, g.pending.Get(r.MemberID).timerKey)
		return c.addMember(fx, conn, g, r, r.MemberID)
	}
	if err := g.validate(r.MemberID, r.GroupInstanceID); err != api.None {
		return refuse(err)
	}
	m := g.member(r.MemberID)
	cause := m.id + " rejoins"
	switch g.state {
	case PreparingRebalance:
	case CompletingRebalance:
		if m.sameProtocols(r.Protocols) {
			// Perhaps it missed the answer: there is no need for another generation.
			c.answer(conn, joined(g, m.id))
			return outcome{}
		}
		cause += " with other metadata"
	case Stable:
		switch {
		case g.isLeader(m.id):
			// The leader may have seen what no member's metadata shows: other
			// partitions of a topic.
			cause = "leader " + cause
		case m.sameProtocols(r.Protocols):
			c.answer(conn, joined(g, m.id))
			return outcome{}
		default:
			cause += " with other metadata"
		}
	default:
		return refuse(api.UnknownMemberID)
	}
	m.take(r, conn)
	return c.rebalanceOrComplete(fx, g, cause)
}

// joined is the answer to a member of a complete generation. The leader alone
// learns who the members are.
func joined(g *classic, memberID string) *api.JoinGroupResponse {
	a := &api.JoinGroupResponse{
		GenerationID: g.generation, ProtocolType: g.protocolType, ProtocolName: g.protocol,
		Leader: g.leader, MemberID: memberID,
	}
	if g.isLeader(memberID) {
		a.Members = g.everybody()
	}
	return a
}

// addMember makes a newcomer a member and parks its join
// (addMemberThenRebalanceOrCompleteJoin).
func (c *Coordinator) addMember(fx *sim.Effects, conn sim.Conn, g *classic, r *api.JoinGroupRequest, id string) outcome {
	m := &member{id: id, instanceID: r.GroupInstanceID, clientID: r.ClientID, isNew: true, timerKey: g.memberKey(id)}
	m.take(r, conn)
	if g.state == PreparingRebalance && g.previous == Empty {
		g.newMemberAdded = true
	}
	g.add(m, r.ProtocolType)
	observeAdmitted(fx, g, m)
	// Its session does not run yet, for it cannot know its id. It must not
	// wait for ever either.
	arm(fx, m, TimerNewMember, newMemberJoinTimeoutMs)
	return c.rebalanceOrComplete(fx, g, id+" joins")
}

// take takes over what a member says in a join, and parks that.
func (m *member) take(r *api.JoinGroupRequest, conn sim.Conn) {
	m.protocols = r.Protocols
	m.sessionTimeoutMs = r.SessionTimeoutMs
	m.rebalanceTimeoutMs = r.RebalanceTimeoutMs
	m.join = park(conn)
}

// answerJoin answers a member's parked JoinGroup, if it has one.
func (c *Coordinator) answerJoin(m *member, a *api.JoinGroupResponse) {
	p := m.join
	m.join = parked{}
	if p.waits && !p.answered {
		c.answer(p.conn, a)
	}
}
