package model

import "slices"

// Logs watches that each partition is an append-only log:
// log-not-linearizable and inconsistent-offsets.
//
// The log itself is the witness: an acknowledged offset is a record's place in
// the order, so what needs no search is checked as it comes. A request that is
// sent when the log has reached an offset cannot be acknowledged below it, no
// offset is acknowledged twice, and whoever asks for the end is not told one
// below what was acknowledged before. An unclean election may take records
// away, and no other.
//
// Left to a search with porcupine is what has no offset: where a partition has
// produce events, every record must be one of a request, and those of unknown
// outcome may fill holes; and what is under way while a log is truncated.
// The search goes in chunks, as in Offsets.
type Logs struct {
	SparseOffsets    bool
	Midlife          bool // see Options: there may be requests that are not in the history
	MaxOps, MaxSteps int  // of a chunk

	Parts    map[TopicPartition]*partitionLog
	Seats    map[seat]*lookup
	Searched int // chunks
	LeftOut  int // operations
}

// partitionLog is what is known of one partition's log.
type partitionLog struct {
	End    int64 // the furthest that acknowledgements and reads have shown; -1 for nothing
	Acked  Intervals
	Values map[int64]string
	Calls  bool      // it has produce events
	Epoch  int       // unclean elections
	Maybe  Intervals // of requests whose answer nobody saw, or came when a log was truncated
	Short  bool      // requests were too many to keep

	// For the search.
	From    int64   // End at the beginning of the chunk
	Ops     []logOp // since then; those without a return may yet take effect
	Holes   Intervals
	Blurred bool // a truncation is among Ops
	Full    bool // Ops are not all there are
}

// lookup is a reader's search for its position.
type lookup struct {
	Asks  bool
	Acked int64 // acknowledged by then
	Since int   // event
	Epoch int
}

// Describe implements Monitor.
func (l *Logs) Describe() Description {
	return Description{"logs", Ledger, []string{InconsistentOffsets, LogNotLinearizable},
		"produced means acknowledged by all replicas in sync; where a partition has produce events it has all; unclean elections are told"}
}

// watched lists the kinds of events that concern this monitor.
func (l *Logs) watched() []Kind {
	return []Kind{Started, Stopped, Produce, Produced, Polled, Assigned, FetchOffsets, Positioned, Truncated}
}

// Observe implements Monitor.
func (l *Logs) Observe(i int, e *Event, report func(Anomaly)) {
	switch e.Kind {
	case Started, Stopped:
		dropClient(l.Seats, e.Client)
		for _, k := range sortedKeys(l.Parts) {
			l.Parts[k].abandon(e.Client)
		}
	case Produce:
		l.call(i, e)
	case Produced:
		l.produced(i, e, report)
	case Polled:
		l.polled(i, e, report)
	case Assigned, FetchOffsets:
		for _, p := range e.Partitions {
			l.asks(i, e, p.TopicPartition)
		}
	case Positioned:
		l.positioned(i, e, report)
	case Truncated:
		l.truncated(i, e)
	}
}

func (l *Logs) part(p TopicPartition) *partitionLog {
	g := l.Parts[p]
	if g == nil {
		g = entry(&l.Parts, p)
		g.End, g.From = -1, -1
	}
	return g
}

