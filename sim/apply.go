package sim

import "fmt"

// Misfit is an action that cannot happen in the present state.
type Misfit struct {
	Action string
	Why    string
}

func (m *Misfit) Error() string { return fmt.Sprintf("cannot %s: %s", m.Action, m.Why) }

// Apply makes an action happen, at a time not before the present. A *Misfit
// says why it cannot; the world is then unchanged.
func (w *World) Apply(at Time, a Action) error {
	if why := w.misfit(at, a); why != "" {
		return &Misfit{w.names.Print(a), why}
	}
	if at > w.now {
		w.now, w.instant = at, 0
	}
	ord := w.instant
	w.instant++
	w.steps++
	w.hash = mixAction(mix(w.hash, uint64(at)), a)
	w.drawn = w.drawn[:0]
	if w.watcher != nil {
		w.watcher.Acting(w.now, a)
	}
	w.perform(a)
	if w.record != nil {
		*w.record = append(*w.record, Entry{At: at, Ord: ord, Action: a, Draws: append([]Draw(nil), w.drawn...)})
	}
	return nil
}

// Can tells whether an action is possible now.
func (w *World) Can(a Action) bool { return w.misfit(w.now, a) == "" }

// Earliest is the first moment from now on when an action is possible.
func (w *World) Earliest(a Action) Time { return w.earliest(w.now, a) }

// earliest is the first moment at or after at when a timer's action is
// possible; at itself for all other actions.
func (w *World) earliest(at Time, a Action) Time {
	at = max(at, w.now)
	if a.Kind != Fire {
		return at
	}
	if _, t := w.findTimer(a.Node, a.Label, a.Key); t >= 0 {
		at = max(at, w.slots[t].at)
	}
	return at
}

func (w *World) misfit(at Time, a Action) string {
	if at < w.now {
		return "its time " + at.String() + " is past, it is " + w.now.String()
	}
	if int(a.Node) >= len(w.nodes) || (a.Peer != Nobody && int(a.Peer) >= len(w.nodes)) {
		return "there is no such node"
	}
	n := &w.nodes[a.Node]
	switch a.Kind {
	case Fire:
		return w.misfitFire(at, a)
	case Deliver, Drop, Duplicate, Delay, Reorder, Reset:
		return w.misfitLink(a)
	case Start:
		return unless(!n.up, "it is up")
	case Pause:
		return unless(n.up && !n.paused, "it is down or stands still")
	case Resume:
		return unless(n.up && n.paused, "it does not stand still")
	case Crash, Vanish:
		return unless(n.up, "it is down")
	case Command:
		return unless(n.up && !n.paused, "it is down or stands still")
	case Cut:
		return unless(!w.hasCut(a), "it is cut")
	case Heal:
		return unless(w.hasCut(a), "it is not cut")
	case Skew:
		_, _, err := parseSkew(a.Key)
		return unless(err == nil, "want an offset and perhaps a drift, as in: +1.500s 200ppm")
	}
	return "no such kind of action"
}

func unless(ok bool, why string) string {
	if ok {
		return ""
	}
	return why
}

func (w *World) misfitFire(at Time, a Action) string {
	_, t := w.findTimer(a.Node, a.Label, a.Key)
	if t < 0 || w.queue.pos[t] < 0 {
		return "no such timer is armed, or its node stands still"
	}
	return unless(at >= w.slots[t].at, "it is not due yet")
}

func (w *World) misfitLink(a Action) string {
	l := w.findLink(a.Node, a.Peer, a.Lane)
	if l == nil {
		return "there is no such connection"
	}
	if a.Kind == Reset {
		return unless(l.open, "it is not open")
	}
	s := &l.dir[l.end(a.Peer)]
	switch {
	case w.queue.pos[s.slot] < 0:
		return "nothing can arrive there"
	case s.head().name() != a.Label:
		return "the next to arrive is " + s.head().name()
	case a.Kind == Deliver:
		return ""
	case s.head().msg == nil:
		return "only messages can be tampered with"
	case a.Kind == Reorder:
		return unless(len(s.fifo)-s.first > 1 && s.fifo[s.first+1].msg != nil, "no message follows")
	case a.Kind == Delay:
		_, err := ParseTime(a.Key)
		return unless(err == nil, "want a span, as in 0.500s")
	}
	return ""
}

func (w *World) perform(a Action) {
	switch a.Kind {
	case Deliver:
		l := w.findLink(a.Node, a.Peer, a.Lane)
		w.in = Input{}
		w.receive(l, l.end(a.Peer), &w.in)
		w.step(a.Node)
	case Fire:
		place, t := w.findTimer(a.Node, a.Label, a.Key)
		w.dropTimer(a.Node, place, t)
		w.in = Input{Kind: InTimer, Label: a.Label, Key: a.Key}
		w.step(a.Node)
	case Start:
		n := &w.nodes[a.Node]
		n.up, n.silent = true, false
		w.in = Input{Kind: InStart}
		w.step(a.Node)
	case Command:
		w.in = Input{Kind: InCommand, Label: a.Label, Key: a.Key}
		w.step(a.Node)
	default:
		w.performFault(a)
	}
}

func (w *World) step(id NodeID) {
	w.fx = Effects{w: w, node: id}
	n := &w.nodes[id]
	n.node.Step(&w.in, &w.fx)
	if n = &w.nodes[id]; n.exiting {
		n.exiting = false
		w.down(id, false)
	}
}

// down ends a node's process: what is volatile is gone, its connections end.
func (w *World) down(id NodeID, silent bool) {
	n := &w.nodes[id]
	n.node.Crash()
	w.dropTimers(id)
	n.up, n.paused, n.silent = false, false, silent
	for _, l := range n.links {
		w.sever(&w.links[l], id)
	}
}
