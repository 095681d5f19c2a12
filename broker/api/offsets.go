package api

// OffsetCommitRequest (key 8) stores a group's offsets. From outside a
// membership GenerationIDOrMemberEpoch is -1 and MemberID empty.
type OffsetCommitRequest struct {
	Header
	GroupID                   string
	GenerationIDOrMemberEpoch int32
	MemberID                  string
	GroupInstanceID           string
	RetentionTimeMs           int64 // versions 2 to 4; DefaultRetention leaves it to the broker
	Partitions                []OffsetCommitPartition
}

// DefaultRetention leaves it to the broker how long offsets are kept.
const DefaultRetention int64 = -1

// OffsetCommitPartition is the next offset to read of one partition.
type OffsetCommitPartition struct {
	TopicPartition
	CommittedOffset      int64
	CommittedLeaderEpoch int32 // -1 when not known
	CommittedMetadata    string
}

// OffsetCommitResponse answers for each partition, in the request's order.
type OffsetCommitResponse struct {
	Partitions []PartitionError
}

// PartitionError is the answer for one partition.
type PartitionError struct {
	TopicPartition
	ErrorCode ErrorCode
}

// OffsetFetchRequest (key 9) asks for a group's committed offsets.
type OffsetFetchRequest struct {
	Header
	GroupID       string
	MemberID      string // with MemberEpoch of KIP-848 groups only
	MemberEpoch   int32
	Partitions    []TopicPartition // nil asks for all
	RequireStable bool
}

// OffsetFetchResponse has an entry for each partition asked for, in order.
type OffsetFetchResponse struct {
	ErrorCode  ErrorCode
	Partitions []OffsetFetchPartition
}

// OffsetFetchPartition is a committed offset, or NoOffset.
type OffsetFetchPartition struct {
	TopicPartition
	CommittedOffset      int64
	CommittedLeaderEpoch int32
	Metadata             string
	ErrorCode            ErrorCode
}

// FindCoordinatorRequest (key 10) asks which broker coordinates a group.
type FindCoordinatorRequest struct {
	Header
	Key     string
	KeyType int8 // 0 group, 1 transaction, 2 share partition
}

// FindCoordinatorResponse names the broker.
type FindCoordinatorResponse struct {
	ErrorCode ErrorCode
	NodeID    int32
}

// MessageName implements sim.Message.
func (*OffsetCommitRequest) MessageName() string { return "OffsetCommit" }

// MessageName implements sim.Message.
func (*OffsetCommitResponse) MessageName() string { return "OffsetCommitResponse" }

// MessageName implements sim.Message.
func (*OffsetFetchRequest) MessageName() string { return "OffsetFetch" }

// MessageName implements sim.Message.
func (*OffsetFetchResponse) MessageName() string { return "OffsetFetchResponse" }

// MessageName implements sim.Message.
func (*FindCoordinatorRequest) MessageName() string { return "FindCoordinator" }

// MessageName implements sim.Message.
func (*FindCoordinatorResponse) MessageName() string { return "FindCoordinatorResponse" }
