package model

import "slices"

// acquired takes in that a client was given records.
func (s *Shares) acquired(i int, e *Event, report func(Anomaly)) {
	p := s.part(e)
	n := e.To - e.From
	s.Sum.Delivered += n
	s.Sum.Redelivered += n - p.Delivered.Add(e.From, e.To)
	if s.Running == nil {
		s.Running = map[clientGroup]bool{}
	}
	s.Running[clientGroup{e.Client, e.Group}] = true
	if s.Limit > 0 && e.Deliveries > s.Limit {
		report(found(ShareDeliveredBeyondLimit, i, e, e.TopicPartition).over(span(e.From, e.To)).describe(
			"given to " + e.Client + " for the " + ordinal(e.Deliveries) + " time; the limit is " + itoa(int64(s.Limit))))
	}
	since := s.Born.since(i, e, &p.Readers)
	if p.Told && (p.Leader == "" || e.Node != "" && e.Node != p.Leader) {
		return // from one that leads no more
	}
	sure := p.Told && (since > p.LoadedAt || p.Loads == 1 && !s.Midlife || e.Node != "" && p.Led[e.Node] == 1 && !s.Midlife)
	p.afterDone(i, e, since, sure, report)
	for _, free := range p.Done.gaps(e.From, e.To) {
		list := p.Live.over(free.From, free.To)
		for n := range list {
			s.deliver(i, e, &list[n], since, sure, report)
		}
	}
}

// afterDone reports records that are given out though they are done. An answer
// that is late, of a delivery from before, does no harm.
func (p *sharePart) afterDone(i int, e *Event, since int, sure bool, report func(Anomaly)) {
	for at := p.Done.at(e.From); at < len(p.Done) && p.Done[at].From < e.To; at++ {
		d := p.Done[at].V
		later := d.Loads < p.Loads || e.Deliveries > d.Deliveries || e.Deliveries == d.Deliveries && d.Shown
		if d.How == sharePassed { // nobody has said how often they were delivered by then
			later = d.Loads < p.Loads
		}
		if since <= d.Event && !(sure && later) {
			continue
		}
		if !p.Told && d.How != shareAcked {
			continue
		}
		a := found(ShareRedeliveredAfterAck, i, e, e.TopicPartition)
		how := "archived"
		switch d.How {
		case shareAcked:
			how = "acknowledged"
			if d.Loads != p.Loads {
				a.Name = ShareAckLost
			}
		case sharePassed:
			how = "behind the start offset"
		}
		text := "given to " + e.Client + ", but they are " + how
		if d.Loads != p.Loads {
			text += " since before " + p.Leader + " led the share partition"
		}
		report(a.over(span(max(p.Done[at].From, e.From), min(p.Done[at].To, e.To))).describe(text))
	}
}

// deliver takes in that e's client was given the records of a run.
func (s *Shares) deliver(i int, e *Event, one *run[shareRecord], since int, sure bool, report func(Anomaly)) {
	r := &one.V
	told := s.part(e).Told
	r.At = e.At
	hold := shareHold{Client: e.Client, Member: e.Member, Deliveries: e.Deliveries, At: e.At, Vague: told && !sure}
	problem := func(name, what string) {
		report(found(name, i, e, e.TopicPartition).over(span(one.From, one.To)).describe(what))
	}
	if told && !sure {
		r.Holds = append(r.Holds, hold)
		return
	}
	if r.Seen++; s.Limit > 0 && told && r.Seen > s.Limit+r.Forgotten && e.Deliveries <= s.Limit {
		problem(ShareDeliveredBeyondLimit, "given out "+itoa(int64(r.Seen))+" times; the limit is "+itoa(int64(s.Limit))+
			", and leaders can have forgotten "+itoa(int64(r.Forgotten)))
	}
	switch {
	case told && e.Deliveries == r.Deliveries && r.Member == e.Member && !r.Shown:
		r.Shown = true // the leader has told how this one ended
		return
	case told && e.Deliveries == r.Deliveries:
		problem(ShareDupWhileHeld, "given to "+e.Client+" for the "+ordinal(e.Deliveries)+" time, as to "+r.Member+" before")
		return
	case e.Deliveries < r.Deliveries && since <= r.Since:
		return // an answer that is late
	}
	if held := r.held(); told && len(held) > 0 {
		problem(ShareDupWhileHeld, "given to "+e.Client+" while "+who(held)+" held them")
	}
	if sure && e.Deliveries <= r.Kept {
		problem(ShareAckLost, "given to "+e.Client+" for the "+ordinal(e.Deliveries)+" time, but were released after the "+ordinal(r.Kept)+", with success")
	}
	r.Deliveries, r.Member, r.Shown, r.Since = e.Deliveries, e.Member, true, i
	if s.releasing(e) || slices.Contains(r.Loose, e.Client) {
		hold.Asked, hold.Older = CauseRelease, true
	}
	r.Holds = append(r.Holds[:0], hold)
}

// held are the holds that nobody has asked to end.
func (r *shareRecord) held() (out []shareHold) {
	for _, h := range r.Holds {
		if !h.Vague && h.Asked != CauseRelease {
			out = append(out, h)
		}
	}
	return out
}
