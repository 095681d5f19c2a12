package group

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// OffsetFetch (key 9): GroupCoordinatorService.fetchOffsets,
// OffsetMetadataManager.fetchOffsets. A classic group asks nobody who he is.

func (c *Coordinator) offsetFetch(fx *sim.Effects, conn sim.Conn, r *api.OffsetFetchRequest) {
	if c.live.phase != active {
		c.answer(conn, fetchFailed(r, c.inactive()))
		return
	}
	if g := c.group(r.GroupID); g != nil && g.state == Dead {
		// As good as none (ClassicGroup.validateOffsetFetch).
		c.answer(conn, c.fetched(r, func(*Key) *OffsetAndMetadata { return nil }))
		return
	}
	if r.RequireStable && r.APIVersion >= 7 {
		// Run as a write that writes nothing: it sees what is not committed
		// yet, and is answered when that is.
		c.write(fx, outcome{}, conn, c.fetched(r, c.live.durable.offset))
		return
	}
	c.answer(conn, c.fetched(r, c.committed))
}

// fetched looks up what is asked for, in the view that offset gives. A group
// that does not exist has no offsets; it is no error.
func (c *Coordinator) fetched(r *api.OffsetFetchRequest, offset func(*Key) *OffsetAndMetadata) *api.OffsetFetchResponse {
	if r.Partitions == nil {
		return c.fetchedAll(r, offset)
	}
	a := &api.OffsetFetchResponse{Partitions: make([]api.OffsetFetchPartition, len(r.Partitions))}
	k := Key{Type: OffsetCommit, Group: r.GroupID}
	for i, p := range r.Partitions {
		k.Topic, k.Partition = p.Topic, p.Partition
		a.Partitions[i] = fetchedOffset(p, offset(&k))
	}
	return a
}

func fetchedOffset(p api.TopicPartition, o *OffsetAndMetadata) api.OffsetFetchPartition {
	if o == nil {
		return api.OffsetFetchPartition{TopicPartition: p, CommittedOffset: api.NoOffset, CommittedLeaderEpoch: -1}
	}
	return api.OffsetFetchPartition{
		TopicPartition: p, CommittedOffset: o.Offset, CommittedLeaderEpoch: o.LeaderEpoch, Metadata: o.Metadata,
	}
}

// fetchedAll gives all that the group has committed, by topic and partition.
func (c *Coordinator) fetchedAll(r *api.OffsetFetchRequest, offset func(*Key) *OffsetAndMetadata) *api.OffsetFetchResponse {
	a := &api.OffsetFetchResponse{}
	for _, k := range c.offsetKeys(r.GroupID) {
		if o := offset(&k); o != nil {
			a.Partitions = append(a.Partitions, fetchedOffset(api.TopicPartition{Topic: k.Topic, Partition: k.Partition}, o))
		}
	}
	return a
}

// fetchFailed is the answer when the coordinator is not active; before version
// 2 there was no place for an error but with the partitions.
func fetchFailed(r *api.OffsetFetchRequest, err api.ErrorCode) *api.OffsetFetchResponse {
	if r.APIVersion >= 2 {
		return &api.OffsetFetchResponse{ErrorCode: err}
	}
	a := &api.OffsetFetchResponse{Partitions: make([]api.OffsetFetchPartition, len(r.Partitions))}
	for i, p := range r.Partitions {
		a.Partitions[i] = fetchedOffset(p, nil)
		a.Partitions[i].ErrorCode = err
	}
	return a
}
