package conform

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// wireAnswer turns the model's answer into Kafka's own, at the version of the
// request, as it would come off the wire: without what that version cannot say.
func wireAnswer(request api.Request, m sim.Message) (kmsg.Response, error) {
	k := wireGroupAnswer(request, m)
	if k == nil {
		k = wireDataAnswer(m)
	}
	if k == nil {
		return nil, fmt.Errorf("%s: not known on the wire", m.MessageName())
	}
	k.SetVersion(request.Version())
	back := kmsg.ResponseForKey(k.Key())
	back.SetVersion(request.Version())
	if err := back.ReadFrom(k.AppendTo(nil)); err != nil {
		return nil, fmt.Errorf("%s: %w", m.MessageName(), err)
	}
	return back, nil
}

func wireGroupAnswer(request api.Request, m sim.Message) kmsg.Response {
	switch r := m.(type) {
	case *api.JoinGroupResponse:
		return wireJoined(r)
	case *api.SyncGroupResponse:
		return &kmsg.SyncGroupResponse{
			ErrorCode: int16(r.ErrorCode), ProtocolType: nullable(r.ProtocolType), Protocol: nullable(r.ProtocolName),
			MemberAssignment: orEmpty(assignmentBytes(r.Assignment)),
		}
	case *api.HeartbeatResponse:
		return &kmsg.HeartbeatResponse{ErrorCode: int16(r.ErrorCode)}
	case *api.LeaveGroupResponse:
		k := &kmsg.LeaveGroupResponse{ErrorCode: int16(r.ErrorCode)}
		for _, p := range r.Members {
			k.Members = append(k.Members, kmsg.LeaveGroupResponseMember{
				MemberID: p.MemberID, InstanceID: nullable(p.GroupInstanceID), ErrorCode: int16(p.ErrorCode),
			})
		}
		return k
	case *api.OffsetCommitResponse:
		return wireCommitted(r)
	case *api.OffsetFetchResponse:
		return wireFetchedOffsets(request, r)
	case *api.OffsetDeleteResponse:
		return wireDeletedOffsets(r)
	case *api.FindCoordinatorResponse:
		key := request.(*api.FindCoordinatorRequest).Key
		return &kmsg.FindCoordinatorResponse{
			ErrorCode: int16(r.ErrorCode), NodeID: r.NodeID,
			Coordinators: []kmsg.FindCoordinatorResponseCoordinator{{Key: key, NodeID: r.NodeID, ErrorCode: int16(r.ErrorCode)}},
		}
	case *api.DescribeGroupsResponse:
		return wireDescribed(r)
	case *api.ListGroupsResponse:
		k := &kmsg.ListGroupsResponse{ErrorCode: int16(r.ErrorCode)}
		for _, g := range r.Groups {
			k.Groups = append(k.Groups, kmsg.ListGroupsResponseGroup{Group: g.GroupID, ProtocolType: g.ProtocolType, GroupState: g.GroupState, GroupType: g.GroupType})
		}
		return k
	case *api.DeleteGroupsResponse:
		k := &kmsg.DeleteGroupsResponse{}
		for _, g := range r.Results {
			k.Groups = append(k.Groups, kmsg.DeleteGroupsResponseGroup{Group: g.GroupID, ErrorCode: int16(g.ErrorCode)})
		}
		return k
	}
	return nil
}

