// Package assignor holds Kafka's partition assignors as pure functions over
// plain inputs, equal to Kafka's own to the order of what they give.
package assignor

// TopicPartition names a partition.
type TopicPartition struct {
	Topic     string
	Partition int32
}

// Member is one member of a classic group as its leader sees it.
type Member struct {
	ID         string
	InstanceID string // empty for dynamic members
	Rack       string // empty: not told
	Topics     []string
	Owned      []TopicPartition // what it says it owns, in the order it says it
	Generation int32            // in which it owned that; -1 for none
	UserData   []byte           // what the assignor itself put into the subscription
}

// Topic is a topic that exists.
type Topic struct {
	Name       string
	Partitions int32
	// Racks are those of the replicas of each partition; nil where nothing is
	// known of racks.
	Racks [][]string
}

// Input is all that an assignment depends on. Members stand in the order in
// which the leader was told of them.
type Input struct {
	Members []Member
	Topics  []Topic
}

// Assignor divides partitions among the members of a classic group. What
// Assign gives stands in the order of the input's members, and each member's
// partitions in the order in which Kafka's own class gives them.
type Assignor interface {
	// Name is the protocol name that members send: range, roundrobin, …
	Name() string
	Assign(in Input) [][]TopicPartition
}

// ServerMember is one member of a KIP-848 or share group.
type ServerMember struct {
	ID         string
	InstanceID string // empty for dynamic members
	Topics     []string
	Target     []TopicPartition // its assignment so far
}

// ServerTopic is a topic as the group coordinator knows it. Its id decides
// where orders of Java's hash maps show through.
type ServerTopic struct {
	Name       string
	ID         [16]byte
	Partitions int32
	// Assignable are those of its partitions that a share group may be given,
	// because they are initialised: nil for all. Only Simple looks at it.
	Assignable []int32
}

// ServerInput is all that an assignment by the coordinator depends on.
type ServerInput struct {
	Members []ServerMember
	Topics  []ServerTopic
}

// ServerAssignor divides partitions among the members of a KIP-848 or share
// group, in the coordinator. What Assign gives are sets, sorted by topic name
// and partition, in the order of the input's members.
type ServerAssignor interface {
	// Name is the assignor's name in the group's configuration: uniform, range, simple.
	Name() string
	Assign(in ServerInput) [][]TopicPartition
}
