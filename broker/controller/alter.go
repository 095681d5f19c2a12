package controller

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
)

// alterPartition takes a leader's word for who is in sync
// (ReplicationControlManager.alterPartition).
func (c *Controller) alterPartition(r *api.AlterPartitionRequest) *api.AlterPartitionResponse {
	a := &api.AlterPartitionResponse{Partition: r.Partition, LeaderID: none}
	p := c.partition(r.Partition)
	if a.ErrorCode = c.checkAlter(p, r); a.ErrorCode != api.None {
		return a
	}
	isr := make([]int32, len(r.NewISR))
	for i, b := range r.NewISR {
		isr[i] = b.BrokerID
	}
	c.apply(p, change{isr: isr, gone: none, acceptable: c.Active, unclean: c.settings.UncleanLeaderElectionEnable})
	a.LeaderID, a.LeaderEpoch, a.PartitionEpoch, a.ISR = p.Leader, p.LeaderEpoch, p.PartitionEpoch, p.ISR
	return a
}

// checkAlter is validateAlterPartitionData.
func (c *Controller) checkAlter(p *api.PartitionImage, r *api.AlterPartitionRequest) api.ErrorCode {
	if r.BrokerID < 0 || int(r.BrokerID) >= len(c.brokers) || c.brokers[r.BrokerID].epoch != r.BrokerEpoch {
		return api.StaleBrokerEpoch
	}
	switch {
	case p == nil || c.topic(r.Partition.Topic).ID != r.TopicID:
		return api.UnknownTopicOrPartition
	case r.LeaderEpoch > p.LeaderEpoch || r.PartitionEpoch > p.PartitionEpoch:
		return api.NotController
	case r.LeaderEpoch < p.LeaderEpoch:
		return api.FencedLeaderEpoch
	case r.BrokerID != p.Leader:
		return api.InvalidRequest
	case r.PartitionEpoch < p.PartitionEpoch:
		return api.InvalidUpdateVersion
	}
	leads := false
	for _, b := range r.NewISR {
		if !slices.Contains(p.Replicas, b.BrokerID) {
			return api.InvalidRequest
		}
		leads = leads || b.BrokerID == p.Leader
	}
	if !leads {
		return api.InvalidRequest
	}
	for _, b := range r.NewISR {
		if !c.Active(b.BrokerID) || b.BrokerEpoch != -1 && c.brokers[b.BrokerID].epoch != b.BrokerEpoch {
			return api.IneligibleReplica
		}
	}
	return api.None
}
