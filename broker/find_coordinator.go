package broker

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/controller"
	"github.com/groundhogsim/groundhog/broker/group"
)

// FindCoordinator (key 10): KafkaApis.getCoordinator. It says who leads the
// partition behind a key as far as this broker knows, whether or not he has
// loaded it.

func (b *Broker) findCoordinator(r *api.FindCoordinatorRequest) *api.FindCoordinatorResponse {
	const ofGroup, ofTransaction, ofShare = 0, 1, 2
	none := &api.FindCoordinatorResponse{ErrorCode: api.CoordinatorNotAvailable, NodeID: -1}
	switch {
	case r.KeyType == ofGroup && b.member == nil:
		return &api.FindCoordinatorResponse{NodeID: b.id}
	case r.KeyType == ofGroup:
		im := b.member.live.image
		p := im.Partition(api.TopicPartition{Topic: controller.OffsetsTopic, Partition: group.PartitionFor(r.Key, int32(len(b.shards)))})
		if p == nil || !im.Alive(p.Leader) {
			return none
		}
		return &api.FindCoordinatorResponse{NodeID: p.Leader}
	case r.KeyType == ofTransaction || r.KeyType == ofShare && r.APIVersion >= 6:
		// There are no such coordinators yet; Kafka answers so while their
		// topics do not exist.
		return none
	}
	return &api.FindCoordinatorResponse{ErrorCode: api.InvalidRequest, NodeID: -1}
}
