package group

import (
	"encoding/binary"
	"hash/fnv"
	"slices"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// shareBeat is a heartbeat of a member of a share group on its way through the
// coordinator: what it finds, and what comes of it.
type shareBeat struct {
	c       *Coordinator
	now     sim.Time
	topics  Topics
	request *api.ShareGroupHeartbeatRequest

	group  *shareGroup // as it was
	was    shareMember // as it was
	member shareMember
	epoch  int32 // the group's
	bumped bool
	subs   []string // all that the group subscribes to, this member included

	records []Record
	init    *api.InitializeShareGroupStateRequest
}

// run is GroupMetadataManager.shareGroupHeartbeat.
func (b *shareBeat) run() {
	b.subscribe()
	b.mindMetadata()
	assignmentEpoch, target := b.assign()
	b.reconcile(assignmentEpoch, target)
	b.initialize()
}

func (b *shareBeat) record(t RecordType, member string, v ShareValue) {
	b.records = append(b.records, shareRecord(t, b.request.GroupID, member, v))
}

// subscribe notes what the member says of itself (hasMemberSubscriptionChanged).
func (b *shareBeat) subscribe() {
	m := &b.member
	if b.request.RackID != "" {
		m.rackID = b.request.RackID
	}
	m.clientID = b.request.ClientID
	if b.request.SubscribedTopicNames != nil {
		m.topics = asSet(b.request.SubscribedTopicNames)
	}
	same := slices.Equal(m.topics, b.was.topics)
	if !same || m.rackID != b.was.rackID || m.clientID != b.was.clientID {
		b.record(ShareGroupMember, m.id, ShareValue{RackID: m.rackID, ClientID: m.clientID, Topics: m.topics})
	}
	b.bumped = !same
}

// mindMetadata raises the group epoch where the group needs another assignment:
// because of this member, of topics that have come, gone or grown, or because
// partitions have been initialised since. Kafka computes the hash of the topics
// only after an image that has to do with them, which comes to the same.
func (b *shareBeat) mindMetadata() {
	if b.group.assignmentEpoch >= b.group.epoch && b.group.initializedPending() {
		b.bumped = true
	}
	b.subs = subscribedTopics(b.group.with(b.member))
	hash := metadataHash(b.subs, b.topics)
	if b.bumped = b.bumped || hash != b.group.metadataHash; b.bumped {
		b.epoch++
		b.record(ShareGroupMetadata, "", ShareValue{Epoch: b.epoch, MetadataHash: hash})
	}
}

// initializedPending tells whether partitions of topics that members subscribe
// to are initialised and not what the targets have (initializedAssignmentPending).
func (g *shareGroup) initializedPending() bool {
	subscribed := subscribedTopics(g.members)
	var assigned []TopicPartitions
	for i := range g.targets {
		assigned = union(assigned, byTopic(g.targets[i].partitions))
	}
	for _, t := range g.partitions.Initialized {
		if slices.Contains(subscribed, t.Topic) && !slices.Equal(partitionsOf(assigned, t.Topic), t.Partitions) {
			return true
		}
	}
	return false
}

// assign gives the target of the member and its epoch. Where the group epoch is
// ahead there is another one, but for group.share.assignment.interval.ms after
// the last: till then the member has to do with that (maybeUpdateTargetAssignment).
func (b *shareBeat) assign() (epoch int32, target []api.TopicPartition) {
	g := b.group
	wait := ms(b.c.settings.ShareGroupAssignmentIntervalMs)
	// No target has been made while the epoch is still the first.
	if g.assignmentEpoch >= b.epoch || g.assignmentEpoch > firstShareEpoch && wait > 0 && b.now < g.assignedAt+wait {
		return g.assignmentEpoch, g.target(b.member.id)
	}
	members := g.with(b.member)
	for i, list := range assignor.Simple.Assign(b.assignorInput(members)) {
		now := make([]api.TopicPartition, len(list))
		for j, p := range list {
			now[j] = api.TopicPartition{Topic: p.Topic, Partition: p.Partition}
		}
		if members[i].id == b.member.id {
			target = now
		}
		if _, has := g.findTarget(members[i].id); !has || !slices.Equal(now, g.target(members[i].id)) {
			b.record(ShareGroupTarget, members[i].id, ShareValue{Assigned: now})
		}
	}
	b.record(ShareGroupTargetMetadata, "", ShareValue{Epoch: b.epoch, AssignedAt: b.now})
	return b.epoch, target
}

// assignorInput is the group as the assignor is told of it: of topics that
// exist, those partitions may be given that are initialised. A target with
// others is of a topic that had that name before: to Kafka, one that is gone.
func (b *shareBeat) assignorInput(members []shareMember) (in assignor.ServerInput) {
	for _, name := range b.subs {
		t, ok := b.topics.Topic(name)
		if !ok {
			continue
		}
		initialized := partitionsOf(b.group.partitions.Initialized, name)
		if initialized == nil {
			initialized = []int32{}
		}
		in.Topics = append(in.Topics, assignor.ServerTopic{Name: name, ID: t.uuid(name), Partitions: t.Partitions, Assignable: initialized})
	}
	for i := range members {
		m := assignor.ServerMember{ID: members[i].id, Topics: members[i].topics}
		for _, p := range b.group.target(m.ID) {
			if _, exists := b.topics.Topic(p.Topic); exists && !slices.Contains(partitionsOf(b.group.partitions.Initialized, p.Topic), p.Partition) {
				continue
			}
			m.Target = append(m.Target, assignor.TopicPartition{Topic: p.Topic, Partition: p.Partition})
		}
		in.Members = append(in.Members, m)
	}
	return in
}

// uuid stands for the id that Kafka would draw for a topic; assignors let its
// hash code show through.
func (t TopicInfo) uuid(name string) (id [16]byte) {
	h := fnv.New128a()
	h.Write(binary.BigEndian.AppendUint64([]byte(name), uint64(t.ID)))
	copy(id[:], h.Sum(nil))
	return id
}

// reconcile brings the member to the target. It has not to give anything up
// before others may have it (maybeReconcile, ShareGroupAssignmentBuilder).
func (b *shareBeat) reconcile(epoch int32, target []api.TopicPartition) {
	m := &b.member
	if !b.bumped && m.epoch == epoch {
		return
	}
	assigned := slices.DeleteFunc(slices.Clone(target), func(p api.TopicPartition) bool {
		_, exists := b.topics.Topic(p.Topic)
		return !exists || !slices.Contains(m.topics, p.Topic)
	})
	moved := m.epoch != epoch
	if moved {
		m.epoch, m.previous = epoch, m.epoch
	}
	if moved || !slices.Equal(assigned, m.assigned) {
		m.assigned = assigned
		b.record(ShareGroupAssignment, m.id, ShareValue{Epoch: m.epoch, PreviousEpoch: m.previous, Assigned: assigned})
	}
}

// answer tells the member its assignment when that has changed, or when it said
// all of itself.
func (b *shareBeat) answer() *api.ShareGroupHeartbeatResponse {
	a := &api.ShareGroupHeartbeatResponse{
		MemberID: b.member.id, MemberEpoch: b.member.epoch, HeartbeatIntervalMs: b.c.settings.ShareGroupHeartbeatIntervalMs,
	}
	if b.request.MemberEpoch == shareJoins || b.request.SubscribedTopicNames != nil || !slices.Equal(b.was.assigned, b.member.assigned) {
		a.Assignment = &api.ShareAssignment{Partitions: b.member.assigned}
	}
	return a
}
