package model

import (
	"slices"

	"github.com/anishathalye/porcupine"
)

// logOp is an append (Produce), a read (Polled) or an election (Truncated).
type logOp struct {
	Kind   Kind
	Client string
	Op     int64
	From   int64 // its offset; -1 while nobody knows
	Size   int64
	First  string // the value of its first record, where told
	Floor  int64  // what the log had reached when it was called
	Born   int    // the log's epoch when it was called
	Call   int    // index of the event
	Return int    // index of the event; noReturn until there is one
	Lost   bool   // nobody will answer it
}

// logModel is the sequential specification of a log: its state is its end; -1
// where that is not known. What stands at an offset is compared elsewhere.
type logModel struct {
	sparse bool // offsets may be left out
	steps  int
}

// step gives the log's end after op.
func (m *logModel) step(end int64, op *logOp) (bool, int64) {
	switch {
	case op.Kind == Polled:
		return end < 0 || end >= op.From+op.Size, max(end, -1)
	case op.Kind == Truncated:
		return end < 0 || end >= op.From, op.From
	case op.From < 0 && end < 0:
		return true, end
	case op.From < 0:
		return true, end + op.Size
	case op.Return == noReturn && op.From != end:
		return true, end // it took effect before the chunk, where readers saw it
	}
	return end < 0 || op.From == end || m.sparse && op.From > end, op.From + op.Size
}

// check searches for an order of ops that explains them; sure is false when
// the steps were not enough to tell.
func (m *logModel) check(from int64, ops []logOp, steps int) (ok, sure bool) {
	m.steps = steps
	spec := porcupine.Model{
		Init: func() any { return from },
		Step: func(state, input, _ any) (bool, any) {
			if m.steps--; m.steps < 0 {
				return false, state
			}
			ok, end := m.step(state.(int64), input.(*logOp))
			return ok, end
		},
		Equal: func(a, b any) bool { return a.(int64) == b.(int64) },
	}
	history := make([]porcupine.Operation, len(ops))
	for i := range ops {
		history[i] = porcupine.Operation{Input: &ops[i], Call: int64(ops[i].Call), Return: int64(ops[i].Return)}
	}
	ok = porcupine.CheckOperations(spec, history)
	return ok, m.steps >= 0
}

// check searches for an order of a chunk's operations.
func (l *Logs) check(p TopicPartition, g *partitionLog, report func(Anomaly)) {
	m := logModel{sparse: l.SparseOffsets}
	lost := 0
	for i := range g.Ops {
		if g.Ops[i].Return == noReturn {
			lost++
		}
	}
	if g.Full || g.Short || lost > maxUncertain {
		l.LeftOut += len(g.Ops)
		return
	}
	ok, sure := m.check(g.From, g.Ops, l.MaxSteps)
	switch {
	case !sure:
		l.LeftOut += len(g.Ops)
		return
	case ok:
		l.Searched++
		return
	}
	l.Searched++
	culprit := m.culprit(g.From, g.Ops, l.MaxSteps)
	a := Anomaly{Name: LogNotLinearizable, Event: culprit.Return, Client: culprit.Client, TopicPartition: p}
	what := "no append-only log explains that they were acknowledged there"
	if culprit.Kind == Polled {
		what = "no append-only log explains that they were read there"
	}
	if len(g.Holes) > 0 {
		what += "; nobody's are " + g.Holes.String()
	}
	report(a.over(span(culprit.From, culprit.From+culprit.Size)).describe(what))
}

// culprit finds the first return that cannot be explained: that a history can
// be holds for each of its beginnings too.
func (m *logModel) culprit(from int64, ops []logOp, steps int) logOp {
	var returned []logOp
	for _, op := range ops {
		if op.Return != noReturn {
			returned = append(returned, op)
		}
	}
	slices.SortFunc(returned, func(a, b logOp) int { return a.Return - b.Return })
	n, _ := slices.BinarySearchFunc(returned, true, func(op logOp, _ bool) int {
		if ok, _ := m.check(from, logBeginning(ops, op.Return), steps); ok {
			return -1
		}
		return 0
	})
	return returned[min(n, len(returned)-1)]
}

// logBeginning is what was known of ops when event ret had happened.
func logBeginning(ops []logOp, ret int) []logOp {
	var out []logOp
	for _, op := range ops {
		switch {
		case op.Call > ret, op.Kind != Produce && op.Return > ret:
			continue
		case op.Return > ret:
			op.Return, op.From = noReturn, -1
		}
		out = append(out, op)
	}
	return out
}
