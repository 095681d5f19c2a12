package conform

import (
	"fmt"
	"strconv"

	"github.com/groundhogsim/groundhog/broker"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/group"
	"github.com/groundhogsim/groundhog/sim"
)

// Settings are those of the broker that scripts are for: short time-outs, and
// limits that are met.
func Settings() broker.Settings {
	s := broker.DefaultSettings()
	s.GroupInitialRebalanceDelayMs = 1000
	s.GroupMinSessionTimeoutMs = 1000
	s.GroupMaxSessionTimeoutMs = 60_000
	s.GroupMaxSize = 4
	s.OffsetMetadataMaxBytes = 8
	return s
}

// brokerID is Kafka's node.id in a cluster of one.
const brokerID int32 = 1

// theGroup is the group of a script, if a request names no other.
const theGroup = "g"

// world is the model's side: a broker, and clients that send what they are
// told to and keep what comes back.
type world struct {
	sim     *sim.World
	broker  *broker.Broker
	clients [Members]*client
	names   names
	spoil   func(sim.Message) sim.Message // plants an error, in tests of this package
	step    int                           // that runs
	sent    map[int]api.Request           // by step
	given   []modelAnswer
	fired   []sim.Time // when the broker's timers went off
}

// modelAnswer is an answer of the model: to the request of a step, at a time,
// while another step ran.
type modelAnswer struct {
	request, step int
	at            sim.Time
	message       sim.Message // nil: the connection was closed
}

// client is one member of a script.
type client struct {
	world *world
	next  sim.Message
	lane  sim.Lane
	waits map[sim.Lane][]int // the requests that are not answered, by lane
	// silent are requests that want no answer, if they were the last on a lane.
	silent map[sim.Lane]int
}

