package model

// Skip is records of a partition that a group left out, and why.
type Skip struct {
	Group string
	TopicPartition
	Offsets Intervals
	// Cause is committed: they lay below a committed offset; latest: a reader
	// began at the end of the log, beyond them; seek: the application left them
	// out; empty: nobody came to them.
	Cause  string
	Legal  bool   // nothing was promised of them
	Client string // who began beyond them, or committed; empty where it was nobody's doing
	At     int64  // µs: when
	Event  int
}

// skip takes down what a group left out.
func (l *Loss) skip(g groupPart, client string, at int64, event int, cause string, legal bool, set Intervals) {
	if l.Explain {
		l.Skips = append(l.Skips, Skip{g.Group, g.TopicPartition, set, cause, legal, client, at, event})
	}
}

// positioned looks at where a reader is to begin, or to go on.
func (l *Loss) positioned(i int, e *Event, p *progress, u *unfinished) {
	if e.Cause == CauseSeek {
		if u.Next >= 0 && e.To > u.Next {
			p.Sought.Add(u.Next, e.To)
		}
		return
	}
	if from := l.Starts[e.TopicPartition]; e.Cause == CauseLatest && from < e.To && len(p.Processed.Missing(from, e.To)) > 0 {
		p.Begun = append(p.Begun, readStart{e.To, e.Client, e.At, i})
	}
}

// beforeStart counts what lies before the offset at which the group first
// began, when that was the end of the log.
func (l *Loss) beforeStart(g groupPart, p *progress, report func(Anomaly)) {
	produced := l.Produced[g.TopicPartition]
	if produced == nil || p.FirstBy != CauseLatest {
		return
	}
	left := produced.Within(l.Starts[g.TopicPartition], p.First).Minus(p.Processed)
	if len(left) == 0 {
		return
	}
	by := readStart{Offset: p.First, At: l.EndAt, Event: l.EndIx}
	for _, b := range p.Begun {
		if b.Offset == p.First {
			by = b
			break
		}
	}
	l.skip(g, by.Client, by.At, by.Event, CauseLatest, !l.FromStart, left)
	if !l.FromStart {
		l.Sum.BeforeStart += left.Count()
		return
	}
	l.Sum.Lost += left.Count()
	report(by.anomaly(g, left, "left out: "+by.Client+" was the first to begin, at the end of the log"))
}

// lateStarts reports what of a set was left out by a reader that began at the
// end before event i, and gives the rest (I-P2).
func (l *Loss) lateStarts(i int, g groupPart, p *progress, set Intervals, report func(Anomaly)) Intervals {
	for n := len(p.Begun) - 1; n >= 0 && len(set) > 0; n-- {
		b := &p.Begun[n]
		out := set.Within(0, b.Offset)
		if len(out) == 0 || b.Event >= i {
			continue
		}
		set = set.Minus(out)
		l.skip(g, b.Client, b.At, b.Event, CauseLatest, false, out)
		report(b.anomaly(g, out, "left out: "+b.Client+" began at the end of the log, the group had begun at "+itoa(p.First)))
	}
	return set
}

func (b *readStart) anomaly(g groupPart, set Intervals, what string) Anomaly {
	a := Anomaly{Name: LateStartLoss, At: b.At, Event: b.Event, Client: b.Client, Group: g.Group, TopicPartition: g.TopicPartition}
	return a.over(set).describe(what)
}

// gone takes in that records are no more: deleted, as their time was over, or
// taken away by an unclean election.
func (l *Loss) gone(e *Event) {
	switch {
	case e.Kind == LogStart:
		if l.Starts == nil {
			l.Starts = map[TopicPartition]int64{}
		}
		l.Starts[e.TopicPartition] = max(l.Starts[e.TopicPartition], e.To)
		if produced := l.Produced[e.TopicPartition]; produced != nil {
			produced.Remove(0, e.To)
		}
	case e.Cause == CauseUnclean:
		if produced := l.Produced[e.TopicPartition]; produced != nil {
			produced.Remove(e.From, e.To)
		}
		for _, g := range sortedKeys(l.Parts) {
			if g.TopicPartition == e.TopicPartition {
				l.Parts[g].truncate(e.From, e.To)
			}
		}
		for _, k := range sortedKeys(l.Seats) {
			if k.TopicPartition == e.TopicPartition {
				l.Seats[k].Left.Remove(e.From, e.To)
			}
		}
	}
}

// truncate forgets what a group did with records that are gone: others will
// come to their offsets.
func (p *progress) truncate(from, to int64) {
	p.Polled.Remove(from, to)
	p.Processed.Remove(from, to)
	p.Sought.Remove(from, to)
	p.Covered = min(p.Covered, from)
	var left []ahead
	for _, a := range p.Ahead {
		set := span(a.From, a.To)
		set.Remove(from, to)
		for _, part := range set {
			a.Interval = part
			left = append(left, a)
		}
	}
	p.Ahead = left
}
