package share

import (
	"fmt"

	"github.com/groundhogsim/groundhog/sim"
)

// RecordState is the state of a record, by its number in the share
// coordinator's records. ARCHIVING (3) is left out: it is for dead-letter queues
// (KIP-1191), and nothing in SharePartition of 4.3.1 leads to it.
type RecordState int8

// The states of a record. The last two are terminal.
const (
	Available    RecordState = 0
	Acquired     RecordState = 1
	Acknowledged RecordState = 2
	Archived     RecordState = 4
)

// Terminal tells whether a record is done with.
func (s RecordState) Terminal() bool { return s == Acknowledged || s == Archived }

// String is Kafka's name for the state.
func (s RecordState) String() string {
	switch s {
	case Available:
		return "AVAILABLE"
	case Acquired:
		return "ACQUIRED"
	case Acknowledged:
		return "ACKNOWLEDGED"
	case Archived:
		return "ARCHIVED"
	}
	return fmt.Sprintf("RecordState(%d)", int8(s))
}

// state is the state of one record, or of all records of a batch
// (InFlightState).
type state struct {
	state  RecordState
	count  int16  // of deliveries, the one under way included
	member string // who holds it; "" if nobody does
	lock   *lock  // runs out while it is held, also while a change is open
	change *change
	// final says that it was archived as the log's start passed it: whatever
	// an open change comes to, it stays so (Z78: the outcome of a write must
	// not override it).
	final bool
}

// lock is an acquisition lock. It is state, and not a timer beside the state:
// what was released or acknowledged has none, so no timer that went off too
// late can release it once more (Z78, KAFKA-19476).
type lock struct {
	until sim.Time `canon:"rel"`
}

// change is a change of state that is not written yet (startStateTransition):
// what it goes back to if that fails.
type change struct {
	token   Token
	member  string
	expired bool // the lock ran out meanwhile
}

// free tells whether the record can be acquired. One whose release is not
// written yet is AVAILABLE and cannot (Z78, KAFKA-18084): the outcome of the
// write would take the lock of whoever acquired it.
func (s *state) free() bool { return s.state == Available && s.change == nil }

func (s *state) acquire(member string, until sim.Time) {
	s.state, s.member, s.lock = Acquired, member, &lock{until}
	s.count++
}

// leave is how a record goes from ACQUIRED to another state (tryUpdateState):
// one that was delivered as often as the limit allows is not made available
// again.
func (s *state) leave(to RecordState, limit int16) {
	if to == Available && s.count >= limit {
		to = Archived
	}
	s.state, s.member = to, ""
}

// begin does the same, until finish says what became of it.
func (s *state) begin(token Token, to RecordState, limit int16) {
	s.change = &change{token: token, member: s.member}
	s.leave(to, limit)
}

// finish ends a change (completeStateTransition). What fails is held again,
// unless its lock ran out in the meantime: then nothing would ever release it,
// so it is released here (Z78, KAFKA-19476).
func (s *state) finish(ok bool, limit int16) {
	c := s.change
	s.change = nil
	switch {
	case ok || s.final:
		s.lock = nil
	case c.expired:
		s.leave(Available, limit)
	default:
		s.state, s.member = Acquired, c.member
	}
}

// expire is what becomes of a record whose lock ran out; it tells whether that
// changed its state. If a change is open it decides.
func (s *state) expire(to RecordState, limit int16) bool {
	s.lock = nil
	if s.change != nil {
		s.change.expired = true
		return false
	}
	s.leave(to, limit)
	return true
}

// archive makes an end of a record whose place in the log is gone.
func (s *state) archive() {
	s.state, s.member, s.lock, s.final = Archived, "", nil, true
}
