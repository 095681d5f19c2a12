package share

import (
	"fmt"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// Settings are a share group's settings (ShareGroupConfig, GroupConfig).
type Settings struct {
	DeliveryCountLimit       int16 // share.delivery.count.limit
	PartitionMaxRecordLocks  int32 // share.partition.max.record.locks
	RecordLockDurationMs     int32 // share.record.lock.duration.ms
	RenewAcknowledgeDisabled bool  // share.renew.acknowledge.enable=false (KIP-1222)
}

// DefaultSettings are Kafka's own defaults.
func DefaultSettings() Settings {
	return Settings{DeliveryCountLimit: 5, PartitionMaxRecordLocks: 2000, RecordLockDurationMs: 30_000}
}

// throttledFrom is the delivery count from which on fewer records are
// delivered together, so that a bad one does not take the good ones with it
// (throttleRecordsDeliveryLimit).
func (s *Settings) throttledFrom() int16 { return max(2, (s.DeliveryCountLimit+1)/2) }

// Phase is how far a share partition has come.
type Phase uint8

// The phases of a share partition (SharePartitionState).
const (
	Empty        Phase = iota // nothing is known yet
	Initializing              // its state is being read
	Active
	Failed // its state could not be read
	Fenced // another one takes its place
)

// Partition is a share partition's leader: one share group's view of one
// partition on the broker that leads it. The zero value is of no use; see New.
type Partition struct {
	set         Settings
	leaderEpoch int32
	stateEpoch  int32
	phase       Phase

	batches    []batch // by offset; they do not overlap (Z79)
	start, end int64   // the records in flight, both included, if there are batches; else both the next to read
	completed  int32   // terminal records from start on
	gap        *gap
	// someFree says that looking for a free record among the batches may be worth
	// it (findNextFetchOffset).
	someFree bool

	writes []write // under way, oldest first
}

// gap is what is known of gaps between the batches that were read from the
// share coordinator (GapWindow): records from start on that no batch holds were
// acquired under an earlier leader, and nothing was written of them. They can be
// acquired. Once the end offset has passed end, gaps are natural ones.
type gap struct{ start, end int64 }

// New makes the leader of a share partition, in a leader epoch of the
// partition. Its state must be read first: see Initialize.
func New(set Settings, leaderEpoch int32) *Partition {
	return &Partition{set: set, leaderEpoch: leaderEpoch}
}

// Configure changes the settings, as AlterConfigs of a group does. Locks that
// are held keep their time.
func (p *Partition) Configure(set Settings) { p.set = set }

// Phase is how far it has come.
func (p *Partition) Phase() Phase { return p.phase }

// Start is the start offset (SPSO): what is below it is done with.
func (p *Partition) Start() int64 { return p.start }

// End is the last offset that was acquired, or what is read next if no record
// is in flight (SPEO).
func (p *Partition) End() int64 { return p.end }

// LeaderEpoch is the epoch in which it leads.
func (p *Partition) LeaderEpoch() int32 { return p.leaderEpoch }

// Fence ends the share partition: its broker leads it no more, or its state has
// changed hands. What is under way may still be Written.
func (p *Partition) Fence() { p.phase = Fenced }

// Initialize begins to read the state, and tells whether the caller must send
// ReadShareGroupState with the leader epoch. LEADER_NOT_AVAILABLE: it is under
// way, a fetch waits. Any other error: the partition is of no use any more.
func (p *Partition) Initialize() (read bool, err api.ErrorCode) {
	switch p.phase {
	case Active:
		return false, api.None
	case Initializing, Fenced:
		return false, api.LeaderNotAvailable
	case Failed:
		return false, api.UnknownServerError
	}
	p.phase = Initializing
	return true, api.None
}

// Initialized takes what was read. Reset is the offset to begin at if the group
// has none yet, by share.auto.offset.reset: the leader looks it up at this
// moment, not when the group subscribes. With an error the partition has failed
// and is to be dropped; the error is the client's.
func (p *Partition) Initialized(err api.ErrorCode, read *api.SharePartitionState, reset int64) api.ErrorCode {
	if err == api.None && !p.load(read, reset) {
		err = api.UnknownServerError
	}
	if err != api.None {
		p.phase = Failed
		return persisterError(err)
	}
	if p.phase == Initializing {
		p.phase = Active
	}
	return api.None
}

// load takes over a state; false if it makes no sense.
func (p *Partition) load(read *api.SharePartitionState, reset int64) bool {
	p.stateEpoch, p.start = read.StateEpoch, read.StartOffset
	if p.start == -1 {
		p.start = reset
	}
	p.end = p.start
	gapAt, next := int64(-1), p.start
	for _, s := range read.StateBatches {
		if s.FirstOffset < p.start || s.LastOffset < s.FirstOffset {
			return false
		}
		if gapAt == -1 && s.FirstOffset > next {
			gapAt = next
		}
		next = s.LastOffset + 1
		state := state{state: RecordState(s.DeliveryState), count: s.DeliveryCount}
		p.insert(batch{first: s.FirstOffset, last: s.LastOffset, whole: state})
		if state.state.Terminal() {
			p.completed += int32(s.LastOffset - s.FirstOffset + 1)
		}
	}
	if len(p.batches) > 0 {
		p.someFree, p.end = true, p.lastCached()
		if gapAt != -1 {
			p.gap = &gap{start: gapAt, end: p.end}
		}
		p.advance()
	}
	return true
}

// gapOpen tells whether gaps may hold records to acquire
// (isPersisterReadGapWindowActive).
func (p *Partition) gapOpen() bool { return p.gap != nil && p.gap.end == p.end }

// closeGap notes that all before an offset was acquired
// (maybeUpdatePersisterGapWindowStartOffset).
func (p *Partition) closeGap(offset int64) {
	switch {
	case p.gap == nil:
	case p.gapOpen() && offset <= p.gap.end:
		p.gap.start = offset
	default:
		p.gap = nil
	}
}

// lockEnd is when a lock that is given now runs out.
func (p *Partition) lockEnd(now sim.Time) sim.Time {
	return now + sim.Time(p.set.RecordLockDurationMs)*sim.Millisecond
}

// RecordInfo is what Records tells of a run of records.
type RecordInfo struct {
	First, Last   int64
	State         RecordState
	DeliveryCount int16
	Member        string   // who holds it
	Until         sim.Time // when the lock runs out; Never if there is none
	Writing       bool     // its state is not written yet
}

// Records gives the records whose state is kept, as runs in order of offsets:
// those in flight, and what is not cleared away yet below the start offset.
func (p *Partition) Records() []RecordInfo {
	var out []RecordInfo
	for i := range p.batches {
		b := &p.batches[i]
		for n := range b.pieces() {
			first, last, s := b.piece(n)
			r := RecordInfo{First: first, Last: last, State: s.state, DeliveryCount: s.count, Member: s.member,
				Until: sim.Never, Writing: s.change != nil}
			if s.lock != nil {
				r.Until = s.lock.until
			}
			if n > 0 {
				prev, joined := &out[len(out)-1], r
				if joined.First, joined.Last = prev.First, prev.Last; joined == *prev { // but for its place
					prev.Last = last
					continue
				}
			}
			out = append(out, r)
		}
	}
	return out
}

// String is the state for people: the offsets, then a run of records a line.
func (p *Partition) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "start %d end %d complete %d", p.start, p.end, p.completed)
	if p.gapOpen() {
		fmt.Fprintf(&s, " gap from %d", p.gap.start)
	}
	for _, r := range p.Records() {
		fmt.Fprintf(&s, "\n%d-%d %s x%d", r.First, r.Last, r.State, r.DeliveryCount)
		if r.Member != "" {
			s.WriteString(" " + r.Member)
		}
		if r.Until != sim.Never {
			fmt.Fprintf(&s, " until %s", r.Until)
		}
		if r.Writing {
			s.WriteString(" writing")
		}
	}
	return s.String()
}
