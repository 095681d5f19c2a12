package group

import (
	"slices"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// DeleteGroups (key 42), of share groups: first the share coordinator forgets
// their states, then they go with all others that the request names
// (GroupCoordinatorService.deleteGroups, deleteShareGroups).

// deleteShares begins a DeleteGroups that names share groups with states. It is
// false if there are none, and nothing has been done.
func (c *Coordinator) deleteShares(fx *sim.Effects, conn sim.Conn, ids *assignor.JavaMap[yes], topics Topics) bool {
	k := &call{kind: callDeleteGroup, conn: conn}
	a := &api.DeleteGroupsResponse{}
	var o outcome
	for id := range ids.All() {
		g := c.live.durable.share(id)
		switch {
		case g != nil && g.state() != Empty:
			a.Results = append(a.Results, api.DeletableGroupResult{GroupID: id, ErrorCode: api.NonEmptyGroup})
			continue
		case g != nil:
			if q, r := g.deletion(id, topics); r != nil {
				o.records = append(o.records, *r)
				if len(q.Partitions) > 0 {
					k.next = append(k.next, q)
				}
			}
		}
		k.ids = append(k.ids, id)
	}
	if o.isEmpty() {
		return false
	}
	k.answer = a
	if len(k.next) == 0 {
		c.write(fx, o, sim.Conn{}, nil)
		c.deleteListed(fx, conn, k.ids, a.Results)
		return true
	}
	o.then = &then{kind: afterShare, call: k.following()}
	c.write(fx, o, conn, nil)
	return true
}

// deletion is what the share coordinator is to forget of a group, and the record
// that it is to; nil if there is nothing. What is left over from a deletion that
// failed is tried again, if its topic is still there
// (shareGroupBuildPartitionDeleteRequest).
func (g *shareGroup) deletion(id string, topics Topics) (*api.DeleteShareGroupStateRequest, *Record) {
	p := &g.partitions
	if len(p.Initializing)+len(p.Initialized)+len(p.Deleting) == 0 {
		return nil, nil
	}
	all := union(p.Initialized, p.Initializing)
	for _, topic := range p.Deleting {
		if t, ok := topics.Topic(topic); ok {
			all = union(all, []TopicPartitions{{topic, upTo(t.Partitions)}})
		}
	}
	q, next := &api.DeleteShareGroupStateRequest{GroupID: id}, SharePartitions{}
	for _, t := range all {
		next.Deleting = append(next.Deleting, t.Topic)
		for _, n := range t.Partitions {
			q.Partitions = append(q.Partitions, api.TopicPartition{Topic: t.Topic, Partition: n})
		}
	}
	r := sharePartitionsRecord(id, next)
	return q, &r
}

// following is the call for the next group.
func (k *call) following() *call {
	n := *k
	n.group, n.request, n.next = k.next[0].GroupID, k.next[0], k.next[1:]
	return &n
}

// deletedState goes on with a DeleteGroups when the share coordinator has
// answered for one group.
func (c *Coordinator) deletedState(fx *sim.Effects, k *call, done []api.ShareStateOutcome, err api.ErrorCode) {
	for i := range done {
		if done[i].ErrorCode != api.None {
			err = done[i].ErrorCode
		}
	}
	n := *k
	if err != api.None {
		a := k.answer.(*api.DeleteGroupsResponse)
		n.answer = &api.DeleteGroupsResponse{Results: append(slices.Clip(a.Results), api.DeletableGroupResult{GroupID: k.group, ErrorCode: err})}
		n.ids = slices.DeleteFunc(slices.Clone(k.ids), func(id string) bool { return id == k.group })
	}
	if len(n.next) > 0 {
		c.afterShareAppend(n.following(), api.None)
		return
	}
	c.deleteListed(fx, k.conn, n.ids, n.answer.(*api.DeleteGroupsResponse).Results)
}

// deletionFailed answers a DeleteGroups whose first records failed.
func (k *call) deletionFailed(err api.ErrorCode) *api.DeleteGroupsResponse {
	a := &api.DeleteGroupsResponse{}
	for _, r := range k.answer.(*api.DeleteGroupsResponse).Results {
		a.Results = append(a.Results, api.DeletableGroupResult{GroupID: r.GroupID, ErrorCode: err})
	}
	for _, id := range k.ids {
		a.Results = append(a.Results, api.DeletableGroupResult{GroupID: id, ErrorCode: err})
	}
	return a
}

// shareGroupTombstones delete an empty share group on record
// (createGroupTombstoneRecords).
func shareGroupTombstones(id string) []Record {
	return []Record{
		shareTombstone(ShareGroupTargetMetadata, id, ""),
		shareTombstone(ShareGroupPartitions, id, ""),
		shareTombstone(ShareGroupMetadata, id, ""),
	}
}
