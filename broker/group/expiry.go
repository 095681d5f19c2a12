package group

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// expireMember is a member's timer gone off (expireClassicGroupMemberHeartbeat).
// A member that waits for an answer from the coordinator lives on, and gets
// another session with the answer; but for a new one, who may be long gone.
func (c *Coordinator) expireMember(fx *sim.Effects, g *classic, id, label string) outcome {
	if g.isPending(id) {
		g.remove(id)
		return c.completeIfAllJoined(fx, g)
	}
	m := g.member(id)
	if m == nil {
		return outcome{}
	}
	m.timer = ""
	if g.state == Dead || m.satisfiesHeartbeat() {
		return outcome{}
	}
	// It rejoins with nothing if it is alive after all.
	c.answerJoin(m, joinError(api.NoMember, api.UnknownMemberID))
	g.remove(id)
	observe(fx, model.Removed, g, id, label)
	if g.state == Stable || g.state == CompletingRebalance {
		return c.rebalanceOrComplete(fx, g, label+" "+id)
	}
	return c.completeIfAllJoined(fx, g)
}

// completeIfAllJoined ends the join phase if who has just gone was the last it
// waited for. Unlike maybeCompleteJoin it does so in the initial delay, too.
func (c *Coordinator) completeIfAllJoined(fx *sim.Effects, g *classic) outcome {
	if g.state == PreparingRebalance && g.hasAllMembersJoined() {
		return c.completeJoin(fx, g)
	}
	return outcome{}
}