func (l *Logs) call(i int, e *Event) {
	g := l.part(e.TopicPartition)
	if !g.Calls && !l.Midlife {
		g.Calls, g.From = true, g.End
	}
	g.add(l.MaxOps, logOp{Kind: Produce, Client: e.Client, Op: e.Op, From: -1, Size: e.To, First: first(e.Values), Floor: g.End, Born: g.Epoch, Call: i, Return: noReturn})
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

func (g *partitionLog) add(most int, op logOp) {
	if len(g.Ops) >= most {
		g.Full = true
		g.Short = g.Short || op.Kind == Produce
		return
	}
	g.Ops = append(g.Ops, op)
}

// abandon leaves the requests of a client that is gone open for good.
func (g *partitionLog) abandon(client string) {
	for i := range g.Ops {
		if op := &g.Ops[i]; op.Client == client && op.Return == noReturn {
			op.Client, op.Lost = "", true
		}
	}
}

func (l *Logs) produced(i int, e *Event, report func(Anomaly)) {
	g := l.part(e.TopicPartition)
	blurred := false
	if e.Op != 0 {
		at := slices.IndexFunc(g.Ops, func(op logOp) bool { return op.Client == e.Client && op.Op == e.Op && op.Return == noReturn })
		if at >= 0 {
			op := &g.Ops[at]
			op.Return, op.From, op.Size = i, e.From, e.To-e.From
			if blurred = op.Born < g.Epoch; !blurred && e.From < op.Floor {
				l.report(i, e, span(e.From, e.To), "acknowledged, though the log had reached "+itoa(op.Floor)+" when the request was sent", report)
			}
		}
	}
	if blurred { // before the election or after it: for the search
		g.Maybe.Add(e.From, e.To)
		l.rest(e.TopicPartition, g, report)
		return
	}
	if twice := g.Acked.Within(e.From, e.To); len(twice) > 0 {
		l.report(i, e, twice, "acknowledged a second time", report)
	}
	g.Acked.Add(e.From, e.To)
	g.Holes.Remove(e.From, e.To)
	g.value(i, e, report)
	l.reached(g, e.From, e.To)
	l.rest(e.TopicPartition, g, report)
}

// reached takes in that the log has [from, to), and what lies before it.
func (l *Logs) reached(g *partitionLog, from, to int64) {
	if g.End < 0 {
		g.End = max(from, g.Acked.End())
	}
	if g.Calls && !l.SparseOffsets && to > g.End {
		for _, hole := range g.Acked.Or(g.Maybe).Missing(g.End, to) {
			g.Holes.Add(hole.From, hole.To)
		}
	}
	g.End = max(g.End, to)
}

func (l *Logs) polled(i int, e *Event, report func(Anomaly)) {
	g := l.part(e.TopicPartition)
	s := entry(&l.Seats, seat{e.Client, e.Group, e.TopicPartition})
	s.Asks = false
	if g.Calls && g.Epoch > 0 {
		g.add(l.MaxOps, logOp{Kind: Polled, From: e.From, Size: e.To - e.From, Call: s.Since, Return: i})
	}
	if s.Epoch < g.Epoch {
		return // it may have been fetched before the election
	}
	g.value(i, e, report)
	if e.To <= g.End {
		return
	}
	if g.Calls && g.Epoch == 0 {
		g.add(l.MaxOps, logOp{Kind: Polled, From: e.From, Size: e.To - e.From, Call: s.Since, Return: i})
	}
	g.recognise(e)
	l.reached(g, e.From, e.To)
}

// recognise finds the offset of a request that nobody has answered by what a
// reader got.
func (g *partitionLog) recognise(e *Event) {
	for i := range g.Ops {
		op := &g.Ops[i]
		if op.Kind != Produce || op.From >= 0 || op.First == "" {
			continue
		}
		if at := slices.Index(e.Values, op.First); at >= 0 {
			op.From = e.From + int64(at)
		}
	}
}

// value compares what stands at an offset with what stood there before.
func (g *partitionLog) value(i int, e *Event, report func(Anomaly)) {
	if int64(len(e.Values)) != e.To-e.From {
		return
	}
	if g.Values == nil {
		g.Values = map[int64]string{}
	}
	for n, v := range e.Values {
		at := e.From + int64(n)
		if was, ok := g.Values[at]; ok && was != v {
			report(found(InconsistentOffsets, i, e, e.TopicPartition).over(span(at, at+1)).describe("is " + v + " and was " + was))
		}
		g.Values[at] = v
	}
}

func (l *Logs) asks(i int, e *Event, p TopicPartition) {
	s, g := entry(&l.Seats, seat{e.Client, e.Group, p}), l.part(p)
	if s.Asks && e.Kind == FetchOffsets || s.Asks && s.Epoch == g.Epoch {
		return // since it first asked
	}
	*s = lookup{true, g.Acked.End(), i, g.Epoch}
}

// positioned looks at what a reader was told to be the end.
func (l *Logs) positioned(i int, e *Event, report func(Anomaly)) {
	g, s := l.part(e.TopicPartition), entry(&l.Seats, seat{e.Client, e.Group, e.TopicPartition})
	if e.Cause == CauseLatest && s.Asks && s.Epoch == g.Epoch && e.To < s.Acked && !l.SparseOffsets {
		l.report(i, e, g.Acked.Within(e.To, s.Acked), "acknowledged before "+e.Client+" asked for the end of the log, and was told "+itoa(e.To), report)
	}
	if !s.Asks { // it was reset
		s.Since, s.Epoch = i, g.Epoch
	}
	s.Asks = false
}

// truncated takes in an unclean election: the log ends at From.
func (l *Logs) truncated(i int, e *Event) {
	if e.Cause != CauseUnclean {
		return
	}
	g := l.part(e.TopicPartition)
	g.Epoch++
	if g.Calls {
		g.add(l.MaxOps, logOp{Kind: Truncated, From: e.From, Call: i, Return: i})
		g.Blurred = true
	}
	g.Acked.Remove(e.From, max(e.To, g.Acked.End()))
	g.Holes.Remove(e.From, max(e.To, g.Holes.End()))
	g.End = min(g.End, e.From)
	for at := range g.Values { //ordered: each entry is looked at for itself
		if at >= e.From {
			delete(g.Values, at)
		}
	}
}

func (l *Logs) report(i int, e *Event, set Intervals, what string, report func(Anomaly)) {
	report(found(LogNotLinearizable, i, e, e.TopicPartition).over(set).describe(what))
}

// rest begins a new chunk where no request with an answer to come is under
// way. Without holes and truncations the witness has said it all.
func (l *Logs) rest(p TopicPartition, g *partitionLog, report func(Anomaly)) {
	if len(g.Ops) == 0 || slices.ContainsFunc(g.Ops, func(op logOp) bool { return op.Return == noReturn && !op.Lost }) {
		return
	}
	if len(g.Holes) > 0 || g.Blurred {
		if len(g.Ops) < chunkOps && !g.Full {
			return
		}
		l.check(p, g, report)
	}
	g.next()
}

// next begins a chunk with the requests that may still take effect.
func (g *partitionLog) next() {
	g.Ops = slices.DeleteFunc(g.Ops, func(op logOp) bool {
		if op.Return == noReturn && op.From >= 0 { // a reader has shown where it is
			g.Maybe.Add(op.From, op.From+op.Size)
		}
		return op.Return != noReturn || op.From >= 0
	})
	if g.Blurred {
		g.End = -1 // nobody can say
	}
	g.From, g.Holes, g.Blurred, g.Full = g.End, nil, false, false
	for i := range g.Ops {
		g.Ops[i].Call = -1 // long ago
	}
}

// Finish implements Monitor.
func (l *Logs) Finish(report func(Anomaly)) {
	for _, p := range sortedKeys(l.Parts) {
		if g := l.Parts[p]; len(g.Holes) > 0 || g.Blurred {
			l.check(p, g, report)
		}
	}
}

func (l *Logs) unchecked() []NotChecked {
	var list []NotChecked
	values := false
	for _, g := range l.Parts { //ordered: whether one has values
		values = values || g.Values != nil
	}
	if !values {
		list = append(list, NotChecked{InconsistentOffsets, "the records have no values"})
	}
	if l.Midlife {
		list = append(list, NotChecked{LogNotLinearizable, "whether each record is one of a request: " + midlife})
	}
	if l.LeftOut > 0 {
		list = append(list, NotChecked{LogNotLinearizable, itoa(int64(l.LeftOut)) + " appends and reads: too many at once or of unknown outcome"})
	}
	return list
}
