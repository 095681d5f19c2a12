package broker

import "github.com/groundhogsim/groundhog/broker/api"

// OffsetForLeaderEpoch (key 23): ReplicaManager.lastOffsetForLeaderEpoch,
// Partition.lastOffsetForLeaderEpoch, KIP-320.

func (b *Broker) offsetsForEpochs(r *api.OffsetForLeaderEpochRequest) *api.OffsetForLeaderEpochResponse {
	a := &api.OffsetForLeaderEpochResponse{Partitions: make([]api.EpochEndOffset, len(r.Partitions))}
	for i := range r.Partitions {
		p := &r.Partitions[i]
		out := &a.Partitions[i]
		*out = api.EpochEndOffset{TopicPartition: p.TopicPartition, LeaderEpoch: -1, EndOffset: -1}
		l := b.partition(p.TopicPartition)
		if l == nil {
			out.ErrorCode = b.missing(p.TopicPartition)
			continue
		}
		if out.ErrorCode = l.CheckEpoch(p.CurrentLeaderEpoch); out.ErrorCode == api.None && !l.Leads() {
			out.ErrorCode = api.NotLeaderOrFollower
		}
		if out.ErrorCode == api.None {
			out.LeaderEpoch, out.EndOffset = l.EndOffsetFor(p.LeaderEpoch)
		}
	}
	return a
}
