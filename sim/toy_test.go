package sim

import (
	"fmt"

	"github.com/groundhogsim/groundhog/sim/canon"
)

// A toy: nodes that gossip a growing number, ask each other by timer, answer,
// and remember what they saw. It uses every effect.

type toyMsg struct{ N int64 }

func (*toyMsg) MessageName() string { return "gossip" }

type toyAck struct{ N int64 }

func (*toyAck) MessageName() string { return "ack" }

type toy struct {
	Peers  int
	Sum    int64
	Heard  map[int64]int64
	Best   int64 // survives a crash
	Closed int64
	Rounds int64 `canon:"sat=5"`
}

func (n *toy) Step(in *Input, fx *Effects) {
	switch in.Kind {
	case InStart:
		n.Heard = map[int64]int64{}
		fx.SetTimer("round", "", 10*Millisecond+Time(fx.Draw("phase", 0, 5000)))
	case InTimer:
		n.Rounds++
		to := NodeID(fx.Draw("peer", uint64(fx.Now()), int64(n.Peers)))
		if to != fx.Self() {
			fx.Send(to, Lane(n.Rounds%2), &toyMsg{n.Best + 1})
		}
		fx.SetTimer("round", "", 10*Millisecond)
	case InMessage:
		switch m := in.Msg.(type) {
		case *toyMsg:
			n.Best = max(n.Best, m.N)
			n.Heard[m.N]++
			fx.Reply(in.Conn, &toyAck{m.N})
		case *toyAck:
			n.Sum += m.N
		}
	case InClosed:
		n.Closed++
	case InCommand:
		if in.Label == "leave" {
			fx.Exit()
		} else {
			n.Best += 100
		}
	}
}

func (n *toy) Crash() { *n = toy{Peers: n.Peers, Best: n.Best} }

func (n *toy) Clone() Node { return canon.Clone(n) }

func (n *toy) Encode(now Time, buf []byte) []byte { return canon.Append(buf, int64(now), n) }

func toyConfig(nodes int, seed uint64) Config {
	c := Config{
		Draws:   SeededDraws(seed),
		Network: Network{Base: Millisecond, Jitter: 4 * Millisecond, SlowPermille: 50, Slow: 30 * Millisecond},
		Names:   Names{Lanes: []string{"main", "side"}},
	}
	for i := range nodes {
		c.Names.Nodes = append(c.Names.Nodes, fmt.Sprintf("n%d", i))
		c.Nodes = append(c.Nodes, &toy{Peers: nodes})
	}
	return c
}

func toyStarts(nodes int) []Entry {
	var plan []Entry
	for i := range nodes {
		plan = append(plan, Entry{At: Time(i) * Millisecond, Action: Action{Kind: Start, Node: NodeID(i), Peer: Nobody}})
	}
	return plan
}

func mustNew(c Config) *World {
	w, err := New(c)
	if err != nil {
		panic(err)
	}
	return w
}
