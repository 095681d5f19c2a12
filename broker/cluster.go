package broker

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/controller"
	"github.com/groundhogsim/groundhog/broker/group"
	"github.com/groundhogsim/groundhog/sim"
)

// The lanes between two brokers, by who follows: the one whose node comes
// first in the world, or the other. Between a broker and the controller there
// are controller.LaneRequests and LaneImages; a world needs two lanes at least.
const (
	laneOfFirst  sim.Lane = 0
	laneOfSecond sim.Lane = 1
)

// Cluster is several brokers and their controller, as nodes of one world.
type Cluster struct {
	Brokers    []*Broker // by id, each to stand at the node given for it
	Controller *controller.Controller
}

// NewCluster makes a cluster whose brokers, with the ids 0, 1, …, stand at the
// nodes given, and its controller at another. Topics are there from the first,
// with all replicas in sync and the first one leading; so is
// __consumer_offsets. Config.ID means nothing.
func NewCluster(c Config, brokers []sim.NodeID, at sim.NodeID) (*Cluster, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	rules := c.Cluster.WithDefaults()
	plans, err := firstTopics(&c, &rules, len(brokers))
	if err != nil {
		return nil, err
	}
	k := &Cluster{Controller: controller.New(controller.Config{Nodes: brokers, Topics: plans, Settings: rules})}
	for id := range brokers {
		c.ID = int32(id)
		b := newBroker(&c)
		b.member = &membership{nodes: brokers, controller: at, cleanEpoch: -1}
		for i := range rules.OffsetsTopicNumPartitions {
			b.shards = append(b.shards, group.NewReplica(b.id, i, b.settings, b.replicaRules()))
		}
		b.forget()
		k.Brokers = append(k.Brokers, b)
	}
	return k, nil
}

// Nodes gives the cluster's nodes in the order of the world: brokers, then the
// controller.
func (k *Cluster) Nodes() []sim.Node {
	var ns []sim.Node
	for _, b := range k.Brokers {
		ns = append(ns, b)
	}
	return append(ns, k.Controller)
}

// firstTopics places the topics that are there from the first, and
// __consumer_offsets.
func firstTopics(c *Config, rules *ClusterSettings, brokers int) ([]controller.Plan, error) {
	if brokers < 1 {
		return nil, &TopicError{"", "there are no brokers to put it on"}
	}
	v := allActive(brokers)
	offsets := Topic{
		Name: controller.OffsetsTopic, Partitions: rules.OffsetsTopicNumPartitions,
		ReplicationFactor: int16(min(int(rules.OffsetsTopicReplicationFactor), brokers)),
	}
	var plans []controller.Plan
	for _, t := range append(slices.Clone(c.Topics), offsets) {
		p := controller.Plan{Name: t.Name, Replicas: t.Replicas}
		if slices.ContainsFunc(plans, func(q controller.Plan) bool { return q.Name == p.Name }) {
			return nil, &TopicError{t.Name, "there is another one of that name"}
		}
		if t.Replicas == nil {
			if t.ReplicationFactor == 0 {
				t.ReplicationFactor = rules.DefaultReplicationFactor
			}
			rs, code := controller.Place(v, 0, t.Partitions, t.ReplicationFactor)
			if code != 0 {
				return nil, &TopicError{t.Name, "its replication factor must be from 1 to the number of brokers"}
			}
			p.Replicas = rs
		} else if controller.CheckAssignments(v, t.Replicas, -1) != 0 {
			return nil, &TopicError{t.Name, "its replicas must be as many different brokers for each partition, by their ids from 0 on"}
		}
		plans = append(plans, p)
	}
	return plans, nil
}

// TopicError is a topic of a Config that cannot be.
type TopicError struct{ Topic, Why string }

func (e *TopicError) Error() string { return "broker: topic " + e.Topic + ": " + e.Why }

// allActive is a cluster of so many brokers without topics.
type allActive int

func (n allActive) Topic(string) (int32, int16, bool) { return 0, 0, false }
func (n allActive) TopicNames() []string              { return nil }
func (n allActive) Active(id int32) bool              { return id >= 0 && int(id) < int(n) }
func (n allActive) Registered() (ids []int32) {
	for i := range int(n) {
		ids = append(ids, int32(i))
	}
	return ids
}
