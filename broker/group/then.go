package group

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// then is what an append has to be followed by. It is data and not a function,
// so that a state that waits for it can be copied.
type then struct {
	kind  thenKind
	group string
	conn  sim.Conn // afterPark and afterStaticJoin: who asked
	sync  bool     // afterPark: a SyncGroup, not a JoinGroup
	// afterSync: the generation that the assignment is for.
	generation int32
	assignment []api.SyncGroupAssignment `canon:"shared"`
	// afterStaticJoin: the member that was replaced, as it was.
	version   int16
	oldID     string
	newID     string
	oldLeader string
	old       staticOld
	call      *call `canon:"shared"` // afterShare
}

type thenKind uint8

const (
	afterPark       thenKind = iota + 1 // a parked request, which fails with what it waits behind
	afterSync                           // the leader's assignment
	afterStaticJoin                     // a static member has come back under a new id
	afterShare                          // a share coordinator is to be asked
)

// staticOld is what a static member's join changes, and its failure restores.
type staticOld struct {
	protocols          []api.JoinGroupProtocol `canon:"shared"`
	rebalanceTimeoutMs int32
	sessionTimeoutMs   int32
}

// afterAppend does what the append of group metadata is followed by; err tells
// how it went. The group may have moved on meanwhile.
func (c *Coordinator) afterAppend(fx *sim.Effects, t *then, err api.ErrorCode) {
	if t.kind == afterShare {
		c.afterShareAppend(t.call, err)
		return
	}
	g := c.group(t.group)
	if g == nil {
		return
	}
	switch t.kind {
	case afterPark:
		c.failParked(g, t, err)
	case afterSync:
		c.assignmentWritten(fx, g, t, err)
	case afterStaticJoin:
		c.staticJoinWritten(fx, g, t, err)
	}
}

// ifParked guards the request that has just been parked on a connection: if
// what was written before it, or with it, is not committed in time, it fails
// (the exceptionally of joinGroup and syncGroup in GroupCoordinatorService).
func (c *Coordinator) ifParked(groupID string, conn sim.Conn, o outcome) *then {
	g := c.group(groupID)
	if g == nil || o.then != nil || o.isEmpty() && !c.log.Lagging() {
		return o.then
	}
	for _, m := range g.members.All() {
		if m.join.isOn(conn) || m.sync.isOn(conn) {
			return &then{kind: afterPark, group: groupID, conn: conn, sync: m.sync.isOn(conn)}
		}
	}
	return nil
}

// failParked answers a parked request with an error. Its member goes on
// counting as one that waits.
func (c *Coordinator) failParked(g *classic, t *then, err api.ErrorCode) {
	if err == api.None {
		return
	}
	if t.sync {
		c.answer(t.conn, &api.SyncGroupResponse{ErrorCode: err})
	} else {
		c.answer(t.conn, joinError(api.NoMember, err))
	}
	for _, m := range g.members.All() {
		if p := &m.join; p.isOn(t.conn) {
			p.answered = true
		}
		if p := &m.sync; p.isOn(t.conn) {
			p.answered = true
		}
	}
}

// unguard drops the guard of a request that has been answered.
func (c *Coordinator) unguard(conn sim.Conn) {
	for i := range c.live.deferred {
		if t := c.live.deferred[i].then; t != nil && t.kind == afterPark && t.conn == conn {
			c.live.deferred[i].then = nil
		}
	}
}
