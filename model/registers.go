package model

import "slices"

// Registers checks with porcupine that each key of a cache or a store is
// linearizable: stale-read. A read is told the value that was written last, or
// that is being written, whoever keeps it. It searches as Offsets does.
type Registers struct {
	Fresh    bool // nothing was written before the history began
	Midlife  bool // see Options: others may write
	MaxOps   int  // in a chunk
	MaxSteps int  // for a chunk

	Keys map[string]*valueLog
	searched
}

// valueLog is what is still to be checked of one key. A value is its index in
// Values; -1 is none.
type valueLog struct {
	registerLog
	Values []string
}

// Describe implements Monitor.
func (r *Registers) Describe() Description {
	return Description{"registers", Ledger, []string{StaleRead},
		"the lines are in the order of real time; all reads and writes of a key are told; it sees more where they write different values"}
}

// watched lists the kinds of events that concern this monitor.
func (r *Registers) watched() []Kind {
	return []Kind{Read, ReadDone, Write, WriteDone, Started, Stopped}
}

// Observe implements Monitor.
func (r *Registers) Observe(i int, e *Event, report func(Anomaly)) {
	if r.Midlife {
		return
	}
	if e.Kind == Started || e.Kind == Stopped {
		if e.Cause != CauseEnd {
			r.abandon(e.Client)
		}
		return
	}
	l := r.log(e.Keys[0])
	switch e.Kind {
	case Read:
		l.add(r.MaxOps, registerOp{Client: e.Client, Op: e.Op, Fetch: true, Result: uncertain, Call: i, Return: noReturn})
	case Write:
		l.add(r.MaxOps, registerOp{Client: e.Client, Op: e.Op, Offset: l.value(e), Result: uncertain, Call: i, Return: noReturn})
	case ReadDone, WriteDone:
		r.done(i, e, l, report)
	}
}

func (r *Registers) log(key string) *valueLog {
	l := r.Keys[key]
	if l == nil {
		l = entry(&r.Keys, key)
		l.States = []register{{Known: r.Fresh, Offset: -1}}
	}
	return l
}

// value is the number of the value in e.
func (l *valueLog) value(e *Event) int64 {
	if len(e.Values) == 0 {
		return -1
	}
	at := slices.Index(l.Values, e.Values[0])
	if at < 0 {
		l.Values, at = append(l.Values, e.Values[0]), len(l.Values)
	}
	return int64(at)
}

func (r *Registers) done(i int, e *Event, l *valueLog, report func(Anomaly)) {
	l.Open--
	if at := l.find(e, e.Kind == ReadDone); at >= 0 {
		op := &l.Ops[at]
		switch {
		case op.Fetch && e.Error != "", e.Error == ErrNotSent, e.Error == ErrFenced:
			l.Ops = slices.Delete(l.Ops, at, at+1)
		case e.Error != "": // it may have its effect yet
		case op.Fetch:
			op.Offset = l.value(e)
			fallthrough
		default:
			op.Result, op.Return, op.At = succeeded, i, e.At
		}
	}
	if l.Open == 0 && len(l.Ops)+l.TooMany >= chunkOps {
		r.check(e.Keys[0], l, report)
	}
}

// abandon gives up what a client that is gone has under way: its writes may
// still take effect, its reads concern nobody.
func (r *Registers) abandon(client string) {
	for _, key := range sortedNames(r.Keys) {
		l := r.Keys[key]
		n := len(l.Ops)
		for i := range l.Ops {
			if op := &l.Ops[i]; op.Client == client && op.Return == noReturn && !op.Fetch && op.Op >= 0 {
				l.Open--
				op.Op = -1 // nobody will answer for it
			}
		}
		l.Ops = slices.DeleteFunc(l.Ops, func(op registerOp) bool {
			return op.Fetch && op.Client == client && op.Return == noReturn
		})
		l.Open -= n - len(l.Ops)
	}
}

// check looks at what has been gathered of a key.
func (r *Registers) check(key string, l *valueLog, report func(Anomaly)) {
	before := l.States
	if ops := l.search(registerModel{}, r.MaxSteps, &r.searched); ops != nil {
		r.report(key, l, before, ops, report)
	}
}

// report finds the first return that cannot be explained.
func (r *Registers) report(key string, l *valueLog, from []register, ops []registerOp, report func(Anomaly)) {
	culprit := unexplained(registerModel{}, from, ops, r.MaxSteps)
	a := Anomaly{Name: StaleRead, Event: culprit.Return, At: culprit.At, Client: culprit.Client}
	what := "key " + quote(key) + ": no order of reads and writes explains that " + l.text(&culprit)
	if before := lastBefore(ops, &culprit); before != nil {
		what += "; the last write done before: " + l.text(before)
	}
	report(a.describe(what))
}

func (l *valueLog) text(op *registerOp) string {
	value := "nothing"
	if op.Offset >= 0 {
		value = quote(l.Values[op.Offset])
	}
	if op.Fetch {
		return op.Client + " read " + value
	}
	return op.Client + " wrote " + value
}

// Finish implements Monitor.
func (r *Registers) Finish(report func(Anomaly)) {
	for _, key := range sortedNames(r.Keys) {
		if l := r.Keys[key]; l.ended() {
			r.check(key, l, report)
		}
	}
}

func (r *Registers) unchecked() []NotChecked {
	if r.LeftOut > 0 {
		return []NotChecked{{StaleRead, itoa(int64(r.LeftOut)) + " of " + itoa(int64(r.LeftOut+r.Checked)) +
			" reads and writes: too many at once or of unknown outcome"}}
	}
	return nil
}
