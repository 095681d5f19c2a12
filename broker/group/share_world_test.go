package group

import (
	"fmt"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/sharestate"
	"github.com/groundhogsim/groundhog/sim"
)

// shareWorld is a coordinator with a share coordinator beside it, and a client
// that sends what a test tells it to.
type shareWorld struct {
	*sim.World
	n *shareNode
	c *shareClient
}

// shareNode is the two coordinators as a node. Calls are answered at once, but
// while they are held.
type shareNode struct {
	c      Coordinator
	state  sharestate.Coordinator
	topics map[string]TopicInfo
	ids    int64
	hold   bool
	held   []Call
	err    api.ErrorCode // to answer all calls with
}

func (n *shareNode) HasPartition(p api.TopicPartition) bool {
	return p.Partition < n.topics[p.Topic].Partitions
}

func (n *shareNode) Topic(name string) (TopicInfo, bool) {
	t, ok := n.topics[name]
	return t, ok
}

// grow makes a topic, or gives it more partitions.
func (n *shareNode) grow(name string, partitions int32) {
	t, ok := n.topics[name]
	if !ok {
		n.ids++
		t.ID = n.ids
	}
	t.Partitions = partitions
	n.topics[name] = t
}

func (n *shareNode) Step(in *sim.Input, fx *sim.Effects) {
	switch in.Kind {
	case sim.InStart:
		n.c.Start(fx)
		if !n.state.IsActive() {
			n.state.Start(fx)
		}
	case sim.InMessage:
		n.c.Handle(fx, in.Conn, in.Msg, n)
	case sim.InTimer:
		n.c.Fire(fx, in.Label, in.Key, n)
	case sim.InCommand:
		if topic, ok := strings.CutPrefix(in.Label, commandDeleteTopic); ok {
			delete(n.topics, topic)
			n.c.TopicDeleted(fx, topic)
			n.state.TopicDeleted(fx, topic)
		} else if in.Label == commandReload {
			n.c.Reload(fx)
		}
	}
	for calls := n.c.TakeCalls(); len(calls) > 0 || !n.hold && len(n.held) > 0; calls = n.c.TakeCalls() {
		n.held = append(n.held, calls...)
		if n.hold {
			break
		}
		k := n.held[0]
		n.held = n.held[1:]
		n.answer(fx, &k)
	}
	for _, a := range n.c.Take() {
		fx.Reply(a.Conn, a.Message)
	}
}

// answer gives a call the share coordinator's answer; every partition ends at 10.
func (n *shareNode) answer(fx *sim.Effects, k *Call) {
	if n.err != api.None {
		n.c.Called(fx, k.ID, nil, n.err, nil)
		return
	}
	n.state.Handle(fx, sim.Conn{}, k.Request, n)
	n.c.Called(fx, k.ID, n.state.Take()[0].Message, api.None, func(p api.TopicPartition) (int64, api.ErrorCode) {
		if !n.HasPartition(p) {
			return 0, api.UnknownTopicOrPartition
		}
		return 10, api.None
	})
}

func (n *shareNode) Crash() {
	n.c.Crash()
	n.held = nil
}

type shareClient struct {
	next   sim.Message
	heard  []sim.Message
	sent   int
	lost   int
	epochs map[string]int32 // of members, by group/member
}

func (c *shareClient) Step(in *sim.Input, fx *sim.Effects) {
	switch in.Kind {
	case sim.InCommand:
		if c.next != nil {
			fx.Send(0, 0, c.next)
			c.next = nil
			c.sent++
		}
	case sim.InClosed:
		c.lost = c.sent - len(c.heard)
	case sim.InMessage:
		c.heard = append(c.heard, in.Msg)
		if a, ok := in.Msg.(*api.ShareGroupHeartbeatResponse); ok && a.ErrorCode == api.None {
			c.epochs[a.MemberID] = a.MemberEpoch
		}
	}
}

func (c *shareClient) Crash() {}

