package share

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// Batch is a record batch of the log, from its base offset to its last one,
// both included: Kafka acquires these as a whole if it may.
type Batch struct{ Base, Last int64 }

// Singles is a log that was written one record a batch.
func Singles(records []api.Record) []Batch {
	out := make([]Batch, len(records))
	for i := range records {
		out[i] = Batch{records[i].Offset, records[i].Offset}
	}
	return out
}

// Fetch is what a member asks for, and what was read for it.
type Fetch struct {
	Member     string
	Mode       int8 // api.BatchOptimized, api.RecordLimit
	BatchSize  int32
	MaxRecords int32   // what is left of the request's MaxRecords
	Offset     int64   // where it was read from: NextFetchOffset
	Batches    []Batch // as they stand in the log: the first may begin before Offset
}

// NextFetchOffset is where to read for the next fetch: at the first record that
// can be acquired anew, in a gap, or after the end. (It is no pure question: it
// remembers that no record is free.)
func (p *Partition) NextFetchOffset() int64 {
	if len(p.batches) == 0 || p.start > p.lastCached() {
		p.someFree = false
		return p.end
	}
	if !p.someFree {
		return p.end + 1
	}
	gapAt := int64(-1)
	if p.gapOpen() {
		gapAt = p.gap.start
	}
	for i := range p.batches {
		b := &p.batches[i]
		if p.gapOpen() {
			if b.first > gapAt {
				return gapAt
			}
			gapAt = max(b.last+1, gapAt)
		}
		for n := range b.pieces() {
			if first, _, s := b.piece(n); s.free() {
				return first
			}
		}
	}
	p.someFree = false
	return p.end + 1
}

// CanAcquire tells whether a fetch is worth reading for: something is free
// again, or there is room for more locks.
func (p *Partition) CanAcquire() bool {
	return p.phase == Active && (p.NextFetchOffset() != p.end+1 || p.inFlight() < int64(p.set.PartitionMaxRecordLocks))
}

// inFlight counts offsets from the start to the end (numInFlightRecords).
func (p *Partition) inFlight() int64 {
	if len(p.batches) == 0 {
		return 0
	}
	return p.end - p.start + 1
}

// acquisition is one call of Acquire under way.
type acquisition struct {
	*Fetch
	until    sim.Time
	last     int64 // no offset after it
	room     int64 // records that it may still have; batch-optimized: until one batch too many
	acquired []api.AcquiredRecords
	count    int64
}

func (a *acquisition) limited() bool { return a.Mode == api.RecordLimit }

// Acquire gives a member what it can have of what was read: offsets and
// delivery counts, and how many offsets that is. Acquiring is not written down:
// a later leader knows nothing of it.
//
// Only the log's batches count here, not what is in them: a group that reads
// committed records would now archive those of aborted transactions
// (maybeFilterAbortedTransactionalAcquiredRecords).
func (p *Partition) Acquire(now sim.Time, f Fetch) ([]api.AcquiredRecords, int64) {
	if p.phase != Active || f.MaxRecords <= 0 || len(f.Batches) == 0 {
		return nil, 0
	}
	a := acquisition{Fetch: &f, until: p.lockEnd(now), last: f.Batches[len(f.Batches)-1].Last}
	if a.last < p.start {
		return nil, 0
	}
	if p.limit(&a); a.room <= 0 {
		return nil, 0
	}
	base := f.Batches[0].Base
	p.archiveStale(f.Offset, base)
	// A batch of the log may begin inside of one that is there: that is not
	// acquired a second time, under another name (Z79, KAFKA-19954).
	if i := p.floor(base); i >= 0 && p.batches[i].last >= base {
		base = p.batches[i].first
	}
	i, j := p.beginning(min(f.Batches[0].Base, base), a.last)
	if i == j {
		p.acquireNew(&a, base, a.last)
		return a.acquired, a.count
	}
	j = p.acquireCached(&a, base, i, j)
	if tail := p.batches[j-1].last; a.count < a.room && tail < a.last {
		p.acquireNew(&a, tail+1, a.last)
	}
	if n := len(a.acquired); n > 0 {
		p.closeGap(a.acquired[n-1].LastOffset + 1)
	}
	return a.acquired, a.count
}

