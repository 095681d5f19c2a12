package broker

import (
	"fmt"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/controller"
	"github.com/groundhogsim/groundhog/broker/group"
	"github.com/groundhogsim/groundhog/broker/internal/flat"
	"github.com/groundhogsim/groundhog/broker/log"
	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
)

// Settings are a broker's settings under Kafka's names.
type Settings = group.Settings

// DefaultSettings are Kafka's own defaults.
func DefaultSettings() Settings { return group.DefaultSettings() }

// ClusterSettings are settings of replication and topics under Kafka's names.
type ClusterSettings = controller.Settings

// DefaultClusterSettings are Kafka's own defaults.
func DefaultClusterSettings() ClusterSettings { return controller.DefaultSettings() }

// Version is the release of Kafka that a broker behaves like.
const Version = "4.3.1"

// Config is what a broker, or a cluster of them (NewCluster), is made of.
type Config struct {
	ID       int32
	Topics   []Topic         // that exist from the first
	Settings Settings        // the zero value stands for DefaultSettings; see WithDefaults
	Cluster  ClusterSettings // the zero value stands for DefaultClusterSettings; see WithDefaults
	Version  string          // empty stands for Version, the only profile so far
}

// Topic is a topic and how many partitions it has.
type Topic struct {
	Name       string
	Partitions int32
	// Of a cluster: on how many brokers each partition is, 0 for the default;
	// or else on which, the preferred leader first.
	ReplicationFactor int16
	Replicas          [][]int32
}

// Check tells what is wrong with a configuration.
func (c *Config) Check() error {
	if c.Version != "" && c.Version != Version {
		return fmt.Errorf("broker: version %q is not known; there is %s, or leave it empty", c.Version, Version)
	}
	for _, t := range c.Topics {
		switch {
		case !controller.LegalTopic(t.Name):
			return fmt.Errorf("broker: topic %q: want 1 to 249 letters, digits, dots, underscores and hyphens, and not dots alone", t.Name)
		case t.Partitions < 0 || t.Partitions == 0 && t.Replicas == nil:
			return fmt.Errorf("broker: topic %s has %d partitions; it needs one at least", t.Name, t.Partitions)
		}
	}
	return nil
}

// Broker is one broker: of several, or the only one, which leads all
// partitions and coordinates all groups.
type Broker struct {
	id       int32
	settings *Settings        `canon:"-"`
	rules    *ClusterSettings `canon:"-"`

	// Durable.
	topics  flat.Map[string, *topic]
	started bool                // it has been up before
	shards  []group.Coordinator // by partition of __consumer_offsets; durable but for their own live part
	member  *membership         // nil for the only broker

	live live
	// Scratch, empty between steps.
	ready []sim.Conn `canon:"-"` // their request was answered, and others wait behind it
	moved bool       `canon:"-"` // a high watermark moved, or something else that parked requests wait for
}

// live is what a crash drops.
type live struct {
	conns    []connection
	fetches  []parkedFetch
	produces []parkedProduce
	gathers  []gather
}

// topic is the logs of its partitions, by index. In a cluster some may not be
// hosted.
type topic struct {
	id         int64 // tells it from one of the same name before
	partitions []log.Log
}

var _ sim.Cloner = (*Broker)(nil)

// New makes the only broker of its world, which has never been up. What Check
// would find wrong is left out.
func New(c Config) *Broker {
	b := newBroker(&c)
	for i := range b.rules.OffsetsTopicNumPartitions {
		b.shards = append(b.shards, group.NewShard(c.ID, i, b.settings))
	}
	for _, t := range c.Topics {
		b.topics.Put(t.Name, &topic{})
		b.AddPartitions(t.Name, t.Partitions)
	}
	return b
}

func newBroker(c *Config) *Broker {
	s, r := c.Settings.WithDefaults(), c.Cluster.WithDefaults()
	return &Broker{id: c.ID, settings: &s, rules: &r}
}

// Step implements sim.Node.
func (b *Broker) Step(in *sim.Input, fx *sim.Effects) {
	switch in.Kind {
	case sim.InStart:
		b.start(fx)
	case sim.InMessage:
		if b.member == nil || !b.hear(fx, in.Conn, in.Msg) {
			b.receive(fx, in.Conn, in.Msg, in.Tag)
		}
	case sim.InClosed:
		if b.member == nil || !b.lost(fx, in.Conn) {
			b.closed(fx, in.Conn)
		}
	case sim.InTimer:
		b.fire(fx, in.Label, in.Key)
	case sim.InCommand:
		b.command(fx, in.Label, in.Key)
	}
	b.settle(fx)
}

