package sim

import (
	"cmp"
	"fmt"
	"strings"
)

// NodeID names a node by its place in the world's Names.
type NodeID uint16

// Nobody stands where an action has no second node.
const Nobody NodeID = 0xffff

// Lane tells apart the connections between two nodes.
type Lane uint8

// Kind says what an action does.
type Kind uint8

// The kinds, in canonical order.
const (
	Deliver   Kind = iota + 1 // the oldest message of one direction of a connection arrives
	Fire                      // a timer goes off
	Start                     // a node that is down comes up
	Command                   // somebody outside asks a node for something: leave, add-partitions…
	Crash                     // a process dies; its machine closes its connections
	Vanish                    // a machine dies; nobody is told
	Pause                     // a node stands still, as in a long garbage collection
	Resume                    // and goes on: what piled up arrives
	Cut                       // nothing passes between two nodes, or between one and all others
	Heal                      // it passes again
	Reset                     // a connection breaks; what is in flight on it is lost, both ends learn
	Drop                      // one message is lost, its connection stays
	Duplicate                 // one message arrives twice
	Delay                     // one message, and all behind it, comes later
	Reorder                   // one message changes places with the next
	Skew                      // a node's clock is set off, or runs faster or slower
)

var kindNames = [...]string{
	Deliver: "deliver", Fire: "fire", Start: "start", Crash: "crash", Vanish: "vanish",
	Pause: "pause", Resume: "resume", Cut: "cut", Heal: "heal", Reset: "reset",
	Drop: "drop", Duplicate: "duplicate", Delay: "delay", Reorder: "reorder", Skew: "skew",
}

// Action is one thing that can happen. It is comparable and small, and its
// text (see Names.Print and Names.Parse) is its name everywhere: in decision
// logs, in traces, and in the conductor of a real cluster.
type Action struct {
	Kind  Kind
	Lane  Lane   // Deliver, Reset and the message faults
	Node  NodeID // who steps or is struck; of a message its receiver
	Peer  NodeID // of a message its sender; of Cut and Heal the other end; else Nobody
	Label string // name of the message, timer or command
	Key   string // what the label leaves open: a timer's subject, a command's or fault's operands
}

// IsFault tells the actions that an environment inflicts from those that the
// nodes bring about themselves.
func (a Action) IsFault() bool { return a.Kind >= Crash }

// onLink tells the actions that concern a message or a connection.
func (a Action) onLink() bool {
	switch a.Kind {
	case Deliver, Reset, Drop, Duplicate, Delay, Reorder:
		return true
	}
	return false
}

// Compare is the canonical order of actions.
func Compare(a, b Action) int {
	if c := cmp.Compare(a.Kind, b.Kind); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Node, b.Node); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Peer, b.Peer); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Lane, b.Lane); c != 0 {
		return c
	}
	if c := strings.Compare(a.Label, b.Label); c != 0 {
		return c
	}
	return strings.Compare(a.Key, b.Key)
}

// Relabel gives the action with its nodes renamed.
func (a Action) Relabel(f func(NodeID) NodeID) Action {
	a.Node = f(a.Node)
	if a.Peer != Nobody {
		a.Peer = f(a.Peer)
	}
	return a
}

// Names are the words of one world: its nodes and its lanes, by number.
type Names struct {
	Nodes []string // unique, no spaces, none of → ↔ /
	Lanes []string // Lanes[0] is not printed
}

// Node finds a node by name.
func (n *Names) Node(name string) (NodeID, bool) {
	for i, s := range n.Nodes {
		if s == name {
			return NodeID(i), true
		}
	}
	return Nobody, false
}

// Name is the name of a node.
func (n *Names) Name(id NodeID) string {
	if int(id) < len(n.Nodes) {
		return n.Nodes[id]
	}
	return fmt.Sprintf("node%d", id)
}

func (n *Names) link(from, to NodeID, lane Lane) string {
	s := n.Name(from) + "→" + n.Name(to)
	if lane == 0 {
		return s
	}
	if int(lane) < len(n.Lanes) {
		return s + "/" + n.Lanes[lane]
	}
	return fmt.Sprintf("%s/%d", s, lane)
}

// Print gives the action's name:
//
//	deliver JoinGroup m1→b0      fire session-timeout b0 orders/m2-1
//	crash m1                     cut m1↔b0
//	reset m1→b0/fetch            leave m1
func (n *Names) Print(a Action) string {
	var s string
	switch {
	case a.Kind == Reset:
		s = "reset " + n.link(a.Peer, a.Node, a.Lane)
	case a.onLink():
		s = kindNames[a.Kind] + " " + a.Label + " " + n.link(a.Peer, a.Node, a.Lane)
	case a.Kind == Fire:
		s = "fire " + a.Label + " " + n.Name(a.Node)
	case a.Kind == Command:
		s = a.Label + " " + n.Name(a.Node)
	case (a.Kind == Cut || a.Kind == Heal) && a.Peer != Nobody:
		s = kindNames[a.Kind] + " " + n.Name(a.Node) + "↔" + n.Name(a.Peer)
	default:
		s = kindNames[a.Kind] + " " + n.Name(a.Node)
	}
	if a.Key != "" {
		s += " " + a.Key
	}
	return s
}
