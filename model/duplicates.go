package model

import "slices"

// Duplicates judges every repetition: rewind-beyond-commit, and how many
// duplicates there were against how many there may be.
//
// A reader begins legally at an offset that may have been the committed one
// when it asked, or after it; or where its application sought. What it then
// processes again lies in the window that its predecessors had read and not
// committed, and that is the price of at-least-once. Where it should have
// begun after the records (I-O2, I-O4), the repetition is an anomaly.
type Duplicates struct {
	Explain bool     // keep Rewinds
	Rewinds []Rewind `canon:"-"` // in the order of their beginnings; only with Explain
	Book    commitBook
	Parts   map[groupPart]*repeated
	Seats   map[seat]*reading
}

// repeated is what a group has read of a partition, by anyone.
type repeated struct {
	Polled    Intervals
	Processed Intervals
	Reader    string  // the client that began last
	Left      string  `canon:"-"` // how it gave the partition up; empty while it has not
	Numbers   Repeats `canon:"-"`
}

// Repeats counts records of one partition, or of several.
type Repeats struct {
	Polled              int64 // handed to the application, repetitions included
	PolledDuplicates    int64 // of these, handed to one before
	Processed           int64 // processed, repetitions included
	ProcessedDuplicates int64 // of these, processed before
	LegalDuplicates     int64 // of these, by a reader that began legally
	// LegalBound is how many duplicates the readers' legal beginnings allowed:
	// for each the records from there to the furthest one read, and what a
	// predecessor still read after it, not knowing better.
	LegalBound int64
}

func (r *Repeats) add(o Repeats) {
	r.Polled += o.Polled
	r.PolledDuplicates += o.PolledDuplicates
	r.Processed += o.Processed
	r.ProcessedDuplicates += o.ProcessedDuplicates
	r.LegalDuplicates += o.LegalDuplicates
	r.LegalBound += o.LegalBound
}

// reading is one client's run through a partition from one beginning.
type reading struct {
	Start    int64   // where it is to begin; -1 while nobody has said
	Begun    bool    // it has polled
	Leaving  bool    // the partition is given up or lost; it may finish what it has
	Known    bool    // its beginning is in the history, where that begins in mid-life
	Sought   bool    // the application chose Start
	Due      int64   // the least offset at which it might legally have begun
	Allowed  []int64 // ascending: offsets that may have been the committed one since it first asked
	Anywhere bool    // there may have been none: then the reset policy decides
	Told     bool    // its rewind is reported
	Rewind   int     `canon:"-"` // 1 and up: its place in Rewinds
	Done     Intervals
}

// Describe implements Monitor.
func (d *Duplicates) Describe() Description {
	return Description{"duplicates", Finite, []string{RewindBeyondCommit},
		"deletions of offsets and unclean elections are told; commits and fetches of offsets are written as calls and returns"}
}

// Observe implements Monitor.
func (d *Duplicates) Observe(i int, e *Event, report func(Anomaly)) {
	switch e.Kind {
	case Started, Stopped:
		d.left(e)
		dropClient(d.Seats, e.Client)
	case FetchOffsets:
		for _, p := range e.Partitions {
			if r := d.seat(e, p.TopicPartition); !r.Begun || r.Leaving {
				d.allow(r, e, p.TopicPartition)
			}
		}
	case Assigned:
		for _, p := range e.Partitions {
			r := d.seat(e, p.TopicPartition)
			*r = reading{Start: p.Offset, Known: d.Book.Midlife, Due: r.Due, Allowed: r.Allowed, Anywhere: r.Anywhere}
			d.allow(r, e, p.TopicPartition)
		}
	case Revoked, Lost:
		d.left(e)
		for _, p := range e.Partitions {
			r := d.seat(e, p.TopicPartition)
			r.Leaving, r.Allowed, r.Anywhere = true, nil, false
		}
	case Positioned:
		d.positioned(e)
	case Polled:
		d.polled(i, e)
	case Processed:
		d.processed(i, e, report)
	case Truncated:
		d.truncated(e)
		d.Book.apply(e)
	case Commit, CommitDone, OffsetsDeleted, GroupDeleted:
		d.Book.apply(e)
	}
	if e.Kind == Started || e.Kind == Stopped {
		d.Book.apply(e)
	}
}

// watched lists the kinds of events that concern this monitor.
func (d *Duplicates) watched() []Kind {
	return append([]Kind{FetchOffsets, Assigned, Revoked, Lost, Positioned, Polled, Processed}, bookKinds...)
}

// truncated forgets records that an unclean election took away: what stands at
// their offsets next is new.
func (d *Duplicates) truncated(e *Event) {
	if e.Cause != CauseUnclean {
		return
	}
	for _, k := range sortedKeys(d.Parts) {
		if k.TopicPartition == e.TopicPartition {
			d.Parts[k].Polled.Remove(e.From, e.To)
			d.Parts[k].Processed.Remove(e.From, e.To)
		}
	}
	for _, k := range sortedKeys(d.Seats) {
		if k.TopicPartition == e.TopicPartition {
			d.Seats[k].Done.Remove(e.From, e.To)
		}
	}
}

