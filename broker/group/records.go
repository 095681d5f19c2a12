package group

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// RecordType tells the records of __consumer_offsets apart
// (CoordinatorRecordType). KIP-848 and transactions will add their own.
type RecordType uint8

// The types.
const (
	OffsetCommit  RecordType = iota + 1 // a committed offset
	GroupMetadata                       // a classic group as of its last complete generation

	ShareGroupMetadata       // a share group's epoch
	ShareGroupMember         // what a member said of itself (ShareGroupMemberMetadata)
	ShareGroupTargetMetadata // the epoch of the target assignment
	ShareGroupTarget         // what a member is to have (ShareGroupTargetAssignmentMember)
	ShareGroupAssignment     // what a member has, and its epoch (ShareGroupCurrentMemberAssignment)
	ShareGroupPartitions     // which partitions are initialised (ShareGroupStatePartitionMetadata)
)

// Key is what a record is about; a later record with the same key supersedes
// it.
type Key struct {
	Type      RecordType
	Group     string
	Topic     string // OffsetCommit
	Partition int32  // OffsetCommit
	Member    string // of a share group
}

// Record is one record of __consumer_offsets. One without a value is a
// tombstone: it deletes what its key stands for.
type Record struct {
	Offset int64
	Key
	Tombstone bool
	Commit    OffsetAndMetadata   // of an OffsetCommit
	Metadata  *GroupMetadataValue // of a GroupMetadata
	Share     *ShareValue         // of a share group
}

// OffsetAndMetadata is a committed offset (OffsetCommitValue).
type OffsetAndMetadata struct {
	Offset      int64
	LeaderEpoch int32 // -1 when the client did not know
	Metadata    string
	// CommittedAt and ExpireAt are for the expiry of offsets. ExpireAt is 0
	// but for those commits that named their own retention.
	CommittedAt sim.Time `canon:"-"`
	ExpireAt    sim.Time `canon:"-"`
}

// GroupMetadataValue is what is kept of a classic group. It is immutable.
type GroupMetadataValue struct {
	ProtocolType string // empty for a group that never had members
	Protocol     string // empty when there are no members
	Generation   int32
	Leader       string
	StateSince   sim.Time `canon:"-"` // for the expiry of offsets
	Members      []MemberMetadata
}

// MemberMetadata is what is kept of a member, in the order of the group's
// HashMap.
type MemberMetadata struct {
	MemberID           string
	GroupInstanceID    string
	ClientID           string
	RebalanceTimeoutMs int32
	SessionTimeoutMs   int32
	Subscription       api.Subscription
	Assignment         []api.TopicPartition
}
