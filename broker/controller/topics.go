package controller

import (
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// createTopic adds a topic whose ISRs are those replicas that are active.
func (c *Controller) createTopic(p *Plan, active func(int32) bool) {
	c.dirty = true
	t := api.TopicImage{Name: p.Name, ID: c.offset<<16 | int64(len(c.topics)), Partitions: registrations(p.Replicas, active)}
	i, found := slices.BinarySearchFunc(c.topics, p.Name, func(t api.TopicImage, name string) int { return strings.Compare(t.Name, name) })
	if !found {
		c.topics = slices.Insert(c.topics, i, t)
	}
}

// ObservePartitions tells the history how many partitions a topic has from now
// on.
func ObservePartitions(fx *sim.Effects, topic string, n int32) {
	fx.Observe(&model.Event{Kind: model.PartitionCount, TopicPartition: model.TopicPartition{Topic: topic}, To: int64(n)})
}

// registrations is buildPartitionRegistration for each partition.
func registrations(replicas [][]int32, active func(int32) bool) []api.PartitionImage {
	ps := make([]api.PartitionImage, len(replicas))
	for i, rs := range replicas {
		isr := slices.DeleteFunc(slices.Clone(rs), func(b int32) bool { return !active(b) })
		ps[i] = api.PartitionImage{Replicas: rs, ISR: isr, Leader: isr[0]}
	}
	return ps
}

func (c *Controller) deleteTopics(names []string) {
	c.topics = slices.DeleteFunc(c.topics, func(t api.TopicImage) bool { return slices.Contains(names, t.Name) })
	c.dirty = c.dirty || len(names) > 0
}

func (c *Controller) topic(name string) *api.TopicImage {
	for i := range c.topics {
		if c.topics[i].Name == name {
			return &c.topics[i]
		}
	}
	return nil
}

func (c *Controller) partition(p api.TopicPartition) *api.PartitionImage {
	t := c.topic(p.Topic)
	if t == nil || p.Partition < 0 || int(p.Partition) >= len(t.Partitions) {
		return nil
	}
	return &t.Partitions[p.Partition]
}

// Topic implements View.
func (c *Controller) Topic(name string) (partitions int32, replicas int16, ok bool) {
	t := c.topic(name)
	if t == nil {
		return 0, 0, false
	}
	return int32(len(t.Partitions)), int16(len(t.Partitions[0].Replicas)), true
}

// TopicNames implements View.
func (c *Controller) TopicNames() (names []string) {
	for i := range c.topics {
		names = append(names, c.topics[i].Name)
	}
	return names
}

// Registered implements View.
func (c *Controller) Registered() (ids []int32) {
	for id := range c.brokers {
		if c.brokers[id].registered {
			ids = append(ids, int32(id))
		}
	}
	return ids
}

// Active implements View: registered, not fenced, not about to go
// (ClusterControlManager.isActive).
func (c *Controller) Active(id int32) bool {
	if id < 0 || int(id) >= len(c.brokers) {
		return false
	}
	b := &c.brokers[id]
	return b.registered && !b.fenced && !b.shuttingDown
}
