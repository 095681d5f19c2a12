package sim

// A node has few timers at a time, so they are found by looking through them.

func (w *World) findTimer(id NodeID, label, key string) (place int, slot int32) {
	for i, t := range w.nodes[id].timers {
		if s := &w.slots[t]; s.label == label && s.key == key {
			return i, t
		}
	}
	return -1, -1
}

func (w *World) setTimer(id NodeID, label, key string, after Time) {
	n := &w.nodes[id]
	// A clock that runs fast reaches the end of the span sooner.
	after = max(after, 0)
	if n.drift != 0 {
		after = after * 1_000_000 / Time(1_000_000+n.drift)
	}
	at := w.now + after
	_, t := w.findTimer(id, label, key)
	if t < 0 {
		t = w.newSlot(slot{kind: slotTimer, owner: id, label: label, key: key})
		n = &w.nodes[id]
		n.timers = append(n.timers, t)
	}
	w.slots[t].at = at
	w.refresh(t)
}

func (w *World) stopTimer(id NodeID, label, key string) {
	if place, t := w.findTimer(id, label, key); t >= 0 {
		w.dropTimer(id, place, t)
	}
}

func (w *World) dropTimer(id NodeID, place int, t int32) {
	n := &w.nodes[id]
	last := len(n.timers) - 1
	n.timers[place] = n.timers[last]
	n.timers = n.timers[:last]
	w.queue.remove(t, w)
	w.slots[t] = slot{}
	w.free = append(w.free, t)
}

func (w *World) dropTimers(id NodeID) {
	for n := &w.nodes[id]; len(n.timers) > 0; {
		last := len(n.timers) - 1
		w.dropTimer(id, last, n.timers[last])
	}
}
