package model

import "slices"

// Durability watches that an acknowledged commit stays until somebody changes
// it: commit-lost (I-C6, I-O2). A fetch of offsets may be told the last commit
// that was acknowledged before it was called, one that overlapped with that or
// with the fetch, one whose outcome nobody knows, or nothing where the offset
// was deleted meanwhile.
//
// It is the part of Offsets that needs no search; it misses what only the
// order of several fetches shows.
type Durability struct {
	Fresh bool // nothing was committed before the history began
	Book  commitBook
	Calls []told
	Seen  bool     // there are fetches
	Moved []string // groups whose coordinator changed since the last acknowledged commit; "" for all
}

// told is a fetch under way, for one partition.
type told struct {
	Client, Group string
	Op            int64 `canon:"-"`
	TopicPartition
	Allowed  []int64 // ascending
	Anything bool
	Last     int64 // acknowledged last when it was called; -1 for none
}

// Describe implements Monitor.
func (d *Durability) Describe() Description {
	return Description{"durability", Finite, []string{CommitLost},
		"the lines are in the order of real time; all commits and deletions of offsets are told; one coordinator at a time answers"}
}

// watched lists the kinds of events that concern this monitor.
func (d *Durability) watched() []Kind {
	return append([]Kind{FetchOffsets, OffsetsTold, CoordinatorLoaded}, bookKinds...)
}

// Observe implements Monitor.
func (d *Durability) Observe(i int, e *Event, report func(Anomaly)) {
	switch e.Kind {
	case CoordinatorLoaded:
		if !slices.Contains(d.Moved, e.Group) {
			d.Moved = append(d.Moved, e.Group)
			slices.Sort(d.Moved)
		}
	case FetchOffsets:
		d.Seen = true
		for _, p := range e.Partitions {
			d.Calls = append(d.Calls, d.call(e, p.TopicPartition))
		}
	case OffsetsTold:
		d.answered(i, e, report)
	case Started, Stopped:
		d.Calls = slices.DeleteFunc(d.Calls, func(c told) bool { return c.Client == e.Client })
	}
	for range d.Book.apply(e) {
		d.Moved = nil
	}
	for i := range d.Calls {
		if c := &d.Calls[i]; e.Kind != FetchOffsets && c.concerns(e) {
			d.allow(c) // also what this event made possible while the fetch is under way
		}
	}
}

func (c *told) concerns(e *Event) bool {
	switch e.Kind {
	case Commit, OffsetsDeleted, GroupDeleted:
		return c.Group == e.Group
	case Truncated:
		return true
	}
	return false
}

func (d *Durability) call(e *Event, p TopicPartition) told {
	c := told{Client: e.Client, Group: e.Group, Op: e.Op, TopicPartition: p, Last: -1}
	if book := d.Book.Parts[groupPart{e.Group, p}]; book != nil {
		c.Last, _ = book.last()
	}
	d.allow(&c)
	return c
}

// allow adds to a fetch what it may be told from now on.
func (d *Durability) allow(c *told) {
	book := d.Book.Parts[groupPart{c.Group, c.TopicPartition}]
	if d.Book.vague(book) {
		c.Anything = true
	}
	if book == nil || len(book.Acked) == 0 {
		if book != nil && book.Gone || !d.Fresh {
			c.Anything = true
		}
		c.add(-1)
	}
	if book == nil {
		return
	}
	for _, a := range book.Acked {
		c.add(a.Offset)
	}
	for _, o := range book.Open {
		c.add(o.Offset)
	}
}

func (c *told) add(offset int64) {
	if at, ok := slices.BinarySearch(c.Allowed, offset); !ok {
		c.Allowed = slices.Insert(c.Allowed, at, offset)
	}
}

func (d *Durability) answered(i int, e *Event, report func(Anomaly)) {
	kept := d.Calls[:0]
	for _, c := range d.Calls {
		at := slices.IndexFunc(e.Partitions, func(p PartitionOffset) bool { return p.TopicPartition == c.TopicPartition })
		switch {
		case c.Client != e.Client || c.Op != e.Op, at < 0 && len(e.Partitions) > 0:
			kept = append(kept, c)
		case e.Error != "" || c.Anything:
		default:
			offset := int64(-1)
			if at >= 0 {
				offset = e.Partitions[at].Offset
			}
			// In its group's life a history may lack who went on: only what went
			// back is certain.
			if d.Book.Midlife && offset > c.Allowed[len(c.Allowed)-1] {
				continue
			}
			if !slices.Contains(c.Allowed, offset) {
				d.report(i, e, &c, offset, report)
			}
		}
	}
	d.Calls = kept
}

func (d *Durability) report(i int, e *Event, c *told, offset int64, report func(Anomaly)) {
	what := e.Client + " was told " + itoa(offset)
	if offset < 0 {
		what = e.Client + " was told that nothing is committed"
	}
	what += ", acknowledged was "
	if c.Last < 0 {
		what += "nothing"
	} else {
		what += itoa(c.Last)
	}
	if slices.Contains(d.Moved, "") || slices.Contains(d.Moved, c.Group) {
		what += ", before the coordinator changed"
	}
	a := foundAt(CommitLost, i, e, PartitionOffset{c.TopicPartition, max(offset, 0)})
	a.Group = c.Group
	report(a.describe(what))
}

// Finish implements Monitor.
func (d *Durability) Finish(func(Anomaly)) {}

func (d *Durability) unchecked() []NotChecked {
	if !d.Seen {
		return []NotChecked{{CommitLost, "the history has no fetches of offsets"}}
	}
	return d.Book.vagueness(CommitLost)
}
