package group

import (
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// The sync phase: the leader's assignment is put on record first, and given to
// the members after.

// assignmentWritten gives the members what the leader has assigned, and makes
// the group stable; or the error, after which they have to rejoin. If the group
// has moved on meanwhile, it does nothing.
func (c *Coordinator) assignmentWritten(fx *sim.Effects, g *classic, t *then, err api.ErrorCode) {
	if g.state != CompletingRebalance || g.generation != t.generation {
		return
	}
	if err != api.None {
		c.propagateError(fx, g, err)
		if err == api.NotCoordinator {
			return // the group is about to be unloaded
		}
		// Whatever this would put on record, Kafka drops it here.
		c.rebalanceOrComplete(fx, g, "assignment not written: "+err.String())
		return
	}
	for _, m := range g.members.All() {
		m.assignment = assigned(t.assignment, m.id)
	}
	for _, m := range g.members.All() {
		c.endSync(fx, m, &api.SyncGroupResponse{
			ProtocolType: g.protocolType, ProtocolName: g.protocol, Assignment: m.assignment,
		})
	}
	g.become(Stable, fx.Now())
	c.mindExpiry(fx, g)
}

// assigned finds a member's part of an assignment; the last entry counts.
// Whom the leader has forgotten gets nothing.
func assigned(assignment []api.SyncGroupAssignment, memberID string) []api.TopicPartition {
	for i := len(assignment) - 1; i >= 0; i-- {
		if assignment[i].MemberID == memberID {
			return assignment[i].Assignment
		}
	}
	return nil
}

// propagateError takes the assignment back and answers all parked SyncGroups
// with an error (resetAndPropagateAssignmentWithError).
func (c *Coordinator) propagateError(fx *sim.Effects, g *classic, err api.ErrorCode) {
	for _, m := range g.members.All() {
		m.assignment = nil
		c.endSync(fx, m, &api.SyncGroupResponse{ErrorCode: err})
	}
}

// endSync answers a member's parked SyncGroup, if it has one. Its session
// begins anew then, for it may have run out while it waited.
func (c *Coordinator) endSync(fx *sim.Effects, m *member, a *api.SyncGroupResponse) {
	if c.answerSync(m, a) {
		armSession(fx, m)
	}
}

// answerSync answers a member's parked SyncGroup. It tells whether it had one.
func (c *Coordinator) answerSync(m *member, a *api.SyncGroupResponse) bool {
	p := m.sync
	m.sync = parked{}
	if p.waits && !p.answered {
		c.answer(p.conn, a)
	}
	return p.waits
}

// expirePendingSync removes who has not sent SyncGroup in time, and begins
// another rebalance (KAFKA-12890).
func (c *Coordinator) expirePendingSync(fx *sim.Effects, g *classic) outcome {
	if g.state != CompletingRebalance && g.state != Stable {
		return outcome{}
	}
	late := slices.Collect(g.pendingSync.Keys())
	if len(late) == 0 {
		return outcome{}
	}
	for _, id := range late {
		m := g.member(id)
		g.remove(id)
		if m != nil {
			disarm(fx, m)
			observe(fx, model.Removed, g, id, TimerSync)
		}
	}
	return c.prepareRebalance(fx, g, TimerSync+" "+strings.Join(late, " "))
}
