package model

import "slices"

// early reports what is below the committed offset and in nobody's hands.
func (l *Loss) early(g groupPart, p *progress, report func(Anomaly)) {
	if p.prune(); len(p.Ahead) == 0 || l.ofJob(g.Group) {
		return
	}
	var held Intervals
	for _, k := range sortedKeys(l.Seats) {
		if k.part() == g {
			held = held.Or(l.Seats[k].Left)
		}
	}
	held = held.Or(p.Reported)
	for _, set := range l.aheadSets(g, p) {
		gone := set.Within(0, p.Committed).Minus(held)
		if len(gone) > 0 {
			p.Reported = p.Reported.Or(gone)
			l.Sum.Lost += gone.Count()
			report(set.anomaly(g, gone))
		}
	}
}

// aheadSet is all that one commit was ahead of.
type aheadSet struct {
	Intervals
	by ahead
}

func (s aheadSet) anomaly(g groupPart, set Intervals) Anomaly {
	a := Anomaly{Name: CommitAheadOfProcessing, At: s.by.At, Event: s.by.Event,
		Client: s.by.Client, Group: g.Group, TopicPartition: g.TopicPartition}
	return a.over(set).describe("committed, never processed")
}

// aheadSets gathers the ranges by the commit that was ahead of them, and
// leaves out what are no records.
func (l *Loss) aheadSets(g groupPart, p *progress) []aheadSet {
	var sets []aheadSet
	for _, a := range p.Ahead {
		if n := len(sets); n == 0 || sets[n-1].by.Event != a.Event {
			sets = append(sets, aheadSet{by: a})
		}
		last := &sets[len(sets)-1]
		last.Intervals = last.Or(l.records(g, p, a.From, a.To)).Minus(p.Sought)
	}
	return sets
}

// records is the part of [from, to) that are records, as far as can be known.
func (l *Loss) records(g groupPart, p *progress, from, to int64) Intervals {
	from = max(from, l.Starts[g.TopicPartition])
	if produced := l.Produced[g.TopicPartition]; produced != nil {
		return produced.Within(from, to).Or(p.Polled.Within(from, to))
	}
	if l.SparseOffsets {
		return p.Polled.Within(from, to)
	}
	if from >= to {
		return nil
	}
	return span(from, to)
}

// Finish implements Monitor.
func (l *Loss) Finish(report func(Anomaly)) {
	if !l.Ended {
		return
	}
	for _, g := range sortedKeys(l.Parts) {
		if l.ofJob(g.Group) {
			continue
		}
		p := l.Parts[g]
		p.prune()
		gone := slices.Clone(p.Reported)
		for _, s := range l.aheadSets(g, p) {
			set := s.Within(0, p.Committed).Minus(p.Reported)
			if len(set) > 0 {
				gone = gone.Or(set)
				l.Sum.Lost += set.Count()
				if set = l.lateStarts(s.by.Event, g, p, set, report); len(set) == 0 {
					continue
				}
				report(s.anomaly(g, set))
				l.skip(g, s.by.Client, s.by.At, s.by.Event, "committed", false, set)
			}
		}
		l.beforeStart(g, p, report)
		l.overdue(g, p, gone, report)
	}
}

// overdue reports the records above the committed offset that nobody came to.
func (l *Loss) overdue(g groupPart, p *progress, gone Intervals, report func(Anomaly)) {
	produced := l.Produced[g.TopicPartition]
	if produced == nil || p.First < 0 {
		return
	}
	left := produced.Within(p.First, produced.End()).Minus(p.Processed).Minus(gone).Minus(p.Elsewhere)
	if sought := left.And(p.Sought); len(sought) > 0 {
		l.Sum.Sought += sought.Count()
		l.skip(g, "", l.EndAt, l.EndIx, CauseSeek, true, sought)
		left = left.Minus(sought)
	}
	late := left
	if !l.Calm || l.EndAt-l.Quiet < l.LagBound || !l.anybody(g.Group) {
		late = left.Minus(l.reachable(g))
		if !l.Calm {
			late = nil // whoever is to read them may be down
		}
	}
	if l.Book.Midlife && !l.owned(g) {
		late = nil // whoever has them may not be in the history
	}
	l.Sum.Unseen += left.Count() - late.Count()
	if len(late) == 0 {
		return
	}
	l.Sum.Lost += late.Count()
	if late = l.lateStarts(l.EndIx, g, p, late, report); len(late) == 0 {
		return
	}
	l.skip(g, "", l.EndAt, l.EndIx, "", false, late)
	what := "acknowledged, never processed"
	if len(late.And(p.Polled)) == 0 {
		what = "acknowledged, never polled"
	}
	a := Anomaly{Name: LostRecord, At: l.EndAt, Event: l.EndIx, Group: g.Group, TopicPartition: g.TopicPartition}
	report(a.over(late).describe(what))
}

// ofJob tells whether a checkpointing job reads in a group, or commits to it.
func (l *Loss) ofJob(group string) bool {
	if len(l.Tasks) == 0 || slices.Contains(l.Jobs, group) {
		return len(l.Tasks) > 0
	}
	for _, k := range sortedKeys(l.Running) {
		if k.Group == group && l.Tasks[k.Client] {
			return true
		}
	}
	return false
}

// anybody tells whether the group has a running client.
func (l *Loss) anybody(group string) bool {
	for _, k := range sortedKeys(l.Running) {
		if k.Group == group && l.Running[k] {
			return true
		}
	}
	return false
}

// reachable are the offsets that the group may still come to: what its
// clients have at hand, what lies before its owner, and, without an owner,
// what lies above the committed offset.
func (l *Loss) reachable(g groupPart) Intervals {
	const forever = 1<<63 - 1
	var out Intervals
	ownerless := true
	for _, k := range sortedKeys(l.Seats) {
		if k.part() != g {
			continue
		}
		u := l.Seats[k]
		out = out.Or(u.Left)
		if u.Owns {
			ownerless = false
			out.Add(max(0, u.Next), forever)
		}
	}
	if ownerless {
		out.Add(max(0, l.Parts[g].Committed), forever)
	}
	return out
}

func (l *Loss) unchecked() []NotChecked {
	list := l.untold()
	if n := l.uncertain(); n > 0 {
		for _, name := range l.Describe().Anomalies {
			list = append(list, NotChecked{name, "of " + itoa(n) + " offsets that may have been processed unseen: " + midlife})
		}
	}
	return list
}

// untold is what nobody can say for want of events.
func (l *Loss) untold() []NotChecked {
	switch {
	case !l.Ended:
		why := "the history is not told to its end (no end event)"
		return []NotChecked{{CommitAheadOfProcessing, why}, {LostRecord, why}, {LateStartLoss, why}}
	case len(l.Produced) == 0:
		why := "the history has no produced events"
		return []NotChecked{{LostRecord, why}, {LateStartLoss, why}}
	case l.Sum.Unseen == 0:
		return nil
	}
	why := "nobody is left to read them"
	if !l.Calm {
		why = "the faults did not stop before the end (no calm event)"
	} else if waited := l.EndAt - l.Quiet; waited < l.LagBound {
		why = "the run ended " + duration(waited) + " after calm and the last record, bound " + duration(l.LagBound)
	}
	return []NotChecked{{LostRecord, itoa(l.Sum.Unseen) + " records may still be read: " + why}}
}
