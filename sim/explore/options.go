package explore

import (
	"fmt"
	"unsafe"
)

// Strategy is the order in which states are visited.
type Strategy uint8

// DepthFirst follows one path as far as it goes before it tries another: fastest on one worker, and
// least memory, as only one path is held. BreadthFirst visits states by their distance from the
// initial ones: it can use several workers, and the first violation it meets is a nearest one.
const (
	DepthFirst Strategy = iota
	BreadthFirst
)

// String returns "depth first" or "breadth first".
func (s Strategy) String() string {
	switch s {
	case DepthFirst:
		return "depth first"
	case BreadthFirst:
		return "breadth first"
	}
	return fmt.Sprintf("Strategy(%d)", uint8(s))
}

// Options say how to search. The zero value searches everything, depth first.
type Options struct {
	Strategy Strategy
	// Workers is the number of goroutines that search; 0 means 1. Only BreadthFirst can use more
	// than one. No result depends on it.
	Workers int
	// MaxStates is the most distinct states to store; 0 means as many as half of MemoryBytes can
	// hold fingerprints of, which is 3 states for every 64 bytes of MemoryBytes.
	MaxStates uint64
	// MemoryBytes is the most memory for fingerprints, states and paths; 0 means 1 GiB. The garbage
	// collector may keep more than that for a while.
	MemoryBytes uint64
	// StopAtFirst ends a depth-first search at the first violation, and a breadth-first one after
	// the first level that has one. Otherwise everything reachable is searched, and each violated
	// property is reported once.
	StopAtFirst bool
}

const (
	maxWorkers    = 128
	defaultMemory = 1 << 30
	leastMemory   = 1 << 20
	slotBytes     = 8
)

// Memory tells what a search will need, before it begins.
type Memory struct {
	MaxStates  uint64 // most states that it will store
	StateBytes uint64 // bytes of one state
	TableBytes uint64 // most bytes of the table of fingerprints
	PeakBytes  uint64 // most bytes altogether: it stops before it would need more
}

// Plan returns the memory that Run will need at most with the same model and options, or the error
// that Run would return.
func Plan[S, A any](m Model[S, A], o Options) (Memory, error) {
	l, err := newLimits(m, o)
	if err != nil {
		return Memory{}, err
	}
	table := l.maxSlots * slotBytes
	peak := min(l.MemoryBytes, table+table/2+l.MaxStates*(l.stateBytes+l.linkBytes))
	return Memory{
		MaxStates: l.MaxStates, StateBytes: l.stateBytes, TableBytes: table, PeakBytes: peak,
	}, nil
}

// limits are Options with every default filled in, and what follows from them and the model.
type limits struct {
	Options
	maxSlots   uint64
	stateBytes uint64
	linkBytes  uint64 // of one link of a trace
	entryBytes uint64 // of what a depth-first frame keeps beside each state
}

// newLimits checks o and fills in what it leaves open.
func newLimits[S, A any](m Model[S, A], o Options) (limits, error) {
	if o.Strategy > BreadthFirst {
		return limits{}, fmt.Errorf("explore: unknown %v: use DepthFirst or BreadthFirst", o.Strategy)
	}
	if o.Workers == 0 {
		o.Workers = 1
	}
	if o.Workers < 0 || o.Workers > maxWorkers {
		return limits{}, fmt.Errorf("explore: Workers is %d: use 1 to %d", o.Workers, maxWorkers)
	}
	if o.Workers > 1 && o.Strategy == DepthFirst {
		return limits{}, fmt.Errorf("explore: a depth-first search has one worker, not %d: "+
			"set Workers to 1 or Strategy to BreadthFirst", o.Workers)
	}
	if o.MemoryBytes == 0 {
		o.MemoryBytes = defaultMemory
	}
	if o.MemoryBytes < leastMemory {
		return limits{}, fmt.Errorf("explore: MemoryBytes is %d: use at least %d",
			o.MemoryBytes, leastMemory)
	}
	if f, ok := m.(flatModel); ok {
		if err := f.checkFlat(); err != nil {
			return limits{}, err
		}
	}
	if n := len(m.Properties()); n > 64 {
		return limits{}, fmt.Errorf("explore: %d Properties: Check can tell 64 apart", n)
	}
	l := limits{
		Options:    o,
		stateBytes: sizeOf[S](),
		linkBytes:  sizeOf[link[A]](),
		entryBytes: sizeOf[uint64]() + sizeOf[A](),
	}
	if s, ok := m.(Sizer); ok {
		l.stateBytes = s.StateBytes()
	}
	return l, l.sizeTable()
}

// sizeTable gives half of the memory to the table at most, so that it has room to be moved when it
// grows for the last time, to twice its size.
func (l *limits) sizeTable() error {
	most := l.MemoryBytes / 64 * 3
	if l.MaxStates == 0 {
		l.MaxStates = most
	}
	if l.MaxStates > most {
		return fmt.Errorf("explore: MaxStates is %d, but MemoryBytes, which is %d, has room for %d: "+
			"lower the one, or raise the other to 64 bytes for every 3 states",
			l.MaxStates, l.MemoryBytes, most)
	}
	l.maxSlots = max(l.MaxStates/3*4+4, minSlots)
	return nil
}

func sizeOf[T any]() uint64 {
	var t T
	return uint64(unsafe.Sizeof(t))
}

// stoppedAtFirst and the functions below are the reasons why a search is not complete.
const stoppedAtFirst = "stopped at the first violation, as Options.StopAtFirst says"

func (l *limits) tooManyStates() string {
	return fmt.Sprintf("more than %d states: raise MaxStates, "+
		"and give MemoryBytes at least 64 bytes for every 3 of them", l.MaxStates)
}

func (l *limits) tooMuchMemory() string {
	return fmt.Sprintf("more than %d bytes of memory: raise MemoryBytes", l.MemoryBytes)
}
