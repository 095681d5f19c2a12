package group

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Static membership (KIP-345): a member with an instance id that comes back
// without a member id takes the place of the one it was.

// joinStatic replaces a static member in every state
// (updateStaticMemberThenRebalanceOrCompleteJoin).
func (c *Coordinator) joinStatic(fx *sim.Effects, conn sim.Conn, g *classic, r *api.JoinGroupRequest, oldID, newID string) outcome {
	oldLeader := g.leader
	m := c.replaceStatic(fx, g, oldID, newID)
	old := staticOld{m.protocols, m.rebalanceTimeoutMs, m.sessionTimeoutMs}
	armSession(fx, m)
	m.take(r, conn)
	switch g.state {
	case Stable:
		if g.selectProtocol() != g.protocol {
			return c.rebalanceOrComplete(fx, g, newID+" rejoins with other protocols")
		}
		// Nothing changes but the id: it is put on record, and there is no
		// rebalance. That is what static membership is for.
		return outcome{
			records: []Record{g.record(g.assignments())},
			then: &then{
				kind: afterStaticJoin, group: g.id, conn: conn, version: r.APIVersion,
				oldID: oldID, newID: newID, oldLeader: oldLeader, old: old,
			},
		}
	case CompletingRebalance:
		// The leader may already know the old id, and would assign to that
		// (KAFKA-9801).
		return c.prepareRebalance(fx, g, newID+" rejoins")
	}
	return c.maybeCompleteJoin(fx, g)
}

// replaceStatic gives a static member another id. Whoever still waits under
// the old one is fenced at once (I-C5).
func (c *Coordinator) replaceStatic(fx *sim.Effects, g *classic, oldID, newID string) *member {
	old := g.member(oldID)
	disarm(fx, old)
	c.answerJoin(old, joinError(oldID, api.FencedInstanceID))
	c.answerSync(old, &api.SyncGroupResponse{ErrorCode: api.FencedInstanceID})
	m := &member{
		id: newID, instanceID: old.instanceID, clientID: old.clientID,
		rebalanceTimeoutMs: old.rebalanceTimeoutMs, sessionTimeoutMs: old.sessionTimeoutMs,
		protocols: old.protocols, assignment: old.assignment,
		timerKey: g.memberKey(newID),
	}
	g.members.Delete(oldID)
	g.members.Put(newID, m)
	if g.isLeader(oldID) {
		g.leader = newID
	}
	g.static.Put(m.instanceID, newID)
	observe(fx, model.Removed, g, oldID, "replaced by "+newID)
	observeAdmitted(fx, g, m)
	return m
}

// assignments is what the members have now.
func (g *classic) assignments() (all []api.SyncGroupAssignment) {
	for _, m := range g.members.All() {
		all = append(all, api.SyncGroupAssignment{MemberID: m.id, Assignment: m.assignment})
	}
	return all
}

// staticJoinWritten answers the join of a static member that has taken its old
// place; or puts the old one back.
func (c *Coordinator) staticJoinWritten(fx *sim.Effects, g *classic, t *then, err api.ErrorCode) {
	m := g.member(t.newID)
	if m == nil {
		return // gone meanwhile, and answered
	}
	a := &api.JoinGroupResponse{
		GenerationID: g.generation, ProtocolType: g.protocolType, ProtocolName: g.protocol,
		Leader: t.oldLeader, MemberID: t.newID,
	}
	if err != api.None {
		// The old id comes back even if a rebalance has answered the join
		// meanwhile, and a later join of the new id is dropped (as in Kafka).
		if m.join.isOn(t.conn) {
			a.ErrorCode, a.MemberID = err, api.NoMember
			c.answer(t.conn, a)
		}
		m.join = parked{}
		m.protocols, m.rebalanceTimeoutMs, m.sessionTimeoutMs = t.old.protocols, t.old.rebalanceTimeoutMs, t.old.sessionTimeoutMs
		armSession(fx, c.replaceStatic(fx, g, t.newID, t.oldID))
		return
	}
	// Before version 9 a leader that comes back is told that its former self
	// leads, so that it does not assign anew (KIP-814).
	if t.version >= 9 {
		a.Leader = g.leader
		if g.isLeader(m.id) {
			if g.state == PreparingRebalance {
				return // an exception in Kafka: the join stays parked, and is answered with the others
			}
			a.Members, a.SkipAssignment = g.everybody(), true
		}
	}
	c.answerJoin(m, a)
}
