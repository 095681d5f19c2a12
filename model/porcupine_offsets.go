package model

import "slices"

// Offsets checks with porcupine that the committed offset of each partition,
// for each group, is linearizable (I-O1, I-O2, I-C6): that there is an order
// of the commits and fetches, in keeping with their times, in which every
// fetch is told the last commit before it, and no commit succeeds after a
// later generation was seen.
//
// The search is bounded by operations and steps, never by seconds, so that
// its result is the same on every machine. It goes in chunks, cut where
// nothing is under way; a chunk takes over every state that the one before it
// can have ended in. Where the bounds do not suffice the chunk is left out,
// the next one begins with an unknown offset, and unchecked tells.
type Offsets struct {
	Fresh         bool // nothing was committed before the history began
	Midlife       bool // see Options: then nothing is checked, for others may commit
	HiddenRetries bool // see commitBook
	RelaxedEpochs bool // a member may commit with an earlier epoch of its own (KIP-1251)
	MaxOps        int  // in a chunk
	MaxSteps      int  // for a chunk

	Parts    map[groupPart]*registerLog
	Calls    []registerCall // unanswered
	Checked  int            // operations
	LeftOut  int            // operations
	Searched int            // chunks
}

// registerLog is what is still to be checked of one partition.
type registerLog struct {
	States    []register   // possible at the beginning
	Ops       []registerOp // since then
	Uncertain []registerOp // commits from before that may still take effect
	Open      int          // of Ops, without a return
	TooMany   int          // of Ops, that were dropped: the chunk cannot be checked
}

type registerCall struct {
	Client, Group string
	Op            int64
	Fetch         bool
	Partitions    []PartitionOffset
}

// chunkOps is from how many operations on a chunk is checked at the next rest.
const chunkOps = 48

// maxUncertain bounds the commits of unknown outcome that a chunk may have to
// reckon with: each may double its states.
const maxUncertain = 8

// Describe implements Monitor.
func (o *Offsets) Describe() Description {
	return Description{"offsets", Ledger, []string{OffsetsNotLinearizable},
		"the lines are in the order of real time; offsets are committed by members only; deletions and unclean elections are told"}
}

// Observe implements Monitor.
func (o *Offsets) Observe(i int, e *Event, report func(Anomaly)) {
	if o.Midlife {
		return
	}
	switch e.Kind {
	case Commit:
		for _, p := range e.Partitions {
			o.log(groupPart{e.Group, p.TopicPartition}).add(o.MaxOps, registerOp{
				Client: e.Client, Op: e.Op, Generation: e.Generation, Offset: p.Offset, Result: uncertain, Call: i, Return: noReturn})
		}
		o.Calls = append(o.Calls, registerCall{e.Client, e.Group, e.Op, false, e.Partitions})
	case FetchOffsets:
		for _, p := range e.Partitions {
			o.log(groupPart{e.Group, p.TopicPartition}).add(o.MaxOps, registerOp{
				Client: e.Client, Op: e.Op, Fetch: true, Generation: e.Generation, Result: uncertain, Call: i, Return: noReturn})
		}
		o.Calls = append(o.Calls, registerCall{e.Client, e.Group, e.Op, true, e.Partitions})
	case CommitDone, OffsetsTold:
		o.done(i, e, report)
	case Started, Stopped:
		o.abandon(e.Client, report)
	case OffsetsDeleted, GroupDeleted, Truncated:
		o.disturbed(e, report)
	}
}

// watched lists the kinds of events that concern this monitor.
func (o *Offsets) watched() []Kind {
	return []Kind{Commit, FetchOffsets, CommitDone, OffsetsTold, Started, Stopped, OffsetsDeleted, GroupDeleted, Truncated}
}

// disturbed takes in that offsets changed without a commit: by deletion, or by
// an unclean election of the partition they are kept in. The next chunk begins
// with an unknown offset; what is under way may have seen either, and that is
// not searched for: such a chunk is left out.
func (o *Offsets) disturbed(e *Event, report func(Anomaly)) {
	if e.Kind == Truncated && (e.Topic != OffsetsTopic || e.Cause != CauseUnclean) {
		return
	}
	for _, g := range sortedKeys(o.Parts) {
		if e.Kind == Truncated || g.Group == e.Group && (len(e.Partitions) == 0 || mentions(e.Partitions, g.TopicPartition)) {
			l := o.Parts[g]
			if l.Open > 0 {
				l.TooMany++
				continue
			}
			if len(l.Ops) > 0 {
				o.check(g, l, report)
			}
			l.States = []register{{Offset: -1}}
		}
	}
}

func (o *Offsets) log(g groupPart) *registerLog {
	l := o.Parts[g]
	if l == nil {
		l = entry(&o.Parts, g)
		l.States = []register{{Known: o.Fresh, Offset: -1}}
	}
	return l
}

func (l *registerLog) add(maxOps int, op registerOp) {
	l.Open++
	if len(l.Ops) >= maxOps {
		l.TooMany++
		return
	}
	l.Ops = append(l.Ops, op)
}

