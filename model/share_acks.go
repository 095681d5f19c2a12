package model

import "slices"

// shareOutcome is what an answer to an acknowledgement says.
type shareOutcome uint8

const (
	shareUnknown shareOutcome = iota // it may have had its effect, or have it yet
	shareTaken
	shareRefused  // it had none
	shareUnstored // it has none under this leader; but may be on record for the next
)

// refusedAcks are the errors after which an acknowledgement had no effect: the
// share partition's leader looks at these before it writes anything.
var refusedAcks = []string{
	"GROUP_AUTHORIZATION_FAILED", "INVALID_RECORD_STATE", "INVALID_REQUEST", "INVALID_SHARE_SESSION_EPOCH",
	"SHARE_SESSION_LIMIT_REACHED", "SHARE_SESSION_NOT_FOUND", "TOPIC_AUTHORIZATION_FAILED", "UNKNOWN_MEMBER_ID",
	"UNKNOWN_TOPIC_ID", "UNSUPPORTED_VERSION", ErrNotSent,
}

// unstoredAcks are those with which it answers when the write has failed
// (SharePartition.fetchPersisterError): the records are again what they were,
// but the share coordinator may have the write.
var unstoredAcks = []string{
	"COORDINATOR_LOAD_IN_PROGRESS", "COORDINATOR_NOT_AVAILABLE", "FENCED_LEADER_EPOCH", "FENCED_STATE_EPOCH", "GROUP_ID_NOT_FOUND",
	"LEADER_NOT_AVAILABLE", "NOT_COORDINATOR", "NOT_LEADER_OR_FOLLOWER", "UNKNOWN_SERVER_ERROR", "UNKNOWN_TOPIC_OR_PARTITION",
}

func shareOutcomeOf(err string) shareOutcome {
	switch {
	case err == "":
		return shareTaken
	case slices.Contains(refusedAcks, err):
		return shareRefused
	case slices.Contains(unstoredAcks, err):
		return shareUnstored
	}
	return shareUnknown
}

// terminal tells whether an acknowledgement of this type is a record's end.
func terminal(kind string) bool {
	return kind == CauseAccept || kind == CauseReject || kind == CauseGap
}

// ends tells whether one of this type may be a record's end: a release is, where
// the record was delivered as often as it may be.
func ends(kind string) bool { return kind == CauseRelease || terminal(kind) }

// releasing tells whether a client has called a release of any of these that is
// not answered. Its leader looks at who has the records, not since when: a
// release that is late ends a newer lock of the same member.
func (s *Shares) releasing(e *Event) bool {
	return slices.ContainsFunc(s.Calls, func(c shareCall) bool {
		return c.Type == CauseRelease && c.Client == e.Client && c.Group == e.Group && c.TopicPartition == e.TopicPartition &&
			c.From < e.To && e.From < c.To
	})
}

// call takes in that a client acknowledges.
func (s *Shares) call(e *Event) {
	c := shareCall{e.Client, groupPart{e.Group, e.TopicPartition}, e.Op, Interval{e.From, e.To}, e.Cause}
	s.Calls = append(s.Calls, c)
	p := s.part(e)
	for _, free := range p.Done.gaps(e.From, e.To) {
		list := p.Live.over(free.From, free.To)
		for i := range list {
			r := &list[i].V
			if ends(c.Type) { // even if the client was given them by a leader before: it may have them again
				r.Pending++
			}
			for n := range r.Holds {
				if h := &r.Holds[n]; h.Client == e.Client && h.Asked != CauseRelease {
					h.Asked = c.Type
				}
			}
		}
	}
}

// answered takes in the answer to all that a request has of a partition.
func (s *Shares) answered(i int, e *Event, report func(Anomaly)) {
	of := func(c *shareCall) bool {
		return c.Client == e.Client && c.Op == e.Op && c.Group == e.Group && c.TopicPartition == e.TopicPartition
	}
	for n := range s.Calls {
		c := &s.Calls[n]
		if !of(c) {
			continue
		}
		switch outcome := shareOutcomeOf(e.Error); outcome {
		case shareTaken:
			s.taken(i, e, c)
		case shareUnknown:
			s.Sum.Refused += c.To - c.From
			s.unknown(*c)
		default:
			s.Sum.Refused += c.To - c.From
			s.refused(e, c, outcome == shareUnstored)
		}
	}
	s.Calls = slices.DeleteFunc(s.Calls, func(c shareCall) bool { return of(&c) })
}

// taken is an acknowledgement that succeeded. For records that are behind the
// start offset that says nothing: they are passed over.
func (s *Shares) taken(i int, e *Event, c *shareCall) {
	p, n := s.part(e), c.To-c.From
	switch c.Type {
	case CauseAccept:
		s.Sum.Accepted += n
		if last := len(p.Accepted) - 1; last >= 0 && p.Accepted[last].To == c.From && p.Accepted[last].Client == e.Client {
			p.Accepted[last].To = c.To
			break
		}
		p.Accepted = append(p.Accepted, shareEnd{c.Interval, e.Client, e.At, i, "accepted"})
	case CauseReject:
		s.Sum.Rejected += n
	case CauseRelease:
		s.Sum.Released += n
	case CauseRenew:
		s.Sum.Renewed += n
	}
	if terminal(c.Type) {
		p.finish(c.From, c.To, shareDone{Loads: p.Loads, Event: i, How: shareAcked})
		// What the leader archived is known better now. What it has passed is not:
		// there every acknowledgement succeeds.
		for at := p.Done.at(c.From); at < len(p.Done) && p.Done[at].From < c.To; at++ {
			if d := &p.Done[at]; d.From >= c.From && d.To <= c.To && d.V.How == shareArchived {
				d.V.How, d.V.Event = shareAcked, max(d.V.Event, i)
			}
		}
		return
	}
	list := p.Live.within(c.From, c.To)
	for k := range list {
		r := &list[k].V
		r.At = e.At
		for h := range r.Holds {
			hold := &r.Holds[h]
			if hold.Client != e.Client {
				continue
			}
			hold.At = e.At
			if c.Type == CauseRelease && !hold.Vague && !hold.Older {
				r.Kept = max(r.Kept, hold.Deliveries)
			}
			if hold.Asked == c.Type {
				hold.Asked, hold.Older = "", false
			}
		}
		if c.Type == CauseRelease {
			r.Pending = max(0, r.Pending-1)
			r.end(func(h *shareHold) bool { return h.Client == e.Client })
		}
	}
}

// refused is one that had no effect, but for what may be on record.
func (s *Shares) refused(e *Event, c *shareCall, written bool) {
	list := s.part(e).Live.within(c.From, c.To)
	for k := range list {
		r := &list[k].V
		r.At = e.At
		if ends(c.Type) {
			r.Pending = max(0, r.Pending-1)
			r.Written = r.Written || written
		}
		for h := range r.Holds {
			if hold := &r.Holds[h]; hold.Client == e.Client && hold.Asked == c.Type {
				hold.Asked = ""
			}
		}
	}
}

// unknown is one whose outcome nobody will learn.
func (s *Shares) unknown(c shareCall) {
	p := s.Parts[c.groupPart]
	if p == nil {
		return
	}
	list := p.Live.within(c.From, c.To)
	for k := range list {
		r := &list[k].V
		if ends(c.Type) {
			r.Pending, r.Unsure = max(0, r.Pending-1), true
		}
		if c.Type == CauseRelease && !slices.Contains(r.Loose, c.Client) {
			r.Loose = append(r.Loose, c.Client)
		}
	}
}