func newWorld(s *Script, n names, set broker.Settings, spoil func(sim.Message) sim.Message) (*world, error) {
	w := &world{names: n, spoil: spoil, sent: map[int]api.Request{}}
	c := broker.Config{ID: brokerID, Settings: set}
	for _, t := range s.Topics {
		c.Topics = append(c.Topics, broker.Topic{Name: n.real(t.Name), Partitions: t.Partitions})
	}
	w.broker = broker.New(c)
	nodes := []sim.Node{w.broker}
	ids := []string{"b0"}
	for i := range w.clients {
		w.clients[i] = &client{world: w, waits: map[sim.Lane][]int{}, silent: map[sim.Lane]int{}}
		nodes = append(nodes, w.clients[i])
		ids = append(ids, fmt.Sprintf("m%d", i+1))
	}
	lanes := make([]string, Lanes)
	for i := range lanes[1:] {
		lanes[i+1] = fmt.Sprintf("lane%d", i+1)
	}
	var err error
	w.sim, err = sim.New(sim.Config{Names: sim.Names{Nodes: ids, Lanes: lanes}, Nodes: nodes, Draws: sim.FixedDraws(), Untimed: true})
	if err != nil {
		return nil, err
	}
	for i := range nodes {
		if err := w.sim.Apply(0, sim.Action{Kind: sim.Start, Node: sim.NodeID(i), Peer: sim.Nobody}); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// advance lets time pass, and what comes due in it happen.
func (w *world) advance(until sim.Time) error {
	for {
		c, ok := w.sim.Next()
		if !ok || c.At > until {
			break
		}
		if c.Action.Kind == sim.Fire && c.Action.Node == 0 {
			w.fired = append(w.fired, c.At)
		}
		if err := w.sim.Apply(c.At, c.Action); err != nil {
			return err
		}
	}
	// Time passes by an action alone: this one does nothing.
	return w.sim.Apply(max(until, w.sim.Now()), sim.Action{Kind: sim.Command, Node: 1, Peer: sim.Nobody, Label: "tick"})
}

// send gives the broker the request of a step.
func (w *world) send(step int, who string, lane int, r api.Request) error {
	i := memberIndex(who)
	c := w.clients[i]
	c.next, c.lane = r, sim.Lane(lane)
	w.sent[step] = r
	delete(c.silent, c.lane)
	if p, ok := r.(*api.ProduceRequest); ok && p.Acks == 0 {
		c.silent[c.lane] = step
	} else {
		c.waits[c.lane] = append(c.waits[c.lane], step)
	}
	err := w.sim.Apply(w.sim.Now(), sim.Action{Kind: sim.Command, Node: sim.NodeID(i + 1), Peer: sim.Nobody, Label: "send"})
	if err != nil {
		return err
	}
	return w.advance(w.sim.Now())
}

// giveID prescribes the id of the next new member.
func (w *world) giveID(id string) error {
	return w.sim.Apply(w.sim.Now(), sim.Action{Kind: sim.Command, Node: 0, Peer: sim.Nobody, Label: broker.CommandMemberID, Key: id})
}

// nextTimer is when the broker's next timer goes off.
func (w *world) nextTimer() (sim.Time, bool) {
	at, ok := sim.Never, false
	for _, c := range w.sim.Enabled(nil) {
		if c.Action.Kind == sim.Fire && c.Action.Node == 0 {
			at, ok = min(at, c.At), true
		}
	}
	return at, ok
}

// taken is an answer of the model as it is compared.
func (w *world) taken(a modelAnswer) (Given, error) {
	g := Given{Request: a.request, Step: a.step, At: a.at, Answer: Answer{Name: closedName}}
	if a.message == nil {
		return g, nil
	}
	k, err := wireAnswer(w.sent[a.request], a.message)
	if err != nil {
		return g, err
	}
	g.Answer = answerOf(k, w.names)
	return g, nil
}

// describe is the group as DescribeGroups tells of it.
func (w *world) describe() (Answer, error) {
	r := &api.DescribeGroupsRequest{Header: api.Header{APIVersion: probeVersion}, Groups: []string{w.names.real(theGroup)}}
	k, err := wireAnswer(r, &api.DescribeGroupsResponse{Groups: w.broker.Coordinator().DescribeGroups(r.APIVersion, r.Groups)})
	if err != nil {
		return Answer{}, err
	}
	return answerOf(k, w.names), nil
}

// unseen is what describe would tell if the group, which exists but is not yet
// visible, were: it becomes so with the next write of any group to the same
// partition of __consumer_offsets, and other scripts write there, too. (Such a
// group has put nothing on record yet, and so is not Stable.)
func (w *world) unseen(described Answer) (Answer, bool) {
	g, ok := w.group()
	if !ok || described.Get("Groups[0].State") != strconv.Quote(group.Dead.String()) {
		return Answer{}, false
	}
	d := api.DescribedGroup{GroupID: g.ID, GroupState: g.State.String(), ProtocolType: g.ProtocolType}
	for _, m := range g.Members {
		d.Members = append(d.Members, api.DescribedGroupMember{
			MemberID: m.ID, GroupInstanceID: m.InstanceID, ClientID: m.ClientID, MemberAssignment: m.Assignment,
		})
	}
	k := wireDescribed(&api.DescribeGroupsResponse{Groups: []api.DescribedGroup{d}})
	k.SetVersion(probeVersion)
	return answerOf(k, w.names), true
}

// ambiguous tells that some group exists that is not yet visible.
func (w *world) ambiguous() bool {
	c := w.broker.Coordinator()
	visible, _ := c.ListGroups(&api.ListGroupsRequest{})
	return len(visible) != len(c.Groups())
}

// probeVersion is that of the DescribeGroups after each step.
const probeVersion = 5

// group is the group's state as the model knows it; ok is false if there is none.
func (w *world) group() (group.Description, bool) { return w.broker.Group(w.names.real(theGroup)) }

// Step implements sim.Node.
func (c *client) Step(in *sim.Input, fx *sim.Effects) {
	w := c.world
	switch in.Kind {
	case sim.InCommand:
		if c.next != nil {
			fx.Send(0, c.lane, c.next)
			c.next = nil
		}
	case sim.InMessage:
		lane := in.Conn.Lane
		m := in.Msg
		if w.spoil != nil {
			m = w.spoil(m)
		}
		w.given = append(w.given, modelAnswer{c.waits[lane][0], w.step, fx.Now(), m})
		c.waits[lane] = c.waits[lane][1:]
	case sim.InClosed:
		for _, request := range c.waits[in.Conn.Lane] {
			w.given = append(w.given, modelAnswer{request, w.step, fx.Now(), nil})
		}
		delete(c.waits, in.Conn.Lane)
		if request, ok := c.silent[in.Conn.Lane]; ok {
			w.given = append(w.given, modelAnswer{request, w.step, fx.Now(), nil})
			delete(c.silent, in.Conn.Lane)
		}
	}
}

// Crash implements sim.Node.
func (c *client) Crash() {}
