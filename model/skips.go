package model

import "slices"

// Skips watches that a reader leaves nothing out: skip-across-handover (I-O5,
// I-P1). It may neither begin beyond the offset it was told, or beyond the
// earliest if it is to begin there, nor jump between two polls, but where its
// application seeks. Nor may it go back between two polls: nonmonotonic-poll.
//
// Not every offset is a record: transactions and compaction leave holes. Where
// the history has the produced records of a partition, only those count, and a
// gap whose producers have no answer yet is decided when they have, or at the
// end. Where it has none, every offset is taken for a record, unless
// SparseOffsets says otherwise.
type Skips struct {
	SparseOffsets bool
	Midlife       bool // see Options
	Seats         map[seat]*position
	Produced      map[TopicPartition]*Intervals
	Gaps          []gap                         // not decided yet
	Undecided     map[TopicPartition]*Intervals // all that Gaps hold, and perhaps more
	Starts        map[TopicPartition]int64      // where logs start; 0 where nothing was said
}

// position is where a reader is.
type position struct {
	Told int64 // the committed offset it was told for this assignment; -1 for none
	Next int64 // it reads on here; -1 while it has no position
	Read bool  // it has polled
	Own  bool  // it has the partition from its group; else it took it, as the sources of a job do
}

// gap is a range of offsets that a reader left out.
type gap struct {
	Client, Group string
	TopicPartition
	Left  Intervals
	What  string
	Sure  bool  // each offset of it was a record, or a hole between records
	At    int64 `canon:"-"`
	Event int   `canon:"-"`
}

// Describe implements Monitor.
func (s *Skips) Describe() Description {
	return Description{"skips", Finite, []string{SkipAcrossHandover, NonmonotonicPoll},
		"a polled range lists all records that were handed over; log starts that move are told"}
}

// Observe implements Monitor.
func (s *Skips) Observe(i int, e *Event, report func(Anomaly)) {
	switch e.Kind {
	case Started, Stopped:
		dropClient(s.Seats, e.Client)
	case Produced:
		s.produced(e, report)
	case Assigned:
		for _, p := range e.Partitions {
			*s.seat(e, p.TopicPartition) = position{Told: p.Offset, Next: p.Offset, Own: true}
		}
	case OffsetsTold:
		for _, p := range e.Partitions {
			s.told(e, p)
		}
	case Lost, Revoked:
		for _, p := range e.Partitions {
			delete(s.Seats, seat{e.Client, e.Group, p.TopicPartition})
		}
	case JobRestored: // its sources begin anew
		for _, k := range sortedKeys(s.Seats) {
			if !s.Seats[k].Own {
				delete(s.Seats, k)
			}
		}
	case Positioned:
		s.positioned(i, e, report)
	case Polled:
		s.polled(i, e, report)
	case LogStart:
		s.logStart(e)
	case Truncated:
		s.truncated(e)
	}
}

// watched lists the kinds of events that concern this monitor.
func (s *Skips) watched() []Kind {
	return []Kind{Started, Stopped, Produced, Assigned, OffsetsTold, Lost, Revoked, Positioned, Polled, LogStart, Truncated, JobRestored}
}

// told takes note of a committed offset. Who read before the history began may
// ask in the midst of it.
func (s *Skips) told(e *Event, p PartitionOffset) {
	if s.Midlife && s.Seats[seat{e.Client, e.Group, p.TopicPartition}] == nil {
		return
	}
	if at := s.seat(e, p.TopicPartition); e.Error == "" && !at.Read {
		at.Told = p.Offset
	}
}

// logStart takes note that records are gone: nobody can read them.
func (s *Skips) logStart(e *Event) {
	if s.Starts == nil {
		s.Starts = map[TopicPartition]int64{}
	}
	s.Starts[e.TopicPartition] = max(s.Starts[e.TopicPartition], e.To)
	for i := range s.Gaps {
		if g := &s.Gaps[i]; g.TopicPartition == e.TopicPartition {
			g.Left.Remove(0, e.To)
		}
	}
}

// truncated takes note that an unclean election took records away: readers go
// back to where the log ends.
func (s *Skips) truncated(e *Event) {
	if e.Cause != CauseUnclean {
		return
	}
	if p := s.Produced[e.TopicPartition]; p != nil {
		p.Remove(e.From, e.To)
	}
	for _, k := range sortedKeys(s.Seats) {
		if at := s.Seats[k]; k.TopicPartition == e.TopicPartition {
			at.Told, at.Next = min(at.Told, e.From), min(at.Next, e.From)
		}
	}
}

