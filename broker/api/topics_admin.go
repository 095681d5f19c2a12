package api

// CreateTopicsRequest (key 19) creates topics.
type CreateTopicsRequest struct {
	Header
	Topics       []CreatableTopic
	TimeoutMs    int32
	ValidateOnly bool
}

// CreatableTopic is a topic to create. NumPartitions and ReplicationFactor may
// be -1 for the broker's defaults; with Assignments both must be -1.
type CreatableTopic struct {
	Name              string
	NumPartitions     int32
	ReplicationFactor int16
	Assignments       [][]int32 // by partition: its replicas, the preferred leader first; nil lets the controller place them
}

// CreateTopicsResponse answers for each topic.
type CreateTopicsResponse struct{ Topics []CreatableTopicResult }

// CreatableTopicResult answers for one topic.
type CreatableTopicResult struct {
	Name              string
	ErrorCode         ErrorCode
	NumPartitions     int32 // -1 on error
	ReplicationFactor int16 // -1 on error
}

// DeleteTopicsRequest (key 20) deletes topics by name.
type DeleteTopicsRequest struct {
	Header
	TopicNames []string
	TimeoutMs  int32
}

// DeleteTopicsResponse answers for each topic.
type DeleteTopicsResponse struct{ Responses []TopicError }

// TopicError is the answer for one topic.
type TopicError struct {
	Name      string
	ErrorCode ErrorCode
}

// CreatePartitionsRequest (key 37) gives topics more partitions.
type CreatePartitionsRequest struct {
	Header
	Topics       []CreatePartitionsTopic
	TimeoutMs    int32
	ValidateOnly bool
}

// CreatePartitionsTopic says how many partitions a topic is to have in all.
type CreatePartitionsTopic struct {
	Name        string
	Count       int32
	Assignments [][]int32 // the replicas of each new partition; nil lets the controller place them
}

// CreatePartitionsResponse answers for each topic.
type CreatePartitionsResponse struct{ Results []TopicError }

// OffsetForLeaderEpochRequest (key 23) asks where a leader epoch ended: how a
// client finds out that the log it has read was cut off (KIP-320).
type OffsetForLeaderEpochRequest struct {
	Header
	ReplicaID  int32 // -1 for consumers
	Partitions []OffsetForLeaderEpochPartition
}

// OffsetForLeaderEpochPartition is one question.
type OffsetForLeaderEpochPartition struct {
	TopicPartition
	CurrentLeaderEpoch int32 // -1 for not known
	LeaderEpoch        int32
}

// OffsetForLeaderEpochResponse has an entry for each partition asked for, in
// order.
type OffsetForLeaderEpochResponse struct{ Partitions []EpochEndOffset }

// EpochEndOffset is the largest epoch up to the one asked for, and the offset
// after its last record; both -1 when there is none.
type EpochEndOffset struct {
	TopicPartition
	ErrorCode   ErrorCode
	LeaderEpoch int32
	EndOffset   int64
}

// MessageName implements sim.Message.
func (*CreateTopicsRequest) MessageName() string { return "CreateTopics" }

// MessageName implements sim.Message.
func (*CreateTopicsResponse) MessageName() string { return "CreateTopicsResponse" }

// MessageName implements sim.Message.
func (*DeleteTopicsRequest) MessageName() string { return "DeleteTopics" }

// MessageName implements sim.Message.
func (*DeleteTopicsResponse) MessageName() string { return "DeleteTopicsResponse" }

// MessageName implements sim.Message.
func (*CreatePartitionsRequest) MessageName() string { return "CreatePartitions" }

// MessageName implements sim.Message.
func (*CreatePartitionsResponse) MessageName() string { return "CreatePartitionsResponse" }

// MessageName implements sim.Message.
func (*OffsetForLeaderEpochRequest) MessageName() string { return "OffsetForLeaderEpoch" }

// MessageName implements sim.Message.
func (*OffsetForLeaderEpochResponse) MessageName() string { return "OffsetForLeaderEpochResponse" }
