package conform

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/broker/api"
)

// wireRequest turns a request into Kafka's own, at its version.
func wireRequest(r api.Request) (kmsg.Request, error) {
	var k kmsg.Request
	switch r := r.(type) {
	case *api.JoinGroupRequest:
		k = wireJoin(r)
	case *api.SyncGroupRequest:
		k = wireSync(r)
	case *api.HeartbeatRequest:
		k = &kmsg.HeartbeatRequest{Group: r.GroupID, Generation: r.GenerationID, MemberID: r.MemberID, InstanceID: nullable(r.GroupInstanceID)}
	case *api.LeaveGroupRequest:
		k = wireLeave(r)
	case *api.OffsetCommitRequest:
		k = wireCommit(r)
	case *api.OffsetFetchRequest:
		k = wireFetchOffsets(r)
	case *api.FindCoordinatorRequest:
		k = &kmsg.FindCoordinatorRequest{CoordinatorKey: r.Key, CoordinatorType: r.KeyType, CoordinatorKeys: []string{r.Key}}
	case *api.DescribeGroupsRequest:
		k = &kmsg.DescribeGroupsRequest{Groups: r.Groups}
	case *api.ListGroupsRequest:
		k = &kmsg.ListGroupsRequest{StatesFilter: r.StatesFilter, TypesFilter: r.TypesFilter}
	case *api.DeleteGroupsRequest:
		k = &kmsg.DeleteGroupsRequest{Groups: r.GroupsNames}
	case *api.OffsetDeleteRequest:
		k = wireDeleteOffsets(r)
	default:
		k = wireDataRequest(r)
	}
	if k == nil {
		return nil, fmt.Errorf("%s: not known on the wire", r.MessageName())
	}
	k.SetVersion(r.Version())
	return k, nil
}

func wireDataRequest(r api.Request) kmsg.Request {
	switch r := r.(type) {
	case *api.ProduceRequest:
		return wireProduce(r)
	case *api.FetchRequest:
		return wireFetch(r)
	case *api.ListOffsetsRequest:
		return wireListOffsets(r)
	case *api.OffsetForLeaderEpochRequest:
		return wireEpochEnd(r)
	case *api.MetadataRequest:
		k := &kmsg.MetadataRequest{Topics: []kmsg.MetadataRequestTopic{}}
		for _, t := range r.Topics {
			k.Topics = append(k.Topics, kmsg.MetadataRequestTopic{Topic: kmsg.StringPtr(t)})
		}
		return k
	case *api.CreateTopicsRequest:
		return wireCreateTopics(r)
	case *api.CreatePartitionsRequest:
		k := &kmsg.CreatePartitionsRequest{TimeoutMillis: r.TimeoutMs, ValidateOnly: r.ValidateOnly}
		for _, t := range r.Topics {
			k.Topics = append(k.Topics, kmsg.CreatePartitionsRequestTopic{Topic: t.Name, Count: t.Count})
		}
		return k
	}
	return nil
}

// nullable is a string that may be null on the wire.
func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func wireJoin(r *api.JoinGroupRequest) kmsg.Request {
	k := &kmsg.JoinGroupRequest{
		Group: r.GroupID, SessionTimeoutMillis: r.SessionTimeoutMs, RebalanceTimeoutMillis: r.RebalanceTimeoutMs,
		MemberID: r.MemberID, InstanceID: nullable(r.GroupInstanceID), ProtocolType: r.ProtocolType, Reason: nullable(r.Reason),
	}
	for _, p := range r.Protocols {
		k.Protocols = append(k.Protocols, kmsg.JoinGroupRequestProtocol{Name: p.Name, Metadata: subscriptionBytes(&p.Metadata)})
	}
	return k
}