// done takes a return for the partitions that it answers.
func (o *Offsets) done(i int, e *Event, report func(Anomaly)) {
	fetch := e.Kind == OffsetsTold
	c := slices.IndexFunc(o.Calls, func(c registerCall) bool { return c.Client == e.Client && c.Op == e.Op && c.Fetch == fetch })
	if c < 0 {
		return // an assumption that is checked elsewhere
	}
	call := &o.Calls[c]
	var left []PartitionOffset
	for _, p := range call.Partitions {
		at := slices.IndexFunc(e.Partitions, func(q PartitionOffset) bool { return q.TopicPartition == p.TopicPartition })
		if at < 0 && len(e.Partitions) > 0 {
			left = append(left, p)
			continue
		}
		offset := int64(-1)
		if at >= 0 {
			offset = e.Partitions[at].Offset
		}
		o.answer(i, e, groupPart{call.Group, p.TopicPartition}, offset, report)
	}
	if call.Partitions = left; len(left) == 0 {
		o.Calls = slices.Delete(o.Calls, c, c+1)
	}
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

// answer closes an operation, and checks the chunk if that was the last open.
func (o *Offsets) answer(i int, e *Event, g groupPart, told int64, report func(Anomaly)) {
	l := o.log(g)
	fetch := e.Kind == OffsetsTold
	l.Open--
	if at := l.find(e, fetch); at >= 0 {
		op := &l.Ops[at]
		r := outcome(e.Error, o.HiddenRetries)
		switch {
		case r == failed, fetch && r != succeeded:
			l.Ops = slices.Delete(l.Ops, at, at+1) // it had no effect, and told nothing
		case fetch:
			op.Result, op.Return, op.At, op.Offset = succeeded, i, e.At, told
		case r == succeeded:
			op.Result, op.Return, op.At = succeeded, i, e.At
		}
	}
	if l.Open == 0 && len(l.Ops)+l.TooMany >= chunkOps {
		o.check(g, l, report)
	}
}

// abandon gives up the calls of a client that stopped: its commits may still
// take effect, its fetches concern nobody.
func (o *Offsets) abandon(client string, report func(Anomaly)) {
	var kept []registerCall
	for _, c := range o.Calls {
		if c.Client != client {
			kept = append(kept, c)
			continue
		}
		for _, p := range c.Partitions {
			l := o.log(groupPart{c.Group, p.TopicPartition})
			l.Open--
			if c.Fetch {
				l.Ops = slices.DeleteFunc(l.Ops, func(op registerOp) bool {
					return op.Fetch && op.Client == client && op.Op == c.Op && op.Return == noReturn
				})
			}
		}
	}
	o.Calls = kept
}

// check looks at what has been gathered, and leaves the log as it is to go on.
func (o *Offsets) check(g groupPart, l *registerLog, report func(Anomaly)) {
	m := registerModel{relaxed: o.RelaxedEpochs, probe: true}
	ops := append(slices.Clone(l.Uncertain), l.Ops...)
	next := []register{{Offset: -1}} // anything
	if l.TooMany > 0 || countUncertain(ops) > maxUncertain {
		o.LeftOut += len(l.Ops) + l.TooMany
	} else if ok, sure := m.check(l.States, ops, o.MaxSteps); !sure {
		o.LeftOut += len(l.Ops)
	} else {
		o.Searched++
		o.Checked += len(l.Ops)
		if ok {
			next = m.ends
		} else {
			o.report(g, l.States, ops, report)
		}
	}
	l.States, l.Uncertain = next, stillPossible(ops)
	l.Ops, l.TooMany = l.Ops[:0], 0
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

// report finds the first return that cannot be explained, and the commit
// before it.
func (o *Offsets) report(g groupPart, from []register, ops []registerOp, report func(Anomaly)) {
	culprit := unexplained(registerModel{relaxed: o.RelaxedEpochs}, from, ops, o.MaxSteps)
	var before *registerOp
	for i := range ops {
		if op := &ops[i]; op.Return < culprit.Return && !op.Fetch && (before == nil || op.Return > before.Return) {
			before = op
		}
	}
	what := "no order of commits and fetches explains that " + culprit.text()
	if before != nil {
		what += "; the last acknowledged before: " + before.text()
	}
	a := Anomaly{Name: OffsetsNotLinearizable, At: culprit.At, Event: culprit.Return, Client: culprit.Client, Group: g.Group,
		TopicPartition: g.TopicPartition, From: culprit.Offset, To: culprit.Offset}
	report(a.describe(what))
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

func (op *registerOp) text() string {
	text := op.Client + "'s commit of " + itoa(op.Offset)
	if op.Fetch {
		text = op.Client + " was told " + itoa(op.Offset)
	}
	if op.Generation > 0 {
		text += " in " + generation(op.Generation)
	}
	if !op.Fetch {
		text += " succeeded"
	}
	return text
}

// Finish implements Monitor.
func (o *Offsets) Finish(report func(Anomaly)) {
	for _, g := range sortedKeys(o.Parts) {
		l := o.Parts[g]
		l.Ops = slices.DeleteFunc(l.Ops, func(op registerOp) bool { return op.Fetch && op.Return == noReturn })
		if len(l.Ops)+l.TooMany > 0 {
			o.check(g, l, report)
		}
	}
}

func (o *Offsets) unchecked() []NotChecked {
	switch {
	case o.Midlife:
		return []NotChecked{{OffsetsNotLinearizable, midlife}}
	case o.LeftOut > 0:
		return []NotChecked{{OffsetsNotLinearizable, itoa(int64(o.LeftOut)) + " of " + itoa(int64(o.LeftOut+o.Checked)) +
			" commits and fetches: too many at once or of unknown outcome"}}
	case o.Checked == 0:
		return []NotChecked{{OffsetsNotLinearizable, "the history has no commits"}}
	}
	return nil
}
