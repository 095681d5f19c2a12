package api

// What brokers and their controller say to each other.

// BrokerRegistrationRequest (key 62) tells the controller that a broker's
// process has come up. The broker is fenced until it has heard of that itself.
type BrokerRegistrationRequest struct {
	Header
	BrokerID            int32
	IncarnationID       int64 // of the process; Kafka draws a UUID
	PreviousBrokerEpoch int64 // of the registration that ended in a clean shutdown; -1 for none
}

// BrokerRegistrationResponse gives the registration a number.
type BrokerRegistrationResponse struct {
	ErrorCode   ErrorCode
	BrokerEpoch int64
}

// BrokerHeartbeatRequest (key 63) keeps a broker's session alive.
type BrokerHeartbeatRequest struct {
	Header
	BrokerID              int32
	BrokerEpoch           int64
	CurrentMetadataOffset int64 // of the newest image that it has applied
	WantShutDown          bool
}

// BrokerHeartbeatResponse tells a broker what the controller makes of it.
type BrokerHeartbeatResponse struct {
	ErrorCode      ErrorCode
	IsCaughtUp     bool
	IsFenced       bool
	ShouldShutDown bool
}

// AlterPartitionRequest (key 56) is a leader's wish for another ISR.
type AlterPartitionRequest struct {
	Header
	BrokerID       int32
	BrokerEpoch    int64
	Partition      TopicPartition
	TopicID        int64
	LeaderEpoch    int32
	PartitionEpoch int32
	NewISR         []BrokerState
}

// BrokerState is a broker as one of its registrations.
type BrokerState struct {
	BrokerID    int32
	BrokerEpoch int64
}

// AlterPartitionResponse is the partition as it is now, or why not.
type AlterPartitionResponse struct {
	Partition      TopicPartition
	ErrorCode      ErrorCode
	LeaderID       int32
	LeaderEpoch    int32
	PartitionEpoch int32
	ISR            []int32
}

// MetadataUpdate is the cluster's metadata as the controller has it. Brokers of
// Kafka fetch the metadata log; here the controller sends them what it amounts
// to.
type MetadataUpdate struct {
	Image *ClusterImage `canon:"shared"`
}

// ClusterImage is the cluster's metadata as of an offset of its log. It is
// immutable.
type ClusterImage struct {
	Offset  int64
	Brokers []BrokerImage // by id
	Topics  []TopicImage  // by name
}

// BrokerImage is one registered broker.
type BrokerImage struct {
	ID           int32
	Epoch        int64
	Fenced       bool
	ShuttingDown bool // in controlled shutdown
}

// TopicImage is one topic. Its id tells it from one of the same name before.
type TopicImage struct {
	Name       string
	ID         int64
	Partitions []PartitionImage
}

// PartitionImage is one partition (PartitionRegistration). Lists of brokers
// never change in place.
type PartitionImage struct {
	Replicas       []int32 // the preferred leader first
	ISR            []int32
	ELR            []int32 // eligible leader replicas (KIP-966)
	LastKnownELR   []int32
	Leader         int32 // -1 for none
	LeaderEpoch    int32
	PartitionEpoch int32
}

// Broker finds a registered broker; nil when there is none.
func (c *ClusterImage) Broker(id int32) *BrokerImage {
	if c != nil {
		for i := range c.Brokers {
			if c.Brokers[i].ID == id {
				return &c.Brokers[i]
			}
		}
	}
	return nil
}

// Alive tells whether a broker is registered and not fenced.
func (c *ClusterImage) Alive(id int32) bool {
	b := c.Broker(id)
	return b != nil && !b.Fenced
}

// Topic finds a topic; nil when there is none.
func (c *ClusterImage) Topic(name string) *TopicImage {
	if c != nil {
		for i := range c.Topics {
			if c.Topics[i].Name == name {
				return &c.Topics[i]
			}
		}
	}
	return nil
}

// Partition finds a partition; nil when there is none.
func (c *ClusterImage) Partition(p TopicPartition) *PartitionImage {
	t := c.Topic(p.Topic)
	if t == nil || p.Partition < 0 || int(p.Partition) >= len(t.Partitions) {
		return nil
	}
	return &t.Partitions[p.Partition]
}

// MessageName implements sim.Message.
func (*BrokerRegistrationRequest) MessageName() string { return "BrokerRegistration" }

// MessageName implements sim.Message.
func (*BrokerRegistrationResponse) MessageName() string { return "BrokerRegistrationResponse" }

// MessageName implements sim.Message.
func (*BrokerHeartbeatRequest) MessageName() string { return "BrokerHeartbeat" }

// MessageName implements sim.Message.
func (*BrokerHeartbeatResponse) MessageName() string { return "BrokerHeartbeatResponse" }

// MessageName implements sim.Message.
func (*AlterPartitionRequest) MessageName() string { return "AlterPartition" }

// MessageName implements sim.Message.
func (*AlterPartitionResponse) MessageName() string { return "AlterPartitionResponse" }

// MessageName implements sim.Message.
func (*MetadataUpdate) MessageName() string { return "MetadataUpdate" }