// subscriptionBytes is what a member tells the leader, as consumers write it.
func subscriptionBytes(s *api.Subscription) []byte {
	k := &kmsg.ConsumerMemberMetadata{Version: 3, Topics: s.Topics, Generation: s.GenerationID, Rack: nullable(s.RackID)}
	if s.UserData != "" {
		k.UserData = []byte(s.UserData)
	}
	topics, at := byTopic(s.OwnedPartitions, plain)
	for i, t := range topics {
		o := kmsg.ConsumerMemberMetadataOwnedPartition{Topic: t}
		for _, j := range at[i] {
			o.Partitions = append(o.Partitions, s.OwnedPartitions[j].Partition)
		}
		k.OwnedPartitions = append(k.OwnedPartitions, o)
	}
	return k.AppendTo(nil)
}

// assignmentBytes is what a leader gives to a member; nil is nothing at all.
func assignmentBytes(ps []api.TopicPartition) []byte {
	if ps == nil {
		return nil
	}
	k := &kmsg.ConsumerMemberAssignment{}
	topics, at := byTopic(ps, plain)
	for i, t := range topics {
		a := kmsg.ConsumerMemberAssignmentTopic{Topic: t}
		for _, j := range at[i] {
			a.Partitions = append(a.Partitions, ps[j].Partition)
		}
		k.Topics = append(k.Topics, a)
	}
	return k.AppendTo(nil)
}

// byTopic groups partitions as the wire has them: topics in the order in which
// they first come, and for each the places of its partitions.
func byTopic[T any](list []T, of func(T) api.TopicPartition) (topics []string, at [][]int) {
	index := map[string]int{}
	for i, x := range list {
		name := of(x).Topic
		j, ok := index[name]
		if !ok {
			j = len(topics)
			index[name] = j
			topics, at = append(topics, name), append(at, nil)
		}
		at[j] = append(at[j], i)
	}
	return topics, at
}

func plain(p api.TopicPartition) api.TopicPartition { return p }

func wireSync(r *api.SyncGroupRequest) kmsg.Request {
	k := &kmsg.SyncGroupRequest{
		Group: r.GroupID, Generation: r.GenerationID, MemberID: r.MemberID, InstanceID: nullable(r.GroupInstanceID),
		ProtocolType: nullable(r.ProtocolType), Protocol: nullable(r.ProtocolName),
	}
	for _, a := range r.Assignments {
		k.GroupAssignment = append(k.GroupAssignment, kmsg.SyncGroupRequestGroupAssignment{
			MemberID: a.MemberID, MemberAssignment: assignmentBytes(a.Assignment),
		})
	}
	return k
}

func wireLeave(r *api.LeaveGroupRequest) kmsg.Request {
	k := &kmsg.LeaveGroupRequest{Group: r.GroupID}
	if len(r.Members) > 0 {
		k.MemberID = r.Members[0].MemberID
	}
	for _, m := range r.Members {
		k.Members = append(k.Members, kmsg.LeaveGroupRequestMember{MemberID: m.MemberID, InstanceID: nullable(m.GroupInstanceID), Reason: nullable(m.Reason)})
	}
	return k
}

func wireCommit(r *api.OffsetCommitRequest) kmsg.Request {
	k := &kmsg.OffsetCommitRequest{
		Group: r.GroupID, Generation: r.GenerationIDOrMemberEpoch, MemberID: r.MemberID,
		InstanceID: nullable(r.GroupInstanceID), RetentionTimeMillis: -1,
	}
	topics, at := byTopic(r.Partitions, func(p api.OffsetCommitPartition) api.TopicPartition { return p.TopicPartition })
	for i, t := range topics {
		kt := kmsg.OffsetCommitRequestTopic{Topic: t}
		for _, j := range at[i] {
			p := &r.Partitions[j]
			kt.Partitions = append(kt.Partitions, kmsg.OffsetCommitRequestTopicPartition{
				Partition: p.Partition, Offset: p.CommittedOffset, LeaderEpoch: p.CommittedLeaderEpoch, Metadata: kmsg.StringPtr(p.CommittedMetadata),
			})
		}
		k.Topics = append(k.Topics, kt)
	}
	return k
}

