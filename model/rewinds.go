package model

// Rewind is a reader that began before what its group had processed already.
// What it repeats of [Due, Reached) is the price of at-least-once: the window
// that those before it had processed and not committed. What it repeats of
// [Start, Due) is not: its commit was acknowledged, and not kept to (I-O4).
type Rewind struct {
	Group string
	TopicPartition
	Client  string // who began
	At      int64  // µs
	Event   int
	Start   int64  // where it began
	Due     int64  // the least offset at which it might have begun; Start, when that was legal
	Reached int64  // the offset after the furthest record that the group had processed
	From    string // who read before; empty for nobody
	// Why the window was open, which is how From gave the partition up: crash,
	// leave, revoked, lost; overlap if it has not, same if it is the reader
	// itself; seek if the application wanted it; start if nobody had read.
	Why      string
	Legal    int64 // records of the window that it processed again
	Illegal  int64 // records before it that it processed again
	Deferred bool  // a commit was under way, or of unknown outcome, when it began
}

// Window is how many records it might rightly process again.
func (w *Rewind) Window() int64 { return max(0, w.Reached-w.Due) }

// rewound takes down a beginning that is a rewind.
func (d *Duplicates) rewound(i int, p *repeated, r *reading, e *Event) {
	reached := p.Processed.End()
	if r.Start >= reached {
		return
	}
	w := Rewind{Group: e.Group, TopicPartition: e.TopicPartition, Client: e.Client, At: e.At, Event: i,
		Start: r.Start, Due: r.Due, Reached: reached, From: p.Reader, Why: "overlap"}
	if c := d.Book.Parts[groupPart{e.Group, e.TopicPartition}]; c != nil {
		w.Deferred = len(c.Open) > 0
	}
	switch {
	case r.Sought:
		w.Why = CauseSeek
	case p.Reader == "":
		w.Why = "start"
	case p.Left != "":
		w.Why = p.Left
	case p.Reader == e.Client:
		w.Why = "same"
	}
	d.Rewinds = append(d.Rewinds, w)
	r.Rewind = len(d.Rewinds)
}

// left takes note how a partition's reader gives it up, or ends.
func (d *Duplicates) left(e *Event) {
	if !d.Explain {
		return
	}
	how := string(e.Kind)
	switch e.Kind {
	case Started:
		return // its end was told, or nobody saw it
	case Stopped:
		how = e.Cause
	}
	for k, p := range d.Parts { //ordered: each entry is changed for itself
		if p.Reader != e.Client || e.Kind != Stopped && (k.Group != e.Group || !mentions(e.Partitions, k.TopicPartition)) {
			continue
		}
		p.Left = how
	}
}
