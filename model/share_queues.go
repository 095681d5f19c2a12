package model

import (
	"cmp"
	"slices"
)

// ShareQueues checks with porcupine that each share partition is a queue with
// locks: share-not-linearizable. Shares holds against each other what it can
// tell the order of; here any order will do that explains all of it, so
// answers that are late and outcomes that nobody knows are judged as well.
//
// Records are searched for themselves, in the runs in which they were given
// out and acknowledged. Those that were delivered once and acknowledged by whom
// they were given to need no search. A run is looked at when it is done and
// MaxOps others came after it; what is told of it later is left out.
type ShareQueues struct {
	Midlife          bool
	MaxOps, MaxSteps int // runs kept of a partition, and operations of one; steps of one

	Parts    map[groupPart]*shareQueue
	Born     shareBorn
	Checked  int
	Searched int
	LeftOut  int
}

// shareQueue is what is kept of one share partition.
type shareQueue struct {
	Told    bool
	Leader  string
	Start   int64
	Runs    runs[shareLog]
	Over    Intervals // looked at, and done
	Readers map[string]shareReader
	Calls   []shareCall // not answered
	Loads   []shareOp   // changes of the leader
	Left    int         // runs that were not done when they were looked for last
}

// shareLog is what happened to a run of records.
type shareLog struct{ Ops []shareOp }

func (l shareLog) cloned() shareLog { return shareLog{slices.Clone(l.Ops)} }

// Describe implements Monitor.
func (q *ShareQueues) Describe() Description {
	return Description{"share-queues", Ledger, []string{ShareNotLinearizable},
		"as shares; acknowledgements are written as calls and returns"}
}

// watched lists the kinds of events that concern this monitor.
func (q *ShareQueues) watched() []Kind { return append([]Kind{Started, Stopped}, shareKinds...) }

// Observe implements Monitor.
func (q *ShareQueues) Observe(i int, e *Event, report func(Anomaly)) {
	if q.Midlife {
		return
	}
	if e.Kind == Started || e.Kind == Stopped {
		if len(q.Parts) == 0 {
			return // there is no share group
		}
		if e.Kind == Started {
			q.Born.started(i, e)
		}
		for _, k := range sortedKeys(q.Parts) {
			p := q.Parts[k]
			delete(p.Readers, e.Client)
			p.Calls = slices.DeleteFunc(p.Calls, func(c shareCall) bool { return c.Client == e.Client })
		}
		return
	}
	k := groupPart{e.Group, e.TopicPartition}
	p := entry(&q.Parts, k)
	switch e.Kind {
	case ShareAcquired:
		q.acquired(i, e, p)
	case ShareAcknowledge:
		p.Calls = append(p.Calls, shareCall{e.Client, k, e.Op, Interval{e.From, e.To}, e.Cause})
		q.add(p, e.From, e.To, shareOp{Kind: e.Kind, Type: e.Cause, Client: e.Client, Member: e.Member, Op: e.Op, Call: i, Return: noReturn})
	case ShareAcknowledgeDone:
		q.answered(i, e, p)
	case ShareExpired, ShareReleased, ShareArchived:
		q.add(p, e.From, e.To, shareOp{Kind: e.Kind, Member: e.Member, Deliveries: e.Deliveries, Call: i - 1, Return: i, At: e.At})
	case ShareLoaded, ShareUnloaded:
		p.Told, p.Leader = true, e.Node
		if e.Kind == ShareUnloaded {
			p.Leader = ""
		}
		op := shareOp{Kind: e.Kind, Call: i - 1, Return: i, At: e.At}
		p.Loads = append(p.Loads, op)
		for n := range p.Runs {
			p.Runs[n].V.Ops = append(p.Runs[n].V.Ops, op)
		}
		if e.Kind == ShareLoaded && e.Cause == CauseAdmin {
			q.look(k, p, true, report)
			p.Runs, p.Over, p.Start = nil, nil, e.From
		}
	case ShareStartMoved:
		if e.To > p.Start {
			for _, one := range p.Runs.within(p.Start, e.To) {
				at := p.Runs.at(one.From)
				p.Runs[at].V.Ops = append(p.Runs[at].V.Ops, shareOp{Kind: e.Kind, Call: i - 1, Return: i, At: e.At})
			}
			p.Start = e.To
		}
	}
	if len(p.Runs) > q.MaxOps+2*p.Left {
		q.look(k, p, false, report)
	}
}

// acquired is a delivery: after what the client was given before by the same
// broker.
func (q *ShareQueues) acquired(i int, e *Event, p *shareQueue) {
	since := q.Born.since(i, e, &p.Readers)
	stale := p.Told && (p.Leader == "" || e.Node != "" && e.Node != p.Leader)
	if n := len(p.Loads); stale && (n == 0 || since >= p.Loads[n-1].Return) {
		return // by one that did not know that it leads no more
	}
	q.add(p, e.From, e.To, shareOp{Kind: e.Kind, Client: e.Client, Member: e.Member, Deliveries: e.Deliveries, Call: since, Return: i, At: e.At})
}