func wireFetchOffsets(r *api.OffsetFetchRequest) kmsg.Request {
	k := &kmsg.OffsetFetchRequest{Group: r.GroupID, RequireStable: r.RequireStable}
	g := kmsg.OffsetFetchRequestGroup{Group: r.GroupID, MemberID: nullable(r.MemberID), MemberEpoch: r.MemberEpoch}
	topics, at := byTopic(r.Partitions, plain)
	for i, t := range topics {
		var ps []int32
		for _, j := range at[i] {
			ps = append(ps, r.Partitions[j].Partition)
		}
		k.Topics = append(k.Topics, kmsg.OffsetFetchRequestTopic{Topic: t, Partitions: ps})
		g.Topics = append(g.Topics, kmsg.OffsetFetchRequestGroupTopic{Topic: t, Partitions: ps})
	}
	k.Groups = []kmsg.OffsetFetchRequestGroup{g}
	return k
}

func wireDeleteOffsets(r *api.OffsetDeleteRequest) kmsg.Request {
	k := &kmsg.OffsetDeleteRequest{Group: r.GroupID}
	topics, at := byTopic(r.Partitions, plain)
	for i, t := range topics {
		kt := kmsg.OffsetDeleteRequestTopic{Topic: t}
		for _, j := range at[i] {
			kt.Partitions = append(kt.Partitions, kmsg.OffsetDeleteRequestTopicPartition{Partition: r.Partitions[j].Partition})
		}
		k.Topics = append(k.Topics, kt)
	}
	return k
}

func wireProduce(r *api.ProduceRequest) kmsg.Request {
	k := &kmsg.ProduceRequest{Acks: r.Acks, TimeoutMillis: r.TimeoutMs}
	topics, at := byTopic(r.Partitions, func(p api.ProducePartition) api.TopicPartition { return p.TopicPartition })
	for i, t := range topics {
		kt := kmsg.ProduceRequestTopic{Topic: t}
		for _, j := range at[i] {
			p := &r.Partitions[j]
			kt.Partitions = append(kt.Partitions, kmsg.ProduceRequestTopicPartition{Partition: p.Partition, Records: batchBytes(p.Records)})
		}
		k.Topics = append(k.Topics, kt)
	}
	return k
}

// batchBytes is one record batch; of no records, no bytes.
func batchBytes(records []api.Record) []byte {
	if len(records) == 0 {
		return []byte{}
	}
	b := kmsg.RecordBatch{
		PartitionLeaderEpoch: -1, Magic: 2, LastOffsetDelta: int32(len(records) - 1), ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1,
		FirstTimestamp: records[0].Timestamp, MaxTimestamp: records[len(records)-1].Timestamp, NumRecords: int32(len(records)),
	}
	for i := range records {
		r := &records[i]
		k := kmsg.Record{TimestampDelta64: r.Timestamp - b.FirstTimestamp, OffsetDelta: int32(i), Value: []byte(r.Value)}
		if !r.NullKey {
			k.Key = []byte(r.Key)
		}
		k.Length = int32(len(k.AppendTo(nil))) - 1 // less the length itself, which is one byte while it is 0
		b.Records = k.AppendTo(b.Records)
	}
	const beforeLength, beforeCRC = 12, 21 // bytes up to the end of those fields' fellows
	out := b.AppendTo(nil)
	binary.BigEndian.PutUint32(out[8:], uint32(len(out)-beforeLength))
	binary.BigEndian.PutUint32(out[17:], crc32.Checksum(out[beforeCRC:], crc32.MakeTable(crc32.Castagnoli)))
	return out
}

// fetchBytes is more than scripts ever write.
const fetchBytes = 1 << 20

func wireFetch(r *api.FetchRequest) kmsg.Request {
	k := kmsg.NewPtrFetchRequest() // whose defaults are no tags, which old versions refuse
	k.ReplicaID, k.MaxWaitMillis, k.MinBytes, k.MaxBytes, k.SessionEpoch = -1, r.MaxWaitMs, r.MinBytes, fetchBytes, -1
	topics, at := byTopic(r.Partitions, func(p api.FetchPartition) api.TopicPartition { return p.TopicPartition })
	for i, t := range topics {
		kt := kmsg.FetchRequestTopic{Topic: t}
		for _, j := range at[i] {
			p := &r.Partitions[j]
			kp := kmsg.NewFetchRequestTopicPartition()
			kp.Partition, kp.CurrentLeaderEpoch, kp.FetchOffset = p.Partition, p.CurrentLeaderEpoch, p.FetchOffset
			kp.LastFetchedEpoch, kp.LogStartOffset, kp.PartitionMaxBytes = p.LastFetchedEpoch, -1, fetchBytes
			kt.Partitions = append(kt.Partitions, kp)
		}
		k.Topics = append(k.Topics, kt)
	}
	return k
}

