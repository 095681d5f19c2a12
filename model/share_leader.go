package model

// leader takes in what the leader of a share partition tells.
func (s *Shares) leader(i int, e *Event, report func(Anomaly)) {
	p := s.part(e)
	switch e.Kind {
	case ShareLoaded:
		s.loaded(i, e, p, report)
	case ShareUnloaded:
		if p.Leader == e.Node {
			p.Leader = ""
			p.newLeader(e.At)
		}
	case ShareStartMoved:
		s.startMoved(i, e, e.To, p, report)
	case ShareExpired, ShareReleased:
		if e.Kind == ShareExpired {
			s.Sum.Expired += e.To - e.From
		} else {
			s.Sum.Withdrawn += e.To - e.From
		}
		p.ended(i, e)
	case ShareArchived:
		s.Sum.Archived += e.To - e.From
		if e.Cause != CauseReject && e.Cause != CauseLogStart && e.Cause != CauseControl {
			for _, free := range p.Done.gaps(e.From, e.To) {
				p.GivenUp = append(p.GivenUp, shareEnd{free, "", e.At, i, "archived after " + itoa(int64(e.Deliveries)) + " deliveries (" + e.Cause + ")"})
			}
		}
		p.finish(e.From, e.To, shareDone{Deliveries: e.Deliveries, Loads: p.Loads, Event: i, How: shareArchived})
	}
}

// loaded is a new leader, which knows of no lock and of no count that was not
// on record.
func (s *Shares) loaded(i int, e *Event, p *sharePart, report func(Anomaly)) {
	if e.Cause == CauseAdmin {
		p.Live, p.Done, p.Start, p.First = nil, nil, e.From, e.From
	} else if p.Start >= 0 && e.From > p.Start {
		s.startMoved(i, e, e.From, p, report)
	}
	if p.First < 0 {
		p.First = e.From
	}
	if p.Led == nil {
		p.Led = map[string]int{}
	}
	p.Led[e.Node]++
	p.Told, p.Leader, p.LoadedAt = true, e.Node, i
	p.Start = max(p.Start, e.From)
	p.newLeader(e.At)
	p.Loads++
}

// newLeader forgets what was in the old leader's memory alone.
func (p *sharePart) newLeader(at int64) {
	for n := range p.Live {
		r := &p.Live[n].V
		r.Forgotten += max(0, r.Deliveries-r.Kept)
		r.Holds, r.Loose, r.Deliveries, r.Member, r.Shown = nil, nil, 0, "", false
		r.At, r.Unsure = at, r.Unsure || r.Written || r.Pending > 0
	}
}

// ended is that a lock is over. Its client may learn that it had it later.
func (p *sharePart) ended(i int, e *Event) {
	for _, free := range p.Done.gaps(e.From, e.To) {
		list := p.Live.over(free.From, free.To)
		for n := range list {
			r := &list[n].V
			r.At = e.At
			r.end(func(h *shareHold) bool { return h.Member == e.Member && h.Deliveries <= e.Deliveries })
			if e.Deliveries > r.Deliveries {
				r.Deliveries, r.Member, r.Shown, r.Since = e.Deliveries, e.Member, false, i
			}
		}
	}
}

// startMoved takes in a start offset, and that it passes nothing that is not
// done with (I-S4). What was not delivered to anybody the history knows is no
// record, where offsets may be left out.
func (s *Shares) startMoved(i int, e *Event, to int64, p *sharePart, report func(Anomaly)) {
	from := p.Start
	p.Start = max(p.Start, to)
	if from < 0 || to <= from {
		return
	}
	live := p.Done.gaps(max(from, p.LogStart), to)
	for _, one := range p.Live.within(from, to) {
		if one.V.Pending > 0 || one.V.Unsure {
			live = live.Minus(span(one.From, one.To))
		}
	}
	if s.SparseOffsets {
		live = live.And(p.Delivered)
	}
	if len(live) > 0 && e.Cause != CauseLogStart && e.Cause != CauseAdmin && !s.Midlife {
		report(found(ShareStartPassedLive, i, e, e.TopicPartition).over(live).describe(
			"passed by the start offset, which is " + itoa(to) + ": neither acknowledged nor archived"))
	}
	p.finish(from, to, shareDone{Loads: p.Loads, Event: i, How: sharePassed})
}
