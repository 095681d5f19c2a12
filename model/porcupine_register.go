package model

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/anishathalye/porcupine"
)

// register is a state of the reference model: the committed offset of one
// partition for one group, fenced by generation.
type register struct {
	Known      bool  // Offset is; else a fetch may be told anything
	Offset     int64 // -1: none
	Generation int32 // the highest seen: a commit with a lower one must fail (I-C3)
	Client     string
}

func (r register) compare(o register) int {
	if r.Known != o.Known {
		if r.Known {
			return 1
		}
		return -1
	}
	return cmp.Or(cmp.Compare(r.Offset, o.Offset), cmp.Compare(r.Generation, o.Generation), strings.Compare(r.Client, o.Client))
}

// registerOp is a commit of one partition, or a fetch of its offset.
type registerOp struct {
	Client     string
	Op         int64
	Fetch      bool
	Generation int32 // not above 0: not sent as a member, and not fenced
	Offset     int64
	Result     result
	Call       int   // index of the event
	Return     int   // index of the event; noReturn until there is one
	At         int64 // µs, of the return
}

const noReturn = math.MaxInt

// registerModel is the sequential specification. A state of the search is the
// set of registers that are possible, since a commit of unknown outcome takes
// effect or does not.
type registerModel struct {
	relaxed bool // a member may commit with an earlier epoch of its own (KIP-1251)
	steps   int  // that the search may still take
	probe   bool // collect the registers possible at the end
	ends    []register
}

// probe is the input of an operation that comes after all others, and fails:
// so the search goes through every order, and shows each end.
type probe struct{}

// step gives the registers possible after op.
func (m *registerModel) step(from []register, op *registerOp) []register {
	var to []register
	for _, r := range from {
		next := r
		m.see(&next, op)
		switch {
		case op.Fetch:
			if !r.Known || r.Offset == op.Offset {
				next.Known, next.Offset = true, op.Offset
				to = append(to, next)
			}
		case m.fenced(r, op):
			if op.Result == uncertain {
				to = append(to, r)
			}
		default:
			next.Known, next.Offset = true, op.Offset
			to = append(to, next)
			if op.Result == uncertain {
				to = append(to, r)
			}
		}
	}
	slices.SortFunc(to, register.compare)
	return slices.Compact(to)
}

// see raises the register's generation to op's.
func (m *registerModel) see(r *register, op *registerOp) {
	switch {
	case op.Generation <= 0:
	case op.Generation > r.Generation:
		r.Generation = op.Generation
		if m.relaxed {
			r.Client = op.Client
		}
	case op.Generation == r.Generation && r.Client != op.Client:
		r.Client = ""
	}
}

func (m *registerModel) fenced(r register, op *registerOp) bool {
	return op.Generation > 0 && op.Generation < r.Generation && (r.Client == "" || r.Client != op.Client)
}

// check searches for an order of ops that explains their results. Without one
// ok is false; sure is false when the steps were not enough to tell.
func (m *registerModel) check(from []register, ops []registerOp, steps int) (ok, sure bool) {
	m.steps, m.ends = steps, nil
	spec := porcupine.Model{
		Init:  func() any { return from },
		Step:  m.porcupineStep,
		Equal: func(a, b any) bool { return slices.Equal(a.([]register), b.([]register)) },
		Hash:  hashRegisters,
	}
	history := make([]porcupine.Operation, 0, len(ops)+1)
	last := 0
	for i := range ops {
		op := &ops[i]
		history = append(history, porcupine.Operation{Input: op, Call: int64(op.Call), Return: int64(op.Return)})
		if op.Return != noReturn {
			last = max(last, op.Return)
		}
	}
	if m.probe {
		history = append(history, porcupine.Operation{Input: probe{}, Call: int64(last) + 1, Return: int64(last) + 1})
	}
	// One partition, no time limit: what it gives depends on ops alone.
	ok = porcupine.CheckOperations(spec, history)
	if m.probe {
		ok = len(m.ends) > 0
	}
	return ok, m.steps >= 0
}

func (m *registerModel) porcupineStep(state, input, _ any) (bool, any) {
	from := state.([]register)
	if m.steps--; m.steps < 0 {
		return false, from
	}
	op, isOp := input.(*registerOp)
	if !isOp {
		m.ends = append(m.ends, from...)
		slices.SortFunc(m.ends, register.compare)
		m.ends = slices.Compact(m.ends)
		return false, from
	}
	to := m.step(from, op)
	return len(to) > 0, to
}

// hashRegisters only spreads states over buckets: no result depends on it.
func hashRegisters(state any) uint64 {
	var h uint64 = 14695981039346656037
	for _, r := range state.([]register) {
		h = (h ^ uint64(r.Offset)) * 1099511628211
		h = (h ^ uint64(uint32(r.Generation))) * 1099511628211
	}
	return h
}
