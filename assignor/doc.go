// Package assignor holds Kafka's partition assignors as pure functions over
// plain inputs, equal to Kafka's own to the order of what they give.
package assignor

// TopicPartition names a partition.
type TopicPartition struct {
	Topic     string
	Partition int32
}

// Member is one member of a group as its leader sees it.
type Member struct {
	ID         string
	InstanceID string // empty for dynamic members
	Topics     []string
	Owned      []TopicPartition // what it says it owns
	Generation int32            // in which it owned that; -1 for none
}

// Topic is a topic that exists.
type Topic struct {
	Name       string
	Partitions int32
}

// Input is all that an assignment depends on.
type Input struct {
	Members []Member
	Topics  []Topic
}

// Assignor divides partitions among the members of a group. What Assign gives
// stands in the order of the input's members.
type Assignor interface {
	// Name is the protocol name that members send: range, roundrobin, …
	Name() string
	Assign(in Input) [][]TopicPartition
}
