package api

// The share coordinator keeps what must outlive the leaders of share
// partitions (KIP-932, "persister"). A partition is named by group and topic
// partition; states carry the epochs that fence off those who are out of date.

// SharePartitionState is what is kept of one share partition.
type SharePartitionState struct {
	StateEpoch  int32
	LeaderEpoch int32
	StartOffset int64 // -1: not initialised
	// DeliveryCompleteCount counts terminal records behind StartOffset; -1: not known.
	DeliveryCompleteCount int32
	StateBatches          []ShareStateBatch
}

// ShareStateBatch is the state of the records from FirstOffset to LastOffset,
// both included: AVAILABLE 0, ACKNOWLEDGED 2, ARCHIVED 4.
type ShareStateBatch struct {
	FirstOffset, LastOffset int64
	DeliveryState           int8
	DeliveryCount           int16
}

// InitializeShareGroupStateRequest (key 83) makes the state of partitions that a
// group begins to read, or sets it back, under a higher state epoch.
type InitializeShareGroupStateRequest struct {
	Header
	GroupID    string
	Partitions []ShareStateInit
}

// ShareStateInit is one partition of it.
type ShareStateInit struct {
	TopicPartition
	StateEpoch  int32
	StartOffset int64 // -1: the leader finds it by share.auto.offset.reset
}

// ReadShareGroupStateRequest (key 84) asks for states; a leader epoch higher
// than the one that is kept is noted.
type ReadShareGroupStateRequest struct {
	Header
	GroupID    string
	Partitions []ShareStateRead
}

// ShareStateRead is one partition of it.
type ShareStateRead struct {
	TopicPartition
	LeaderEpoch int32
}

// ReadShareGroupStateResponse answers it.
type ReadShareGroupStateResponse struct{ Partitions []ShareStateResult }

// ShareStateResult is one partition's state, or why there is none.
type ShareStateResult struct {
	TopicPartition
	ErrorCode ErrorCode
	State     SharePartitionState
}

// WriteShareGroupStateRequest (key 85) stores changes of states. StateBatches
// are those that changed; a StartOffset of -1 stays as it is.
type WriteShareGroupStateRequest struct {
	Header
	GroupID    string
	Partitions []ShareStateWrite
}

// ShareStateWrite is one partition of it.
type ShareStateWrite struct {
	TopicPartition
	SharePartitionState
}

// DeleteShareGroupStateRequest (key 86) forgets states.
type DeleteShareGroupStateRequest struct {
	Header
	GroupID    string
	Partitions []TopicPartition
}

// ReadShareGroupStateSummaryRequest (key 87) asks for epochs and start offsets.
type ReadShareGroupStateSummaryRequest struct {
	Header
	GroupID    string
	Partitions []ShareStateRead
}

// ShareGroupStateResponse answers Initialize, Write and Delete: how each
// partition fared. ReadShareGroupStateSummary is answered by
// ReadShareGroupStateResponse without batches.
type ShareGroupStateResponse struct {
	Partitions []ShareStateOutcome
}

// ShareStateOutcome is how one partition fared.
type ShareStateOutcome struct {
	TopicPartition
	ErrorCode ErrorCode
}

// DescribeShareGroupOffsetsRequest (key 90) asks where a share group's
// partitions begin; Partitions nil asks for all that it has.
type DescribeShareGroupOffsetsRequest struct {
	Header
	GroupID    string
	Partitions []TopicPartition
}

// DescribeShareGroupOffsetsResponse answers it.
type DescribeShareGroupOffsetsResponse struct {
	ErrorCode  ErrorCode
	Partitions []DescribedShareOffset
}

// DescribedShareOffset is one partition: its start offset, -1 when it has none,
// and how many records from there on are not done (-1: not known).
type DescribedShareOffset struct {
	TopicPartition
	ErrorCode   ErrorCode
	StartOffset int64
	LeaderEpoch int32
	Lag         int64
}

// AlterShareGroupOffsetsRequest (key 91) sets start offsets of an empty share group.
type AlterShareGroupOffsetsRequest struct {
	Header
	GroupID    string
	Partitions []ShareStateInit // StateEpoch counts for nothing
}

// DeleteShareGroupOffsetsRequest (key 92) forgets topics of an empty share group.
type DeleteShareGroupOffsetsRequest struct {
	Header
	GroupID string
	Topics  []string
}

// ShareGroupOffsetsResponse answers Alter and Delete.
type ShareGroupOffsetsResponse struct {
	ErrorCode  ErrorCode
	Partitions []ShareStateOutcome // of Alter
	Topics     []ShareTopicOutcome // of Delete
}

// ShareTopicOutcome is how one topic fared.
type ShareTopicOutcome struct {
	Topic     string
	ErrorCode ErrorCode
}

// MessageName implements sim.Message.
func (*InitializeShareGroupStateRequest) MessageName() string { return "InitializeShareGroupState" }

// MessageName implements sim.Message.
func (*ReadShareGroupStateRequest) MessageName() string { return "ReadShareGroupState" }

// MessageName implements sim.Message.
func (*ReadShareGroupStateResponse) MessageName() string { return "ReadShareGroupStateResponse" }

// MessageName implements sim.Message.
func (*WriteShareGroupStateRequest) MessageName() string { return "WriteShareGroupState" }

// MessageName implements sim.Message.
func (*DeleteShareGroupStateRequest) MessageName() string { return "DeleteShareGroupState" }

// MessageName implements sim.Message.
func (*ReadShareGroupStateSummaryRequest) MessageName() string { return "ReadShareGroupStateSummary" }

// MessageName implements sim.Message.
func (*ShareGroupStateResponse) MessageName() string { return "ShareGroupStateResponse" }

// MessageName implements sim.Message.
func (*DescribeShareGroupOffsetsRequest) MessageName() string { return "DescribeShareGroupOffsets" }

// MessageName implements sim.Message.
func (*DescribeShareGroupOffsetsResponse) MessageName() string {
	return "DescribeShareGroupOffsetsResponse"
}

// MessageName implements sim.Message.
func (*AlterShareGroupOffsetsRequest) MessageName() string { return "AlterShareGroupOffsets" }

// MessageName implements sim.Message.
func (*DeleteShareGroupOffsetsRequest) MessageName() string { return "DeleteShareGroupOffsets" }

// MessageName implements sim.Message.
func (*ShareGroupOffsetsResponse) MessageName() string { return "ShareGroupOffsetsResponse" }
