package group

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// OffsetDelete (key 47): KafkaApis.handleOffsetDeleteRequest,
// OffsetMetadataManager.deleteOffsets.

func (c *Coordinator) offsetDelete(fx *sim.Effects, conn sim.Conn, r *api.OffsetDeleteRequest, topics Topics) {
	if err := c.validateOffsetDelete(r.GroupID); err != api.None {
		c.answer(conn, &api.OffsetDeleteResponse{ErrorCode: err})
		return
	}
	g := c.group(r.GroupID)
	a := &api.OffsetDeleteResponse{Partitions: make([]api.PartitionError, len(r.Partitions))}
	var o outcome
	for i, p := range r.Partitions {
		e := &a.Partitions[i]
		e.TopicPartition = p
		k := Key{Type: OffsetCommit, Group: g.id, Topic: p.Topic, Partition: p.Partition}
		switch {
		case !topics.HasPartition(p):
			e.ErrorCode = api.UnknownTopicOrPartition
		case g.isSubscribed(p.Topic):
			e.ErrorCode = api.GroupSubscribedToTopic
		case c.live.durable.offset(&k) != nil:
			o.records = append(o.records, Record{Key: k, Tombstone: true})
		}
	}
	observeDeleted(fx, o.records, causeAdmin)
	c.write(fx, o, conn, a)
	if !o.isEmpty() {
		c.mindExpiry(fx, g)
	}
}

// validateOffsetDelete tells whether offsets of a group can be deleted at all:
// not while it has members whose subscriptions the coordinator cannot read
// (ClassicGroup.validateOffsetDelete).
func (c *Coordinator) validateOffsetDelete(id string) api.ErrorCode {
	switch {
	case id == "":
		return api.InvalidGroupID
	case c.live.phase != active:
		return c.inactive()
	}
	g := c.group(id)
	switch {
	case g == nil || g.state == Dead:
		return api.GroupIDNotFound
	case g.state != Empty && g.protocolType != consumerType:
		return api.NonEmptyGroup
	}
	return api.None
}
