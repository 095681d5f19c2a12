package model

import (
	"maps"
)

// completed compares a checkpoint with itself: its operators must have the
// effects of the records below its sources' positions, and of no others. What
// an earlier one that was completed had is not looked at again.
func (s *State) completed(i int, e *Event, cut *jobCut, report func(Anomaly)) {
	cut.Checked = maps.Clone(s.Checked)
	if cut.Checked == nil {
		cut.Checked = map[TopicPartition]int64{}
	}
	var parts []TopicPartition
	for _, st := range cut.Stored {
		for _, p := range st.Partitions {
			parts = append(parts, p.TopicPartition)
		}
	}
	s.Covered = map[TopicPartition]int64{}
	for n, p := range parts {
		at, ok := storedAt(cut.Stored, p)
		if _, again := s.Covered[p]; !ok || again {
			continue
		}
		s.Covered[p] = at
		sets := cut.sets(p)
		var gone Intervals
		if begun, ok := s.Begun[parts[n]]; ok {
			for _, part := range s.records(p, max(begun, s.Checked[p]), at) {
				gone = append(gone, missing(part.From, part.To, sets)...)
			}
		}
		if len(gone) > 0 {
			report(found(InconsistentCut, i, e, p).over(gone).describe(
				"are below position " + itoa(at) + " of " + checkpointOf(e.Op) + ", and no operator's state in it has their effect"))
		}
		if more := beyond(at, sets); len(more) > 0 {
			report(found(InconsistentCut, i, e, p).over(more).describe(
				"are not below position " + itoa(at) + " of " + checkpointOf(e.Op) + ", and an operator's state in it has their effect"))
		}
		cut.Checked[p] = max(cut.Checked[p], at)
	}
	s.Checked = cut.Checked
}

// sets are all that a checkpoint's state has of a partition.
func (c *jobCut) sets(p TopicPartition) (list []*offsetSet) {
	if c.Base != nil {
		if set := c.Base.find(p); set != nil {
			list = append(list, set)
		}
	}
	for _, task := range sortedNames(c.Ops) {
		if set := c.Ops[task].find(p); set != nil {
			list = append(list, set)
		}
	}
	return list
}

// records is the part of [from, to) that are records, as far as is known.
func (s *State) records(p TopicPartition, from, to int64) Intervals {
	if s.Loss == nil || from >= to {
		return nil
	}
	from = max(from, s.Loss.Starts[p])
	switch produced := s.Loss.Produced[p]; {
	case produced != nil:
		return produced.Within(from, to)
	case s.Loss.SparseOffsets || from >= to:
		return nil
	}
	return span(from, to)
}

// settled is the offset below which nothing can come any more: what the last
// completed checkpoint covers, or everything if the job has had its time.
func (s *State) settled(p TopicPartition) int64 {
	const forever = 1<<63 - 1
	switch l := s.Loss; {
	case s.Over == JobFinished:
		if r := s.Readers[p]; r != nil {
			return max(s.Covered[p], r.Read.End())
		}
	case s.Over == "" && l.Calm && l.EndAt-l.Quiet >= l.LagBound:
		return forever
	}
	return s.Covered[p]
}

// Finish implements Monitor.
func (s *State) Finish(report func(Anomaly)) {
	if !s.Seen || s.Loss == nil || !s.Loss.Ended {
		return
	}
	for _, p := range sortedKeys(s.Loss.Produced) {
		produced := s.Loss.Produced[p]
		begun, ok := s.Begun[p]
		if !ok && !s.reads(p.Topic) {
			continue
		}
		if !ok { // nobody has read, perhaps because there was nothing left to read
			begun = s.Taken[p]
		}
		var left Intervals
		for _, part := range s.records(p, begun, produced.End()) {
			left = append(left, missing(part.From, part.To, []*offsetSet{s.live().of(p)})...)
		}
		gone := left.Within(0, s.settled(p))
		if s.Over != JobFinished {
			s.Unread += left.Count() - gone.Count()
		}
		if len(gone) == 0 {
			continue
		}
		s.Sum.LostFromState += gone.Count()
		text := "in no operator's state at the end"
		if r := s.Readers[p]; r == nil {
			text += ", never read by a source"
		} else if len(gone.And(r.Read)) == 0 {
			text += ", left out by the sources"
		}
		a := Anomaly{Name: LostFromState, At: s.Loss.EndAt, Event: s.Loss.EndIx, TopicPartition: p}
		report(a.over(gone).describe(text))
	}
}

// reads tells whether the job reads partitions of a topic.
func (s *State) reads(topic string) bool {
	for _, p := range sortedKeys(s.Begun) {
		if p.Topic == topic {
			return true
		}
	}
	return false
}

func (s *State) unchecked() []NotChecked {
	switch {
	case !s.Seen:
		return nil
	case s.Loss == nil || !s.Loss.Ended:
		return []NotChecked{{LostFromState, "the history is not told to its end (no end event)"}}
	case len(s.Loss.Produced) == 0:
		return []NotChecked{{LostFromState, "the history has no produced events"}}
	case s.Unread > 0:
		return []NotChecked{{LostFromState, itoa(s.Unread) + " records may still be read: no completed checkpoint covers them, and the job was not left in peace for long enough"}}
	}
	return nil
}
