package controller

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
)

// The lanes between a broker and the controller, by who begins: a broker's
// requests, and the controller's images.
const (
	LaneRequests sim.Lane = 0
	LaneImages   sim.Lane = 1
)

// TimerSession goes off when no heartbeat of a broker has come in time.
const (
	TimerSession = "broker-session" // BROKER
	TimerBalance = "leader-balance" // preferred replicas are to lead again
)

// Config is what a controller is made of. Topics exist from the first, with
// all replicas in sync; __consumer_offsets is one of them.
type Config struct {
	Nodes    []sim.NodeID // by broker id
	Topics   []Plan
	Settings Settings
}

// Controller is the node.
type Controller struct {
	nodes    []sim.NodeID `canon:"-"`
	settings *Settings    `canon:"-"`

	// Durable: the metadata log.
	offset  int64
	brokers []broker // by id
	topics  []api.TopicImage

	conns []bool // by broker: it is sent images
	// Scratch, empty between steps.
	dirty bool `canon:"-"`
}

// broker is one broker, registered or not yet.
type broker struct {
	registered   bool
	fenced       bool
	session      bool // it is listened for
	shuttingDown bool
	epoch        int64
	incarnation  int64
	caughtUp     int64 // the image that it has applied
	mustReach    int64 // the image that others must have for it to be let go
}

var _ sim.Cloner = (*Controller)(nil)

// New makes a controller that has never been up.
func New(c Config) *Controller {
	s := c.Settings.WithDefaults()
	k := &Controller{nodes: c.Nodes, settings: &s, brokers: make([]broker, len(c.Nodes)), conns: make([]bool, len(c.Nodes))}
	for i := range k.brokers {
		k.brokers[i] = broker{fenced: true, epoch: -1, incarnation: -1}
	}
	for _, t := range c.Topics {
		k.createTopic(&t, func(int32) bool { return true })
	}
	return k
}

// Step implements sim.Node.
func (c *Controller) Step(in *sim.Input, fx *sim.Effects) {
	switch in.Kind {
	case sim.InStart:
		c.start(fx)
	case sim.InMessage:
		if answer := c.handle(fx, in.Conn, in.Msg); answer != nil {
			fx.Reply(in.Conn, answer)
		} else {
			fx.Hangup(in.Conn)
		}
	case sim.InClosed:
		if id := c.idOf(in.Conn.Peer); id >= 0 && in.Conn.Lane == LaneImages {
			c.conns[id] = false
		}
	case sim.InTimer:
		c.fire(fx, in.Label, in.Key)
	case sim.InCommand:
		c.command(fx, in.Label, in.Key)
	}
	c.publish(fx)
}

// Crash implements sim.Node: the metadata log outlives it.
func (c *Controller) Crash() {
	clear(c.conns)
	c.dirty = false
}

// Clone implements sim.Cloner.
func (c *Controller) Clone() sim.Node { return canon.Clone(c) }

// Encode implements sim.Cloner.
func (c *Controller) Encode(now sim.Time, buf []byte) []byte {
	return canon.Append(buf, int64(now), c)
}

// Image is the cluster as it is now.
func (c *Controller) Image() *api.ClusterImage {
	im := &api.ClusterImage{Offset: c.offset, Topics: slices.Clone(c.topics)}
	for i := range im.Topics {
		im.Topics[i].Partitions = slices.Clone(im.Topics[i].Partitions)
	}
	for id := range c.brokers {
		if b := &c.brokers[id]; b.registered {
			im.Brokers = append(im.Brokers, api.BrokerImage{ID: int32(id), Epoch: b.epoch, Fenced: b.fenced, ShuttingDown: b.shuttingDown})
		}
	}
	return im
}

func (c *Controller) idOf(n sim.NodeID) int { return slices.Index(c.nodes, n) }

// start is the controller coming up: every broker that is not fenced, or
// leads from the first, has a whole session to be heard of.
func (c *Controller) start(fx *sim.Effects) {
	for id := range c.brokers {
		if b := &c.brokers[id]; !b.registered || !b.fenced {
			c.touch(fx, int32(id))
		}
	}
	for i := range c.topics {
		ObservePartitions(fx, c.topics[i].Name, int32(len(c.topics[i].Partitions)))
	}
	c.armBalance(fx)
}

func (c *Controller) handle(fx *sim.Effects, conn sim.Conn, m sim.Message) sim.Message {
	switch r := m.(type) {
	case *api.BrokerRegistrationRequest:
		return c.register(fx, r)
	case *api.BrokerHeartbeatRequest:
		return c.heartbeat(fx, r)
	case *api.AlterPartitionRequest:
		return c.alterPartition(r)
	case *api.CreateTopicsRequest:
		a, plans := PlanTopics(c, c.settings, r)
		for i := range plans {
			c.createTopic(&plans[i], c.Active)
			ObservePartitions(fx, plans[i].Name, int32(len(plans[i].Replicas)))
		}
		return a
	case *api.CreatePartitionsRequest:
		a, plans := PlanPartitions(c, r)
		for i := range plans {
			t := c.topic(plans[i].Name)
			t.Partitions = append(t.Partitions, registrations(plans[i].Replicas, c.Active)...)
			ObservePartitions(fx, t.Name, int32(len(t.Partitions)))
			c.dirty = true
		}
		return a
	case *api.DeleteTopicsRequest:
		a, names := PlanDeletion(c, r)
		c.deleteTopics(names)
		return a
	}
	return nil
}

// publish sends the image to all brokers that listen, if it has changed.
func (c *Controller) publish(fx *sim.Effects) {
	if !c.dirty {
		return
	}
	c.dirty = false
	c.offset++
	im := c.Image()
	for id, listens := range c.conns {
		if listens {
			fx.Send(c.nodes[id], LaneImages, &api.MetadataUpdate{Image: im})
		}
	}
}

// listen sends a broker the image, and each one that comes, until the
// connection breaks.
func (c *Controller) listen(fx *sim.Effects, id int32) {
	if !c.conns[id] {
		c.conns[id] = true
		if !c.dirty {
			fx.Send(c.nodes[id], LaneImages, &api.MetadataUpdate{Image: c.Image()})
		}
	}
}
