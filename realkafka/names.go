package realkafka

import (
	"crypto/rand"
	"encoding/hex"
	"slices"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// names are a run's words for its topics and its group. The cluster may be
// somebody's, and has other runs on it, so there they get a prefix of this
// run; in the history they are called as in the Spec. A prefix, not a suffix,
// keeps the order of topics, by which assignors go.
type names struct {
	spec   *scenarios.Spec
	prefix string
	ids    map[[16]byte]string // topic ids, which newer requests use, to the Spec's names
}

// Prefix begins the names of all topics and groups that a run makes.
const Prefix = "groundhog-"

func newNames(spec *scenarios.Spec) *names {
	var unique [6]byte
	rand.Read(unique[:]) // never fails
	return &names{spec: spec, prefix: Prefix + hex.EncodeToString(unique[:]) + "-", ids: map[[16]byte]string{}}
}

func (n *names) group() string { return n.prefix + n.spec.Group.Name }

func (n *names) topic(name string) string { return n.prefix + name }

// topics are the cluster's names of the Spec's topics.
func (n *names) topics() []string {
	var out []string
	for _, t := range n.spec.Topics {
		out = append(out, n.topic(t.Name))
	}
	return out
}

// partition is the Spec's name of a partition of which the cluster gives the
// topic's name or, where that is empty, its id.
func (n *names) partition(topic string, id [16]byte, partition int32) model.TopicPartition {
	switch {
	case topic == "":
		topic = n.ids[id]
	case len(topic) > len(n.prefix):
		topic = topic[len(n.prefix):]
	}
	return model.TopicPartition{Topic: topic, Partition: partition}
}

// partitions gives the partitions that franz-go names, in order.
func (n *names) partitions(m map[string][]int32) []model.TopicPartition {
	var out []model.TopicPartition
	for topic, list := range m {
		for _, p := range list {
			out = append(out, n.partition(topic, [16]byte{}, p))
		}
	}
	slices.SortFunc(out, model.TopicPartition.Compare)
	return out
}

// at gives partitions with the same offset each, as events list them.
func at(offset int64, list []model.TopicPartition) []model.PartitionOffset {
	var out []model.PartitionOffset
	for _, p := range list {
		out = append(out, model.PartitionOffset{TopicPartition: p, Offset: offset})
	}
	return out
}
