package model

import "slices"

// Loss watches that what was produced is processed: commit-ahead-of-processing
// and lost-record (I-O5).
//
// An offset below the committed one that nobody processed is lost unless
// somebody who read it is still at work on it. That is certain when the
// history ends; with Early also as soon as nobody who read it is running any
// more, if one trusts that no commit goes back and no application seeks back.
//
// Above the committed offset nothing is lost as long as somebody may still
// come to it: after Calm the group has LagBound for that.
//
// What lies before the offset where the group first began is not its business
// if it began at the end of the log (latest), but with FromStart. If a reader
// begins at the end later on, what it leaves out is (I-P2); both are
// late-start-loss. What the application sought over, it did not want.
//
// A group in which a checkpointing job reads, or which it commits to, is left
// alone: its offsets are not what the job goes on from.
type Loss struct {
	Early         bool
	SparseOffsets bool  // where nothing produced is known, only offsets that were polled are records
	LagBound      int64 // µs
	FromStart     bool  // the group is to read its topics from their first record
	Explain       bool  // keep Begun, for Skips

	Book     commitBook
	Skips    []Skip                   `canon:"-"` // what was left out, and why; only with Explain
	Starts   map[TopicPartition]int64 // where logs start
	Produced map[TopicPartition]*Intervals
	Parts    map[groupPart]*progress
	Seats    map[seat]*unfinished
	Running  map[clientGroup]bool // clients with a place in the group; false once they stopped
	Tasks    map[string]bool      // clients that are a job's: what becomes of their records, State tells
	Jobs     []string             // groups that such a client has committed to, perhaps after others that read there

	Quiet int64 `canon:"-"` // µs: when the faults were over and the last record was produced
	Calm  bool
	Ended bool
	EndAt int64       `canon:"-"`
	EndIx int         `canon:"-"`
	Sum   LossNumbers `canon:"-"`
}

// LossNumbers counts records.
type LossNumbers struct {
	Produced int64 // acknowledged
	Distinct int64 // processed at least once, summed over the groups
	Lost     int64 // below the committed offset, or long overdue, and never processed
	Unseen   int64 // never processed, but somebody may still come to them
	// Never processed, and rightly so: before the group began (latest), and
	// where the application sought over them.
	BeforeStart, Sought int64
}

// progress is how far a group has come in a partition.
type progress struct {
	First     int64 // where it began to read; -1 while it has not
	Covered   int64 // the furthest committed offset that was looked at for Ahead
	Committed int64 // the last one acknowledged or told; -1 for none
	Polled    Intervals
	Processed Intervals
	Ahead     []ahead   // committed, not processed at that time
	Reported  Intervals // by Early
	FirstBy   string    // the cause of First
	Sought    Intervals // the application left these out
	Elsewhere Intervals // whether these were processed the history does not say; see Options.Midlife
	Begun     []readStart
}

// readStart is that a reader began at the end of the log, beyond records that
// nobody had processed.
type readStart struct {
	Offset int64
	Client string
	At     int64 `canon:"-"`
	Event  int   `canon:"-"`
}

// ahead is a range that was committed before it was processed.
type ahead struct {
	Interval
	Client string
	At     int64 `canon:"-"`
	Event  int   `canon:"-"`
}

// unfinished is what a running client has read and not processed.
type unfinished struct {
	Left Intervals
	Next int64 // it reads on here
	Owns bool
	// In a history that begins in mid-life: it was assigned what it reads in the
	// history; it has polled since.
	Known, Read bool
}

// Describe implements Monitor.
func (l *Loss) Describe() Description {
	return Description{"loss", Finite, []string{CommitAheadOfProcessing, LostRecord, LateStartLoss},
		"a processed range lists no record that was left out; the history is told to its end"}
}

// Observe implements Monitor.
func (l *Loss) Observe(i int, e *Event, report func(Anomaly)) {
	switch e.Kind {
	case Started:
		dropClient(l.Seats, e.Client)
	case Stopped:
		l.stopped(e, report)
	case Produced:
		n := entry(&l.Produced, e.TopicPartition).Add(e.From, e.To)
		l.Sum.Produced += n
		l.Quiet = e.At
	case Joining, Assigned, Positioned, Revoked, Lost:
		l.membership(i, e, report)
	case OffsetsTold:
		for _, p := range e.Partitions {
			if e.Error == "" {
				l.elsewhere(groupPart{e.Group, p.TopicPartition}, p.Offset)
				l.committed(i, e, groupPart{e.Group, p.TopicPartition}, p.Offset, report)
			}
		}
	case Polled:
		l.polled(e)
	case Processed:
		l.processed(e)
	case SourcePolled, BarrierInjected: // a source may find nothing to read
		if !l.Tasks[e.Client] {
			if l.Tasks == nil {
				l.Tasks = map[string]bool{}
			}
			l.Tasks[e.Client] = true
		}
	case Calm:
		l.Calm, l.Quiet = true, e.At
	case End:
		l.Ended, l.EndAt, l.EndIx = true, e.At, i
	case LogStart, Truncated:
		l.gone(e)
	case Commit:
		if l.Tasks[e.Client] && !slices.Contains(l.Jobs, e.Group) {
			l.Jobs = append(l.Jobs, e.Group)
		}
	}
	for _, a := range l.Book.apply(e) {
		if l.older(e, a.TopicPartition) {
			l.unseen(a.groupPart, a.Offset)
		}
		l.committed(i, e, a.groupPart, a.Offset, report)
	}
}

