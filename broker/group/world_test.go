package group

import (
	"fmt"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// world is a coordinator alone in a world with a few clients that send what a
// test tells them to.
type world struct {
	*sim.World
	c       *Coordinator
	n       *node
	set     *Settings
	clients []*client
	lanes   int // that random requests are sent on
}

// node is a coordinator as a node.
type node struct {
	c      Coordinator
	before func(sim.Message)
}

type anyTopic struct{}

func (anyTopic) HasPartition(api.TopicPartition) bool { return true }

func (anyTopic) Topic(name string) (TopicInfo, bool) {
	return TopicInfo{Partitions: 3}, name != "nowhere"
}

func (n *node) Step(in *sim.Input, fx *sim.Effects) {
	switch in.Kind {
	case sim.InStart:
		n.c.Start(fx)
	case sim.InMessage:
		if n.before != nil {
			n.before(in.Msg)
		}
		n.c.Handle(fx, in.Conn, in.Msg, anyTopic{})
	case sim.InTimer:
		n.c.Fire(fx, in.Label, in.Key, anyTopic{})
	case sim.InCommand:
		if topic, ok := strings.CutPrefix(in.Label, commandDeleteTopic); ok {
			n.c.TopicDeleted(fx, topic)
		} else {
			n.c.Reload(fx)
		}
	}
	for _, a := range n.c.Take() {
		fx.Reply(a.Conn, a.Message)
	}
}

func (n *node) Crash() { n.c.Crash() }

// What a test can tell the coordinator.
const (
	commandReload      = "reload"
	commandDeleteTopic = "delete-topic-" // and the topic
)

func (w *world) command(label string) {
	if err := w.Apply(w.Now(), sim.Action{Kind: sim.Command, Node: 0, Peer: sim.Nobody, Label: label}); err != nil {
		panic(err)
	}
	w.drain()
}

// client sends what next is, and keeps what it hears.
type client struct {
	name     string
	instance string
	next     sim.Message
	lane     sim.Lane
	heard    []sim.Message
	sent     int
	open     [testLanes]bool // a request on this lane is not answered
	id       string
	gen      int32
	members  []string
	stage    stage

	rebalanceMs int32
}

// stage is what a sensible client does next.
type stage uint8

const (
	joins stage = iota
	waits
	syncs
	works
)

func (c *client) Step(in *sim.Input, fx *sim.Effects) {
	switch in.Kind {
	case sim.InCommand:
		fx.Send(0, c.lane, c.next)
		c.sent++
		c.open[c.lane] = true
	case sim.InClosed:
		c.open[in.Conn.Lane] = false
	case sim.InMessage:
		c.open[in.Conn.Lane] = false
		c.heard = append(c.heard, in.Msg)
		c.learn(in.Msg)
	}
}

func (c *client) Crash() {}

func (c *client) learn(m sim.Message) {
	err := errorOf(m)
	switch r := m.(type) {
	case *api.JoinGroupResponse:
		c.stage = joins
		if err == api.None || err == api.MemberIDRequired {
			c.id, c.gen, c.members = r.MemberID, r.GenerationID, nil
			for _, m := range r.Members {
				c.members = append(c.members, m.MemberID)
			}
		}
		if err == api.None {
			c.stage = syncs
		}
	case *api.SyncGroupResponse:
		c.stage = works
	}
	switch err {
	case api.UnknownMemberID, api.FencedInstanceID:
		c.id, c.gen, c.stage = "", -1, joins
	case api.RebalanceInProgress, api.IllegalGeneration, api.NotCoordinator, api.CoordinatorNotAvailable:
		c.stage = joins
	}
}

// sensible is what a client would do next, nil if it has to wait.
func (c *client) sensible() sim.Message {
	switch c.stage {
	case joins:
		if c.instance != "" || c.id != "" {
			c.stage = waits
		}
		return c.join("g", "range")
	case syncs:
		c.stage = waits
		return c.sync("g")
	case works:
		if c.sent%2 == 0 {
			return c.commit("g", 0, int64(c.sent))
		}
		return c.heartbeat("g")
	}
	return nil
}

const testLanes = 4

func newWorld(set Settings, clients int) *world {
	s := set
	n := &node{c: New(0, &s)}
	w := &world{c: &n.c, n: n, set: &s}
	names, nodes := []string{"b0"}, []sim.Node{n}
	for i := range clients {
		c := &client{name: fmt.Sprintf("m%d", i+1), gen: -1, rebalanceMs: 30_000}
		w.clients = append(w.clients, c)
		names, nodes = append(names, c.name), append(nodes, c)
	}
	sw, err := sim.New(sim.Config{Names: sim.Names{Nodes: names, Lanes: make([]string, testLanes)}, Nodes: nodes, Draws: sim.FixedDraws(), Untimed: true})
	if err != nil {
		panic(err)
	}
	w.World = sw
	for i := range nodes {
		w.do(sim.Start, sim.NodeID(i))
	}
	return w
}

func (w *world) do(k sim.Kind, n sim.NodeID) {
	if err := w.Apply(w.Now(), sim.Action{Kind: k, Node: n, Peer: sim.Nobody, Label: "x"}); err != nil {
		panic(err)
	}
	w.drain()
}

// drain delivers what is under way.
func (w *world) drain() {
	for {
		c, ok := w.Next()
		if !ok || c.Action.Kind != sim.Deliver {
			return
		}
		w.step(c)
	}
}

func (w *world) step(c sim.Choice) {
	if err := w.Apply(c.At, c.Action); err != nil {
		panic(err)
	}
}

// send gives the first answer that comes at once, nil if none does. On a lane
// whose last request is not answered it does not send: the broker would not
// read it.
func (w *world) send(i int, lane sim.Lane, m sim.Message) sim.Message {
	c := w.clients[i]
	if c.open[lane] {
		return nil
	}
	c.next, c.lane = m, lane
	n := len(c.heard)
	w.do(sim.Command, sim.NodeID(i+1))
	if len(c.heard) > n {
		return c.heard[n]
	}
	return nil
}

// fire lets the next timer go off, if it is due within a span.
func (w *world) fire(within sim.Time) bool {
	c, ok := w.Next()
	if !ok || c.At > w.Now()+within {
		return false
	}
	w.step(c)
	w.drain()
	return true
}

func header(v int16, client string) api.Header { return api.Header{APIVersion: v, ClientID: client} }

func (c *client) join(group string, protocols ...string) *api.JoinGroupRequest {
	r := &api.JoinGroupRequest{
		Header: header(9, c.name), GroupID: group, MemberID: c.id, GroupInstanceID: c.instance, ProtocolType: "consumer",
		SessionTimeoutMs: 10_000, RebalanceTimeoutMs: c.rebalanceMs,
	}
	for _, p := range protocols {
		r.Protocols = append(r.Protocols, api.JoinGroupProtocol{Name: p, Metadata: api.Subscription{Topics: []string{"t"}}})
	}
	return r
}

func (c *client) sync(group string) *api.SyncGroupRequest {
	r := &api.SyncGroupRequest{
		Header: header(5, c.name), GroupID: group, MemberID: c.id, GroupInstanceID: c.instance, GenerationID: c.gen,
		ProtocolType: "consumer", ProtocolName: "range",
	}
	for i, m := range c.members {
		r.Assignments = append(r.Assignments, api.SyncGroupAssignment{
			MemberID: m, Assignment: []api.TopicPartition{{Topic: "t", Partition: int32(i)}},
		})
	}
	return r
}

func (c *client) heartbeat(group string) *api.HeartbeatRequest {
	return &api.HeartbeatRequest{Header: header(4, c.name), GroupID: group, MemberID: c.id, GroupInstanceID: c.instance, GenerationID: c.gen}
}

func (c *client) leave(group string) *api.LeaveGroupRequest {
	return &api.LeaveGroupRequest{Header: header(5, c.name), GroupID: group, Members: []api.LeaveGroupMember{{MemberID: c.id, GroupInstanceID: c.instance}}}
}

func (c *client) commit(group string, partition int32, offset int64) *api.OffsetCommitRequest {
	return &api.OffsetCommitRequest{
		Header: header(9, c.name), GroupID: group, MemberID: c.id, GroupInstanceID: c.instance, GenerationIDOrMemberEpoch: c.gen,
		Partitions: []api.OffsetCommitPartition{{TopicPartition: api.TopicPartition{Topic: "t", Partition: partition}, CommittedOffset: offset}},
	}
}

func (c *client) fetch(group string, stable bool) *api.OffsetFetchRequest {
	return &api.OffsetFetchRequest{Header: header(9, c.name), GroupID: group, RequireStable: stable}
}
