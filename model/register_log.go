package model

import "slices"

// registerLog is what is still to be checked of one register: the offset of a
// group in one partition, or the value of a key.
type registerLog struct {
	States    []register   // possible at the beginning
	Ops       []registerOp // since then
	Uncertain []registerOp // commits, or writes, from before that may still take effect
	Open      int          // of Ops, without a return
	TooMany   int          // of Ops, that were dropped: the chunk cannot be checked
}

// chunkOps is from how many operations on a chunk is checked at the next rest.
const chunkOps = 48

// maxUncertain bounds the commits of unknown outcome that a chunk may have to
// reckon with: each may double its states.
const maxUncertain = 8

// searched counts what searches have looked at.
type searched struct {
	Checked  int // operations
	LeftOut  int // operations
	Searched int // chunks
}

func (l *registerLog) add(maxOps int, op registerOp) {
	l.Open++
	if len(l.Ops) >= maxOps {
		l.TooMany++
		return
	}
	l.Ops = append(l.Ops, op)
}

// find gives the operation that e answers: the last one, for a client that
// was started again may use its numbers again. It is -1 if it was dropped.
func (l *registerLog) find(e *Event, fetch bool) int {
	for i, op := range slices.Backward(l.Ops) {
		if op.Op == e.Op && op.Client == e.Client && op.Fetch == fetch && op.Return == noReturn {
			return i
		}
	}
	return -1
}

// search looks at what has been gathered, and leaves the log as it is to go
// on. It gives the operations when no order explains them; nil when one does,
// or when the bounds do not suffice.
func (l *registerLog) search(m registerModel, steps int, count *searched) (unexplained []registerOp) {
	m.probe = true
	ops := append(slices.Clone(l.Uncertain), l.Ops...)
	next := []register{{Offset: -1}} // anything
	if l.TooMany > 0 || countUncertain(ops) > maxUncertain {
		count.LeftOut += len(l.Ops) + l.TooMany
	} else if ok, sure := m.check(l.States, ops, steps); !sure {
		count.LeftOut += len(l.Ops)
	} else {
		count.Searched++
		count.Checked += len(l.Ops)
		if ok {
			next = m.ends
		} else {
			unexplained = ops
		}
	}
	l.States, l.Uncertain = next, stillPossible(ops)
	l.Ops, l.TooMany = l.Ops[:0], 0
	return unexplained
}

// ended takes in that the history is over: questions without an answer concern
// nobody. It tells whether anything is left to be checked.
func (l *registerLog) ended() bool {
	l.Ops = slices.DeleteFunc(l.Ops, func(op registerOp) bool { return op.Fetch && op.Return == noReturn })
	return len(l.Ops)+l.TooMany > 0
}

// lastBefore is the write, or commit, that returned last before an operation
// did; nil for none.
func lastBefore(ops []registerOp, culprit *registerOp) (before *registerOp) {
	for i := range ops {
		if op := &ops[i]; !op.Fetch && op.Return < culprit.Return && (before == nil || op.Return > before.Return) {
			before = op
		}
	}
	return before
}

func countUncertain(ops []registerOp) int {
	n := 0
	for i := range ops {
		if ops[i].Return == noReturn {
			n++
		}
	}
	return n
}

// stillPossible are the commits without a sure outcome that no later
// generation has fenced.
func stillPossible(ops []registerOp) []registerOp {
	var newest int32
	for _, op := range ops {
		if op.Return != noReturn {
			newest = max(newest, op.Generation)
		}
	}
	var out []registerOp
	for _, op := range ops {
		if op.Return == noReturn && !op.Fetch && (op.Generation <= 0 || op.Generation >= newest) {
			out = append(out, op)
		}
	}
	return out
}

// unexplained finds the first return that cannot be explained.
func unexplained(m registerModel, from []register, ops []registerOp, steps int) registerOp {
	var returned []registerOp
	for _, op := range ops {
		if op.Return != noReturn {
			returned = append(returned, op)
		}
	}
	slices.SortFunc(returned, func(a, b registerOp) int { return a.Return - b.Return })
	// That a history can be explained holds for each of its beginnings too.
	n, _ := slices.BinarySearchFunc(returned, true, func(op registerOp, _ bool) int {
		if ok, _ := m.check(from, beginning(ops, op.Return), steps); ok {
			return -1
		}
		return 0
	})
	return returned[min(n, len(returned)-1)]
}

// beginning is what was known of ops when event ret had happened.
func beginning(ops []registerOp, ret int) []registerOp {
	var out []registerOp
	for _, op := range ops {
		if op.Call > ret || op.Fetch && op.Return > ret {
			continue
		}
		if op.Return > ret {
			op.Return, op.Result = noReturn, uncertain
		}
		out = append(out, op)
	}
	return out
}
