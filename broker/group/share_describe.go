package group

import (
	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// ShareGroupDescribe (key 77): GroupCoordinatorService.shareGroupDescribe, which
// reads what the high watermark says.

func (c *Coordinator) shareDescribe(conn sim.Conn, r *api.ShareGroupDescribeRequest, topics Topics) {
	a := &api.ShareGroupDescribeResponse{Groups: make([]api.DescribedShareGroup, len(r.GroupIDs))}
	for i, id := range r.GroupIDs {
		a.Groups[i] = c.describeShare(id, topics)
	}
	c.answer(conn, a)
}

func (c *Coordinator) describeShare(id string, topics Topics) api.DescribedShareGroup {
	d := api.DescribedShareGroup{GroupID: id}
	if id == "" {
		d.ErrorCode = api.InvalidGroupID
		return d
	}
	if d.ErrorCode = c.inactive(); d.ErrorCode != api.None {
		return d
	}
	g := c.committedShare(id)
	if g == nil {
		d.ErrorCode = api.GroupIDNotFound
		return d
	}
	d.GroupState, d.GroupEpoch, d.AssignmentEpoch, d.AssignorName = g.state().String(), g.epoch, g.assignmentEpoch, assignor.Simple.Name()
	for i := range g.members {
		m := &g.members[i]
		s := api.DescribedShareMember{
			MemberID: m.id, RackID: m.rackID, MemberEpoch: m.epoch, ClientID: m.clientID, SubscribedTopicNames: m.topics,
		}
		for _, p := range m.assigned {
			if _, ok := topics.Topic(p.Topic); ok {
				s.Assignment = append(s.Assignment, p)
			}
		}
		d.Members = append(d.Members, s)
	}
	return d
}

// ShareType is how ListGroups names the type and the protocol type of share
// groups.
const ShareType = "share"
