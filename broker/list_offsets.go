package broker

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/log"
)

// ListOffsets (key 2): ReplicaManager.fetchOffset, Partition.fetchOffsetForTimestamp.

func (b *Broker) listOffsets(r *api.ListOffsetsRequest) *api.ListOffsetsResponse {
	a := &api.ListOffsetsResponse{Partitions: make([]api.ListOffsetsPartitionResponse, len(r.Partitions))}
	for i := range r.Partitions {
		p := &r.Partitions[i]
		out := &a.Partitions[i]
		*out = api.ListOffsetsPartitionResponse{TopicPartition: p.TopicPartition, Timestamp: -1, Offset: -1, LeaderEpoch: -1}
		l := b.partition(p.TopicPartition)
		if l == nil {
			out.ErrorCode = b.missing(p.TopicPartition)
			continue
		}
		if out.ErrorCode = l.CheckEpoch(p.CurrentLeaderEpoch); out.ErrorCode == api.None && !l.Leads() {
			out.ErrorCode = api.NotLeaderOrFollower
		}
		if out.ErrorCode == api.None {
			out.ErrorCode = offsetFor(l, p.Timestamp, out)
		}
		if out.ErrorCode == api.OffsetNotAvailable && r.APIVersion < 5 {
			out.ErrorCode = api.LeaderNotAvailable
		}
	}
	return a
}

// offsetFor answers one question. A leader that does not know yet how far its
// records are committed, for the high watermark is still before the beginning
// of its epoch, must not tell a "latest" that could go back later.
func offsetFor(l *log.Log, timestamp int64, out *api.ListOffsetsPartitionResponse) api.ErrorCode {
	unsure := l.EpochStart() > l.HighWatermark()
	switch {
	case timestamp == api.EarliestTimestamp:
		out.Offset, out.LeaderEpoch = l.Start(), l.EpochAt(l.Start())
	case timestamp == api.LatestTimestamp:
		if unsure {
			return api.OffsetNotAvailable
		}
		out.Offset, out.LeaderEpoch = l.HighWatermark(), l.Epoch()
	case timestamp < 0:
		return api.UnsupportedVersion // Kafka knows some more
	default:
		r, ok := l.FirstAt(timestamp)
		if ok && r.Offset < l.HighWatermark() {
			out.Offset, out.Timestamp, out.LeaderEpoch = r.Offset, r.Timestamp, l.EpochAt(r.Offset)
		} else if unsure {
			return api.OffsetNotAvailable
		}
	}
	return api.None
}
