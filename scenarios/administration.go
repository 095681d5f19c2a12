package scenarios

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/broker"
)

// What people do to topics and groups from outside: commands of the brokers,
// or, with several of them, of their controller.

// cluster is the node that topics are administered at.
func (p *Planner) cluster() string {
	if p.run.Spec.Brokers > 1 {
		return "c0"
	}
	return "b0"
}

// everyBroker plans a command to all brokers.
func (p *Planner) everyBroker(at time.Duration, command string) {
	for i := range p.run.Spec.Brokers {
		p.Command(at, command, fmt.Sprintf("b%d", i))
	}
}

// CreateTopic makes a topic of the Spec that is there Later.
func (p *Planner) CreateTopic(at time.Duration, topic string) {
	t := p.run.Spec.topic(topic)
	if t == nil || !t.Later {
		p.wrong("CreateTopic", fmt.Sprintf("%q is no topic of the Spec that is there Later", topic))
		return
	}
	command := fmt.Sprintf("%s %s %d", broker.CommandCreateTopic, topic, t.Partitions)
	if p.run.Spec.Brokers > 1 {
		command += fmt.Sprintf(" %d", min(p.run.Spec.Brokers, 3))
	}
	p.Command(at, command, p.cluster())
}

// DeleteTopic deletes a topic.
func (p *Planner) DeleteTopic(at time.Duration, topic string) {
	if p.isTopic("DeleteTopic", topic) {
		p.Command(at, broker.CommandDeleteTopic+" "+topic, p.cluster())
	}
}

// AddPartitions gives a topic more partitions: total in all.
func (p *Planner) AddPartitions(at time.Duration, topic string, total int32) {
	if p.isTopic("AddPartitions", topic) {
		p.Command(at, fmt.Sprintf("%s %s %d", broker.CommandAddPartitions, topic, total), p.cluster())
	}
}

// DeleteRecords deletes what a partition has before an offset, as retention
// does; at most what is committed. Each replica does so by itself.
func (p *Planner) DeleteRecords(at time.Duration, partition Partition, before int64) {
	if p.isTopic("DeleteRecords", partition.Topic) {
		p.everyBroker(at, fmt.Sprintf("%s %v %d", broker.CommandDeleteRecords, partition, before))
	}
}

// Truncate cuts a partition off at an offset, as an unclean election does: what
// was acknowledged behind it is lost. There must be one broker; with several, an
// unclean election does it ("unclean-leader TOPIC/PARTITION BROKER" to c0).
func (p *Planner) Truncate(at time.Duration, partition Partition, to int64) {
	if p.run.Spec.Brokers > 1 {
		p.wrong("Truncate", "with several brokers plan an unclean election: the command unclean-leader to c0")
		return
	}
	if p.isTopic("Truncate", partition.Topic) {
		p.Command(at, fmt.Sprintf("%s %v %d", broker.CommandTruncate, partition, to), "b0")
	}
}

// DeleteGroup deletes a group with its offsets, if it has no members then.
func (p *Planner) DeleteGroup(at time.Duration, group string) {
	p.everyBroker(at, broker.CommandDeleteGroup+" "+group)
}

// DeleteOffsets deletes what a group has committed for a topic, if none of its
// members subscribes to that then.
func (p *Planner) DeleteOffsets(at time.Duration, group, topic string) {
	if p.isTopic("DeleteOffsets", topic) {
		p.everyBroker(at, fmt.Sprintf("%s %s %s", broker.CommandDeleteOffsets, group, topic))
	}
}

func (p *Planner) isTopic(call, topic string) bool {
	if p.run.Spec.topic(topic) == nil {
		p.wrong(call, fmt.Sprintf("%q is none of the Spec's topics", topic))
		return false
	}
	return true
}

// wrong notes what a script asks for and cannot have; NewTrial tells the first.
func (p *Planner) wrong(call, want string) {
	if p.err == nil {
		p.err = &SpecError{"Script: " + call, want}
	}
}
