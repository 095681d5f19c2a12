package group

import (
	"strings"
	"unicode/utf16"

	"github.com/groundhogsim/groundhog/broker/log"
	"github.com/groundhogsim/groundhog/sim"
)

// A Coordinator is one shard of a broker's group coordinator: of those groups
// whose ids fall to one partition of __consumer_offsets.

// OffsetsTopic is the topic of the coordinators' logs.
const OffsetsTopic = "__consumer_offsets"

// PartitionFor is the partition of __consumer_offsets that a group falls to:
// Utils.abs(String.hashCode) modulo n (GroupCoordinatorService.partitionFor).
func PartitionFor(group string, n int32) int32 {
	if n <= 1 {
		return 0
	}
	h := int32(0)
	for _, r := range group {
		if r1, r2 := utf16.EncodeRune(r); r1 != '\uFFFD' {
			h = (h*31+r1)*31 + r2
		} else {
			h = h*31 + r
		}
	}
	if h == -1<<31 {
		return 0
	}
	return max(h, -h) % n
}

// GroupOfTimer tells the group that a timer is about; not ok for timers of
// partitions.
func GroupOfTimer(label, key string) (group string, ok bool) {
	switch label {
	case TimerSession, TimerNewMember, TimerPendingMember, TimerInitialDelay, TimerRebalance, TimerSync, TimerShareSession:
		group, _, _ = strings.Cut(key, "/")
		return unescapeKey(group), true
	}
	return "", false
}

// Replica is the coordinator's replica of its partition, all but the records.
func (c *Coordinator) Replica() *log.Replication { return &c.log.Replication }

// ReadLog gives the log from an offset on, for another replica.
func (c *Coordinator) ReadLog(from int64) *Batch { return c.log.read(from) }

// Replicate adds to a follower's log what was fetched in an epoch.
func (c *Coordinator) Replicate(b *Batch, epoch int32) { c.log.replicate(b, epoch) }

// Truncate drops a follower's log from an offset on.
func (c *Coordinator) Truncate(offset int64) { c.log.truncate(offset) }

// Compact drops committed records that later ones supersede, as Kafka's log
// cleaner would at some time.
func (c *Coordinator) Compact() { c.log.compact() }

// Grew tells whether something was appended since it was last asked.
func (c *Coordinator) Grew() bool {
	grew := c.grew
	c.grew = false
	return grew
}

// Partition is that of __consumer_offsets, as timers name it.
func (c *Coordinator) Partition() string { return c.partition }

// IsActive tells whether the coordinator has its log loaded and works.
func (c *Coordinator) IsActive() bool { return c.live.phase == active }

// IsLoading tells whether the coordinator reads its log.
func (c *Coordinator) IsLoading() bool { return c.live.phase == loading }

// TopicDeleted deletes all offsets of a topic (OffsetMetadataManager.onTopicsDeleted),
// and what share groups have of it.
func (c *Coordinator) TopicDeleted(fx *sim.Effects, topic string) {
	if c.live.phase != active {
		return
	}
	var o outcome
	for id, d := range c.live.durable.groups.All() {
		t := (*d).offsets.Get(topic)
		if t == nil {
			continue
		}
		for p := range (*t).Keys() {
			o.records = append(o.records, Record{Key: Key{Type: OffsetCommit, Group: id, Topic: topic, Partition: p}, Tombstone: true})
		}
	}
	groups := make([]string, 0, len(o.records))
	for i := range o.records {
		groups = append(groups, o.records[i].Group)
	}
	for id, p := range c.live.durable.shares.All() {
		if next, changed := p.group.partitions.topicDeleted(topic); changed {
			o.records = append(o.records, sharePartitionsRecord(id, next))
		}
	}
	if o.isEmpty() {
		return
	}
	observeDeleted(fx, o.records, causeTopic)
	c.write(fx, o, sim.Conn{}, nil)
	for _, id := range groups {
		if g := c.group(id); g != nil {
			c.mindExpiry(fx, g)
		}
	}
}
