package api

// Types of acknowledgements (AcknowledgeType), by their numbers on the wire.
const (
	AckGap     int8 = 0 // there is no such record: ARCHIVED
	AckAccept  int8 = 1
	AckRelease int8 = 2
	AckReject  int8 = 3
	AckRenew   int8 = 4 // the lock begins anew (KIP-1222, from version 2 on)
)

// Acquire modes of ShareFetch (KIP-1206).
const (
	BatchOptimized int8 = 0 // whole batches: MaxRecords may be exceeded
	RecordLimit    int8 = 1 // never more than MaxRecords
)

// Epochs of a share session, beside those that count.
const (
	ShareSessionOpens  int32 = 0
	ShareSessionCloses int32 = -1
)

// ShareGroupHeartbeatRequest (key 76) makes a member part of a share group,
// keeps it there, and with MemberEpoch -1 lets it leave (KIP-932).
type ShareGroupHeartbeatRequest struct {
	Header
	GroupID              string
	MemberID             string // a uuid that the client has drawn
	MemberEpoch          int32  // 0 to join, -1 to leave
	RackID               string
	SubscribedTopicNames []string // nil: as before
}

// ShareGroupHeartbeatResponse answers it; Assignment is nil where nothing has
// changed.
type ShareGroupHeartbeatResponse struct {
	ErrorCode           ErrorCode
	MemberID            string
	MemberEpoch         int32
	HeartbeatIntervalMs int32
	Assignment          *ShareAssignment
}

// ShareAssignment is what a member of a share group reads: a partition may be
// several members'.
type ShareAssignment struct{ Partitions []TopicPartition }

// ShareGroupDescribeRequest (key 77) asks what share groups look like.
type ShareGroupDescribeRequest struct {
	Header
	GroupIDs []string
}

// ShareGroupDescribeResponse answers it, a group each.
type ShareGroupDescribeResponse struct{ Groups []DescribedShareGroup }

// DescribedShareGroup is one share group.
type DescribedShareGroup struct {
	ErrorCode       ErrorCode
	GroupID         string
	GroupState      string // Empty, Stable, Dead
	GroupEpoch      int32
	AssignmentEpoch int32
	AssignorName    string
	Members         []DescribedShareMember // in the order of their ids
}

// DescribedShareMember is one member of it.
type DescribedShareMember struct {
	MemberID             string
	RackID               string
	MemberEpoch          int32
	ClientID             string
	SubscribedTopicNames []string
	Assignment           []TopicPartition
}

// AcknowledgementBatch says how records from FirstOffset to LastOffset, both
// included, are acknowledged: one type for all, or one for each offset.
type AcknowledgementBatch struct {
	FirstOffset, LastOffset int64
	AcknowledgeTypes        []int8
}

// ShareFetchRequest (key 78) asks for records to be acquired, and brings
// acknowledgements.
type ShareFetchRequest struct {
	Header
	GroupID           string
	MemberID          string
	ShareSessionEpoch int32
	MaxWaitMs         int32
	MinBytes          int32
	MaxRecords        int32
	BatchSize         int32 // records that one entry of AcquiredRecords has at the most, if it can
	ShareAcquireMode  int8
	IsRenewAck        bool             // acknowledgements alone, renewing ones among them: nothing is fetched
	Partitions        []SharePartition // added to the session, or acknowledged
	Forgotten         []TopicPartition // leave the session
}

// SharePartition is one partition of a ShareFetch or ShareAcknowledge.
type SharePartition struct {
	TopicPartition
	AcknowledgementBatches []AcknowledgementBatch
}

// ShareFetchResponse answers it.
type ShareFetchResponse struct {
	ErrorCode                ErrorCode
	AcquisitionLockTimeoutMs int32
	Partitions               []ShareFetchedPartition
}

// ShareFetchedPartition is what was acquired of one partition. Records may
// hold more than AcquiredRecords: only those are the member's.
type ShareFetchedPartition struct {
	TopicPartition
	ErrorCode            ErrorCode
	AcknowledgeErrorCode ErrorCode
	LeaderID             int32 // of the current leader, where ErrorCode is about that
	LeaderEpoch          int32
	Records              []Record
	AcquiredRecords      []AcquiredRecords
}

// AcquiredRecords are the offsets from FirstOffset to LastOffset, both
// included, and how often they were delivered, this time included.
type AcquiredRecords struct {
	FirstOffset, LastOffset int64
	DeliveryCount           int16
}

// ShareAcknowledgeRequest (key 79) brings acknowledgements alone.
type ShareAcknowledgeRequest struct {
	Header
	GroupID           string
	MemberID          string
	ShareSessionEpoch int32
	IsRenewAck        bool
	Partitions        []SharePartition
}

// ShareAcknowledgeResponse answers it.
type ShareAcknowledgeResponse struct {
	ErrorCode                ErrorCode
	AcquisitionLockTimeoutMs int32
	Partitions               []ShareAcknowledgedPartition
}

// ShareAcknowledgedPartition is how the acknowledgements of one partition ended.
type ShareAcknowledgedPartition struct {
	TopicPartition
	ErrorCode   ErrorCode
	LeaderID    int32
	LeaderEpoch int32
}

// MessageName implements sim.Message.
func (*ShareGroupHeartbeatRequest) MessageName() string { return "ShareGroupHeartbeat" }

// MessageName implements sim.Message.
func (*ShareGroupHeartbeatResponse) MessageName() string { return "ShareGroupHeartbeatResponse" }

// MessageName implements sim.Message.
func (*ShareGroupDescribeRequest) MessageName() string { return "ShareGroupDescribe" }

// MessageName implements sim.Message.
func (*ShareGroupDescribeResponse) MessageName() string { return "ShareGroupDescribeResponse" }

// MessageName implements sim.Message.
func (*ShareFetchRequest) MessageName() string { return "ShareFetch" }

// MessageName implements sim.Message.
func (*ShareFetchResponse) MessageName() string { return "ShareFetchResponse" }

// MessageName implements sim.Message.
func (*ShareAcknowledgeRequest) MessageName() string { return "ShareAcknowledge" }

// MessageName implements sim.Message.
func (*ShareAcknowledgeResponse) MessageName() string { return "ShareAcknowledgeResponse" }
