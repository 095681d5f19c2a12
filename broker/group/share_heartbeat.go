package group

import (
	"hash/fnv"
	"slices"
	"strconv"
	"unicode/utf16"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// ShareGroupHeartbeat (key 76): KafkaApis.handleShareGroupHeartbeat,
// GroupCoordinatorService.shareGroupHeartbeat, GroupMetadataManager.

// Member epochs of a heartbeat, beside those that count.
const (
	shareJoins  int32 = 0
	shareLeaves int32 = -1
)

// maxMemberID is how many UTF-16 units a member id may have
// (KafkaApis.isMemberIdValid).
const maxMemberID = 36

func shareFailed(err api.ErrorCode) *api.ShareGroupHeartbeatResponse {
	return &api.ShareGroupHeartbeatResponse{ErrorCode: err}
}

func (c *Coordinator) shareHeartbeat(fx *sim.Effects, conn sim.Conn, r *api.ShareGroupHeartbeatRequest, topics Topics) {
	switch {
	case r.MemberID == "" || len(utf16.Encode([]rune(r.MemberID))) > maxMemberID || r.GroupID == "" || r.MemberEpoch < shareLeaves ||
		r.MemberEpoch == shareJoins && len(r.SubscribedTopicNames) == 0:
		c.answer(conn, shareFailed(api.InvalidRequest))
		return
	case c.live.phase != active:
		c.answer(conn, shareFailed(c.inactive()))
		return
	}
	if r.MemberEpoch == shareLeaves {
		c.shareLeave(fx, conn, r, topics)
		return
	}
	g, m, err := c.shareMember(r)
	if err != api.None {
		c.answer(conn, shareFailed(err))
		return
	}
	b := &shareBeat{c: c, now: fx.Now(), topics: topics, group: g, was: m, member: m, request: r, epoch: g.epoch}
	b.run()
	o := outcome{records: b.records}
	if b.init != nil {
		o.then = &then{kind: afterShare, call: &call{kind: callInitialize, group: r.GroupID, request: b.init}}
	}
	if g.member(r.MemberID) != nil || c.canAppend() == api.None {
		c.armShareSession(fx, r.GroupID, r.MemberID)
	}
	c.write(fx, o, conn, b.answer())
}

// shareMember finds the group and the member that a heartbeat is from, or makes
// them up: replay makes them in earnest. (getOrMaybeCreateShareGroup,
// throwIfShareGroupIsFull, getOrMaybeSubscribeShareGroupMember.)
func (c *Coordinator) shareMember(r *api.ShareGroupHeartbeatRequest) (*shareGroup, shareMember, api.ErrorCode) {
	g, err := c.findShare(r.GroupID)
	if err != api.None && (r.MemberEpoch != shareJoins || c.group(r.GroupID) != nil) {
		return nil, shareMember{}, err
	}
	if g == nil {
		g = newShareGroup()
	}
	m := g.member(r.MemberID)
	switch {
	case m == nil && len(g.members) >= int(c.settings.ShareGroupMaxSize):
		return nil, shareMember{}, api.GroupMaxSizeReached
	case m == nil && r.MemberEpoch != shareJoins:
		return nil, shareMember{}, api.UnknownMemberID
	case m == nil:
		return g, newShareMember(r.MemberID), api.None
	}
	return g, *m, m.validate(r.MemberEpoch)
}

// findShare gives a share group. There is none of that id either if there is a
// group of another type: these are never converted.
func (c *Coordinator) findShare(id string) (*shareGroup, api.ErrorCode) {
	if g := c.live.durable.share(id); g != nil {
		return g, api.None
	}
	return nil, api.GroupIDNotFound
}

// validate compares the epoch that a member says with the one that it has. One
// may always begin anew; and with the epoch before, the answer with the present
// one may have been lost (throwIfShareGroupMemberEpochIsInvalid).
func (m *shareMember) validate(epoch int32) api.ErrorCode {
	if epoch == shareJoins || epoch == m.epoch || epoch < m.epoch && epoch == m.previous {
		return api.None
	}
	return api.FencedMemberEpoch
}

// shareLeave ends a membership, whatever the epoch was (shareGroupLeave).
func (c *Coordinator) shareLeave(fx *sim.Effects, conn sim.Conn, r *api.ShareGroupHeartbeatRequest, topics Topics) {
	g, err := c.findShare(r.GroupID)
	if err == api.None && g.member(r.MemberID) == nil {
		err = api.UnknownMemberID
	}
	if err != api.None {
		c.answer(conn, shareFailed(err))
		return
	}
	fx.StopTimer(TimerShareSession, shareSessionKey(r.GroupID, r.MemberID))
	c.write(fx, outcome{records: g.removed(r.GroupID, r.MemberID, topics)}, conn,
		&api.ShareGroupHeartbeatResponse{MemberID: r.MemberID, MemberEpoch: shareLeaves})
}

// expireShareMember is a member's session gone by (shareGroupFenceMemberOperation).
func (c *Coordinator) expireShareMember(fx *sim.Effects, group, member string, topics Topics) {
	g := c.live.durable.share(group)
	if g == nil || g.member(member) == nil {
		return
	}
	c.write(fx, outcome{records: g.removed(group, member, topics)}, sim.Conn{}, nil)
}

// removed are the records of a member's end. The others learn of what that
// means with their next heartbeats (shareGroupFenceMember).
func (g *shareGroup) removed(group, member string, topics Topics) []Record {
	var left []shareMember
	for _, m := range g.members {
		if m.id != member {
			left = append(left, m)
		}
	}
	return []Record{
		shareTombstone(ShareGroupAssignment, group, member),
		shareTombstone(ShareGroupTarget, group, member),
		shareTombstone(ShareGroupMember, group, member),
		shareRecord(ShareGroupMetadata, group, "", ShareValue{
			Epoch: g.epoch + 1, MetadataHash: metadataHash(subscribedTopics(left), topics),
		}),
	}
}

// metadataHash tells what a group subscribes to from what it was before: which
// of its topics there are, and how many partitions they have
// (ModernGroup.computeMetadataHash, which looks at racks, too).
func metadataHash(subscribed []string, topics Topics) uint64 {
	h, none := fnv.New64a(), true
	for _, name := range subscribed {
		if t, ok := topics.Topic(name); ok {
			none = false
			h.Write(strconv.AppendInt(strconv.AppendInt(append([]byte(name), '/'), t.ID, 10), int64(t.Partitions)|1<<32, 10))
		}
	}
	if none {
		return 0
	}
	return h.Sum64()
}

// asSet sorts names, and drops what is there twice.
func asSet(names []string) []string {
	s := slices.Clone(names)
	slices.Sort(s)
	return slices.Compact(s)
}

func shareSessionKey(group, member string) string { return escapeKey(group) + "/" + escapeKey(member) }

// armShareSession gives a member another session timeout to live.
func (c *Coordinator) armShareSession(fx *sim.Effects, group, member string) {
	fx.SetTimer(TimerShareSession, shareSessionKey(group, member), ms(c.settings.ShareGroupSessionTimeoutMs))
}

// armShareSessions gives all members a session, when the coordinator has
// loaded; disarmShareSessions ends them.
func (c *Coordinator) armShareSessions(fx *sim.Effects) {
	c.eachShareMember(func(group, member string) { c.armShareSession(fx, group, member) })
}

func (c *Coordinator) disarmShareSessions(fx *sim.Effects) {
	c.eachShareMember(func(group, member string) { fx.StopTimer(TimerShareSession, shareSessionKey(group, member)) })
}

func (c *Coordinator) eachShareMember(do func(group, member string)) {
	for id, p := range c.live.durable.shares.All() {
		for i := range p.group.members {
			do(id, p.group.members[i].id)
		}
	}
}