// seat is the reading of e's client.
func (d *Duplicates) seat(e *Event, p TopicPartition) *reading {
	k := seat{e.Client, e.Group, p}
	r := d.Seats[k]
	if r == nil {
		r = entry(&d.Seats, k)
		r.Start = -1
	}
	return r
}

// allow adds to a reading the offsets that may now be the committed one.
func (d *Duplicates) allow(r *reading, e *Event, p TopicPartition) {
	c := d.Book.Parts[groupPart{e.Group, p}]
	if c == nil || len(c.Acked) == 0 || d.Book.vague(c) {
		r.Anywhere = true
		return
	}
	for _, a := range c.Acked {
		if a.Offset < 0 {
			r.Anywhere = true
			continue
		}
		r.allow(a.Offset)
	}
	for _, o := range c.Open {
		r.allow(o.Offset)
	}
}

func (r *reading) allow(offset int64) {
	if !slices.Contains(r.Allowed, offset) {
		r.Allowed = append(r.Allowed, offset)
		slices.Sort(r.Allowed)
	}
}

// due gives the least offset, from start on, at which a reading may begin:
// start itself when that is legal.
func (r *reading) due(start int64) int64 {
	if r.Sought || r.Anywhere {
		return start
	}
	i, ok := slices.BinarySearch(r.Allowed, start)
	if ok || i == len(r.Allowed) {
		return start
	}
	return r.Allowed[i]
}

// positioned is where a reading begins, or begins anew.
func (d *Duplicates) positioned(e *Event) {
	r := d.seat(e, e.TopicPartition)
	if e.Cause == CauseSeek {
		*r = reading{Start: e.To, Known: r.Known, Sought: true, Due: r.Due}
		return
	}
	if r.Begun {
		*r = reading{Known: r.Known, Due: r.Due, Done: r.Done}
	}
	r.Start, r.Sought = e.To, false
	d.allow(r, e, e.TopicPartition)
}

// begin is a reading's first poll, or what stands for it.
func (d *Duplicates) begin(i int, p *repeated, r *reading, e *Event) {
	start := r.Start
	if start < 0 || e.From < start {
		start = e.From
	}
	r.Begun, r.Start, r.Due = true, start, r.due(start)
	older := d.Book.Midlife && !r.Known // nobody knows where it began
	if older {
		r.Due = 0
	}
	if d.Explain && !older {
		d.rewound(i, p, r, e)
	}
	r.Allowed, r.Anywhere = nil, false
	p.Reader, p.Left = e.Client, ""
	p.Numbers.LegalBound += max(0, max(p.Polled.End(), p.Processed.End())-r.Due)
}

func (d *Duplicates) polled(i int, e *Event) {
	p := entry(&d.Parts, groupPart{e.Group, e.TopicPartition})
	r := d.seat(e, e.TopicPartition)
	if !r.Begun {
		d.begin(i, p, r, e)
	}
	size := e.To - e.From
	p.Numbers.Polled += size
	p.Numbers.PolledDuplicates += size - p.Polled.Add(e.From, e.To)
	if p.Reader != e.Client {
		p.Numbers.LegalBound += size // a predecessor that does not know
	}
}

func (d *Duplicates) processed(i int, e *Event, report func(Anomaly)) {
	p := entry(&d.Parts, groupPart{e.Group, e.TopicPartition})
	r := d.seat(e, e.TopicPartition)
	if !r.Begun && len(p.Polled) == 0 {
		d.begin(i, p, r, e) // a history without polls
	}
	n, size := &p.Numbers, e.To-e.From
	n.Processed += size
	if p.Processed.CountWithin(e.From, e.To) > 0 {
		again := p.Processed.Within(e.From, e.To)
		n.ProcessedDuplicates += again.Count()
		again = again.Minus(r.Done) // what it repeats itself, Order reports
		early := again.Within(e.From, min(e.To, r.Due))
		n.LegalDuplicates += again.Count() - early.Count()
		if r.Rewind > 0 {
			w := &d.Rewinds[r.Rewind-1]
			w.Legal, w.Illegal = w.Legal+again.Count()-early.Count(), w.Illegal+early.Count()
		}
		if len(early) > 0 && !r.Told {
			r.Told = true
			report(found(RewindBeyondCommit, i, e, e.TopicPartition).over(p.Processed.Within(r.Start, r.Due)).describe(
				"processed again: " + e.Client + " began at " + itoa(r.Start) + ", committed was " + itoa(r.Due)))
		}
	}
	p.Processed.Add(e.From, e.To)
	r.Done.Add(e.From, e.To)
}

// Finish implements Monitor.
func (d *Duplicates) Finish(func(Anomaly)) {}

func (d *Duplicates) unchecked() []NotChecked { return d.Book.vagueness(RewindBeyondCommit) }
