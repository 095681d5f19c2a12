package explore

// worker expands chunks of a level. It can pause between any two batches, and go on later.
type worker[S, A any] struct {
	*bfs[S, A]
	chunk  []S // being expanded
	at     int // next state of chunk
	window window[S, A]

	full []([]S) // new states: full chunks, and one that is being filled
	last []S

	transitions uint64
	violated    uint64
	_           [64]byte // keeps the counters of two workers out of one cache line
}

// busy reports whether the worker has begun something that it has not finished.
func (w *worker[S, A]) busy() bool { return w.at < len(w.chunk) || w.window.len() > 0 }

// seed makes the initial states look like successors that were just found.
func (w *worker[S, A]) seed(inits []S) {
	w.window.states = inits
	w.window.actions = make([]A, len(inits))
	for i := range inits {
		w.window.keys = append(w.window.keys, key(w.Fingerprint(&inits[i])))
	}
	if w.trace != nil {
		w.trace.seed(len(inits))
	}
}

// run works until the level is used up or the limit is reached.
func (w *worker[S, A]) run() {
	for {
		if w.window.len() >= batch && !w.flush() {
			return
		}
		if w.at == len(w.chunk) {
			w.chunk, w.at = w.pool.next(w.chunk), 0
			if w.chunk == nil {
				w.flush()
				return
			}
		}
		n := w.window.expand(w.Model, &w.chunk[w.at])
		w.at++
		w.transitions += uint64(n)
		if w.trace != nil {
			w.trace.expanded(n)
		}
	}
}

// flush looks up all successors that wait, or returns false when the limit is reached.
func (w *worker[S, A]) flush() bool {
	for w.window.len() > 0 {
		if w.table.used.Load() >= w.limit {
			return false
		}
		w.lookUp(min(2*batch, w.window.len()))
	}
	w.window.reset()
	if w.trace != nil {
		w.trace.flushed()
	}
	return true
}

// lookUp looks up the next n successors, checks those that are new and keeps them.
func (w *worker[S, A]) lookUp(n int) {
	win := &w.window
	keys := win.keys[win.head : win.head+n]
	win.sink |= w.table.touch(keys)
	fresh := uint64(0)
	for i, k := range keys {
		if w.frozen {
			if w.table.has(k) {
				continue
			}
		} else if !w.table.insert(k) {
			continue
		}
		fresh++
		s := &win.states[win.head+i]
		violated := w.Check(s)
		w.violated |= violated
		if w.trace != nil {
			w.trace.note(win.head+i, win.actions[win.head+i], violated, !w.frozen)
		}
		if !w.frozen {
			w.keep(s)
		}
	}
	win.head += n
	if fresh > 0 && !w.frozen {
		w.table.used.Add(fresh)
	}
}

// keep moves *s into the next level; *s becomes storage to use again.
func (w *worker[S, A]) keep(s *S) {
	n := len(w.last)
	if n == cap(w.last) {
		if n > 0 {
			w.full = append(w.full, w.last)
		}
		w.last, n = w.pool.empty(), 0
	}
	w.last = w.last[:n+1]
	w.last[n], *s = *s, w.last[n]
}

// deliver puts the new states into the next level.
func (w *worker[S, A]) deliver() {
	w.pool.level = append(w.pool.level, w.full...)
	if len(w.last) > 0 {
		w.pool.level = append(w.pool.level, w.last)
		w.last = nil
	}
	w.full = w.full[:0]
}
