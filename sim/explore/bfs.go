package explore

import "sync"

// bfs is a breadth-first search, level by level. The workers share the table and the chunks of the
// level; each puts the new states that it finds into chunks of its own, which make the next level.
//
// Nothing depends on how the work was divided: what a level adds is a set, and when to stop or to
// grow is decided by sums that only rise within a level (see limit).
type bfs[S, A any] struct {
	Model[S, A]
	limits
	table   *table
	workers []*worker[S, A]
	pool    pool[S]
	trace   *trace[A] // nil unless paths are wanted

	// limit is the number of states at which all workers pause: the table has to grow, or the
	// search has come to MaxStates or MemoryBytes. In the latter case it is frozen: the rest of
	// the level is still expanded and its successors checked, but they are no longer stored.
	limit  uint64
	frozen bool

	width    uint64 // states in the level being expanded; result.States includes them
	violated uint64 // properties
	result   Result
}

func newBFS[S, A any](m Model[S, A], l limits) *bfs[S, A] {
	b := &bfs[S, A]{Model: m, limits: l, table: newTable(l.maxSlots), pool: newPool[S](l.stateBytes)}
	for range l.Workers {
		b.workers = append(b.workers, &worker[S, A]{bfs: b})
	}
	return b
}

// search visits everything that is reachable, or until it has to stop.
func (b *bfs[S, A]) search() {
	b.workers[0].seed(b.Init())
	for b.level() {
	}
	b.result.Complete = b.result.Stopped == ""
	b.result.TableBytes = b.table.bytes()
}

// level expands one level, and reports whether to go on with the next.
func (b *bfs[S, A]) level() bool {
	b.setLimit()
	for b.expand() {
		b.makeRoom()
	}
	for b.table.used.Load() >= b.limit {
		b.makeRoom()
	}
	b.gather()
	if b.frozen {
		return false
	}
	used := b.table.used.Load()
	b.notePeak(b.table.bytes(), used)
	b.width, b.result.States = used-b.result.States, used
	if b.width == 0 {
		return false
	}
	b.result.Depth++
	if b.violated != 0 && b.StopAtFirst {
		b.result.Stopped = stoppedAtFirst
		return false
	}
	return b.trace == nil || !b.trace.done()
}

// expand lets the workers go on with the level, and reports whether one of them paused. The first
// needs no goroutine, and the others get one only if there is work for them.
func (b *bfs[S, A]) expand() (paused bool) {
	var group sync.WaitGroup
	var panicked any
	var once sync.Once
	spare := b.pool.untaken() - 1
	for _, w := range b.workers[1:] {
		if !w.busy() {
			if spare <= 0 {
				continue
			}
			spare--
		}
		group.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					once.Do(func() { panicked = p })
				}
			}()
			w.run()
		})
	}
	b.workers[0].run()
	group.Wait()
	if panicked != nil {
		panic(panicked) // of the model: on the caller's goroutine, where it can be recovered
	}
	for _, w := range b.workers {
		paused = paused || w.busy()
	}
	return paused
}

// gather makes what the workers found the next level.
func (b *bfs[S, A]) gather() {
	b.pool.clear()
	for _, w := range b.workers {
		w.deliver()
		b.result.Transitions += w.transitions
		b.violated |= w.violated
		w.transitions = 0
	}
}

// setLimit finds the next number of states at which there is something to decide.
func (b *bfs[S, A]) setLimit() {
	b.limit = min(b.table.room(), b.MaxStates+1)
	known := b.result.States
	if used := b.table.bytes() + b.held(known); used > b.MemoryBytes {
		b.limit = known
	} else {
		each := max(1, b.held(known+1)-b.held(known))
		b.limit = min(b.limit, known+(b.MemoryBytes-used)/each+1)
	}
}

// makeRoom does what has to be done at limit: it depends on that, not on how many states there are
// by now, since workers overshoot.
func (b *bfs[S, A]) makeRoom() {
	switch during := b.table.growBytes(); {
	case b.limit > b.MaxStates:
		b.freeze(b.tooManyStates())
	case b.limit == b.table.room() && during+b.held(b.limit) <= b.MemoryBytes:
		b.notePeak(during, b.limit)
		b.table.grow()
		b.setLimit()
	default:
		b.freeze(b.tooMuchMemory())
	}
}

func (b *bfs[S, A]) freeze(why string) {
	b.frozen, b.result.Stopped = true, why
	b.limit = ^uint64(0)
}

// held returns the bytes of states and links when n states are stored.
func (b *bfs[S, A]) held(n uint64) uint64 {
	bytes := (b.width + n - b.result.States) * b.stateBytes
	if b.trace != nil {
		bytes += n * b.linkBytes
	}
	return bytes
}

func (b *bfs[S, A]) notePeak(table, states uint64) {
	b.result.PeakBytes = max(b.result.PeakBytes, table+b.held(states))
}
