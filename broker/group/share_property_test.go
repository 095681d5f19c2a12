package group

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// TestShareProperties lets members of share groups, operators and members of
// classic groups do what they please, with failures of both coordinators in
// between. After every step it checks what must always hold; then the members
// only send heartbeats, and the group has to come to rest as it should; then
// nobody does anything, and it has to be empty.
func TestShareProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		set := DefaultSettings()
		set.ShareGroupMaxSize = rapid.SampledFrom([]int32{2, 100}).Draw(rt, "max size")
		set.ShareGroupAssignmentIntervalMs = rapid.SampledFrom([]int32{0, 1000}).Draw(rt, "interval")
		set.ReplicationDelay = rapid.SampledFrom([]sim.Time{0, sim.Second, 7 * sim.Second}).Draw(rt, "replication")
		w := newShareWorld(set, "t:2", "u:1")
		p := &shareProperty{shareWorld: w, set: &set, epochs: map[string]int32{}}
		for range rapid.IntRange(1, 80).Draw(rt, "steps") {
			p.step(rt)
			p.check(rt)
		}
		p.settle(rt)
		p.wait(10 * sim.Minute)
		p.check(rt)
		for id, g := range w.n.c.live.durable.shares.All() {
			if len(g.group.members) > 0 {
				rt.Fatalf("%s: %s; nothing ends these", id, g.group.text())
			}
		}
		if n := len(w.n.c.live.deferred) + len(w.n.c.live.undo) + len(w.n.c.calling); n > 0 || len(w.c.heard)+w.c.lost != w.c.sent {
			rt.Fatalf("%d requests, %d answers, %d lost, %d wait", w.c.sent, len(w.c.heard), w.c.lost, n)
		}
	})
}

type shareProperty struct {
	*shareWorld
	set    *Settings
	epochs map[string]int32 // of groups, as they were after the last step
}

func (p *shareProperty) step(rt *rapid.T) {
	switch rapid.IntRange(0, 24).Draw(rt, "what") {
	case 0:
		p.do(p.Now(), sim.Crash, 0, "x")
		p.do(p.Now(), sim.Start, 0, "x")
	case 1:
		p.do(p.Now(), sim.Command, 0, commandReload)
	case 2:
		name := rapid.SampledFrom([]string{"t", "u", "v"}).Draw(rt, "topic")
		p.n.grow(name, p.n.topics[name].Partitions+1)
	case 3:
		if p.n.c.live.phase != active {
			return // see TestTopicDeletedWhileLoading
		}
		p.do(p.Now(), sim.Command, 0, commandDeleteTopic+rapid.SampledFrom([]string{"t", "u", "v"}).Draw(rt, "topic"))
	case 4:
		p.n.hold = rapid.Bool().Draw(rt, "hold")
		p.n.err = rapid.SampledFrom([]api.ErrorCode{api.None, api.None, api.CoordinatorNotAvailable}).Draw(rt, "call error")
		p.do(p.Now(), sim.Command, 0, "x")
	case 5, 6, 7, 8:
		p.wait(rapid.SampledFrom([]sim.Time{200 * sim.Millisecond, sim.Second, 5 * sim.Second, 31 * sim.Second}).Draw(rt, "span"))
	default:
		p.send(p.request(rt))
	}
}

func (p *shareProperty) request(rt *rapid.T) sim.Message {
	group := rapid.SampledFrom([]string{"g", "g", "g", "h"}).Draw(rt, "group")
	topics := rapid.SampledFrom([][]string{{"t"}, {"u", "t"}, {"v"}, {"t", "u", "v"}}).Draw(rt, "topics")
	switch rapid.IntRange(0, 13).Draw(rt, "request") {
	case 0:
		return &api.AlterShareGroupOffsetsRequest{GroupID: group, Partitions: []api.ShareStateInit{
			{TopicPartition: api.TopicPartition{Topic: topics[0]}, StartOffset: 3}, {TopicPartition: api.TopicPartition{Topic: "t", Partition: 1}, StartOffset: 5},
		}}
	case 1:
		return &api.DeleteShareGroupOffsetsRequest{GroupID: group, Topics: topics}
	case 2:
		return &api.DescribeShareGroupOffsetsRequest{GroupID: group}
	case 3:
		return &api.DeleteGroupsRequest{Header: header(2, "c1"), GroupsNames: []string{group, "h"}}
	case 4:
		return &api.ShareGroupDescribeRequest{Header: header(1, "c1"), GroupIDs: []string{group, "h"}}
	case 5:
		o := &shareLine{verb: rapid.SampledFrom([]string{"join", "sync", "commit", "fetch-offsets", "list"}).Draw(rt, "classic")}
		return o.classicRequest(group)
	}
	return p.beat(group, rapid.SampledFrom([]string{"m1", "m2", "m3"}).Draw(rt, "member"),
		rapid.SampledFrom([]int32{0, 0, -1, -2, -2, -2, -2, -3}).Draw(rt, "epoch"), topics)
}