func newShareWorld(set Settings, topics ...string) *shareWorld {
	states := sharestate.DefaultSettings()
	states.LoadDelay = 0
	w := &shareWorld{c: &shareClient{epochs: map[string]int32{}}}
	w.n = &shareNode{c: New(0, &set), state: sharestate.New(0, &states), topics: map[string]TopicInfo{}}
	for _, t := range topics {
		name, count, _ := strings.Cut(t, ":")
		var n int32
		fmt.Sscan(count, &n)
		w.n.grow(name, n)
	}
	sw, err := sim.New(sim.Config{
		Names: sim.Names{Nodes: []string{"b0", "c1"}, Lanes: []string{""}}, Nodes: []sim.Node{w.n, w.c}, Draws: sim.FixedDraws(), Untimed: true,
	})
	if err != nil {
		panic(err)
	}
	w.World = sw
	w.do(w.Now(), sim.Start, 0, "x")
	w.do(w.Now(), sim.Start, 1, "x")
	return w
}

// do performs an action and delivers what comes of it; it gives what is heard.
func (w *shareWorld) do(at sim.Time, k sim.Kind, n sim.NodeID, label string) []sim.Message {
	before := len(w.c.heard)
	if err := w.Apply(at, sim.Action{Kind: k, Node: n, Peer: sim.Nobody, Label: label}); err != nil {
		panic(err)
	}
	w.drain()
	return w.c.heard[before:]
}

func (w *shareWorld) drain() {
	for {
		c, ok := w.Next()
		if !ok || c.Action.Kind != sim.Deliver {
			return
		}
		if err := w.Apply(c.At, c.Action); err != nil {
			panic(err)
		}
	}
}

func (w *shareWorld) send(m sim.Message) []sim.Message {
	w.c.next = m
	return w.do(w.Now(), sim.Command, 1, "x")
}

// wait lets time pass, and tells of timers and of what is heard.
func (w *shareWorld) wait(span sim.Time) (fired []string, heard []sim.Message) {
	before := len(w.c.heard)
	for until := w.Now() + span; ; {
		c, ok := w.Next()
		if !ok || c.At > until {
			w.do(until, sim.Command, 1, "x")
			return fired, w.c.heard[before:]
		}
		fired = append(fired, fmt.Sprintf("%s %s %s", c.At, c.Action.Label, c.Action.Key))
		if err := w.Apply(c.At, c.Action); err != nil {
			panic(err)
		}
		w.drain()
	}
}

// text prints a share group: as it is on record.
func (g *shareGroup) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s epoch %d, assignment %d", g.state(), g.epoch, g.assignmentEpoch)
	for _, l := range []struct {
		what string
		list []TopicPartitions
	}{{"initializing", g.partitions.Initializing}, {"initialized", g.partitions.Initialized}} {
		for _, t := range l.list {
			fmt.Fprintf(&b, ", %s %s%v", l.what, t.Topic, t.Partitions)
		}
	}
	for _, t := range g.partitions.Deleting {
		fmt.Fprintf(&b, ", deleting %s", t)
	}
	for _, m := range g.members {
		fmt.Fprintf(&b, "\n%s epoch %d (%d) %v has %v, is to have %v", m.id, m.epoch, m.previous, m.topics, m.assigned, g.target(m.id))
	}
	for _, t := range g.targets {
		if g.member(t.member) == nil {
			fmt.Fprintf(&b, "\n%s is no member and is to have %v", t.member, t.partitions)
		}
	}
	return b.String()
}

