package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// elected is the leader's part of a rebalance. For topics that it does not
// know, because only others subscribe to them, it asks for metadata first
// (balanceGroup of kgo; ConsumerCoordinator.updateGroupSubscription).
func (c *Consumer) elected(r *api.JoinGroupResponse, fx *sim.Effects) {
	for _, m := range r.Members {
		for _, name := range m.Metadata.Topics {
			if !slices.Contains(c.cfg.Topics, name) && !slices.Contains(c.Outside, name) {
				c.Outside = append(c.Outside, name)
				c.Electing = r
			}
		}
	}
	if c.Electing != nil {
		c.askMetadata(fx)
		return
	}
	c.assign(r, fx)
}

// assign divides the partitions and sends the plan. A static leader that is
// back gets SkipAssignment (KIP-814): it sends no plan. kgo makes one all the
// same, and rejoins when its own part of it differs from what it is told: its
// subscription may have changed.
func (c *Consumer) assign(r *api.JoinGroupResponse, fx *sim.Effects) {
	c.Electing, c.Snapshot = nil, c.sizes()
	if !r.SkipAssignment {
		c.sendSync(c.balance(r), fx)
		return
	}
	if !c.cfg.pol.java {
		for _, a := range c.balance(r) {
			if a.MemberID == c.MemberID {
				c.Plan, c.Planned = inOrder(a.Assignment), true
			}
		}
	}
	c.sendSync(nil, fx)
}

func (c *Consumer) balance(r *api.JoinGroupResponse) []api.SyncGroupAssignment {
	var in assignor.Input
	for i := range r.Members {
		m := &r.Members[i]
		in.Members = append(in.Members, assignor.Member{
			ID: m.MemberID, InstanceID: m.GroupInstanceID, Rack: m.Metadata.RackID, Topics: m.Metadata.Topics,
			Owned: forAssignor(m.Metadata.OwnedPartitions), Generation: m.Metadata.GenerationID,
			UserData: []byte(m.Metadata.UserData)})
	}
	for _, t := range c.sizes() {
		in.Topics = append(in.Topics, assignor.Topic{Name: t.Name, Partitions: t.Partitions})
	}
	out := make([]api.SyncGroupAssignment, 0, len(r.Members))
	for i, given := range c.assignor().Assign(in) {
		a := api.SyncGroupAssignment{MemberID: r.Members[i].MemberID}
		for _, p := range given {
			a.Assignment = append(a.Assignment, model.TopicPartition(p))
		}
		out = append(out, a)
	}
	return out
}

func (c *Consumer) assignor() assignor.Assignor {
	for _, a := range c.cfg.Assignors {
		if a.Name() == c.Protocol {
			return a
		}
	}
	return c.cfg.Assignors[0]
}
