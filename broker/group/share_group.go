package group

import (
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// shareGroup is a share group (ShareGroup, KIP-932). All of it is durable, but
// for the timers of its members' sessions. It is immutable: replay puts another
// one in its place, so the committed view and copied worlds can keep it.
type shareGroup struct {
	epoch           int32
	metadataHash    uint64        // of the topics that members subscribe to
	assignmentEpoch int32         // of the target assignment
	assignedAt      sim.Time      `canon:"rel"`
	members         []shareMember // by id
	targets         []shareTarget // by member id
	partitions      SharePartitions
}

// The group epoch and the assignment epoch that a group begins with
// (ModernGroup, TargetAssignmentMetadata.INITIAL).
const firstShareEpoch = 1

// shareMember is a member of a share group (ShareGroupMember).
type shareMember struct {
	id       string
	epoch    int32
	previous int32 // epoch before; -1 for none
	rackID   string
	clientID string
	topics   []string // that it subscribes to, sorted
	assigned []api.TopicPartition
}

// shareTarget is what a member is to have.
type shareTarget struct {
	member     string
	partitions []api.TopicPartition // sorted
}

// SharePartitions are the partitions that a share group has asked the share
// coordinator for, by topic (ShareGroupStatePartitionMetadata). They are
// immutable.
type SharePartitions struct {
	Initializing []TopicPartitions // asked for
	Initialized  []TopicPartitions // there: these may be assigned
	Deleting     []string          // topics whose states are to go
}

// TopicPartitions are some partitions of a topic, in order.
type TopicPartitions struct {
	Topic      string
	Partitions []int32
}

func newShareGroup() *shareGroup {
	return &shareGroup{epoch: firstShareEpoch, assignmentEpoch: firstShareEpoch}
}

// state is Empty or Stable.
func (g *shareGroup) state() State {
	if len(g.members) == 0 {
		return Empty
	}
	return Stable
}

func (g *shareGroup) findMember(id string) (at int, ok bool) {
	return slices.BinarySearchFunc(g.members, id, func(m shareMember, id string) int { return strings.Compare(m.id, id) })
}

// member looks up a member; nil when there is none.
func (g *shareGroup) member(id string) *shareMember {
	if i, ok := g.findMember(id); ok {
		return &g.members[i]
	}
	return nil
}

// newShareMember is a member before it gets its first epoch.
func newShareMember(id string) shareMember { return shareMember{id: id, previous: -1} }

// with gives the members with one more, or another in the place of one.
func (g *shareGroup) with(m shareMember) []shareMember {
	list := slices.Clone(g.members)
	if i, ok := g.findMember(m.id); ok {
		list[i] = m
	} else {
		list = slices.Insert(list, i, m)
	}
	return list
}

func (g *shareGroup) findTarget(member string) (at int, ok bool) {
	return slices.BinarySearchFunc(g.targets, member, func(t shareTarget, id string) int { return strings.Compare(t.member, id) })
}

// target is what a member is to have; nothing if nothing is said.
func (g *shareGroup) target(member string) []api.TopicPartition {
	if i, ok := g.findTarget(member); ok {
		return g.targets[i].partitions
	}
	return nil
}

// subscribedTopics gives the topics that any member subscribes to, sorted.
func subscribedTopics(members []shareMember) (topics []string) {
	for i := range members {
		topics = append(topics, members[i].topics...)
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}

// partitionsOf gives what a list has of a topic.
func partitionsOf(list []TopicPartitions, topic string) []int32 {
	if i, ok := findTopic(list, topic); ok {
		return list[i].Partitions
	}
	return nil
}

func findTopic(list []TopicPartitions, topic string) (at int, ok bool) {
	return slices.BinarySearchFunc(list, topic, func(t TopicPartitions, topic string) int { return strings.Compare(t.Topic, topic) })
}

// union puts two lists together (combineInitMaps).
func union(a, b []TopicPartitions) []TopicPartitions {
	out := slices.Clone(a)
	for _, t := range b {
		i, ok := findTopic(out, t.Topic)
		if !ok {
			out = slices.Insert(out, i, t)
			continue
		}
		all := append(slices.Clone(out[i].Partitions), t.Partitions...)
		slices.Sort(all)
		out[i].Partitions = slices.Compact(all)
	}
	return out
}

// without takes some partitions out of a list, and topics of which none is left.
func without(list, gone []TopicPartitions) (out []TopicPartitions) {
	for _, t := range list {
		out1 := partitionsOf(gone, t.Topic)
		left := slices.DeleteFunc(slices.Clone(t.Partitions), func(p int32) bool { return slices.Contains(out1, p) })
		// A topic that was asked for with no partition stays until it is named.
		_, named := findTopic(gone, t.Topic)
		if len(left) > 0 || !named {
			out = append(out, TopicPartitions{t.Topic, left})
		}
	}
	return out
}

// withoutTopics takes whole topics out.
func withoutTopics(list []TopicPartitions, gone ...string) []TopicPartitions {
	return slices.DeleteFunc(slices.Clone(list), func(t TopicPartitions) bool { return slices.Contains(gone, t.Topic) })
}

// byTopic sorts partitions into topics.
func byTopic(ps []api.TopicPartition) (out []TopicPartitions) {
	for _, p := range ps {
		out = union(out, []TopicPartitions{{p.Topic, []int32{p.Partition}}})
	}
	return out
}