func orEmpty(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func wireJoined(r *api.JoinGroupResponse) kmsg.Response {
	k := &kmsg.JoinGroupResponse{
		ErrorCode: int16(r.ErrorCode), Generation: r.GenerationID, ProtocolType: nullable(r.ProtocolType), Protocol: nullable(r.ProtocolName),
		LeaderID: r.Leader, SkipAssignment: r.SkipAssignment, MemberID: r.MemberID,
	}
	for i := range r.Members {
		p := &r.Members[i]
		k.Members = append(k.Members, kmsg.JoinGroupResponseMember{
			MemberID: p.MemberID, InstanceID: nullable(p.GroupInstanceID), ProtocolMetadata: subscriptionBytes(&p.Metadata),
		})
	}
	if k.Protocol == nil {
		k.Protocol = kmsg.StringPtr("") // null on the wire from version 7 on only, and no difference to us
	}
	return k
}

func wireCommitted(r *api.OffsetCommitResponse) kmsg.Response {
	k := &kmsg.OffsetCommitResponse{}
	topics, at := byTopic(r.Partitions, func(p api.PartitionError) api.TopicPartition { return p.TopicPartition })
	for i, t := range topics {
		kt := kmsg.OffsetCommitResponseTopic{Topic: t}
		for _, j := range at[i] {
			kt.Partitions = append(kt.Partitions, kmsg.OffsetCommitResponseTopicPartition{Partition: r.Partitions[j].Partition, ErrorCode: int16(r.Partitions[j].ErrorCode)})
		}
		k.Topics = append(k.Topics, kt)
	}
	return k
}

func wireDeletedOffsets(r *api.OffsetDeleteResponse) kmsg.Response {
	k := &kmsg.OffsetDeleteResponse{ErrorCode: int16(r.ErrorCode)}
	topics, at := byTopic(r.Partitions, func(p api.PartitionError) api.TopicPartition { return p.TopicPartition })
	for i, t := range topics {
		kt := kmsg.OffsetDeleteResponseTopic{Topic: t}
		for _, j := range at[i] {
			kt.Partitions = append(kt.Partitions, kmsg.OffsetDeleteResponseTopicPartition{Partition: r.Partitions[j].Partition, ErrorCode: int16(r.Partitions[j].ErrorCode)})
		}
		k.Topics = append(k.Topics, kt)
	}
	return k
}

func wireFetchedOffsets(request api.Request, r *api.OffsetFetchResponse) kmsg.Response {
	k := &kmsg.OffsetFetchResponse{ErrorCode: int16(r.ErrorCode)}
	g := kmsg.OffsetFetchResponseGroup{Group: request.(*api.OffsetFetchRequest).GroupID, ErrorCode: int16(r.ErrorCode)}
	topics, at := byTopic(r.Partitions, func(p api.OffsetFetchPartition) api.TopicPartition { return p.TopicPartition })
	for i, t := range topics {
		kt, gt := kmsg.OffsetFetchResponseTopic{Topic: t}, kmsg.OffsetFetchResponseGroupTopic{Topic: t}
		for _, j := range at[i] {
			p := &r.Partitions[j]
			meta := kmsg.StringPtr(p.Metadata)
			kt.Partitions = append(kt.Partitions, kmsg.OffsetFetchResponseTopicPartition{
				Partition: p.Partition, Offset: p.CommittedOffset, LeaderEpoch: p.CommittedLeaderEpoch, Metadata: meta, ErrorCode: int16(p.ErrorCode),
			})
			gt.Partitions = append(gt.Partitions, kmsg.OffsetFetchResponseGroupTopicPartition{
				Partition: p.Partition, Offset: p.CommittedOffset, LeaderEpoch: p.CommittedLeaderEpoch, Metadata: meta, ErrorCode: int16(p.ErrorCode),
			})
		}
		k.Topics, g.Topics = append(k.Topics, kt), append(g.Topics, gt)
	}
	k.Groups = []kmsg.OffsetFetchResponseGroup{g}
	return k
}

func wireDescribed(r *api.DescribeGroupsResponse) kmsg.Response {
	k := &kmsg.DescribeGroupsResponse{}
	for i := range r.Groups {
		g := &r.Groups[i]
		kg := kmsg.NewDescribeGroupsResponseGroup()
		kg.ErrorCode, kg.ErrorMessage, kg.Group = int16(g.ErrorCode), nullable(g.ErrorMessage), g.GroupID
		kg.State, kg.ProtocolType, kg.Protocol = g.GroupState, g.ProtocolType, g.ProtocolData
		for j := range g.Members {
			m := &g.Members[j]
			km := kmsg.DescribeGroupsResponseGroupMember{
				MemberID: m.MemberID, InstanceID: nullable(m.GroupInstanceID), ClientID: m.ClientID,
				ProtocolMetadata: []byte{}, MemberAssignment: orEmpty(assignmentBytes(m.MemberAssignment)),
			}
			if m.MemberMetadata != nil {
				km.ProtocolMetadata = subscriptionBytes(m.MemberMetadata)
			}
			kg.Members = append(kg.Members, km)
		}
		k.Groups = append(k.Groups, kg)
	}
	return k
}

func wireDataAnswer(m sim.Message) kmsg.Response {
	switch r := m.(type) {
	case *api.ProduceResponse:
		return wireProduced(r)
	case *api.FetchResponse:
		return wireFetched(r)
	case *api.ListOffsetsResponse:
		return wireListedOffsets(r)
	case *api.OffsetForLeaderEpochResponse:
		return wireEpochEnded(r)
	case *api.MetadataResponse:
		return wireMetadata(r)
	case *api.CreateTopicsResponse:
		k := &kmsg.CreateTopicsResponse{}
		for _, t := range r.Topics {
			kt := kmsg.NewCreateTopicsResponseTopic()
			kt.Topic, kt.ErrorCode, kt.NumPartitions, kt.ReplicationFactor = t.Name, int16(t.ErrorCode), t.NumPartitions, t.ReplicationFactor
			k.Topics = append(k.Topics, kt)
		}
		return k
	case *api.CreatePartitionsResponse:
		k := &kmsg.CreatePartitionsResponse{}
		for _, t := range r.Results {
			k.Topics = append(k.Topics, kmsg.CreatePartitionsResponseTopic{Topic: t.Name, ErrorCode: int16(t.ErrorCode)})
		}
		return k
	}
	return nil
}

func wireProduced(r *api.ProduceResponse) kmsg.Response {
	k := &kmsg.ProduceResponse{}
	topics, at := byTopic(r.Partitions, func(p api.ProducePartitionResponse) api.TopicPartition { return p.TopicPartition })
	for i, t := range topics {
		kt := kmsg.ProduceResponseTopic{Topic: t}
		for _, j := range at[i] {
			p := &r.Partitions[j]
			kp := kmsg.NewProduceResponseTopicPartition()
			kp.Partition, kp.ErrorCode, kp.BaseOffset, kp.LogStartOffset = p.Partition, int16(p.ErrorCode), p.BaseOffset, p.LogStartOffset
			kt.Partitions = append(kt.Partitions, kp)
		}
		k.Topics = append(k.Topics, kt)
	}
	return k
}

func wireFetched(r *api.FetchResponse) kmsg.Response {
	k := &kmsg.FetchResponse{}
	topics, at := byTopic(r.Partitions, func(p api.FetchPartitionResponse) api.TopicPartition { return p.TopicPartition })
	for i, t := range topics {
		kt := kmsg.FetchResponseTopic{Topic: t}
		for _, j := range at[i] {
			p := &r.Partitions[j]
			kp := kmsg.NewFetchResponseTopicPartition()
			kp.Partition, kp.ErrorCode, kp.HighWatermark = p.Partition, int16(p.ErrorCode), p.HighWatermark
			kp.LastStableOffset, kp.LogStartOffset, kp.RecordBatches = p.LastStableOffset, p.LogStartOffset, []byte{}
			if len(p.Records) > 0 {
				kp.RecordBatches = batchBytes(p.Records)
				// Offsets are set by the broker, outside of what the checksum covers.
				putOffset(kp.RecordBatches, p.Records[0].Offset)
			}
			if d := p.DivergingEpoch; d != nil {
				kp.DivergingEpoch.Epoch, kp.DivergingEpoch.EndOffset = d.LeaderEpoch, d.EndOffset
			}
			kt.Partitions = append(kt.Partitions, kp)
		}
		k.Topics = append(k.Topics, kt)
	}
	return k
}

func wireListedOffsets(r *api.ListOffsetsResponse) kmsg.Response {
	k := &kmsg.ListOffsetsResponse{}
	topics, at := byTopic(r.Partitions, func(p api.ListOffsetsPartitionResponse) api.TopicPartition { return p.TopicPartition })
	for i, t := range topics {
		kt := kmsg.ListOffsetsResponseTopic{Topic: t}
		for _, j := range at[i] {
			p := &r.Partitions[j]
			kt.Partitions = append(kt.Partitions, kmsg.ListOffsetsResponseTopicPartition{
				Partition: p.Partition, ErrorCode: int16(p.ErrorCode), Timestamp: p.Timestamp, Offset: p.Offset, LeaderEpoch: p.LeaderEpoch,
			})
		}
		k.Topics = append(k.Topics, kt)
	}
	return k
}

func wireEpochEnded(r *api.OffsetForLeaderEpochResponse) kmsg.Response {
	k := &kmsg.OffsetForLeaderEpochResponse{}
	topics, at := byTopic(r.Partitions, func(p api.EpochEndOffset) api.TopicPartition { return p.TopicPartition })
	for i, t := range topics {
		kt := kmsg.OffsetForLeaderEpochResponseTopic{Topic: t}
		for _, j := range at[i] {
			p := &r.Partitions[j]
			kt.Partitions = append(kt.Partitions, kmsg.OffsetForLeaderEpochResponseTopicPartition{
				Partition: p.Partition, ErrorCode: int16(p.ErrorCode), LeaderEpoch: p.LeaderEpoch, EndOffset: p.EndOffset,
			})
		}
		k.Topics = append(k.Topics, kt)
	}
	return k
}

func wireMetadata(r *api.MetadataResponse) kmsg.Response {
	k := &kmsg.MetadataResponse{ControllerID: r.ControllerID}
	for _, b := range r.Brokers {
		k.Brokers = append(k.Brokers, kmsg.MetadataResponseBroker{NodeID: b})
	}
	for i := range r.Topics {
		t := &r.Topics[i]
		kt := kmsg.NewMetadataResponseTopic()
		kt.ErrorCode, kt.Topic = int16(t.ErrorCode), kmsg.StringPtr(t.Name)
		for _, p := range t.Partitions {
			kt.Partitions = append(kt.Partitions, kmsg.MetadataResponseTopicPartition{
				ErrorCode: int16(p.ErrorCode), Partition: p.Index, Leader: p.LeaderID, LeaderEpoch: p.LeaderEpoch,
			})
		}
		k.Topics = append(k.Topics, kt)
	}
	return k
}
