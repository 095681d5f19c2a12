package broker

import "github.com/groundhogsim/groundhog/broker/api"

// FindCoordinator (key 10): KafkaApis.getCoordinator. It says who leads the
// partition behind a key, whether or not he has loaded it.

func (b *Broker) findCoordinator(r *api.FindCoordinatorRequest) *api.FindCoordinatorResponse {
	const group, transaction, share = 0, 1, 2
	switch {
	case r.KeyType == group:
		return &api.FindCoordinatorResponse{NodeID: b.id}
	case r.KeyType == transaction || r.KeyType == share && r.APIVersion >= 6:
		// There are no such coordinators yet; Kafka answers so while their
		// topics do not exist.
		return &api.FindCoordinatorResponse{ErrorCode: api.CoordinatorNotAvailable, NodeID: -1}
	}
	return &api.FindCoordinatorResponse{ErrorCode: api.InvalidRequest, NodeID: -1}
}
