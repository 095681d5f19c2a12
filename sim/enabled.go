package sim

import (
	"cmp"
	"slices"
)

// Enabled appends all actions that the nodes' own doings make possible: the
// oldest message of every stream, and each node's earliest timer. They come
// in canonical order: by when they are due, then by Compare; so Next is the
// first of them. Faults are not among them (see Faults).
func (w *World) Enabled(buf []Choice) []Choice {
	start := len(buf)
	for i := range w.links {
		for e := range w.links[i].dir {
			if s := w.links[i].dir[e].slot; w.queue.pos[s] >= 0 {
				buf = append(buf, Choice{w.queue.heap[w.queue.pos[s]].at, w.slotAction(s)})
			}
		}
	}
	for i := range w.nodes {
		if t, ok := w.earliestTimer(NodeID(i)); ok {
			buf = append(buf, Choice{w.slots[t].at, w.slotAction(t)})
		}
	}
	slices.SortFunc(buf[start:], func(a, b Choice) int {
		if c := cmp.Compare(a.At, b.At); c != 0 {
			return c
		}
		return Compare(a.Action, b.Action)
	})
	for i := start; i < len(buf); i++ {
		buf[i].At = max(buf[i].At, w.now)
	}
	return buf
}

func (w *World) earliestTimer(id NodeID) (slot int32, ok bool) {
	best := int32(-1)
	for _, t := range w.nodes[id].timers {
		if w.queue.pos[t] < 0 {
			continue
		}
		if best < 0 || w.queue.less(due{w.slots[t].at, t}, due{w.slots[best].at, best}, w) {
			best = t
		}
	}
	return best, best >= 0
}

// OldestInFlight is when the longest-waiting message that could arrive was
// sent; Never when there is none. Untimed driving bounds delays by it.
func (w *World) OldestInFlight() Time {
	oldest := Never
	for i := range w.links {
		for e := range w.links[i].dir {
			if s := &w.links[i].dir[e]; w.queue.pos[s.slot] >= 0 {
				oldest = min(oldest, s.head().sent)
			}
		}
	}
	return oldest
}

// Within appends the choices of Enabled that bounded delay allows: nothing
// happens so late that a message has been under way, or a timer overdue, for
// longer than bound.
func (w *World) Within(bound Time, buf []Choice) []Choice {
	start := len(buf)
	buf = w.Enabled(buf)
	if len(buf) == start {
		return buf
	}
	horizon := w.OldestInFlight()
	for i := range w.nodes {
		if t, ok := w.earliestTimer(NodeID(i)); ok {
			horizon = min(horizon, w.slots[t].at)
		}
	}
	if horizon == Never {
		return buf
	}
	horizon += bound
	return buf[:start+len(slices.DeleteFunc(buf[start:], func(c Choice) bool { return c.At > horizon && c.At > w.now }))]
}