// trim drops what a client drops: a broker gives whole batches, from before the
// offset that was asked for.
func trim(k kmsg.Response, request api.Request) {
	a, ok := k.(*kmsg.FetchResponse)
	if !ok {
		return
	}
	for _, p := range request.(*api.FetchRequest).Partitions {
		for i := range a.Topics {
			for j := range a.Topics[i].Partitions {
				kp := &a.Topics[i].Partitions[j]
				if a.Topics[i].Topic != p.Topic || kp.Partition != p.Partition {
					continue
				}
				var kept []api.Record
				err := eachRecord(kp.RecordBatches, func(offset int64, r *kmsg.Record) {
					if offset >= p.FetchOffset {
						kept = append(kept, api.Record{Offset: offset, Value: string(r.Value), NullKey: r.Key == nil})
					}
				})
				if err == nil {
					kp.RecordBatches = batchBytes(kept)
					if len(kept) > 0 {
						putOffset(kp.RecordBatches, kept[0].Offset)
					}
				}
			}
		}
	}
}

func wireListOffsets(r *api.ListOffsetsRequest) kmsg.Request {
	k := &kmsg.ListOffsetsRequest{ReplicaID: -1, IsolationLevel: r.IsolationLevel, TimeoutMillis: 5000}
	topics, at := byTopic(r.Partitions, func(p api.ListOffsetsPartition) api.TopicPartition { return p.TopicPartition })
	for i, t := range topics {
		kt := kmsg.ListOffsetsRequestTopic{Topic: t}
		for _, j := range at[i] {
			p := &r.Partitions[j]
			kt.Partitions = append(kt.Partitions, kmsg.ListOffsetsRequestTopicPartition{
				Partition: p.Partition, CurrentLeaderEpoch: p.CurrentLeaderEpoch, Timestamp: p.Timestamp, MaxNumOffsets: 1,
			})
		}
		k.Topics = append(k.Topics, kt)
	}
	return k
}

func wireEpochEnd(r *api.OffsetForLeaderEpochRequest) kmsg.Request {
	k := &kmsg.OffsetForLeaderEpochRequest{ReplicaID: r.ReplicaID}
	topics, at := byTopic(r.Partitions, func(p api.OffsetForLeaderEpochPartition) api.TopicPartition { return p.TopicPartition })
	for i, t := range topics {
		kt := kmsg.OffsetForLeaderEpochRequestTopic{Topic: t}
		for _, j := range at[i] {
			p := &r.Partitions[j]
			kt.Partitions = append(kt.Partitions, kmsg.OffsetForLeaderEpochRequestTopicPartition{
				Partition: p.Partition, CurrentLeaderEpoch: p.CurrentLeaderEpoch, LeaderEpoch: p.LeaderEpoch,
			})
		}
		k.Topics = append(k.Topics, kt)
	}
	return k
}

func wireCreateTopics(r *api.CreateTopicsRequest) kmsg.Request {
	k := &kmsg.CreateTopicsRequest{TimeoutMillis: r.TimeoutMs, ValidateOnly: r.ValidateOnly}
	for _, t := range r.Topics {
		kt := kmsg.CreateTopicsRequestTopic{Topic: t.Name, NumPartitions: t.NumPartitions, ReplicationFactor: t.ReplicationFactor}
		for i, replicas := range t.Assignments {
			kt.ReplicaAssignment = append(kt.ReplicaAssignment, kmsg.CreateTopicsRequestTopicReplicaAssignment{Partition: int32(i), Replicas: replicas})
		}
		k.Topics = append(k.Topics, kt)
	}
	return k
}
