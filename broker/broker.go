package broker

import (
	"github.com/groundhogsim/groundhog/broker/api"
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

// Version is the release of Kafka that a broker behaves like.
const Version = "4.3.1"

// Config is what a broker is made of.
type Config struct {
	ID       int32
	Topics   []Topic  // that exist from the first
	Settings Settings // the zero value stands for DefaultSettings; see WithDefaults
	Version  string   // empty stands for Version, the only profile so far
}

// Topic is a topic and how many partitions it has.
type Topic struct {
	Name       string
	Partitions int32
}

// Broker is one broker: leader of all partitions, coordinator of all groups.
type Broker struct {
	id       int32
	version  string
	settings *Settings `canon:"-"`

	// Durable.
	topics      flat.Map[string, *topic]
	started     bool              // it has been up before
	coordinator group.Coordinator // durable but for its own live part

	live live
	// Scratch, empty between steps.
	ready []sim.Conn `canon:"-"` // their request was answered, and others wait behind it
	moved bool       `canon:"-"` // a high watermark moved
}

// live is what a crash drops.
type live struct {
	conns    []connection
	fetches  []parkedFetch
	produces []parkedProduce
}

// topic is the logs of its partitions, by index.
type topic struct {
	partitions []log.Log
}

var _ sim.Cloner = (*Broker)(nil)

// New makes a broker that has never been up.
func New(c Config) *Broker {
	s := c.Settings.WithDefaults()
	if c.Version == "" {
		c.Version = Version
	}
	b := &Broker{id: c.ID, version: c.Version, settings: &s, coordinator: group.New(c.ID, &s)}
	for _, t := range c.Topics {
		b.topics.Put(t.Name, &topic{})
		b.AddPartitions(t.Name, t.Partitions)
	}
	return b
}

// Step implements sim.Node.
func (b *Broker) Step(in *sim.Input, fx *sim.Effects) {
	switch in.Kind {
	case sim.InStart:
		b.start(fx)
	case sim.InMessage:
		b.receive(fx, in.Conn, in.Msg)
	case sim.InClosed:
		b.closed(fx, in.Conn)
	case sim.InTimer:
		b.fire(fx, in.Label, in.Key)
	case sim.InCommand:
		b.command(fx, in.Label, in.Key)
	}
	b.settle(fx)
}

// Crash implements sim.Node.
func (b *Broker) Crash() {
	b.live = live{}
	b.ready, b.moved = nil, false
	b.coordinator.Crash()
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
	c.coordinator.Unshare()
	return c
}

// Encode implements sim.Cloner.
func (b *Broker) Encode(now sim.Time, buf []byte) []byte {
	buf = canon.Append(buf, int64(now), b)
	return b.coordinator.AppendHidden(now, buf)
}

// start is the broker coming up: it leads its partitions in a new epoch, if it
// has done so before.
func (b *Broker) start(fx *sim.Effects) {
	for name, t := range b.topics.All() {
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
	b.coordinator.Start(fx)
}

// partition finds a log; nil when there is none.
func (b *Broker) partition(p api.TopicPartition) *log.Log {
	t := b.topics.Get(p.Topic)
	if t == nil || p.Partition < 0 || int(p.Partition) >= len((*t).partitions) {
		return nil
	}
	return &(*t).partitions[p.Partition]
}

// HasPartition tells whether a partition exists.
func (b *Broker) HasPartition(p api.TopicPartition) bool { return b.partition(p) != nil }

// Partitions tells how many partitions a topic has; 0 when there is no such topic.
func (b *Broker) Partitions(name string) int32 {
	if t := b.topics.Get(name); t != nil {
		return int32(len((*t).partitions))
	}
	return 0
}

// Log gives a partition's log for reading; nil when there is none. It is good
// until the next step.
func (b *Broker) Log(p api.TopicPartition) *log.Log { return b.partition(p) }

// EndOffset is the end of a partition's log; 0 when there is no such partition.
func (b *Broker) EndOffset(p api.TopicPartition) int64 {
	if l := b.partition(p); l != nil {
		return l.End()
	}
	return 0
}

// Coordinator gives the coordinator for looking at it; it is good until the
// next step.
func (b *Broker) Coordinator() *group.Coordinator { return &b.coordinator }

// Group describes a group as the coordinator knows it now.
func (b *Broker) Group(id string) (group.Description, bool) { return b.coordinator.Describe(id) }