// watched lists the kinds of events that concern this monitor.
func (l *Loss) watched() []Kind {
	return append([]Kind{Produced, Joining, Assigned, Positioned, Revoked, Lost, OffsetsTold, Polled, Processed, SourcePolled, BarrierInjected, Calm, End, LogStart}, bookKinds...)
}

func (l *Loss) membership(i int, e *Event, report func(Anomaly)) {
	if l.Running == nil {
		l.Running = map[clientGroup]bool{}
	}
	l.Running[clientGroup{e.Client, e.Group}] = true
	switch e.Kind {
	case Positioned:
		p, u := l.part(groupPart{e.Group, e.TopicPartition}), l.seat(e, e.TopicPartition)
		l.positioned(i, e, p, u)
		if e.Cause != CauseSeek {
			l.elsewhere(groupPart{e.Group, e.TopicPartition}, e.To)
		}
		p.begin(e.To, e.Cause)
		u.Next = e.To
	case Assigned:
		for _, p := range e.Partitions {
			u := l.seat(e, p.TopicPartition)
			u.Owns, u.Next, u.Known, u.Read = true, p.Offset, l.Book.Midlife, false
			if p.Offset >= 0 {
				g := groupPart{e.Group, p.TopicPartition}
				l.elsewhere(g, p.Offset)
				l.part(g).begin(p.Offset, "committed")
				l.committed(i, e, g, p.Offset, report)
			}
		}
	case Revoked, Lost:
		for _, p := range e.Partitions {
			l.seat(e, p.TopicPartition).Owns = false
		}
	}
}

func (l *Loss) part(g groupPart) *progress {
	p := l.Parts[g]
	if p == nil {
		p = entry(&l.Parts, g)
		p.First, p.Committed = -1, -1
	}
	return p
}

func (l *Loss) seat(e *Event, p TopicPartition) *unfinished {
	return entry(&l.Seats, seat{e.Client, e.Group, p})
}

// begin takes note of where somebody begins to read.
func (p *progress) begin(offset int64, cause string) {
	if p.First < 0 || offset < p.First {
		p.First, p.FirstBy = offset, cause
	}
}

func (l *Loss) polled(e *Event) {
	p := l.part(groupPart{e.Group, e.TopicPartition})
	p.begin(e.From, "")
	p.Polled.Add(e.From, e.To)
	u := l.seat(e, e.TopicPartition)
	switch {
	case !l.Book.Midlife || u.Read:
	case !u.Known:
		l.unseen(groupPart{e.Group, e.TopicPartition}, e.From)
	case u.Next < 0:
		l.elsewhere(groupPart{e.Group, e.TopicPartition}, e.From)
	}
	u.Read = l.Book.Midlife
	u.Left.Add(e.From, e.To)
	u.Next = e.To
}

func (l *Loss) processed(e *Event) {
	p := l.part(groupPart{e.Group, e.TopicPartition})
	p.begin(e.From, "")
	l.Sum.Distinct += p.Processed.Add(e.From, e.To)
	l.seat(e, e.TopicPartition).Left.Remove(e.From, e.To)
}

// committed takes an offset that the coordinator acknowledged or told, and
// notes what of the records below it is not processed yet.
func (l *Loss) committed(i int, e *Event, g groupPart, offset int64, report func(Anomaly)) {
	if offset < 0 {
		return
	}
	p := l.part(g)
	p.Committed = offset
	p.prune()
	if p.First < 0 {
		p.Covered = max(p.Covered, offset) // committed before anybody read here
		return
	}
	if from := max(p.First, p.Covered); from < offset {
		for _, part := range p.Processed.Missing(from, offset).Minus(p.Elsewhere) {
			p.Ahead = append(p.Ahead, ahead{part, e.Client, e.At, i})
		}
		p.Covered = offset
	}
	if l.Early {
		l.early(g, p, report)
	}
}

// prune forgets what has been processed since.
func (p *progress) prune() {
	if len(p.Ahead) == 0 {
		return
	}
	var left []ahead
	for _, a := range p.Ahead {
		for _, part := range p.Processed.Missing(a.From, a.To) {
			a.Interval = part
			left = append(left, a)
		}
	}
	p.Ahead = left
}

func (l *Loss) stopped(e *Event, report func(Anomaly)) {
	if e.Cause == CauseEnd {
		return // it might have gone on
	}
	dropClient(l.Seats, e.Client)
	for _, k := range sortedKeys(l.Running) {
		if k.Client == e.Client {
			l.Running[k] = false
		}
	}
	if l.Early {
		for _, g := range sortedKeys(l.Parts) {
			l.early(g, l.Parts[g], report)
		}
	}
}
