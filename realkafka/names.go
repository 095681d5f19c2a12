package realkafka

import (
	"crypto/rand"
	"encoding/hex"
	"slices"
	"sync"

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

	mu  sync.Mutex
	ids map[[16]byte]string // topic ids, which newer requests use, to the Spec's names
}

// learn takes note of a topic's id.
func (n *names) learn(id [16]byte, topic string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ids[id] = topic
}

// byID is the Spec's name of the topic with an id.
func (n *names) byID(id [16]byte) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.ids[id]
}

// id is the cluster's id of a topic, by its name there; zero when it is not known.
func (n *names) id(topic string) (id [16]byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, name := range n.ids {
		if n.topic(name) == topic {
			id = i
		}
	}
	return id
}

// Prefix begins the names of all topics and groups that a run makes.
const Prefix = "groundhog-"

func newNames(spec *scenarios.Spec) *names {
	var unique [6]byte
	rand.Read(unique[:]) // never fails
	return &names{spec: spec, prefix: Prefix + hex.EncodeToString(unique[:]) + "-", ids: map[[16]byte]string{}}
}

// group is the cluster's name of a group.
func (n *names) group(name string) string { return n.prefix + name }

// groups are the cluster's names of all groups.
func (n *names) groups() []string {
	var out []string
	for _, c := range n.spec.Crowds() {
		out = append(out, n.group(c.Group.Name))
	}
	return out
}

func (n *names) topic(name string) string { return n.prefix + name }

// topics are the cluster's names of the Spec's topics.
func (n *names) topics() []string {
	var all []string
	for _, t := range n.spec.Topics {
		all = append(all, t.Name)
	}
	return n.topicsOf(all)
}

// topicsOf are the cluster's names of topics.
func (n *names) topicsOf(list []string) []string {
	var out []string
	for _, t := range list {
		out = append(out, n.topic(t))
	}
	return out
}

// partition is the Spec's name of a partition of which the cluster gives the
// topic's name or, where that is empty, its id.
func (n *names) partition(topic string, id [16]byte, partition int32) model.TopicPartition {
	switch {
	case topic == "":
		topic = n.byID(id)
	case len(topic) > len(n.prefix):
		topic = topic[len(n.prefix):]
	}
	return model.TopicPartition{Topic: topic, Partition: partition}
}

// kgoPartitions are partitions as kgo takes them.
func (n *names) kgoPartitions(partitions []model.TopicPartition) map[string][]int32 {
	m := map[string][]int32{}
	for _, p := range partitions {
		topic := n.topic(p.Topic)
		m[topic] = append(m[topic], p.Partition)
	}
	return m
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
