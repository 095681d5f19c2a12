package group

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// SyncGroup (key 14): KafkaApis.handleSyncGroupRequest, classicGroupSync.

func (c *Coordinator) syncGroup(fx *sim.Effects, conn sim.Conn, r *api.SyncGroupRequest) {
	r = syncAsSent(r)
	refuse := func(err api.ErrorCode) { c.answer(conn, &api.SyncGroupResponse{ErrorCode: err}) }
	switch {
	case r.APIVersion >= 5 && (r.ProtocolType == "" || r.ProtocolName == ""):
		refuse(api.InconsistentGroupProtocol) // mandatory from version 5 on (KIP-559)
		return
	case r.GroupID == "":
		refuse(api.InvalidGroupID)
		return
	case c.live.phase != active:
		refuse(c.inactive())
		return
	}
	g := c.group(r.GroupID)
	if g == nil || g.state == Empty {
		refuse(api.UnknownMemberID)
		return
	}
	if err := validateSync(g, r); err != api.None {
		refuse(err)
		return
	}
	m := g.member(r.MemberID)
	switch g.state {
	case PreparingRebalance:
		refuse(api.RebalanceInProgress)
	case CompletingRebalance:
		m.sync = park(conn)
		synced(fx, g, m)
		var o outcome
		if g.isLeader(m.id) {
			o.records = []Record{g.record(r.Assignments)}
			o.then = &then{kind: afterSync, group: g.id, generation: g.generation, assignment: r.Assignments}
		}
		o.then = c.ifParked(g.id, conn, o)
		c.write(fx, o, conn, nil)
	case Stable:
		synced(fx, g, m)
		c.answer(conn, &api.SyncGroupResponse{
			ProtocolType: g.protocolType, ProtocolName: g.protocol, Assignment: m.assignment,
		})
	}
}

func validateSync(g *classic, r *api.SyncGroupRequest) api.ErrorCode {
	if g.state == Dead {
		return api.CoordinatorNotAvailable
	}
	if err := g.validate(r.MemberID, r.GroupInstanceID); err != api.None {
		return err
	}
	if r.GenerationID != g.generation {
		return api.IllegalGeneration
	}
	if inconsistent(r.ProtocolType, g.protocolType) || inconsistent(r.ProtocolName, g.protocol) {
		return api.InconsistentGroupProtocol
	}
	return api.None
}

// inconsistent tells that a member and its group speak of different protocols.
// A group that has none yet agrees with everybody (isProtocolInconsistent).
func inconsistent(members, groups string) bool {
	return members != "" && groups != "" && members != groups
}

// synced notes that a member has sent its SyncGroup. With the last one, the
// sync phase is no longer limited.
func synced(fx *sim.Effects, g *classic, m *member) {
	g.pendingSync.Delete(m.id)
	if g.pendingSync.Len() == 0 {
		disarmSync(fx, g)
	}
}
