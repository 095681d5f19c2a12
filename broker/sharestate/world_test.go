package sharestate

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// world is a share coordinator alone in a world with one client, which sends
// what a test tells it to.
type world struct {
	*sim.World
	n *node
	c *client
}

// node is a coordinator as a node.
type node struct {
	c      Coordinator
	topics map[string]int32
}

func (n *node) HasPartition(p api.TopicPartition) bool { return p.Partition < n.topics[p.Topic] }

func (n *node) Step(in *sim.Input, fx *sim.Effects) {
	switch in.Kind {
	case sim.InStart:
		n.c.Start(fx)
	case sim.InMessage:
		n.c.Handle(fx, in.Conn, in.Msg, n)
	case sim.InTimer:
		n.c.Fire(fx, in.Label, in.Key)
	case sim.InCommand:
		if in.Label == "reload" {
			n.c.Reload(fx)
		} else {
			delete(n.topics, in.Label)
			n.c.TopicDeleted(fx, in.Label)
		}
	}
	for _, a := range n.c.Take() {
		fx.Reply(a.Conn, a.Message)
	}
}

func (n *node) Crash() { n.c.Crash() }

// client sends what next is, and keeps what it hears.
type client struct {
	next  sim.Message
	heard []sim.Message
	sent  int
}

func (c *client) Step(in *sim.Input, fx *sim.Effects) {
	switch in.Kind {
	case sim.InCommand:
		if in.Label != "tick" {
			fx.Send(0, 0, c.next)
			c.sent++
		}
	case sim.InClosed:
		c.sent = len(c.heard) // the rest is lost
	case sim.InMessage:
		c.heard = append(c.heard, in.Msg)
	}
}

func (c *client) Crash() {}

func newWorld(set Settings) *world {
	w := &world{n: &node{c: New(0, &set), topics: map[string]int32{"t": 2, "u": 1}}, c: &client{}}
	sw, err := sim.New(sim.Config{
		Names: sim.Names{Nodes: []string{"b0", "c1"}, Lanes: []string{""}}, Nodes: []sim.Node{w.n, w.c}, Draws: sim.FixedDraws(), Untimed: true,
	})
	if err != nil {
		panic(err)
	}
	w.World = sw
	w.do(sim.Start, 0, "x")
	w.do(sim.Start, 1, "x")
	return w
}

func (w *world) do(k sim.Kind, n sim.NodeID, label string) {
	if err := w.Apply(w.Now(), sim.Action{Kind: k, Node: n, Peer: sim.Nobody, Label: label}); err != nil {
		panic(err)
	}
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

// send gives what is heard at once.
func (w *world) send(m sim.Message) []sim.Message {
	n := len(w.c.heard)
	w.c.next = m
	w.do(sim.Command, 1, "x")
	return w.c.heard[n:]
}

// wait lets time pass, and gives what is heard meanwhile.
func (w *world) wait(span sim.Time) []sim.Message {
	n := len(w.c.heard)
	for until := w.Now() + span; ; {
		c, ok := w.Next()
		if !ok || c.At > until {
			if err := w.Apply(until, sim.Action{Kind: sim.Command, Node: 1, Peer: sim.Nobody, Label: "tick"}); err != nil {
				panic(err)
			}
			return w.c.heard[n:]
		}
		w.step(c)
	}
}