// beat is a heartbeat of a member, with the epoch that it was last told if epoch
// is -2, and with the one before if it is -3.
func (p *shareProperty) beat(group, member string, epoch int32, topics []string) *api.ShareGroupHeartbeatRequest {
	r := &api.ShareGroupHeartbeatRequest{Header: header(1, "c1"), GroupID: group, MemberID: member, MemberEpoch: epoch}
	if epoch == 0 {
		r.SubscribedTopicNames = topics
	}
	if epoch < -1 {
		r.MemberEpoch = max(0, p.c.epochs[member]+epoch+2)
		if r.MemberEpoch == 0 {
			r.SubscribedTopicNames = topics
		}
	}
	return r
}

// check is what holds after every step.
func (p *shareProperty) check(rt *rapid.T) {
	c := &p.n.c
	if c.live.phase != active {
		return
	}
	w := &world{World: p.World, c: c, set: p.set}
	w.checkReplay(rt)
	p.checkCleaned(rt)
	p.checkCommitted(rt)
	for id := range p.epochs {
		if c.live.durable.share(id) == nil {
			delete(p.epochs, id)
		}
	}
	for id, g := range c.live.durable.shares.All() {
		if c.group(id) != nil {
			rt.Fatalf("%s is a classic group, too", id)
		}
		p.checkGroup(rt, id, g.group)
	}
}

// checkCleaned: I-O3. What the log says is the same after a log cleaner has been
// at work, which goes through it from the beginning: it may have come up to any
// place, and may have dropped tombstones up to another one before that. (Records
// of a share group hang together, other than those of classic groups: a cleaner
// that took what it liked could leave a member behind that was removed.)
func (p *shareProperty) checkCleaned(rt *rapid.T) {
	c := &p.n.c
	hw := c.log.HighWatermark()
	clean, bury := rapid.Int64Range(0, hw).Draw(rt, "cleaned"), rapid.Int64Range(0, hw).Draw(rt, "tombstones")
	last := map[Key]int64{}
	for i := range c.log.records {
		if r := &c.log.records[i]; r.Offset < clean {
			last[r.Key] = r.Offset
		}
	}
	var d durable
	for i := range c.log.records {
		r := &c.log.records[i]
		superseded := r.Offset < last[r.Key] || r.Tombstone && r.Offset < min(clean, bury)
		if r.Offset >= clean || !superseded {
			d.replay(r)
		}
	}
	if !bytes.Equal(encoded(&d), encoded(&c.live.durable)) {
		rt.Fatalf("cleaned up to %d, tombstones up to %d, the log says something else", clean, bury)
	}
}

func (p *shareProperty) checkGroup(rt *rapid.T, id string, g *shareGroup) {
	if g.epoch < p.epochs[id] || g.assignmentEpoch > g.epoch {
		rt.Fatalf("%s was at epoch %d: %s", id, p.epochs[id], g.text())
	}
	p.epochs[id] = g.epoch
	if len(g.members) > int(p.set.ShareGroupMaxSize) {
		rt.Fatalf("%s has more than %d members", id, p.set.ShareGroupMaxSize)
	}
	for _, m := range g.members {
		if m.epoch > g.assignmentEpoch || m.epoch < m.previous {
			rt.Fatalf("%s: the epochs of %s: %s", id, m.id, g.text())
		}
		for _, tp := range m.assigned {
			if !slices.Contains(m.topics, tp.Topic) {
				rt.Fatalf("%s has %s, and did not subscribe to it: %s", m.id, tp, g.text())
			}
		}
	}
	for _, t := range g.targets {
		if g.member(t.member) == nil {
			rt.Fatalf("%s: %s", id, g.text())
		}
	}
	waits := p.n.c.live.initStamps.Get(id) != nil
	if waits != (len(g.partitions.Initializing) > 0) {
		rt.Fatalf("%s has a stamp: %v: %s", id, waits, g.text())
	}
}

