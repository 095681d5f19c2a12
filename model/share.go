package model

import (
	"cmp"
	"slices"
	"strings"
)

// Shares keeps the ledger of share groups (KIP-932): who was given which
// records how often, what became of that, and what was said to be done. It
// judges I-S1 to I-S5 and what is lost.
//
// A delivery is known by its record and its count, which only grows under one
// leader of a share partition. What a client is given shows in the history
// when the answer is there, which may be long after its lock is gone: so a line
// is held against another only where the count, or what the client had been
// given before, says which of both was first. A line of a leader that has been
// replaced is not judged: its locks are gone, and clients cannot know.
//
// What ends a lock without a client's doing, only the leader of the share
// partition sees. Where the history has its word on a partition (share-loaded),
// a lock that nobody has ended is held; where it has not, only what clients
// themselves have ended is known to be over.
type Shares struct {
	Limit         int32 // group.share.delivery.count.limit; 0: not checked
	Lock          int64 // µs: group.share.record.lock.duration.ms
	LagBound      int64 // µs
	FromStart     bool
	SparseOffsets bool
	Midlife       bool
	Loss          *Loss  // for what was produced
	State         *State // what a job has taken in counts as processed

	Parts   map[groupPart]*sharePart
	Calls   []shareCall // without an answer
	Running map[clientGroup]bool
	Born    shareBorn
	CalmAt  int64
	Calm    bool
	Ended   bool
	EndAt   int64
	EndIx   int
	Sum     ShareNumbers
}

// ShareNumbers counts records of share groups.
type ShareNumbers struct {
	Delivered      int64 // repetitions included
	Redelivered    int64 // of these, delivered to anyone before
	Processed      int64 // repetitions included
	ProcessedAgain int64 // of these, processed by anyone before
	// Acknowledged with success, by type; and refused, or of unknown outcome.
	Accepted, Released, Rejected, Renewed, Refused int64
	Expired                                        int64 // locks that ran out
	Withdrawn                                      int64 // taken from a member whose session was over
	Archived                                       int64 // given up by the leader
	Lost                                           int64 // given up or accepted, and never processed
}

// sharePart is what is known of one share partition.
type sharePart struct {
	Told     bool   // its leader has been heard of
	Leader   string // that leads it; empty for none
	Loads    int
	LoadedAt int            // event
	Led      map[string]int // how often each broker has loaded it
	First    int64          // its first start offset; -1 while not known
	Start    int64          // -1 while not known
	LogStart int64

	Live    runs[shareRecord] // delivered, or heard of, and not done
	Done    runs[shareDone]   // acknowledged, archived or passed by the start offset
	Readers map[string]shareReader

	Delivered, Processed Intervals
	Accepted, GivenUp    []shareEnd // what must have been processed
}

// shareRecord is what is known of records that may still be delivered.
type shareRecord struct {
	Deliveries int32    // the highest count under this leader
	Member     string   // who had them then
	Shown      bool     // and has told
	Since      int      // event that showed it
	At         int64    // µs of the last event about them
	Seen       int32    // deliveries that clients have told
	Forgotten  int32    // how many of them may not have been on record when the leader changed
	Kept       int32    // the count that an acknowledged release has put on record
	Pending    int      // unanswered acknowledgements that would be the end of them
	Unsure     bool     // one may have been
	Written    bool     // one was refused by the leader, but may be on record for the next
	Loose      []string // clients a release of whom may yet take effect
	Holds      []shareHold
}

func (r shareRecord) cloned() shareRecord {
	r.Loose, r.Holds = slices.Clone(r.Loose), slices.Clone(r.Holds)
	return r
}

// shareHold is a client's hold on records, as long as nobody has ended it.
type shareHold struct {
	Client, Member string
	Deliveries     int32
	Asked          string // the type of the acknowledgement it has called
	At             int64  // µs: when the lock began, at the latest
	Vague          bool   // perhaps of a leader before this one
	Older          bool   // Asked was called before the client had them
}

// shareDone is how records ended.
type shareDone struct {
	Deliveries int32
	Shown      bool // a client has told of the last of them
	Loads      int
	Event      int
	How        shareHow
}

