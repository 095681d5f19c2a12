package sim

// Message is what travels on a connection. It must not be changed once it has
// been sent.
type Message interface {
	// MessageName is a constant word: JoinGroup, JoinGroupResponse, …
	MessageName() string
}

// Conn is one incarnation of the connection between a node and a peer, as the
// node sees it. A reply on an incarnation that is gone goes nowhere.
type Conn struct {
	Peer NodeID
	Lane Lane
	Inc  uint16
}

// InputKind says what a node is given to step on.
type InputKind uint8

// What a node can be given.
const (
	InStart   InputKind = iota + 1 // it comes up, with what survived its last crash
	InMessage                      // Msg arrived on Conn
	InClosed                       // Conn is gone, and what was in flight on it
	InTimer                        // the timer (Label, Key) went off
	InCommand                      // somebody outside asks for Label with operands Key
)

// Input is one thing a node steps on.
type Input struct {
	Kind  InputKind
	Conn  Conn
	Msg   Message
	Tag   uint32 // of InMessage: what the sender put on it
	Label string
	Key   string
}

// Node is a state machine of the world. Its step may look at nothing but its
// own state, the input and the effects' clock and draws, and may act only
// through the effects: no I/O, no wall clock, no goroutine, no global
// randomness, no result that depends on map order.
type Node interface {
	// Step takes one input. in and fx are valid during the call only.
	Step(in *Input, fx *Effects)
	// Crash drops everything that would not survive the process.
	Crash()
}

// Cloner is a node that can be copied and told apart by value. With nodes
// that all are Cloners a world can be cloned, compared and searched
// exhaustively; without, its decision log is run again instead.
type Cloner interface {
	Node
	// Clone gives a node that evolves as this one does and shares nothing
	// that a step changes.
	Clone() Node
	// Encode appends the node's canonical form: equal states give equal
	// bytes. Times are taken relative to now.
	Encode(now Time, buf []byte) []byte
}

// Observer is told what nodes observe (Effects.Observe), in order. The event
// is valid during the call only.
type Observer interface {
	Observe(at Time, node NodeID, event any)
}

// Watcher is an Observer that is also told of each action before it happens.
type Watcher interface {
	Observer
	Acting(at Time, a Action)
}