// checkCommitted: what the committed view has is what the committed part of the
// log says.
func (p *shareProperty) checkCommitted(rt *rapid.T) {
	c := &p.n.c
	var d durable
	for i := range c.log.records {
		if r := &c.log.records[i]; r.Offset < c.log.HighWatermark() {
			d.replay(r)
		}
	}
	var want []string
	for id, g := range d.shares.All() {
		want = append(want, id)
		if got := c.committedShare(id); got == nil || got.text() != g.group.text() {
			rt.Fatalf("%s in the committed view: %v, on record: %s", id, got, g.group.text())
		}
	}
	if got := c.committedShares(); !slices.Equal(got, want) {
		rt.Fatalf("groups in the committed view: %v, on record: %v", got, want)
	}
}

// TestTopicDeletedWhileLoading: a coordinator that loads does not hear of it
// that a topic is deleted. What is initialised of that can never be assigned,
// and each heartbeat raises the group epoch because of it: in Kafka, too.
func TestTopicDeletedWhileLoading(t *testing.T) {
	w := newShareWorld(DefaultSettings(), "t:2")
	beat := func() int32 {
		m := &api.ShareGroupHeartbeatRequest{Header: header(1, "c1"), GroupID: "g", MemberID: "m1", MemberEpoch: w.c.epochs["m1"]}
		if m.MemberEpoch == 0 {
			m.SubscribedTopicNames = []string{"t"}
		}
		w.send(m)
		w.wait(2 * sim.Second)
		return w.n.c.live.durable.share("g").epoch
	}
	beat()
	beat()
	if first, second := beat(), beat(); first != second {
		t.Fatalf("the epoch goes from %d to %d for nothing", first, second)
	}
	w.do(w.Now(), sim.Command, 0, commandReload)
	w.do(w.Now(), sim.Command, 0, commandDeleteTopic+"t")
	w.wait(sim.Second)
	beat()
	if first, second := beat(), beat(); first == second {
		t.Errorf("the epoch stays %d", first)
	}
}

// settle lets the members that there are send heartbeats, and nothing fails any
// more: in the end each initialised partition of a topic that somebody
// subscribes to has a reader, all partitions are initialised, and everybody has
// what he is to have.
func (p *shareProperty) settle(rt *rapid.T) {
	p.n.hold, p.n.err = false, api.None
	p.do(p.Now(), sim.Command, 0, "x")
	for range 12 {
		p.wait(5 * sim.Second)
		for id, g := range p.n.c.live.durable.shares.All() {
			for _, m := range slices.Clone(g.group.members) {
				p.c.epochs[m.id] = p.n.c.live.durable.share(id).member(m.id).epoch
				p.send(p.beat(id, m.id, -2, m.topics))
			}
		}
		p.check(rt)
	}
	if p.set.ReplicationDelay > ms(p.set.OffsetsCommitTimeoutMs) {
		return // nothing is ever asked of the share coordinator
	}
	for id, ref := range p.n.c.live.durable.shares.All() {
		g := ref.group
		var read []TopicPartitions
		for _, m := range g.members {
			// The assignor may leave what there was of topics that are gone, or
			// that nobody subscribes to any more.
			want := slices.DeleteFunc(slices.Clone(g.target(m.id)), func(tp api.TopicPartition) bool {
				return p.n.topics[tp.Topic].Partitions == 0 || !slices.Contains(m.topics, tp.Topic)
			})
			if m.epoch != g.epoch || !slices.Equal(m.assigned, want) {
				rt.Fatalf("%s does not come to rest: %s", id, g.text())
			}
			read = union(read, byTopic(m.assigned))
		}
		for _, topic := range subscribedTopics(g.members) {
			t, ok := p.n.topics[topic]
			if want := upTo(t.Partitions); ok && fmt.Sprint(partitionsOf(read, topic)) != fmt.Sprint(want) {
				rt.Fatalf("%s: of %s partitions %v are read, of %v: %s", id, topic, partitionsOf(read, topic), want, g.text())
			}
		}
	}
}