type shareHow uint8

const (
	shareArchived shareHow = iota + 1
	shareAcked
	sharePassed // by the start offset
)

func (d shareDone) cloned() shareDone { return d }

// shareEnd is an end of records that is right only if they are processed.
type shareEnd struct {
	Interval
	Client string
	At     int64
	Event  int
	Text   string
}

// shareReader is one client's reading of a share partition: what a broker gives
// it in an answer, it gave after the client had the answer before.
type shareReader struct {
	Node   string
	Before int // last event of the answers before
	Last   int // of this one
	At, Op int64
}

// sameAnswer tells whether e is a line of the answer that was read last.
func (r *shareReader) sameAnswer(e *Event) bool {
	return r.Node == e.Node && r.Op == e.Op && (e.Op != 0 || r.At == e.At)
}

// shareBorn is at which event a client began, if that was after the first
// event of a share group.
type shareBorn map[string]int

func (b *shareBorn) started(i int, e *Event) {
	if *b == nil {
		*b = shareBorn{}
	}
	(*b)[e.Client] = i
}

// since gives an event after which the leader gave what e tells, and takes
// note of e.
func (b shareBorn) since(i int, e *Event, readers *map[string]shareReader) int {
	before, ok := b[e.Client]
	if !ok {
		before = -1
	}
	if r, ok := (*readers)[e.Client]; ok && r.sameAnswer(e) {
		before = r.Before
	} else if ok && r.Node == e.Node {
		before = max(before, r.Last)
	}
	if *readers == nil {
		*readers = map[string]shareReader{}
	}
	(*readers)[e.Client] = shareReader{e.Node, before, i, e.At, e.Op}
	return before
}

// shareCall is an acknowledgement without an answer.
type shareCall struct {
	Client string
	groupPart
	Op int64
	Interval
	Type string
}

// Describe implements Monitor.
func (s *Shares) Describe() Description {
	return Description{"shares", Ledger,
		[]string{ShareDupWhileHeld, ShareRedeliveredAfterAck, ShareLockLeak, ShareStartPassedLive, ShareDeliveredBeyondLimit,
			ShareArchivedUnprocessed, ShareAcceptedUnprocessed, ShareAckLost, ShareUndelivered},
		"a client has one fetch under way with a broker; what ends locks is told where share-loaded is, before anybody is given the records again"}
}

// watched lists the kinds of events that concern this monitor.
func (s *Shares) watched() []Kind {
	return append([]Kind{Started, Stopped, LogStart, Calm, End}, shareKinds...)
}

// shareKinds are the events of share groups.
var shareKinds = []Kind{ShareAcquired, ShareProcessed, ShareAcknowledge, ShareAcknowledgeDone,
	ShareLoaded, ShareUnloaded, ShareStartMoved, ShareExpired, ShareReleased, ShareArchived}

// Observe implements Monitor.
func (s *Shares) Observe(i int, e *Event, report func(Anomaly)) {
	switch e.Kind {
	case Started, Stopped:
		if len(s.Parts) > 0 {
			s.client(i, e)
		}
	case Calm:
		s.Calm, s.CalmAt = true, e.At
	case End:
		s.Ended, s.EndAt, s.EndIx = true, e.At, i
	case LogStart:
		if len(s.Parts) == 0 {
			return
		}
		for _, k := range sortedKeys(s.Parts) {
			if p := s.Parts[k]; k.TopicPartition == e.TopicPartition {
				p.LogStart = max(p.LogStart, e.To)
			}
		}
	case ShareAcquired:
		s.acquired(i, e, report)
	case ShareProcessed:
		p := s.part(e)
		n := e.To - e.From
		s.Sum.Processed += n
		s.Sum.ProcessedAgain += n - p.Processed.Add(e.From, e.To)
	case ShareAcknowledge:
		s.call(e)
	case ShareAcknowledgeDone:
		s.answered(i, e, report)
	default:
		s.leader(i, e, report)
	}
}

