package explore

import (
	"fmt"
	"unsafe"
)

// Memory tells what a search will need, before it begins.
type Memory struct {
	MaxStates  uint64 // most states that it will store
	StateBytes uint64 // bytes of one state
	TableBytes uint64 // most bytes of the table of fingerprints, when it has grown to its full size
	// PeakBytes is the most bytes of table, states and paths together: the search stops before it
	// would need more. Depth first it is MemoryBytes, as nobody knows how long paths get.
	PeakBytes uint64
}

// Plan returns the memory that Run will need at most with the same model and options, or the error
// that Run would return for them.
func Plan[S, A any](m Model[S, A], o Options) (Memory, error) {
	l, err := newLimits(m, o)
	if err != nil {
		return Memory{}, err
	}
	plan := Memory{
		MaxStates:  l.MaxStates,
		StateBytes: l.stateBytes,
		TableBytes: l.maxSlots * slotBytes,
		PeakBytes:  l.MemoryBytes,
	}
	each := l.stateBytes + l.linkBytes
	if l.Strategy == BreadthFirst && l.MaxStates < l.MemoryBytes/each {
		growing := plan.TableBytes + plan.TableBytes/2
		plan.PeakBytes = min(l.MemoryBytes, growing+l.MaxStates*each)
	}
	return plan, nil
}

// limits are options with every default filled in, and what follows from them and the model.
type limits struct {
	Options
	// maxSlots is the greatest length of the table. Half of MemoryBytes suffices for it, so that
	// there is room for old and new slots together when it grows for the last time.
	maxSlots   uint64
	stateBytes uint64
	linkBytes  uint64 // of one link of a trace
	entryBytes uint64 // of one successor in a depth-first frame
	frameBytes uint64 // of a frame without successors
}

// newLimits checks m and o.
func newLimits[S, A any](m Model[S, A], o Options) (limits, error) {
	if err := o.complete(); err != nil {
		return limits{}, err
	}
	if f, ok := m.(flatModel); ok {
		if err := f.checkFlat(); err != nil {
			return limits{}, err
		}
	}
	if n := len(m.Properties()); n > 64 {
		return limits{}, fmt.Errorf("explore: %d Properties: Check can tell 64 apart", n)
	}
	outside := uint64(0) // bytes that a state holds beside its S
	if s, ok := m.(Sizer); ok {
		outside = s.StateBytes() - min(s.StateBytes(), sizeOf[S]())
	}
	l := limits{
		Options:    o,
		maxSlots:   max(o.MaxStates/3*4+4, minSlots),
		stateBytes: sizeOf[S]() + outside,
		linkBytes:  sizeOf[link[A]](),
		entryBytes: sizeOf[successor[S, A]]() + outside,
		frameBytes: sizeOf[frame[S, A]](),
	}
	if l.stateBytes > l.MemoryBytes {
		return limits{}, fmt.Errorf("explore: a state has %d bytes, MemoryBytes is %d: raise it",
			l.stateBytes, l.MemoryBytes)
	}
	return l, nil
}

func sizeOf[T any]() uint64 {
	var t T
	return uint64(unsafe.Sizeof(t))
}
