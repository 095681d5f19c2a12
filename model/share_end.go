package model

// Finish implements Monitor: what is lost, and what nobody can get at any more.
func (s *Shares) Finish(report func(Anomaly)) {
	if !s.Ended || s.Midlife || len(s.Parts) == 0 {
		return
	}
	for _, k := range sortedKeys(s.Parts) {
		p := s.Parts[k]
		if done, ok := s.processed(k, p); ok {
			s.unprocessed(k, ShareArchivedUnprocessed, p.GivenUp, done, report)
			s.unprocessed(k, ShareAcceptedUnprocessed, p.Accepted, done, report)
		}
		s.stuck(k, p, report)
		s.undelivered(k, p, report)
	}
}

// processed tells what a group has processed of a partition: its members say
// so, or a job's state has it.
func (s *Shares) processed(k groupPart, p *sharePart) (in func(from, to int64) Intervals, ok bool) {
	switch {
	case s.State != nil && s.State.Seen:
		var sets []*offsetSet
		if set := s.State.live().find(k.TopicPartition); set != nil {
			sets = append(sets, set)
		}
		return func(from, to int64) Intervals { return missing(from, to, sets) }, true
	case s.saysProcessed(k.Group):
		return p.Processed.Missing, true
	}
	return nil, false
}

func (s *Shares) saysProcessed(group string) bool {
	for k, p := range s.Parts { //ordered: whether there is one
		if k.Group == group && len(p.Processed) > 0 {
			return true
		}
	}
	return false
}

// unprocessed reports records whose end was that they were processed, and who
// were not.
func (s *Shares) unprocessed(k groupPart, name string, ends []shareEnd, missing func(from, to int64) Intervals, report func(Anomaly)) {
	for _, end := range ends {
		lost := missing(end.From, end.To)
		if len(lost) == 0 {
			continue
		}
		s.Sum.Lost += lost.Count()
		a := Anomaly{Name: name, At: end.At, Event: end.Event, Client: end.Client, Group: k.Group, TopicPartition: k.TopicPartition}
		text := end.Text
		if end.Client != "" {
			text += " by " + end.Client
		}
		report(a.over(lost).describe(text + ", never processed"))
	}
}

// stuck reports records that nobody can get at (I-S3): locked for longer than
// locks last, or free and given to nobody.
func (s *Shares) stuck(k groupPart, p *sharePart, report func(Anomaly)) {
	if !s.Calm || p.Told && p.Leader == "" {
		return
	}
	problem := func(one *run[shareRecord], client, text string) {
		a := Anomaly{Name: ShareLockLeak, At: s.EndAt, Event: s.EndIx, Client: client, Group: k.Group, TopicPartition: k.TopicPartition}
		report(a.over(span(one.From, one.To)).describe(text))
	}
	for n := range p.Live {
		one := &p.Live[n]
		r := &one.V
		if r.Unsure || r.Pending > 0 || one.To <= max(p.Start, p.LogStart) {
			continue
		}
		quiet := s.EndAt - max(s.CalmAt, r.At)
		held := false
		for _, h := range r.Holds {
			since := max(s.CalmAt, h.At)
			over := s.Lock > 0 && s.EndAt-since > s.Lock
			switch {
			case h.Vague:
			case over && p.Told && h.Asked == "":
				problem(one, h.Client, "locked by "+h.Client+" for "+duration(s.EndAt-h.At)+"; a lock lasts "+duration(s.Lock))
			case over:
				continue
			}
			held = true
		}
		if !held && s.LagBound > 0 && quiet > s.LagBound+s.Lock && (s.Lock > 0 || len(r.Holds) == 0) && s.running(k.Group) {
			problem(one, "", "neither done nor delivered again in "+duration(quiet))
		}
	}
}

// running tells whether a group has a member that was given anything and has
// not stopped.
func (s *Shares) running(group string) bool {
	for k, is := range s.Running { //ordered: whether there is one
		if is && k.Group == group {
			return true
		}
	}
	return false
}

// undelivered reports records that were given to nobody, though the group had
// LagBound after calm. What lies before its first start offset is not its
// business, unless it is to read from the start.
func (s *Shares) undelivered(k groupPart, p *sharePart, report func(Anomaly)) {
	if !p.Told || p.First < 0 || s.Loss == nil || s.LagBound == 0 || !s.Calm {
		return
	}
	produced := s.Loss.Produced[k.TopicPartition]
	if produced == nil || s.EndAt-max(s.CalmAt, s.Loss.Quiet) <= s.LagBound || !s.running(k.Group) {
		return
	}
	from := p.First
	if s.FromStart {
		from = 0
	}
	var left Intervals
	for _, part := range produced.Within(max(from, p.LogStart), produced.End()) {
		for _, one := range p.Delivered.Missing(part.From, part.To) {
			for _, free := range p.Done.gaps(one.From, one.To) {
				left.Add(free.From, free.To)
			}
		}
	}
	if len(left) == 0 {
		return
	}
	s.Sum.Lost += left.Count()
	text := "produced, and given to no member of " + k.Group
	if left[0].From < p.First {
		text += ", which began at " + itoa(p.First)
	}
	a := Anomaly{Name: ShareUndelivered, At: s.EndAt, Event: s.EndIx, Group: k.Group, TopicPartition: k.TopicPartition}
	report(a.over(left).describe(text))
}

func (s *Shares) unchecked() []NotChecked {
	if len(s.Parts) == 0 {
		return nil
	}
	var list []NotChecked
	add := func(name, why string) { list = append(list, NotChecked{name, why}) }
	told, says := true, true
	for _, k := range sortedKeys(s.Parts) {
		told = told && s.Parts[k].Told
		_, ok := s.processed(k, s.Parts[k])
		says = says && ok
	}
	if !told {
		for _, name := range []string{ShareDupWhileHeld, ShareStartPassedLive, ShareUndelivered} {
			add(name, "leaders of share partitions are not told of")
		}
	}
	if s.Limit == 0 {
		add(ShareDeliveredBeyondLimit, "no share_delivery_limit")
	}
	switch {
	case s.Midlife:
		for _, name := range []string{ShareArchivedUnprocessed, ShareAcceptedUnprocessed, ShareLockLeak, ShareStartPassedLive, ShareUndelivered} {
			add(name, midlife)
		}
		return list
	case !s.Ended:
		for _, name := range []string{ShareArchivedUnprocessed, ShareAcceptedUnprocessed, ShareLockLeak, ShareUndelivered} {
			add(name, "the history has no end")
		}
		return list
	case !says:
		add(ShareArchivedUnprocessed, "nobody says what was processed")
		add(ShareAcceptedUnprocessed, "nobody says what was processed")
	}
	if !s.Calm || s.Lock == 0 {
		add(ShareLockLeak, "no calm, or no share_lock_us")
	}
	if !s.Calm || s.LagBound == 0 {
		add(ShareUndelivered, "no calm, or no lag_bound_us")
	}
	return list
}