func (q *ShareQueues) add(p *shareQueue, from, to int64, op shareOp) {
	for _, free := range p.Over.Missing(from, to) {
		list := p.Runs.over(free.From, free.To)
		for n := range list {
			l := &list[n].V
			if len(l.Ops) == 0 { // it may have been given out before these
				l.Ops = slices.Clone(p.Loads)
			}
			l.Ops = append(l.Ops, op)
		}
	}
	if p.Over.CountWithin(from, to) > 0 {
		q.LeftOut++
	}
}

// answered gives the acknowledgements of a request their outcome.
func (q *ShareQueues) answered(i int, e *Event, p *shareQueue) {
	outcome := shareOutcomeOf(e.Error)
	for _, c := range p.Calls {
		if c.Client != e.Client || c.Op != e.Op {
			continue
		}
		list := p.Runs.within(c.From, c.To)
		for n := range list {
			list[n].V.answered(i, e, outcome)
		}
	}
	p.Calls = slices.DeleteFunc(p.Calls, func(c shareCall) bool { return c.Client == e.Client && c.Op == e.Op })
}

func (l *shareLog) answered(i int, e *Event, outcome shareOutcome) {
	for at := len(l.Ops) - 1; at >= 0; at-- {
		op := &l.Ops[at]
		if op.Kind != ShareAcknowledge || op.Client != e.Client || op.Op != e.Op || op.Return != noReturn {
			continue
		}
		switch outcome {
		case shareTaken:
			op.Return, op.At = i, e.At
		case shareRefused:
			l.Ops = slices.Delete(l.Ops, at, at+1)
		}
	}
}

// plain tells whether a run needs no search: it was given out once, and then
// acknowledged with success by that member, if at all, without a change of the
// leader in between.
func (l *shareLog) plain() bool {
	ops := l.Ops
	for len(ops) > 0 && (ops[0].Kind == ShareLoaded || ops[0].Kind == ShareUnloaded) {
		ops = ops[1:]
	}
	if len(ops) == 0 || ops[0].Kind != ShareAcquired {
		return false
	}
	if len(ops) == 1 {
		return true
	}
	a, b := &ops[0], &ops[1]
	if b.Kind != ShareAcknowledge || a.Member != b.Member || !terminal(b.Type) || b.Return == noReturn {
		return false
	}
	for _, op := range ops[2:] {
		if op.Kind != ShareStartMoved && op.Kind != ShareLoaded && op.Kind != ShareUnloaded || op.Kind != ShareStartMoved && op.Return < b.Return {
			return false
		}
	}
	return true
}

// done tells whether the records of a run came to their end.
func (l *shareLog) done() bool {
	return slices.ContainsFunc(l.Ops, func(op shareOp) bool {
		return op.Return != noReturn && (op.Kind == ShareAcknowledge && terminal(op.Type) || op.Kind == ShareArchived || op.Kind == ShareStartMoved)
	})
}

// look searches the runs that are done, or all, and forgets those.
func (q *ShareQueues) look(k groupPart, p *shareQueue, all bool, report func(Anomaly)) {
	var left runs[shareLog]
	for n := range p.Runs {
		one := &p.Runs[n]
		if !all && !one.V.done() {
			left = append(left, *one)
			continue
		}
		p.Over.Add(one.From, one.To)
		q.search(k, p, one, report)
	}
	p.Runs, p.Left = left, len(left)
}

func (q *ShareQueues) search(k groupPart, p *shareQueue, one *run[shareLog], report func(Anomaly)) {
	ops := one.V.Ops
	if q.Checked += len(ops); one.V.plain() || !slices.ContainsFunc(ops, func(op shareOp) bool { return op.Return != noReturn }) {
		return
	}
	if len(ops) > q.MaxOps {
		q.LeftOut += len(ops)
		return
	}
	m := shareModel{told: p.Told}
	ok, sure := m.check(ops, q.MaxSteps)
	q.Searched++
	switch {
	case !sure:
		q.LeftOut += len(ops)
	case !ok:
		c := m.culprit(ops, q.MaxSteps)
		a := Anomaly{Name: ShareNotLinearizable, At: c.At, Event: c.Return, Client: c.Client, Group: k.Group, TopicPartition: k.TopicPartition}
		report(a.over(span(one.From, one.To)).describe("no queue with locks explains that they were " + c.text()))
	}
}

func (op *shareOp) text() string {
	by := cmp.Or(op.Client, op.Member)
	switch {
	case op.Kind == ShareAcquired:
		return "given to " + by + " for the " + ordinal(op.Deliveries) + " time"
	case op.Kind == ShareAcknowledge:
		return "acknowledged (" + op.Type + ") by " + by + " with success"
	}
	return string(op.Kind)
}

// Finish implements Monitor.
func (q *ShareQueues) Finish(report func(Anomaly)) {
	if len(q.Parts) == 0 {
		return
	}
	for _, k := range sortedKeys(q.Parts) {
		q.look(k, q.Parts[k], true, report)
	}
}

func (q *ShareQueues) unchecked() []NotChecked {
	switch {
	case len(q.Parts) > 0 && q.LeftOut > 0:
		return []NotChecked{{ShareNotLinearizable, itoa(int64(q.LeftOut)) + " deliveries and acknowledgements: too many of a record, or too late"}}
	}
	return nil
}
