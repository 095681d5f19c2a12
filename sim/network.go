package sim

// Network says how long messages are under way when driving is timed:
// Base + [0, Jitter) drawn for each, and on every 1000/SlowPermille-th of
// them another [0, Slow).
type Network struct {
	Base         Time
	Jitter       Time
	SlowPermille int64
	Slow         Time
}

// link is the connection between two nodes on one lane. It is like TCP:
// messages of one direction arrive in order, and are lost only with the
// connection. inc counts its incarnations; an end may not know yet that the
// one it holds is gone (seen), and is told by a marker in its stream.
type link struct {
	ends [2]NodeID // ends[0] <= ends[1]
	lane Lane
	open bool
	inc  uint16
	seen [2]uint16
	told [2]bool // a marker is on its way to this end
	dir  [2]stream
}

type linkKey struct {
	a, b NodeID
	lane Lane
}

// stream holds what ends[i] has sent and ends[1-i] has not received.
type stream struct {
	slot  int32
	first int
	fifo  []flight
	sent  uint64 // messages ever sent: tells the latency draws apart
	last  Time   // when the newest is due
}

type flight struct {
	msg  Message // nil: the marker that the connection is gone
	tag  uint32  // the sender's; see Effects.SendTagged
	inc  uint16  // of a marker: the incarnation that is gone
	sent Time
	due  Time

	tampered bool
}

// ClosedName stands in actions for the marker that a connection is gone.
const ClosedName = "closed"

func (f *flight) name() string {
	if f.msg == nil {
		return ClosedName
	}
	return f.msg.MessageName()
}

func (s *stream) empty() bool   { return s.first == len(s.fifo) }
func (s *stream) head() *flight { return &s.fifo[s.first] }

func (s *stream) push(f flight) {
	if s.first > 16 && s.first*2 > len(s.fifo) {
		n := copy(s.fifo, s.fifo[s.first:])
		clear(s.fifo[n:])
		s.fifo, s.first = s.fifo[:n], 0
	}
	s.fifo = append(s.fifo, f)
}

func (s *stream) pop() flight {
	f := s.fifo[s.first]
	s.fifo[s.first] = flight{}
	s.first++
	if s.empty() {
		s.clear()
	}
	return f
}

func (s *stream) clear() {
	clear(s.fifo)
	s.fifo, s.first = s.fifo[:0], 0
}

func (l *link) end(id NodeID) int {
	if l.ends[0] == id {
		return 0
	}
	return 1
}

func (w *World) findLink(a, b NodeID, lane Lane) *link {
	if i, ok := w.linkAt[linkKey{min(a, b), max(a, b), lane}]; ok {
		return &w.links[i]
	}
	return nil
}

func (w *World) linkOf(a, b NodeID, lane Lane) *link {
	if l := w.findLink(a, b, lane); l != nil {
		return l
	}
	a, b = min(a, b), max(a, b)
	i := int32(len(w.links))
	w.linkAt[linkKey{a, b, lane}] = i
	l := link{ends: [2]NodeID{a, b}, lane: lane}
	for e := range l.dir {
		l.dir[e].slot = w.newSlot(slot{kind: slotStream, end: uint8(e), owner: l.ends[1-e], link: i})
	}
	w.links = append(w.links, l)
	w.nodes[a].links = append(w.nodes[a].links, i)
	if b != a {
		w.nodes[b].links = append(w.nodes[b].links, i)
	}
	return &w.links[i]
}

func (w *World) send(from, to NodeID, lane Lane, m Message, tag uint32) Conn {
	l := w.linkOf(from, to, lane)
	e := l.end(from)
	c := Conn{Peer: to, Lane: lane, Inc: l.seen[e]}
	peer := &w.nodes[to]
	switch {
	case l.seen[e] != l.inc: // written into a connection that is gone
		if peer.up {
			w.tell(l, e)
		}
	case !peer.up && peer.silent: // nobody answers, now or later, on this incarnation
		l.inc++
		l.seen[1-e] = l.inc
	case !peer.up: // refused
		l.inc++
		l.seen[1-e] = l.inc
		w.tell(l, e)
	default:
		if l.seen[1-e] != l.inc {
			w.tell(l, 1-e)
		}
		l.open = true
		w.pushFlight(l, e, flight{msg: m, tag: tag})
	}
	return c
}

func (w *World) reply(from NodeID, c Conn, m Message, tag uint32) {
	l := w.findLink(from, c.Peer, c.Lane)
	if l == nil {
		return
	}
	if e := l.end(from); l.inc == c.Inc && l.seen[e] == l.inc && w.nodes[c.Peer].up {
		w.pushFlight(l, e, flight{msg: m, tag: tag})
	}
}

func (w *World) hangup(from NodeID, c Conn) {
	l := w.findLink(from, c.Peer, c.Lane)
	if l == nil || l.seen[l.end(from)] != c.Inc {
		return
	}
	if l.inc != c.Inc {
		l.seen[l.end(from)] = l.inc
		return
	}
	w.sever(l, from)
}

// tell sends an end the marker that its incarnation is gone, once.
func (w *World) tell(l *link, e int) {
	if l.told[e] {
		return
	}
	l.told[e] = true
	w.pushFlight(l, 1-e, flight{inc: l.seen[e]})
}

func (w *World) pushFlight(l *link, e int, f flight) {
	s := &l.dir[e]
	f.sent, f.due = w.now, w.now
	if !w.untimed {
		f.due = max(s.last, w.now+w.latency(l, e))
	}
	s.last = f.due
	s.sent++
	s.push(f)
	if len(s.fifo)-s.first == 1 {
		w.refresh(s.slot)
	}
}

func (w *World) latency(l *link, e int) Time {
	n := &w.network
	from, to := l.ends[e], l.ends[1-e]
	ordinal := l.dir[e].sent<<8 | uint64(l.lane)
	t := n.Base + Time(w.draws.draw("latency", from, to, ordinal, int64(n.Jitter)))
	if n.SlowPermille > 0 && w.draws.draw("slow", from, to, ordinal, 1000) < n.SlowPermille {
		t += Time(w.draws.draw("slowness", from, to, ordinal, int64(n.Slow)))
	}
	return t
}

// sever ends a link's incarnation. by knows at once; an end that is up is
// told, unless by is silent.
func (w *World) sever(l *link, by NodeID) {
	wasOpen, told := l.open, l.told
	l.open = false
	l.inc++
	for e := range l.dir {
		l.dir[e].clear()
		w.refresh(l.dir[e].slot)
	}
	l.told = [2]bool{}
	for e, id := range l.ends {
		n := &w.nodes[id]
		switch {
		case id == by || !n.up || !wasOpen && !told[e]:
			l.seen[e] = l.inc
		case by != Nobody && w.nodes[by].silent:
		default:
			w.tell(l, e)
		}
	}
}

// receive takes the head of a stream off the wire and fills the input.
func (w *World) receive(l *link, e int, in *Input) {
	f := l.dir[e].pop()
	to := 1 - e
	in.Conn = Conn{Peer: l.ends[e], Lane: l.lane, Inc: l.seen[to]}
	in.Kind, in.Msg, in.Tag = InMessage, f.msg, f.tag
	if f.msg == nil {
		in.Kind = InClosed
		in.Conn.Inc = f.inc
		l.told[to] = false
		l.seen[to] = l.inc
	}
	w.refresh(l.dir[e].slot)
}
