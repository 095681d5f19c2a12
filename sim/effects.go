package sim

// Effects is how a step acts on the world, and all it may see of it.
type Effects struct {
	w    *World
	node NodeID
}

// Self is the node that steps.
func (fx *Effects) Self() NodeID { return fx.node }

// Now is the node's own clock: world time, plus its skew.
func (fx *Effects) Now() Time { return fx.w.now + fx.w.nodes[fx.node].skew }

// Name is a node's name.
func (fx *Effects) Name(id NodeID) string { return fx.w.names.Name(id) }

// Send puts a message on the connection to a peer, opening it if need be.
// It gives the connection, so that a request can be known as lost when just
// this incarnation closes.
func (fx *Effects) Send(to NodeID, lane Lane, m Message) Conn {
	return fx.w.send(fx.node, to, lane, m, 0)
}

// SendTagged is Send with a number that the peer sees beside the message, and
// can put on its reply: what a protocol calls a correlation id. States are
// compared without tags: while no single message is tampered with, they say
// nothing that the order of a connection does not.
func (fx *Effects) SendTagged(to NodeID, lane Lane, m Message, tag uint32) Conn {
	return fx.w.send(fx.node, to, lane, m, tag)
}

// Reply puts a message on one incarnation of a connection; it is lost if that
// is gone.
func (fx *Effects) Reply(c Conn, m Message) { fx.w.reply(fx.node, c, m, 0) }

// ReplyTagged is Reply with the tag of the message that it answers.
func (fx *Effects) ReplyTagged(c Conn, m Message, tag uint32) { fx.w.reply(fx.node, c, m, tag) }

// Hangup closes a connection from this side; the peer learns of it, and what
// it had under way to this side is lost.
func (fx *Effects) Hangup(c Conn) { fx.w.hangup(fx.node, c) }

// SetTimer arms the node's timer (label, key) to go off after a span of its
// own clock, replacing the one it may have armed before.
func (fx *Effects) SetTimer(label, key string, after Time) {
	fx.w.setTimer(fx.node, label, key, after)
}

// StopTimer disarms a timer; one that is not armed is no error.
func (fx *Effects) StopTimer(label, key string) { fx.w.stopTimer(fx.node, label, key) }

// Draw gives a number in [0, n) that depends on the seed, the purpose, this
// node and the ordinal alone: the caller picks an ordinal that tells this
// draw from the node's others for the purpose (a generation, a count it
// keeps, a time). n < 2 gives 0 and draws nothing.
func (fx *Effects) Draw(purpose string, ordinal uint64, n int64) int64 {
	return fx.w.draws.draw(purpose, fx.node, Nobody, ordinal, n)
}

// Observe tells the world's observer, if there is one. The event is not kept.
func (fx *Effects) Observe(event any) {
	if fx.w.observer != nil {
		fx.w.observer.Observe(fx.w.now, fx.node, event)
	}
}

// Exit ends the node's process after this step, as a program that returns
// from main: its timers are gone and its connections close.
func (fx *Effects) Exit() { fx.w.nodes[fx.node].exiting = true }
