package explore

// window holds successors that are waiting to be looked up, several at a time. Entry i is the state
// after actions[i]; the entries before head are done with.
type window[S, A any] struct {
	actions []A
	states  []S // its storage, also that beyond len(actions), is used again and again
	keys    []uint64
	head    int
	sink    uint64 // see table.touch
}

// batch is how many successors are looked up together.
const batch = 32

func (w *window[S, A]) len() int { return len(w.actions) - w.head }

func (w *window[S, A]) reset() {
	w.actions, w.keys, w.head = w.actions[:0], w.keys[:0], 0
}

// expand appends all successors of src and returns their number.
func (w *window[S, A]) expand(m Model[S, A], src *S) int {
	from := len(w.actions)
	w.actions = m.Actions(src, w.actions)
	for len(w.states) < len(w.actions) {
		w.states = append(w.states, *new(S))
	}
	for i := from; i < len(w.actions); i++ {
		m.Apply(&w.states[i], src, w.actions[i])
	}
	for i := from; i < len(w.actions); i++ {
		w.keys = append(w.keys, key(m.Fingerprint(&w.states[i])))
	}
	return len(w.actions) - from
}
