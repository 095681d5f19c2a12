package conform

import (
	"encoding/binary"
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/broker/group"
)

// The versions of the keys of records in __consumer_offsets tell their types.
const (
	lastOffsetCommitKey = 1
	groupMetadataKey    = 2
)

// records are those of the script's group in the model's log.
func (w *world) records() (all []Answer) {
	for _, r := range w.broker.Coordinator().Records() {
		if w.names.owns(r.Group) {
			all = append(all, modelRecord(&r))
		}
	}
	return all
}

func modelRecord(r *group.Record) Answer {
	switch {
	case r.Type == group.OffsetCommit && r.Tombstone:
		return offsetRecord(r.Group, r.Topic, r.Partition, nil)
	case r.Type == group.OffsetCommit:
		return offsetRecord(r.Group, r.Topic, r.Partition, &kmsg.OffsetCommitValue{
			Offset: r.Commit.Offset, LeaderEpoch: r.Commit.LeaderEpoch, Metadata: r.Commit.Metadata,
		})
	case r.Tombstone:
		return groupRecord(r.Group, nil)
	}
	v := &kmsg.GroupMetadataValue{
		ProtocolType: r.Metadata.ProtocolType, Generation: r.Metadata.Generation,
		Protocol: nullable(r.Metadata.Protocol), Leader: nullable(r.Metadata.Leader),
	}
	for i := range r.Metadata.Members {
		m := &r.Metadata.Members[i]
		v.Members = append(v.Members, kmsg.GroupMetadataValueMember{
			MemberID: m.MemberID, InstanceID: nullable(m.GroupInstanceID), ClientID: m.ClientID,
			RebalanceTimeoutMillis: m.RebalanceTimeoutMs, SessionTimeoutMillis: m.SessionTimeoutMs,
			Subscription: subscriptionBytes(&m.Subscription), Assignment: assignmentBytes(m.Assignment),
		})
	}
	return groupRecord(r.Group, v)
}

const tombstoneOf = "tombstone of "

// offsetRecord and groupRecord are records as they are compared; without a
// value they are tombstones.
func offsetRecord(group, topic string, partition int32, v *kmsg.OffsetCommitValue) Answer {
	name := fmt.Sprintf("offset of %s for %s/%d", group, topic, partition)
	if v == nil {
		return Answer{Name: tombstoneOf + name}
	}
	return takeApart(name, v, nil)
}

func groupRecord(group string, v *kmsg.GroupMetadataValue) Answer {
	name := "metadata of " + group
	if v == nil {
		return Answer{Name: tombstoneOf + name}
	}
	return takeApart(name, v, nil)
}

// readRecord takes a record of __consumer_offsets apart. Others than those of
// classic groups are not ok.
func readRecord(r *kmsg.Record) (group string, a Answer, ok bool) {
	if len(r.Key) < 2 {
		return "", Answer{}, false
	}
	switch version := binary.BigEndian.Uint16(r.Key); {
	case version <= lastOffsetCommitKey:
		var k kmsg.OffsetCommitKey
		var v *kmsg.OffsetCommitValue
		if k.ReadFrom(r.Key) != nil {
			return "", Answer{}, false
		}
		if r.Value != nil {
			v = &kmsg.OffsetCommitValue{}
			if v.ReadFrom(r.Value) != nil {
				return "", Answer{}, false
			}
		}
		return k.Group, offsetRecord(k.Group, k.Topic, k.Partition, v), true
	case version == groupMetadataKey:
		var k kmsg.GroupMetadataKey
		var v *kmsg.GroupMetadataValue
		if k.ReadFrom(r.Key) != nil {
			return "", Answer{}, false
		}
		if r.Value != nil {
			v = &kmsg.GroupMetadataValue{}
			if v.ReadFrom(r.Value) != nil {
				return "", Answer{}, false
			}
		}
		return k.Group, groupRecord(k.Group, v), true
	}
	return "", Answer{}, false
}
