package group

import (
	"slices"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// DeleteGroups (key 42): KafkaApis.handleDeleteGroupsRequest,
// GroupCoordinatorShard.deleteGroups. A group goes with all of its offsets.

// deleteGroups answers for each group once, in the order of the HashSet that
// Kafka gathers their ids in.
func (c *Coordinator) deleteGroups(fx *sim.Effects, conn sim.Conn, r *api.DeleteGroupsRequest, topics Topics) {
	var ids assignor.JavaMap[yes]
	for _, id := range r.GroupsNames {
		ids.Put(id, yes{})
	}
	if c.live.phase == active && c.live.durable.shares.Len() > 0 && c.deleteShares(fx, conn, &ids, topics) {
		return
	}
	var all []string
	for id := range ids.All() {
		all = append(all, id)
	}
	c.deleteListed(fx, conn, all, nil)
}

// deleteListed deletes groups of all types. Some are refused already.
func (c *Coordinator) deleteListed(fx *sim.Effects, conn sim.Conn, ids []string, refused []api.DeletableGroupResult) {
	a := &api.DeleteGroupsResponse{Results: slices.Clone(refused)}
	var o outcome
	var gone []*classic
	for _, id := range ids {
		err := c.inactive()
		if err == api.None {
			err = c.validateDelete(id)
		}
		switch {
		case err != api.None:
		case c.live.durable.share(id) != nil:
			o.records = append(o.records, shareGroupTombstones(id)...)
		default:
			g := c.group(id)
			c.eachOffset(id, func(k Key, _ *OffsetAndMetadata) {
				o.records = append(o.records, Record{Key: k, Tombstone: true})
			})
			o.records = append(o.records, groupTombstone(g))
			gone = append(gone, g)
		}
		a.Results = append(a.Results, api.DeletableGroupResult{GroupID: id, ErrorCode: err})
	}
	if c.live.phase != active {
		c.answer(conn, a)
		return
	}
	if c.canAppend() == api.None {
		for _, g := range gone {
			c.dropGroup(fx, g)
		}
		observeDeleted(fx, o.records, causeAdmin)
	}
	c.write(fx, o, conn, a)
}

// validateDelete is validateDeleteGroup of ClassicGroup and ShareGroup.
func (c *Coordinator) validateDelete(id string) api.ErrorCode {
	g, s := c.group(id), c.live.durable.share(id)
	switch {
	case s != nil && s.state() != Empty:
		return api.NonEmptyGroup
	case s != nil:
		return api.None
	case g == nil || g.state == Dead:
		return api.GroupIDNotFound
	case g.state != Empty:
		return api.NonEmptyGroup
	}
	return api.None
}

// groupTombstone deletes a group on record. Its offsets have tombstones of
// their own.
func groupTombstone(g *classic) Record {
	return Record{Key: Key{Type: GroupMetadata, Group: g.id}, Tombstone: true}
}

// dropGroup takes an empty group out, and the ids that it has given away. What
// puts that on record is about to be appended.
func (c *Coordinator) dropGroup(fx *sim.Effects, g *classic) {
	for _, p := range g.pending.All() {
		fx.StopTimer(TimerPendingMember, p.timerKey)
	}
	c.rememberGroup(g.id, true, g.protocolType)
	c.live.groups.Delete(g.id)
	if g.expires != sim.Never {
		c.armExpiry(fx)
	}
}

// revertNew takes back a group that an operation has made whose write failed:
// Kafka reverts to the snapshot before it (CoordinatorRuntime). Its members,
// who have been answered, are nobody's then.
func (c *Coordinator) revertNew(fx *sim.Effects, id string) {
	g := c.group(id)
	if g == nil || c.canAppend() == api.None {
		return
	}
	c.unload(fx, g)
	c.live.groups.Delete(id)
	c.live.undo = slices.DeleteFunc(c.live.undo, func(u undo) bool {
		return u.key.Type == GroupMetadata && u.key.Group == id && u.offset == c.log.end && !u.had
	})
	c.armExpiry(fx)
}

// deletesFailed gives the same error for all groups: the write has failed.
func deletesFailed(a *api.DeleteGroupsResponse, err api.ErrorCode) *api.DeleteGroupsResponse {
	f := &api.DeleteGroupsResponse{Results: make([]api.DeletableGroupResult, len(a.Results))}
	for i := range a.Results {
		f.Results[i] = api.DeletableGroupResult{GroupID: a.Results[i].GroupID, ErrorCode: err}
	}
	return f
}