// limit is how many records may be acquired, and up to where: with all locks
// given, what became free again between start and end can be had, and nothing
// beyond (lastOffsetAndMaxRecordsToAcquire).
func (p *Partition) limit(a *acquisition) {
	a.room = min(int64(a.MaxRecords), int64(p.set.PartitionMaxRecordLocks)-p.inFlight())
	if a.room <= 0 && a.Offset <= p.end {
		a.room = min(int64(a.MaxRecords), p.end-a.Offset+1)
		a.last = min(a.last, p.end)
	}
}

// acquireCached acquires what is free of the batches from i to j, and the gaps
// between them while these can hold records. It gives j anew: gaps become
// batches.
func (p *Partition) acquireCached(a *acquisition, gapAt int64, i, j int) int {
	requested := a.Batches[0].Base
	for ; i < j && a.count < a.room; i++ {
		if p.gapOpen() {
			if gapAt < p.batches[i].first {
				n := p.acquireNew(a, gapAt, p.batches[i].first-1)
				i, j = i+n, j+n
			}
			gapAt = p.batches[i].last + 1
			if a.count >= a.room {
				break
			}
		}
		b := &p.batches[i]
		throttled := p.throttled(b, requested, a.last)
		if throttled && a.count > 0 { // by itself, in a later fetch
			a.room = 0
			break
		}
		tooMany := a.limited() && b.last-b.first+1 > a.room-a.count
		if b.offsets == nil {
			if !b.whole.free() {
				continue
			}
			if b.within(requested, a.last) && !tooMany && !throttled {
				b.whole.acquire(a.Member, a.until)
				a.grant(b.first, b.last, b.whole.count, len(a.acquired))
				continue
			}
			b.split()
		}
		if n := p.acquireSome(a, b, requested); throttled && n > 0 {
			a.room = 0
			break
		}
	}
	return j
}

// grant notes records as acquired. Those that follow one another and were
// delivered equally often go together, but not with what was acquired before
// index from.
func (a *acquisition) grant(first, last int64, count int16, from int) {
	a.count += last - first + 1
	if n := len(a.acquired); n > from && a.acquired[n-1].LastOffset+1 == first && a.acquired[n-1].DeliveryCount == count {
		a.acquired[n-1].LastOffset = last
		return
	}
	a.acquired = append(a.acquired, api.AcquiredRecords{FirstOffset: first, LastOffset: last, DeliveryCount: count})
}

// throttled tells whether a free record of the batch was delivered so often
// that it should not be delivered among many (shouldThrottleRecordsDelivery).
func (p *Partition) throttled(b *batch, first, last int64) bool {
	for n := range b.pieces() {
		from, to, s := b.piece(n)
		if to >= first && from <= last && s.free() && s.count >= p.set.throttledFrom() {
			return true
		}
	}
	return false
}

// acquireSome acquires records one by one from a batch that was split
// (acquireSubsetBatchRecords). A record at its last delivery goes alone; from
// half the limit on, half of the batch, then a quarter, and so on.
func (p *Partition) acquireSome(a *acquisition, b *batch, requested int64) int64 {
	limit, from := p.set.DeliveryCountLimit, len(a.acquired)
	room, got := a.room-a.count, int64(0)
	share := int64(0) // of the batch, once a throttled record was met
	for n := range b.offsets {
		offset, _, s := b.piece(n)
		if offset < requested || !s.free() {
			continue
		}
		if offset > a.last || limit > 2 && s.count == limit-1 && got > 0 {
			break
		}
		if t := p.set.throttledFrom(); s.count >= t && share == 0 {
			share = max(1, int64(len(b.offsets))>>(s.count-t+1))
		}
		s.acquire(a.Member, a.until)
		a.grant(offset, offset, s.count, from)
		got++
		if limit > 2 && s.count == limit || a.limited() && got == room || got == share {
			break
		}
	}
	return got
}
