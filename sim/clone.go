package sim

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/groundhogsim/groundhog/sim/canon"
)

// CanClone tells whether every node can be copied and encoded; the error
// names one that cannot.
func (w *World) CanClone() error {
	for i := range w.nodes {
		if _, ok := w.nodes[i].node.(Cloner); !ok {
			return fmt.Errorf("node %s cannot be cloned: it holds a blocking handler; use one that is a state machine, or replay the decision log", w.names.Name(NodeID(i)))
		}
	}
	return nil
}

// CopyInto makes dst evolve as w does, reusing what dst holds. It shares the
// names, the messages under way (which are immutable) and the observer; it
// records nothing. CanClone must have agreed.
func (w *World) CopyInto(dst *World) {
	old := *dst
	*dst = *w
	dst.record, dst.draws.rec, dst.drawn = nil, nil, old.drawn[:0]
	dst.nodes = append(old.nodes[:0], w.nodes...)
	dst.links = append(old.links[:0], w.links...)
	dst.slots = append(old.slots[:0], w.slots...)
	dst.free = append(old.free[:0], w.free...)
	dst.cuts = append(old.cuts[:0], w.cuts...)
	dst.spent = append(old.spent[:0], w.spent...)
	dst.queue.heap = append(old.queue.heap[:0], w.queue.heap...)
	dst.queue.pos = append(old.queue.pos[:0], w.queue.pos...)
	dst.linkAt = maps.Clone(w.linkAt)
	for i := range dst.nodes {
		n := &dst.nodes[i]
		n.node = n.node.(Cloner).Clone()
		n.timers = slices.Clone(n.timers)
		n.links = slices.Clone(n.links)
	}
	for i := range dst.links {
		for e := range dst.links[i].dir {
			s := &dst.links[i].dir[e]
			s.fifo, s.first = slices.Clone(s.fifo[s.first:]), 0
		}
	}
}

// Clone is CopyInto a new world.
func (w *World) Clone() *World {
	dst := &World{}
	w.CopyInto(dst)
	return dst
}

// Encode appends the world's canonical form: two worlds that can do the same
// from here on have the same one, however they came about. Times are relative
// to now; counters that only luck depends on are left out.
func (w *World) Encode(buf []byte) []byte {
	for i := range w.nodes {
		buf = w.encodeNode(buf, &w.nodes[i])
	}
	order := make([]int, len(w.links))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return compareLinks(&w.links[a], &w.links[b]) })
	for _, i := range order {
		buf = w.encodeLink(buf, &w.links[i])
	}
	buf = append(buf, byte(len(w.cuts)))
	for _, c := range w.cuts {
		buf = binary.BigEndian.AppendUint16(buf, uint16(c.a))
		buf = binary.BigEndian.AppendUint16(buf, uint16(c.b))
	}
	return append(buf, w.spent...)
}

func (w *World) encodeNode(buf []byte, n *nodeState) []byte {
	buf = append(buf, flags(n.up, n.paused, n.silent))
	buf = binary.AppendVarint(buf, int64(n.skew))
	buf = binary.AppendVarint(buf, int64(n.drift))
	buf = n.node.(Cloner).Encode(w.now, buf)
	order := slices.Clone(n.timers)
	slices.SortFunc(order, func(a, b int32) int { return Compare(w.slotAction(a), w.slotAction(b)) })
	buf = append(buf, byte(len(order)))
	for _, t := range order {
		s := &w.slots[t]
		buf = appendString(appendString(buf, s.label), s.key)
		buf = binary.AppendVarint(buf, int64(max(s.at-w.now, 0)))
	}
	return buf
}

func (w *World) encodeLink(buf []byte, l *link) []byte {
	buf = binary.BigEndian.AppendUint16(buf, uint16(l.ends[0]))
	buf = binary.BigEndian.AppendUint16(buf, uint16(l.ends[1]))
	buf = append(buf, byte(l.lane), flags(l.open, l.told[0], l.told[1]))
	for _, n := range []uint16{l.inc, l.seen[0], l.seen[1]} {
		buf = binary.AppendUvarint(buf, uint64(n))
	}
	for e := range l.dir {
		under := l.dir[e].fifo[l.dir[e].first:]
		buf = binary.AppendUvarint(buf, uint64(len(under)))
		for i := range under {
			buf = binary.AppendUvarint(buf, uint64(under[i].inc))
			buf = canon.AppendDynamic(buf, int64(w.now), under[i].msg)
			if w.untimed { // the age counts where delays are bounded
				buf = binary.AppendVarint(buf, int64(w.now-under[i].sent))
			} else {
				buf = binary.AppendVarint(buf, int64(max(under[i].due-w.now, 0)))
			}
		}
	}
	return buf
}

func compareLinks(a, b *link) int {
	return Compare(
		Action{Node: a.ends[0], Peer: a.ends[1], Lane: a.lane},
		Action{Node: b.ends[0], Peer: b.ends[1], Lane: b.lane})
}

func appendString(buf []byte, s string) []byte {
	return append(binary.AppendUvarint(buf, uint64(len(s))), s...)
}

func flags(bs ...bool) byte {
	var f byte
	for i, b := range bs {
		if b {
			f |= 1 << i
		}
	}
	return f
}
