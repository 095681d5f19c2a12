package api

// Record is one record of a partition's log.
type Record struct {
	Offset    int64
	Timestamp int64 `canon:"-"` // milliseconds; only ListOffsets by time looks at it
	Key       string
	Value     string
	NullKey   bool
	// LeaderEpoch is the epoch of the leader that appended it.
	LeaderEpoch int32
}

// MetadataRequest (key 3) asks what topics there are and who leads them.
type MetadataRequest struct {
	Header
	Topics []string // nil asks for all
}

// MetadataResponse is the cluster as the broker knows it.
type MetadataResponse struct {
	Brokers      []int32
	ControllerID int32
	Topics       []MetadataTopic
}

// MetadataTopic is one topic.
type MetadataTopic struct {
	ErrorCode  ErrorCode
	Name       string
	Partitions []MetadataPartition // in order of their index
}

// MetadataPartition is one partition.
type MetadataPartition struct {
	ErrorCode   ErrorCode
	Index       int32
	LeaderID    int32 // -1 for none
	LeaderEpoch int32
	// ReplicaNodes and IsrNodes must not be changed.
	ReplicaNodes []int32 `canon:"shared"`
	IsrNodes     []int32 `canon:"shared"`
}

// ProduceRequest (key 0) appends records.
type ProduceRequest struct {
	Header
	Acks       int16 // -1 waits for the high watermark
	TimeoutMs  int32 // how long it waits; 0 is for ever
	Partitions []ProducePartition
}

// ProducePartition is what to append to one partition; the records' offsets
// are not yet set.
type ProducePartition struct {
	TopicPartition
	Records []Record
}

// ProduceResponse answers for each partition, in the request's order.
type ProduceResponse struct {
	Partitions []ProducePartitionResponse
}

// ProducePartitionResponse tells where the records went.
type ProducePartitionResponse struct {
	TopicPartition
	ErrorCode      ErrorCode
	BaseOffset     int64
	LogStartOffset int64
}

// FetchRequest (key 1) asks for records. It waits at the broker up to
// MaxWaitMs for some to come.
type FetchRequest struct {
	Header
	MaxWaitMs      int32
	MinBytes       int32
	ReplicaID      int32 // 1 + the broker that follows; 0 for consumers
	ReplicaEpoch   int64 // of the registration of the broker that follows
	MaxRecords     int32 // of a partition; the model's measure in place of bytes
	IsolationLevel int8  // 0 read_uncommitted, 1 read_committed
	Partitions     []FetchPartition
}

// FetchPartition is where to read on in one partition.
type FetchPartition struct {
	TopicPartition
	CurrentLeaderEpoch int32 // -1 for not known
	FetchOffset        int64
	LastFetchedEpoch   int32 // of the record before FetchOffset; -1 for not known
}

// FetchResponse has an entry for each partition asked for, in order.
type FetchResponse struct {
	Partitions []FetchPartitionResponse
}

// FetchPartitionResponse is what was read of one partition. Records are
// shared with the log and must not be changed.
type FetchPartitionResponse struct {
	TopicPartition
	ErrorCode        ErrorCode
	HighWatermark    int64
	LastStableOffset int64
	LogStartOffset   int64
	DivergingEpoch   *EpochEndOffset `canon:"shared"` // where the asker's log and this one part; nil: nowhere
	Records          []Record
	Batch            any `canon:"shared"` // of __consumer_offsets, in place of Records: a batch of its typed records
}

// The special timestamps of ListOffsets.
const (
	LatestTimestamp   int64 = -1
	EarliestTimestamp int64 = -2
)

// ListOffsetsRequest (key 2) asks for the ends of partitions, or for the
// first record at or after a timestamp.
type ListOffsetsRequest struct {
	Header
	IsolationLevel int8
	Partitions     []ListOffsetsPartition
}

// ListOffsetsPartition is one question.
type ListOffsetsPartition struct {
	TopicPartition
	CurrentLeaderEpoch int32
	Timestamp          int64 // milliseconds, LatestTimestamp or EarliestTimestamp
}

// ListOffsetsResponse has an entry for each partition asked for, in order.
type ListOffsetsResponse struct {
	Partitions []ListOffsetsPartitionResponse
}

// ListOffsetsPartitionResponse is one answer; Offset -1 when there is no such record.
type ListOffsetsPartitionResponse struct {
	TopicPartition
	ErrorCode   ErrorCode
	Timestamp   int64
	Offset      int64
	LeaderEpoch int32
}

// MessageName implements sim.Message.
func (*MetadataRequest) MessageName() string { return "Metadata" }

// MessageName implements sim.Message.
func (*MetadataResponse) MessageName() string { return "MetadataResponse" }

// MessageName implements sim.Message.
func (*ProduceRequest) MessageName() string { return "Produce" }

// MessageName implements sim.Message.
func (*ProduceResponse) MessageName() string { return "ProduceResponse" }

// MessageName implements sim.Message.
func (*FetchRequest) MessageName() string { return "Fetch" }

// MessageName implements sim.Message.
func (*FetchResponse) MessageName() string { return "FetchResponse" }

// MessageName implements sim.Message.
func (*ListOffsetsRequest) MessageName() string { return "ListOffsets" }

// MessageName implements sim.Message.
func (*ListOffsetsResponse) MessageName() string { return "ListOffsetsResponse" }
