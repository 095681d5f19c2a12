package model

import (
	"slices"

	"github.com/anishathalye/porcupine"
)

// shareOp is what happened to a record of a share partition: a delivery
// (ShareAcquired), an acknowledgement (ShareAcknowledge), or what its leader
// told.
type shareOp struct {
	Kind       Kind
	Type       string // of an acknowledgement
	Client     string
	Member     string
	Op         int64
	Deliveries int32
	Call       int // index of an event before which it was not
	Return     int // index of the event; noReturn where the outcome is unknown
	At         int64
}

// shareState is the sequential specification's state of one record: free, held
// or done, and how often it was delivered. A share partition is a queue of such
// records; since none depends on another, each is searched for itself.
type shareState struct {
	Is     shareIs
	Member string
	Count  int32
}

type shareIs uint8

const (
	shareFree shareIs = iota
	shareHeld
	shareOver
)

// shareModel is the specification (SharePartition, RecordState). Where the
// history has not the leader's word, locks may end at any time.
type shareModel struct {
	told  bool
	steps int
}

// step gives the state after op, and whether op was possible.
func (m *shareModel) step(s shareState, op *shareOp) (bool, shareState) {
	switch op.Kind {
	case ShareAcquired:
		ok := op.Deliveries > s.Count && (s.Is == shareFree || s.Is == shareHeld && !m.told)
		return ok, shareState{shareHeld, op.Member, op.Deliveries}
	case ShareAcknowledge:
		return m.acknowledge(s, op)
	case ShareExpired, ShareReleased:
		switch {
		case s.Is == shareHeld && s.Member == op.Member && s.Count == op.Deliveries, s.Is == shareFree:
			s = shareState{Is: shareFree, Count: max(s.Count, op.Deliveries)}
		}
	case ShareArchived, ShareStartMoved:
		s = shareState{Is: shareOver}
	case ShareLoaded, ShareUnloaded:
		if s.Is != shareOver {
			s = shareState{}
		}
	}
	return true, s
}

// acknowledge is one by a member: behind the start offset it is passed over,
// and succeeds. One of unknown outcome may have had no effect.
func (m *shareModel) acknowledge(s shareState, op *shareOp) (bool, shareState) {
	switch {
	case s.Is == shareOver:
		return true, s
	case s.Is != shareHeld || s.Member != op.Member:
		return op.Return == noReturn, s
	case terminal(op.Type):
		return true, shareState{Is: shareOver}
	case op.Type == CauseRelease:
		return true, shareState{Is: shareFree, Count: s.Count}
	}
	return true, s
}

// check searches for an order of ops that explains them; sure is false when
// the steps were not enough to tell.
func (m *shareModel) check(ops []shareOp, steps int) (ok, sure bool) {
	m.steps = steps
	spec := porcupine.Model{
		Init: func() any { return shareState{} },
		Step: func(state, input, _ any) (bool, any) {
			if m.steps--; m.steps < 0 {
				return false, state
			}
			ok, next := m.step(state.(shareState), input.(*shareOp))
			return ok, next
		},
		Equal: func(a, b any) bool { return a.(shareState) == b.(shareState) },
	}
	history := make([]porcupine.Operation, len(ops))
	for i := range ops {
		// Two events of the history never coincide: what is known to come after
		// event n comes after all that had returned by then.
		history[i] = porcupine.Operation{Input: &ops[i], Call: 2*int64(ops[i].Call) + 1, Return: 2 * int64(min(ops[i].Return, noReturn/4))}
		history[i].Return = max(history[i].Return, history[i].Call)
	}
	ok = porcupine.CheckOperations(spec, history)
	return ok, m.steps >= 0
}

// culprit finds the first return that cannot be explained: that a history can
// be holds for each of its beginnings too.
func (m *shareModel) culprit(ops []shareOp, steps int) shareOp {
	var returned []shareOp
	for _, op := range ops {
		if op.Return != noReturn {
			returned = append(returned, op)
		}
	}
	slices.SortFunc(returned, func(a, b shareOp) int { return a.Return - b.Return })
	n, _ := slices.BinarySearchFunc(returned, true, func(op shareOp, _ bool) int {
		if ok, _ := m.check(shareBeginning(ops, op.Return), steps); ok {
			return -1
		}
		return 0
	})
	return returned[min(n, len(returned)-1)]
}

// shareBeginning is what was known of ops when event ret had happened.
func shareBeginning(ops []shareOp, ret int) []shareOp {
	var out []shareOp
	for _, op := range ops {
		switch {
		case op.Call > ret, op.Kind != ShareAcknowledge && op.Return > ret:
			continue
		case op.Return > ret:
			op.Return = noReturn
		}
		out = append(out, op)
	}
	return out
}