func (r *Record) shareText() string {
	kind := [...]string{
		ShareGroupMetadata: "group", ShareGroupMember: "member", ShareGroupTargetMetadata: "target-epoch",
		ShareGroupTarget: "target", ShareGroupAssignment: "assignment", ShareGroupPartitions: "partitions",
		OffsetCommit: "offset", GroupMetadata: "classic",
	}[r.Type]
	s := strings.TrimSpace(fmt.Sprintf("%d %s %s %s", r.Offset, kind, r.Group, r.Member))
	if r.Tombstone {
		return s + " gone"
	}
	switch v := r.Share; r.Type {
	case ShareGroupMetadata, ShareGroupTargetMetadata:
		return s + fmt.Sprintf(" %d", v.Epoch)
	case ShareGroupMember:
		return s + fmt.Sprintf(" %v client %s rack %q", v.Topics, v.ClientID, v.RackID)
	case ShareGroupTarget:
		return s + fmt.Sprintf(" %v", v.Assigned)
	case ShareGroupAssignment:
		return s + fmt.Sprintf(" %d (%d) %v", v.Epoch, v.PreviousEpoch, v.Assigned)
	case ShareGroupPartitions:
		return s + fmt.Sprintf(" initializing %v initialized %v deleting %v", v.Partitions.Initializing, v.Partitions.Initialized, v.Partitions.Deleting)
	}
	return s
}

// shareHeard prints answers.
func shareHeard(list []sim.Message) (out []string) {
	for _, m := range list {
		switch a := m.(type) {
		case *api.ShareGroupHeartbeatResponse:
			s := fmt.Sprintf("%s %s", strings.TrimSuffix(m.MessageName(), "Response"), a.ErrorCode)
			if a.ErrorCode == api.None {
				s += fmt.Sprintf(" %s epoch %d", a.MemberID, a.MemberEpoch)
			}
			if a.HeartbeatIntervalMs != 0 {
				s += fmt.Sprintf(" interval %d", a.HeartbeatIntervalMs)
			}
			if a.Assignment != nil {
				s += fmt.Sprintf(" assignment %v", a.Assignment.Partitions)
			}
			out = append(out, s)
		case *api.ShareGroupDescribeResponse:
			for _, g := range a.Groups {
				out = append(out, fmt.Sprintf("%s %s %s epoch %d assignment %d %s", g.GroupID, g.ErrorCode, g.GroupState, g.GroupEpoch, g.AssignmentEpoch, g.AssignorName))
				for _, m := range g.Members {
					out = append(out, fmt.Sprintf("  %s epoch %d client %s rack %q %v has %v", m.MemberID, m.MemberEpoch, m.ClientID, m.RackID, m.SubscribedTopicNames, m.Assignment))
				}
			}
		case *api.DescribeGroupsResponse:
			for _, g := range a.Groups {
				out = append(out, fmt.Sprintf("%s %s %s %s", g.GroupID, g.ErrorCode, g.GroupState, g.ErrorMessage))
			}
		case *api.ShareGroupOffsetsResponse:
			s := fmt.Sprintf("ShareGroupOffsets %s", a.ErrorCode)
			for _, p := range a.Partitions {
				s += fmt.Sprintf(" %s %s", p.TopicPartition, p.ErrorCode)
			}
			for _, t := range a.Topics {
				s += fmt.Sprintf(" %s %s", t.Topic, t.ErrorCode)
			}
			out = append(out, s)
		case *api.DescribeShareGroupOffsetsResponse:
			s := fmt.Sprintf("DescribeShareGroupOffsets %s", a.ErrorCode)
			for _, p := range a.Partitions {
				s += fmt.Sprintf(" %s %s start %d leader-epoch %d lag %d", p.TopicPartition, p.ErrorCode, p.StartOffset, p.LeaderEpoch, p.Lag)
			}
			out = append(out, s)
		case *api.OffsetCommitResponse:
			out = append(out, fmt.Sprintf("OffsetCommit %s", a.Partitions[0].ErrorCode))
		case *api.OffsetFetchResponse:
			out = append(out, fmt.Sprintf("OffsetFetch %s %d", a.ErrorCode, a.Partitions[0].CommittedOffset))
		default:
			out = append(out, strings.TrimSuffix(m.MessageName(), "Response")+" "+strings.TrimPrefix(fmt.Sprintf("%+v", m), "&"))
		}
	}
	return out
}
