package group

import (
	"strconv"

	"github.com/groundhogsim/groundhog/broker/api"
)

// newMemberID makes the id of a new member: of the client id, or else the
// instance id, and where Kafka draws a UUID, a count: m1-1, m1-2. Later
// incarnations of the coordinator put their epoch before it, so that no id is
// ever made twice: m1-2.1.
func (c *Coordinator) newMemberID(g *classic, r *api.JoinGroupRequest) string {
	if n := len(c.live.givenIDs); n > 0 {
		id := c.live.givenIDs[0]
		c.live.givenIDs = c.live.givenIDs[1:]
		if id != api.NoMember && g.member(id) == nil && !g.isPending(id) {
			return id
		}
	}
	base := r.ClientID
	if r.GroupInstanceID != "" {
		base = r.GroupInstanceID
	}
	serial := c.live.serials.GetOrPut(base)
	*serial++
	id := base + "-"
	if c.epoch > 1 {
		id += strconv.Itoa(int(c.epoch)) + "."
	}
	return id + strconv.Itoa(int(*serial))
}

// memberKey is the key of a member's timers.
func (g *classic) memberKey(id string) string { return g.timerKey + "/" + escapeKey(id) }
