package model

// midlife is why something is not concluded from a history that began when its
// group was at work.
const midlife = "the history is not fresh"

// elsewhere takes note that a reader begins, or is told to, at an offset of
// which the history does not say who committed it: what lies below was done
// before the history, or by somebody who is not in it.
func (l *Loss) elsewhere(g groupPart, offset int64) {
	if l.Book.Midlife && !l.Book.Parts[g].maybe(offset) {
		l.unseen(g, offset)
	}
}

// unseen takes note that what lies between the committed offset and this one
// may have been processed by a member that has it from before the history.
func (l *Loss) unseen(g groupPart, offset int64) {
	if p := l.part(g); l.Book.Midlife && offset > p.Covered {
		p.Elsewhere.Add(p.Covered, offset)
	}
}

// older tells whether e's client read p when the history began, and has not
// polled since: nobody knows what it had at hand.
func (l *Loss) older(e *Event, p TopicPartition) bool {
	if !l.Book.Midlife {
		return false
	}
	u := l.Seats[seat{e.Client, e.Group, p}]
	return u == nil || !u.Known && !u.Read
}

// owned tells whether somebody in the history has a partition.
func (l *Loss) owned(g groupPart) bool {
	for _, k := range sortedKeys(l.Seats) {
		if k.part() == g && l.Seats[k].Owns {
			return true
		}
	}
	return false
}

// uncertain counts the offsets that the history says nothing sure about.
func (l *Loss) uncertain() (n int64) {
	for _, g := range sortedKeys(l.Parts) {
		n += l.Parts[g].Elsewhere.Count()
	}
	return n
}

// unsettled counts the partitions in which a commit from before the history
// may yet have taken effect.
func (b *commitBook) unsettled() (n int) {
	for _, g := range sortedKeys(b.Parts) {
		if b.vague(b.Parts[g]) {
			n++
		}
	}
	return n
}

// vagueness says so of a check that depends on what was committed.
func (b *commitBook) vagueness(check string) []NotChecked {
	if n := b.unsettled(); n > 0 {
		return []NotChecked{{check, "before commits of two generations were acknowledged (in partitions: " + itoa(int64(n)) + "): " + midlife}}
	}
	return nil
}
