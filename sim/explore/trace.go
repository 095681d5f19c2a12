package explore

import "slices"

// trace remembers, for a breadth-first search with one worker, how each state was reached first.
// States are found in the order of their least shortest paths, where actions compare as Actions
// lists them: so the first violation that is met has the least of all shortest paths.
type trace[A any] struct {
	wanted uint64 // properties
	found  ways[A]

	links  [][]link[A] // of the states, as they were found, in chunks of linkChunk
	states uint32
	roots  []int // the initial state that each of the first states is

	parents []uint32 // of the successors in the worker's window
	next    uint32   // state to be expanded next
}

// link is how a state was reached first: from which state, and by what.
type link[A any] struct {
	parent uint32
	action A
}

const (
	noParent  = ^uint32(0)
	linkChunk = 1 << 14
	maxTraced = uint64(noParent) // most states that links can tell apart
)

func (t *trace[A]) done() bool { return t.found.set&t.wanted == t.wanted }

// seed says that the window holds n initial states.
func (t *trace[A]) seed(n int) {
	for range n {
		t.parents = append(t.parents, noParent)
	}
}

// expanded says that n successors of the next state were put into the window.
func (t *trace[A]) expanded(n int) {
	for range n {
		t.parents = append(t.parents, t.next)
	}
	t.next++
}

// flushed says that the window is empty.
func (t *trace[A]) flushed() { t.parents = t.parents[:0] }

// note says that entry i of the window, reached by a, is a new state, and whether it is stored.
func (t *trace[A]) note(i int, a A, violated uint64, stored bool) {
	l := link[A]{t.parents[i], a}
	if violated&t.wanted&^t.found.set != 0 {
		t.found.add(violated, t.way(i, l))
	}
	if !stored {
		return
	}
	if l.parent == noParent {
		t.roots = append(t.roots, i)
	}
	if t.states%linkChunk == 0 {
		t.links = append(t.links, make([]link[A], 0, linkChunk))
	}
	last := &t.links[len(t.links)-1]
	*last = append(*last, l)
	t.states++
}

// way returns the path that ends with l, or is nothing but the initial state i.
func (t *trace[A]) way(i int, l link[A]) way[A] {
	w := way[A]{init: i}
	for l.parent != noParent {
		w.actions = append(w.actions, l.action)
		if l.parent < uint32(len(t.roots)) {
			w.init = t.roots[l.parent]
		}
		l = t.links[l.parent/linkChunk][l.parent%linkChunk]
	}
	slices.Reverse(w.actions)
	return w
}

// shortestWays searches again for the properties that are known to be violated, breadth first and
// with links, as far as the limits allow. It returns what it found, and the most bytes it held.
func shortestWays[S, A any](m Model[S, A], l limits, violated uint64) (ways[A], uint64) {
	l.Workers, l.StopAtFirst = 1, false
	l.MaxStates = min(l.MaxStates, maxTraced)
	b := newBFS(m, l)
	b.trace = &trace[A]{wanted: violated}
	b.search()
	return b.trace.found, b.result.PeakBytes
}
