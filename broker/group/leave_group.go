package group

import (
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// LeaveGroup (key 13): GroupCoordinatorService.leaveGroup, classicGroupLeave.

func (c *Coordinator) leaveGroup(fx *sim.Effects, conn sim.Conn, r *api.LeaveGroupRequest) {
	refuse := func(err api.ErrorCode) { c.answer(conn, &api.LeaveGroupResponse{ErrorCode: err}) }
	switch {
	case r.GroupID == "":
		refuse(api.InvalidGroupID)
		return
	case c.live.phase != active:
		refuse(c.inactive())
		return
	}
	leaving := r.Members
	if r.APIVersion < 3 { // one member, by its id
		leaving = []api.LeaveGroupMember{{}}
		if len(r.Members) > 0 {
			leaving[0].MemberID = r.Members[0].MemberID
		}
	}
	g := c.group(r.GroupID)
	if g != nil && g.state == Dead {
		refuse(api.CoordinatorNotAvailable)
		return
	}
	a := &api.LeaveGroupResponse{}
	var left []string
	for i := range leaving {
		l := &leaving[i]
		err := api.UnknownMemberID
		if g != nil {
			err = c.leave(fx, g, l)
		}
		if err == api.None {
			left = append(left, leaverName(l))
		}
		a.Members = append(a.Members, api.LeaveGroupMemberResponse{
			MemberID: l.MemberID, GroupInstanceID: l.GroupInstanceID, ErrorCode: err,
		})
	}
	var o outcome
	if len(left) > 0 {
		o = c.afterLeave(fx, g, "leave "+strings.Join(left, " "))
	}
	if r.APIVersion < 3 {
		a = &api.LeaveGroupResponse{ErrorCode: a.Members[0].ErrorCode}
	}
	if g == nil {
		c.answer(conn, a)
		return
	}
	c.write(fx, o, conn, a)
}

func leaverName(l *api.LeaveGroupMember) string {
	if l.MemberID == "" {
		return l.GroupInstanceID
	}
	return l.MemberID
}

// leave ends one membership. An instance id alone will do: so an operator
// removes static members.
func (c *Coordinator) leave(fx *sim.Effects, g *classic, l *api.LeaveGroupMember) api.ErrorCode {
	id := l.MemberID
	if id == api.NoMember {
		var ok bool
		if id, ok = g.staticMember(l.GroupInstanceID); !ok || l.GroupInstanceID == "" {
			return api.UnknownMemberID
		}
	} else if p := g.pending.Get(id); p != nil {
		fx.StopTimer(TimerPendingMember, p.timerKey)
		g.remove(id)
		return api.None
	} else if err := g.validate(id, l.GroupInstanceID); err != api.None {
		return err
	}
	m := g.member(id)
	disarm(fx, m)
	c.answerJoin(m, joinError(api.NoMember, api.UnknownMemberID))
	g.remove(id)
	observe(fx, model.Removed, g, id, "leave")
	return api.None
}

// afterLeave lets the group go on without those who left.
func (c *Coordinator) afterLeave(fx *sim.Effects, g *classic, cause string) outcome {
	switch g.state {
	case Stable, CompletingRebalance:
		return c.rebalanceOrComplete(fx, g, cause)
	case PreparingRebalance:
		return c.maybeCompleteJoin(fx, g)
	}
	return outcome{}
}
