package sim

import (
	"fmt"
	"strings"
)

// FaultBudget lists faults that untimed and exhaustive driving may inflict by
// themselves, each at most Limit times and all together at most Total times.
type FaultBudget struct {
	Items []FaultItem
	Total int
}

// FaultItem is one fault of a budget.
type FaultItem struct {
	Action Action
	Limit  int
}

type cut struct{ a, b NodeID } // b == Nobody: a from all others

func (w *World) severed(a, b NodeID) bool {
	for _, c := range w.cuts {
		if c.b == Nobody && (c.a == a || c.a == b) && a != b {
			return true
		}
		if c.a == a && c.b == b || c.a == b && c.b == a {
			return true
		}
	}
	return false
}

func (w *World) hasCut(a Action) bool { return w.cutPlace(a) >= 0 }

func (w *World) cutPlace(a Action) int {
	for i, c := range w.cuts {
		if c == (cut{a.Node, a.Peer}) {
			return i
		}
	}
	return -1
}

func (w *World) performFault(a Action) {
	w.spend(a)
	n := &w.nodes[a.Node]
	switch a.Kind {
	case Crash, Vanish:
		w.down(a.Node, a.Kind == Vanish)
	case Pause, Resume:
		n.paused = a.Kind == Pause
		w.refreshNode(a.Node)
	case Cut:
		w.cuts = append(w.cuts, cut{a.Node, a.Peer})
		w.refreshNode(a.Node)
	case Heal:
		i := w.cutPlace(a)
		w.cuts = append(w.cuts[:i], w.cuts[i+1:]...)
		w.refreshNode(a.Node)
	case Skew:
		n.skew, n.drift, _ = parseSkew(a.Key)
	default:
		w.performLinkFault(a)
	}
}

func (w *World) performLinkFault(a Action) {
	l := w.findLink(a.Node, a.Peer, a.Lane)
	if a.Kind == Reset {
		w.sever(l, Nobody)
		return
	}
	s := &l.dir[l.end(a.Peer)]
	s.head().tampered = true
	switch a.Kind {
	case Drop:
		s.pop()
	case Duplicate:
		h := *s.head()
		s.push(h)
		copy(s.fifo[s.first+2:], s.fifo[s.first+1:len(s.fifo)-1])
		s.fifo[s.first+1] = h
	case Reorder:
		x, y := &s.fifo[s.first], &s.fifo[s.first+1]
		x.msg, y.msg, x.tag, y.tag = y.msg, x.msg, y.tag, x.tag
		y.tampered = true
	case Delay:
		d, _ := ParseTime(a.Key)
		floor := Time(0)
		for i := s.first; i < len(s.fifo); i++ {
			f := &s.fifo[i]
			if i == s.first {
				floor = max(f.due, w.now) + d
			}
			f.due = max(f.due, floor)
		}
		s.last = max(s.last, floor)
	}
	w.refresh(s.slot)
}

func (w *World) spend(a Action) {
	for i := range w.faults.Items {
		if w.faults.Items[i].Action == a {
			w.spent[i]++
			return
		}
	}
}

func (w *World) spentTotal() int {
	total := 0
	for _, n := range w.spent {
		total += int(n)
	}
	return total
}

// Faults appends the faults that the budget still allows and that are
// possible now, in the budget's order.
func (w *World) Faults(buf []Action) []Action {
	if w.spentTotal() >= w.faults.Total {
		return buf
	}
	for i, f := range w.faults.Items {
		if int(w.spent[i]) < f.Limit && w.Can(f.Action) {
			buf = append(buf, f.Action)
		}
	}
	return buf
}

// parseSkew reads "+1.500s" or "+1.500s 200ppm".
func parseSkew(s string) (offset Time, ppm int32, err error) {
	first, second, _ := strings.Cut(s, " ")
	if offset, err = ParseTime(first); err != nil || second == "" {
		return offset, 0, err
	}
	var n int32
	if _, err = fmt.Sscanf(second, "%dppm", &n); err != nil || n <= -1_000_000 {
		return 0, 0, fmt.Errorf("drift %q: want parts per million, as in 200ppm", second)
	}
	return offset, n, nil
}