func (s *Skips) seat(e *Event, p TopicPartition) *position {
	k := seat{e.Client, e.Group, p}
	at := s.Seats[k]
	if at == nil {
		at = entry(&s.Seats, k)
		at.Told, at.Next = -1, -1
	}
	return at
}

func (s *Skips) positioned(i int, e *Event, report func(Anomaly)) {
	at := s.seat(e, e.TopicPartition)
	switch {
	case e.Cause == CauseSeek:
		at.Told = -1
	case at.Read && e.To > at.Next:
		s.skipped(i, e, at.Next, e.To, e.Client+" was reset from "+itoa(at.Next)+" to "+itoa(e.To)+" ("+e.Cause+")", report)
	case !at.Read && at.Told >= 0 && e.To > at.Told:
		s.skipped(i, e, at.Told, e.To, e.Client+" began at "+itoa(e.To)+", told was "+itoa(at.Told), report)
	case !at.Read && at.Told < 0 && e.Cause == CauseEarliest && e.To > s.Starts[e.TopicPartition]:
		first := s.Starts[e.TopicPartition]
		s.skipped(i, e, first, e.To, e.Client+" began at "+itoa(e.To)+" as the earliest, the log starts at "+itoa(first), report)
	}
	at.Next = e.To
}

func (s *Skips) polled(i int, e *Event, report func(Anomaly)) {
	if s.Midlife && e.Group == "" {
		return // where such a reader was put the history need not tell
	}
	at := s.seat(e, e.TopicPartition)
	switch from := max(at.Next, at.Told); {
	case at.Read && e.From < at.Next:
		report(found(NonmonotonicPoll, i, e, e.TopicPartition).over(span(e.From, min(e.To, at.Next))).describe(
			"polled by " + e.Client + " at position " + itoa(at.Next)))
	case at.Next >= 0 && e.From > at.Next:
		s.skipped(i, e, at.Next, e.From, e.Client+" polled "+itoa(e.From)+" at position "+itoa(at.Next), report)
	case at.Next < 0 && from >= 0 && e.From > from:
		s.skipped(i, e, from, e.From, e.Client+" began at "+itoa(e.From)+", told was "+itoa(from), report)
	}
	at.Next, at.Read = e.To, true
}

// skipped takes note of a gap, and reports what is known to be records in it.
func (s *Skips) skipped(i int, e *Event, from, to int64, what string, report func(Anomaly)) {
	if from = max(from, s.Starts[e.TopicPartition]); from >= to {
		return
	}
	// Where nobody said where the log starts, its earliest record tells that.
	start, told := s.Starts[e.TopicPartition]
	sure := told || from > start || e.Kind != Positioned || e.Cause != CauseEarliest
	g := gap{e.Client, e.Group, e.TopicPartition, span(from, to), "left out: " + what, sure, e.At, i}
	if p := s.Produced[e.TopicPartition]; p != nil {
		g.decide(*p, report)
	}
	if len(g.Left) > 0 {
		s.Gaps = append(s.Gaps, g)
		entry(&s.Undecided, e.TopicPartition).Add(from, to)
	}
}

// decide reports what of the gap are records, and leaves the rest.
func (g *gap) decide(records Intervals, report func(Anomaly)) {
	hit := g.Left.And(records)
	if len(hit) == 0 {
		return
	}
	a := Anomaly{Name: SkipAcrossHandover, At: g.At, Event: g.Event,
		Client: g.Client, Group: g.Group, TopicPartition: g.TopicPartition}
	report(a.over(hit).describe(g.What))
	g.Left = g.Left.Minus(hit)
}

func (s *Skips) produced(e *Event, report func(Anomaly)) {
	entry(&s.Produced, e.TopicPartition).Add(e.From, e.To)
	open := s.Undecided[e.TopicPartition]
	if open == nil || open.CountWithin(e.From, e.To) == 0 {
		return
	}
	open.Remove(e.From, e.To)
	for i := range s.Gaps {
		if s.Gaps[i].TopicPartition == e.TopicPartition {
			s.Gaps[i].decide(span(e.From, e.To), report)
		}
	}
	s.Gaps = slices.DeleteFunc(s.Gaps, func(g gap) bool { return len(g.Left) == 0 })
}

// Finish implements Monitor.
func (s *Skips) Finish(report func(Anomaly)) {
	for i := range s.Gaps {
		g := &s.Gaps[i]
		if s.Produced[g.TopicPartition] == nil && !s.SparseOffsets && g.Sure {
			g.decide(slices.Clone(g.Left), report)
		}
	}
}
