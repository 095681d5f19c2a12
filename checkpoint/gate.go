package checkpoint

import "slices"

// gate is an operator's input (CheckpointBarrierHandler): it knows which
// barriers have come on which channels, and which channels wait.
type gate struct {
	exactly bool
	closed  []bool  // by channel: waits for the others
	open    []round // checkpoints of which some barriers have come, by id
	last    int64   // the highest id that has ended here: aligned, aborted or subsumed
}

// round is a checkpoint of which some barriers have come.
type round struct {
	id  int64
	got []bool
}

type gateState uint8

const (
	passed   gateState = iota // the barrier changes nothing
	aligning                  // it is the first one, and others are awaited
	aligned                   // it is the last one
)

func newGate(channels int, exactly bool) gate {
	return gate{exactly: exactly, closed: make([]bool, channels)}
}

func (g *gate) channels() int { return len(g.closed) }

func (g *gate) blocked(channel int) bool { return g.closed[channel] }

// take takes a barrier. One of a later checkpoint than the one that is being
// aligned subsumes that; without alignment several go side by side.
func (g *gate) take(channel int, id int64) gateState {
	if id <= g.last {
		return passed
	}
	if g.exactly && len(g.open) > 0 && g.open[0].id < id {
		g.forget(g.open[0].id)
	}
	at, ok := slices.BinarySearchFunc(g.open, id, func(r round, id int64) int { return int(r.id - id) })
	if !ok {
		g.open = slices.Insert(g.open, at, round{id: id, got: make([]bool, len(g.closed))})
	}
	r := &g.open[at]
	r.got[channel] = true
	if !slices.Contains(r.got, false) {
		g.forget(id)
		return aligned
	}
	if g.exactly {
		g.closed[channel] = true
	}
	if ok {
		return passed
	}
	return aligning
}

// abort gives up a checkpoint of which barriers may come or have come.
func (g *gate) abort(id int64) {
	if slices.ContainsFunc(g.open, func(r round) bool { return r.id == id }) {
		g.forget(id)
	}
}

// forget ends the rounds up to a checkpoint's, and opens what they had closed.
func (g *gate) forget(id int64) {
	g.last = max(g.last, id)
	g.open = slices.DeleteFunc(g.open, func(r round) bool { return r.id <= id })
	clear(g.closed)
}