func (s *Shares) part(e *Event) *sharePart {
	k := groupPart{e.Group, e.TopicPartition}
	p := s.Parts[k]
	if p == nil {
		p = entry(&s.Parts, k)
		p.First, p.Start, p.LoadedAt = -1, -1, -1
		if s.Loss != nil {
			p.LogStart = s.Loss.Starts[e.TopicPartition]
		}
	}
	return p
}

// client takes in that a process is new or gone. Its leader will say what
// becomes of what it holds, where leaders are told of.
func (s *Shares) client(i int, e *Event) {
	if e.Kind == Stopped && e.Cause == CauseEnd {
		return
	}
	if e.Kind == Started {
		s.Born.started(i, e)
	}
	for _, k := range sortedKeys(s.Running) {
		if k.Client == e.Client {
			s.Running[k] = false
		}
	}
	s.Calls = slices.DeleteFunc(s.Calls, func(c shareCall) bool {
		if c.Client == e.Client {
			s.unknown(c)
		}
		return c.Client == e.Client
	})
	for _, k := range sortedKeys(s.Parts) {
		p := s.Parts[k]
		delete(p.Readers, e.Client)
		for n := range p.Live {
			if r := &p.Live[n].V; !p.Told {
				r.end(func(h *shareHold) bool { return h.Client == e.Client })
			}
		}
	}
}

// end drops holds.
func (r *shareRecord) end(which func(h *shareHold) bool) {
	for i := len(r.Holds) - 1; i >= 0; i-- {
		if which(&r.Holds[i]) {
			r.Holds = slices.Delete(r.Holds, i, i+1)
		}
	}
}

// finish puts records among those that are done.
func (p *sharePart) finish(from, to int64, d shareDone) {
	for _, free := range p.Done.gaps(from, to) {
		for _, one := range p.Live.within(free.From, free.To) {
			last := d
			last.Deliveries = max(d.Deliveries, one.V.Deliveries)
			last.Shown = one.V.Shown && one.V.Deliveries == last.Deliveries
			for _, h := range one.V.Holds {
				if h.Deliveries > last.Deliveries {
					last.Deliveries, last.Shown = h.Deliveries, false
				}
			}
			p.done(one.From, one.To, last)
		}
		for _, rest := range p.Done.gaps(free.From, free.To) {
			p.done(rest.From, rest.To, d)
		}
		p.Live.remove(free.From, free.To)
	}
}

// doneBlock is how many offsets a run of done records has at the most: the
// last of its events stands for all.
const doneBlock = 256

func (p *sharePart) done(from, to int64, d shareDone) {
	if i := p.Done.at(from - 1); from > 0 && i < len(p.Done) {
		if before := &p.Done[i]; before.To == from && before.From/doneBlock == (to-1)/doneBlock &&
			before.V == (shareDone{d.Deliveries, d.Shown, d.Loads, before.V.Event, d.How}) {
			before.To, before.V.Event = to, max(before.V.Event, d.Event)
			return
		}
	}
	for _, one := range p.Done.over(from, to) {
		i := p.Done.at(one.From)
		p.Done[i].V = d
	}
}

// ordinal names the n-th time.
func ordinal(n int32) string {
	switch n {
	case 1:
		return "first"
	case 2:
		return "second"
	case 3:
		return "third"
	}
	return itoa(int64(n)) + "th"
}

// who names the members of a list of holds.
func who(holds []shareHold) string {
	var names []string
	for _, h := range holds {
		names = append(names, cmp.Or(h.Client, h.Member))
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " and ")
}

func (n *ShareNumbers) add(o ShareNumbers) {
	n.Delivered += o.Delivered
	n.Redelivered += o.Redelivered
	n.Processed += o.Processed
	n.ProcessedAgain += o.ProcessedAgain
	n.Accepted += o.Accepted
	n.Released += o.Released
	n.Rejected += o.Rejected
	n.Renewed += o.Renewed
	n.Refused += o.Refused
	n.Expired += o.Expired
	n.Withdrawn += o.Withdrawn
	n.Archived += o.Archived
	n.Lost += o.Lost
}
