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

	Parts map[groupPart]*registerLog
	Calls []registerCall // unanswered
	searched
}

type registerCall struct {
	Client, Group string
	Op            int64
	Fetch         bool
	Partitions    []PartitionOffset
}

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

// check looks at what has been gathered.
func (o *Offsets) check(g groupPart, l *registerLog, report func(Anomaly)) {
	before := l.States
	if ops := l.search(registerModel{relaxed: o.RelaxedEpochs}, o.MaxSteps, &o.searched); ops != nil {
		o.report(g, before, ops, report)
	}
}

// report finds the first return that cannot be explained, and the commit
// before it.
func (o *Offsets) report(g groupPart, from []register, ops []registerOp, report func(Anomaly)) {
	culprit := unexplained(registerModel{relaxed: o.RelaxedEpochs}, from, ops, o.MaxSteps)
	what := "no order of commits and fetches explains that " + culprit.text()
	if before := lastBefore(ops, &culprit); before != nil {
		what += "; the last acknowledged before: " + before.text()
	}
	a := Anomaly{Name: OffsetsNotLinearizable, At: culprit.At, Event: culprit.Return, Client: culprit.Client, Group: g.Group,
		TopicPartition: g.TopicPartition, From: culprit.Offset, To: culprit.Offset}
	report(a.describe(what))
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
		if l := o.Parts[g]; l.ended() {
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
