package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// shareCursor is a partition of the topics that are subscribed to.
type shareCursor struct {
	model.TopicPartition
	Broker   int32 // that leads it; -1: not known
	Assigned bool
}

func (c *ShareConsumer) askMetadata(fx *sim.Effects) {
	if !c.under(forMetadata) {
		c.begin(forMetadata, 0, &api.MetadataRequest{Header: c.header(12), Topics: c.cfg.Topics}, fx)
	}
}

func (c *ShareConsumer) metadataSoon(fx *sim.Effects) { c.metadataIn(c.cfg.pol.metadataPause, fx) }

// metadataNow asks as soon as the profile does: Java not again before
// retry.backoff.ms.
func (c *ShareConsumer) metadataNow(fx *sim.Effects) {
	if c.cfg.pol.java {
		c.metadataIn(c.cfg.pol.backoffBase, fx)
		return
	}
	c.askMetadata(fx)
}

func (c *ShareConsumer) metadataIn(after sim.Time, fx *sim.Effects) {
	if !c.MetadataSoon && !c.under(forMetadata) {
		c.MetadataSoon = true
		fx.SetTimer(timerMetadata, "", after)
	}
}

// gotMetadata takes what a broker knows. kgo's membership begins once a topic is
// there (maybeStartManage), Java's with the first poll.
func (c *ShareConsumer) gotMetadata(r *api.MetadataResponse, fx *sim.Effects) {
	c.learnBrokers(r.Brokers)
	old := c.Topics
	c.Topics = make([]topic, 0, len(r.Topics))
	for i := range r.Topics {
		m := &r.Topics[i]
		was := find(old, m.Name)
		t := topic{Name: m.Name}
		if m.ErrorCode == api.None {
			t = learnTopic(was, m)
		}
		if c.cfg.pol.keepsTopics && was != nil && len(was.Leaders) > len(t.Leaders) {
			t.Epochs = append(t.Epochs, was.Epochs[len(t.Leaders):]...)
			t.Leaders = append(t.Leaders, was.Leaders[len(t.Leaders):]...)
		}
		if len(t.Leaders) > 0 {
			c.Topics = append(c.Topics, t)
		}
	}
	for _, t := range c.Topics {
		for p, leader := range t.Leaders {
			c.placeCursor(model.TopicPartition{Topic: t.Name, Partition: int32(p)}, leader)
		}
	}
	again := c.cfg.MetadataMaxAge
	if c.Missing++; len(c.Topics) == len(c.cfg.Topics) {
		c.Missing = 0
	} else {
		again = c.cfg.missingPause(c.Missing, fx)
	}
	if again >= 0 {
		fx.SetTimer(timerMetadata, "", again)
	}
	c.MetadataSoon = false
	if c.Phase == starting && !c.cfg.pol.java && len(c.Topics) > 0 && !c.Leaving {
		c.Phase = joining
		c.beat(fx)
	}
}

// placeCursor notes who leads a partition. kgo leaves a partition without a
// leader where it was.
func (c *ShareConsumer) placeCursor(p model.TopicPartition, leader int32) {
	if !c.reachable(leader) {
		leader = -1
	}
	at, ok := slices.BinarySearchFunc(c.Cursors, p, func(x shareCursor, p model.TopicPartition) int { return x.TopicPartition.Compare(p) })
	switch {
	case !ok:
		c.Cursors = slices.Insert(c.Cursors, at, shareCursor{TopicPartition: p, Broker: leader})
	case leader >= 0 || c.cfg.pol.java:
		c.Cursors[at].Broker = leader
	}
}

func (c *ShareConsumer) cursor(p model.TopicPartition) *shareCursor {
	for i := range c.Cursors {
		if c.Cursors[i].TopicPartition == p {
			return &c.Cursors[i]
		}
	}
	return nil
}

// hinted takes a new leader from an answer (KIP-951).
func (c *ShareConsumer) hinted(p model.TopicPartition, leader, epoch int32) bool {
	t := find(c.Topics, p.Topic)
	if leader < 0 || epoch < 0 || t == nil || int(p.Partition) >= len(t.Leaders) {
		return false
	}
	if epoch >= t.Epochs[p.Partition] {
		t.Leaders[p.Partition], t.Epochs[p.Partition] = leader, epoch
		c.placeCursor(p, leader)
	}
	return true
}

// assign makes these partitions, and no others, those to read. It tells whether
// anything has changed. A partition that metadata do not tell of yet is asked
// for; then the assignment is looked at again with the next heartbeat.
func (c *ShareConsumer) assign(ps []model.TopicPartition, fx *sim.Effects) (changed bool) {
	for i := range c.Cursors {
		at := &c.Cursors[i]
		if is := slices.Contains(ps, at.TopicPartition); is != at.Assigned {
			at.Assigned, changed = is, true
		}
	}
	for _, p := range ps {
		if c.cursor(p) == nil && slices.Contains(c.cfg.Topics, p.Topic) {
			c.Cursors = append(c.Cursors, shareCursor{TopicPartition: p, Broker: -1, Assigned: true})
			slices.SortFunc(c.Cursors, func(a, b shareCursor) int { return a.Compare(b.TopicPartition) })
			c.metadataNow(fx)
			changed = true
		}
	}
	return changed
}
