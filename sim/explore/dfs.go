package explore

// frame is one state on the path of a depth-first search, as the list of its successors that were
// new when it was expanded. Those before next have been tried; those from size on are storage to
// use again.
type frame[S, A any] struct {
	successors []successor[S, A]
	next, size int
}

type successor[S, A any] struct {
	key    uint64
	action A
	state  S
}

// dfs is a depth-first search on one worker.
type dfs[S, A any] struct {
	Model[S, A]
	limits
	table  *table
	window window[S, A]
	frames []frame[S, A] // frames[:depth] is the path; the others are storage to use again
	depth  int
	init   int    // where the path starts
	stored uint64 // successors in all frames, unused storage included

	result Result
	found  ways[A]
}

func newDFS[S, A any](m Model[S, A], l limits) *dfs[S, A] {
	return &dfs[S, A]{Model: m, limits: l, table: newTable(l.maxSlots)}
}

// search visits everything that is reachable, or until it has to stop.
func (d *dfs[S, A]) search() {
	inits := d.Init()
	for i := range inits {
		d.init = i
		d.visit(&inits[i], key(d.Fingerprint(&inits[i])))
		for d.depth > 0 && d.result.Stopped == "" {
			f := &d.frames[d.depth-1]
			if f.next == f.size {
				d.depth--
				continue
			}
			t := &f.successors[f.next]
			f.next++
			d.visit(&t.state, t.key)
		}
	}
	d.result.Complete = d.result.Stopped == ""
	d.result.TableBytes = d.table.bytes()
	d.notePeak(d.table.bytes())
}

// visit enters s, to which the path leads, unless it has been visited before.
func (d *dfs[S, A]) visit(s *S, k uint64) {
	if d.result.Stopped != "" || !d.table.insert(k) {
		return
	}
	if d.result.States == d.MaxStates {
		d.result.Stopped = d.tooManyStates()
		return
	}
	d.result.States++
	d.result.Depth = max(d.result.Depth, d.depth+1)
	if violated := d.Check(s); violated&^d.found.set != 0 {
		d.found.add(violated, d.path())
		if d.StopAtFirst {
			d.result.Stopped = stoppedAtFirst
			return
		}
	}
	if d.result.States >= d.table.room() {
		d.growTable()
	}
	d.push(s)
}

// push expands s and puts its new successors on top of the path.
func (d *dfs[S, A]) push(s *S) {
	w := &d.window
	w.reset()
	d.result.Transitions += uint64(w.expand(d.Model, s))
	w.sink |= d.table.touch(w.keys)
	if d.depth == len(d.frames) {
		d.frames = append(d.frames, frame[S, A]{})
	}
	f := &d.frames[d.depth]
	f.next, f.size = 0, 0
	for i, k := range w.keys {
		if d.table.has(k) {
			continue
		}
		if f.size == len(f.successors) {
			d.widen(f)
		}
		t := &f.successors[f.size]
		f.size++
		t.key, t.action = k, w.actions[i]
		t.state, w.states[i] = w.states[i], t.state
	}
	d.depth++
	if d.table.bytes()+d.stackBytes() > d.MemoryBytes {
		d.result.Stopped = d.tooMuchMemory()
	}
}

// widen gives f storage for more successors.
func (d *dfs[S, A]) widen(f *frame[S, A]) {
	before := cap(f.successors)
	f.successors = append(f.successors, successor[S, A]{})
	f.successors = f.successors[:cap(f.successors)]
	d.stored += uint64(cap(f.successors) - before)
}

// growTable makes room for more states, if MemoryBytes allows it.
func (d *dfs[S, A]) growTable() {
	during := d.table.growBytes()
	if during+d.stackBytes() > d.MemoryBytes {
		d.result.Stopped = d.tooMuchMemory()
		return
	}
	d.notePeak(during)
	d.table.grow()
}

// stackBytes is the memory of the frames and the states in them.
func (d *dfs[S, A]) stackBytes() uint64 {
	return d.stored*d.entryBytes + uint64(len(d.frames))*d.frameBytes
}

func (d *dfs[S, A]) notePeak(table uint64) {
	d.result.PeakBytes = max(d.result.PeakBytes, table+d.stackBytes())
}

// path returns the actions that lead to the state being visited.
func (d *dfs[S, A]) path() way[A] {
	w := way[A]{init: d.init}
	for _, f := range d.frames[:d.depth] {
		w.actions = append(w.actions, f.successors[f.next-1].action)
	}
	return w
}
