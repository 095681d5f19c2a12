package group

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// Heartbeat (key 12): GroupCoordinatorService.heartbeat, classicGroupHeartbeat.

// The two everyday answers; messages are immutable, so one of each is enough.
var (
	heartbeatNone        = &api.HeartbeatResponse{}
	heartbeatRebalancing = &api.HeartbeatResponse{ErrorCode: api.RebalanceInProgress}
)

func heartbeatResponse(err api.ErrorCode) *api.HeartbeatResponse {
	switch err {
	case api.None:
		return heartbeatNone
	case api.RebalanceInProgress:
		return heartbeatRebalancing
	}
	return &api.HeartbeatResponse{ErrorCode: err}
}

func (c *Coordinator) heartbeat(fx *sim.Effects, conn sim.Conn, r *api.HeartbeatRequest) {
	r = heartbeatAsSent(r)
	err := api.None
	switch {
	case r.GroupID == "":
		err = api.InvalidGroupID
	case c.live.phase == loading:
		// It cannot know better yet, and lets the member live on.
		c.answer(conn, heartbeatNone)
		return
	case c.live.phase != active:
		err = c.inactive()
	default:
		g := c.group(r.GroupID)
		if err = validateHeartbeat(g, r); err == api.None {
			armSession(fx, g.member(r.MemberID))
			if g.state == PreparingRebalance {
				err = api.RebalanceInProgress
			}
			// In CompletingRebalance there is nothing to do for the member yet;
			// the comment on ClassicGroupState says otherwise and is wrong.
			c.write(fx, outcome{}, conn, heartbeatResponse(err))
			return
		}
	}
	c.answer(conn, heartbeatResponse(err))
}

func validateHeartbeat(g *classic, r *api.HeartbeatRequest) api.ErrorCode {
	if g == nil {
		return api.UnknownMemberID
	}
	if g.state == Dead {
		return api.CoordinatorNotAvailable
	}
	if err := g.validate(r.MemberID, r.GroupInstanceID); err != api.None {
		return err
	}
	if r.GenerationID != g.generation {
		return api.IllegalGeneration
	}
	return api.None
}