// Crash implements sim.Node. Logs, their leader epochs and high watermarks are
// on disk.
func (b *Broker) Crash() {
	b.live = live{}
	b.ready, b.moved = nil, false
	for i := range b.shards {
		b.shards[i].Crash()
	}
	if b.member != nil {
		b.forget()
	}
}

// Clone implements sim.Cloner. Records are shared, for they never change.
func (b *Broker) Clone() sim.Node {
	c := canon.Clone(b)
	c.ready = nil
	for _, t := range c.topics.All() {
		for i := range (*t).partitions {
			(*t).partitions[i].Unshare()
		}
	}
	for i := range c.shards {
		c.shards[i].Unshare()
	}
	return c
}

// Encode implements sim.Cloner.
func (b *Broker) Encode(now sim.Time, buf []byte) []byte {
	buf = canon.Append(buf, int64(now), b)
	for i := range b.shards {
		buf = b.shards[i].AppendHidden(now, buf)
	}
	return buf
}

// start is the broker coming up. The only one leads its partitions in a new
// epoch, if it has done so before.
func (b *Broker) start(fx *sim.Effects) {
	if b.member != nil {
		b.join(fx)
		return
	}
	for name, t := range b.topics.All() {
		controller.ObservePartitions(fx, name, int32(len((*t).partitions)))
		for i := range (*t).partitions {
			l := &(*t).partitions[i]
			if b.started {
				l.NewEpoch()
			}
			if l.Lagging() {
				b.armReplicate(fx, api.TopicPartition{Topic: name, Partition: int32(i)})
			}
		}
	}
	b.started = true
	for i := range b.shards {
		b.shards[i].Start(fx)
	}
}

// partition finds a log; nil when there is none here.
func (b *Broker) partition(p api.TopicPartition) *log.Log {
	t := b.topics.Get(p.Topic)
	if t == nil || p.Partition < 0 || int(p.Partition) >= len((*t).partitions) {
		return nil
	}
	if l := &(*t).partitions[p.Partition]; l.Hosted() {
		return l
	}
	return nil
}

// missing is the error for a partition of which there is no log here.
func (b *Broker) missing(p api.TopicPartition) api.ErrorCode {
	if b.member != nil && b.member.live.image.Partition(p) != nil {
		return api.NotLeaderOrFollower
	}
	return api.UnknownTopicOrPartition
}

// HasPartition tells whether a partition exists, as far as the broker knows.
func (b *Broker) HasPartition(p api.TopicPartition) bool {
	if b.member != nil {
		return b.member.live.image.Partition(p) != nil
	}
	return b.partition(p) != nil
}

// Partitions tells how many partitions a topic has, as far as the broker
// knows; 0 when there is no such topic.
func (b *Broker) Partitions(name string) int32 {
	if b.member != nil {
		if t := b.member.live.image.Topic(name); t != nil {
			return int32(len(t.Partitions))
		}
		return 0
	}
	if t := b.topics.Get(name); t != nil {
		return int32(len((*t).partitions))
	}
	return 0
}

// Topic gives a topic as far as the broker knows.
func (b *Broker) Topic(name string) (group.TopicInfo, bool) {
	if b.member != nil {
		if t := b.member.live.image.Topic(name); t != nil {
			return group.TopicInfo{ID: t.ID, Partitions: int32(len(t.Partitions))}, true
		}
		return group.TopicInfo{}, false
	}
	if t := b.topics.Get(name); t != nil {
		return group.TopicInfo{ID: (*t).id, Partitions: int32(len((*t).partitions))}, true
	}
	return group.TopicInfo{}, false
}

// Log gives the broker's replica of a partition for reading; nil when there is
// none. It is good until the next step.
func (b *Broker) Log(p api.TopicPartition) *log.Log { return b.partition(p) }

// EndOffset is the end of the broker's replica of a partition; 0 when there is
// none.
func (b *Broker) EndOffset(p api.TopicPartition) int64 {
	if l := b.partition(p); l != nil {
		return l.End()
	}
	return 0
}

// Coordinator gives the first shard of the coordinator for looking at it; it
// is good until the next step.
func (b *Broker) Coordinator() *group.Coordinator { return &b.shards[0] }

// CoordinatorOf gives the shard that a group falls to, whether or not this
// broker leads its partition; it is good until the next step.
func (b *Broker) CoordinatorOf(id string) *group.Coordinator {
	return &b.shards[group.PartitionFor(id, int32(len(b.shards)))]
}

// Group describes a group as its coordinator here knows it now.
func (b *Broker) Group(id string) (group.Description, bool) { return b.CoordinatorOf(id).Describe(id) }
