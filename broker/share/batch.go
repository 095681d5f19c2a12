package share

import "slices"

// batch is a run of records that were acquired together (InFlightBatch). All
// share one state until they are told apart; then each has its own.
type batch struct {
	first, last int64
	whole       state
	offsets     []state // by offset from first on; nil: whole is the state of all
}

// pieces is how many states the batch has.
func (b *batch) pieces() int { return max(1, len(b.offsets)) }

// piece is one of its states, and the offsets that it is the state of.
func (b *batch) piece(i int) (first, last int64, s *state) {
	if b.offsets == nil {
		return b.first, b.last, &b.whole
	}
	return b.first + int64(i), b.first + int64(i), &b.offsets[i]
}

// within tells whether the batch has no offset outside of the range.
func (b *batch) within(first, last int64) bool { return b.first >= first && b.last <= last }

// split gives each offset a state of its own (maybeInitializeOffsetStateUpdate).
// An open change goes on for each of them. Kafka 4.3.1 forgets it here: that can
// only be when the log's start moves into a batch whose release is not written
// yet, and lets the rest of it be acquired with the old lock still in place.
func (b *batch) split() {
	if b.offsets != nil {
		return
	}
	b.offsets = make([]state, b.last-b.first+1)
	for i := range b.offsets {
		s := b.whole
		if s.lock != nil {
			l := *s.lock
			s.lock = &l
		}
		if s.change != nil {
			c := *s.change
			s.change = &c
		}
		b.offsets[i] = s
	}
	b.whole = state{}
}

// floor is the index of the last batch that begins at an offset or before it;
// -1 if there is none.
func (p *Partition) floor(offset int64) int {
	i, found := slices.BinarySearchFunc(p.batches, offset, func(b batch, offset int64) int {
		return int(min(max(b.first-offset, -1), 1))
	})
	if found {
		return i
	}
	return i - 1
}

// beginning gives the indexes, from i up to but without j, of the batches that
// begin between two offsets, both included.
func (p *Partition) beginning(first, last int64) (i, j int) {
	return p.floor(first-1) + 1, p.floor(last) + 1
}

// insert puts a batch where it belongs.
func (p *Partition) insert(b batch) { p.batches = slices.Insert(p.batches, p.floor(b.first)+1, b) }

// lastCached is the last offset that a state is kept of; there must be one.
func (p *Partition) lastCached() int64 { return p.batches[len(p.batches)-1].last }

// counted is how many offsets of a range are in flight, that is, not below the
// start offset (numInFlightRecordsInBatch).
func (p *Partition) counted(first, last int64) int32 {
	return int32(max(0, last-max(first, p.start)+1))
}

// straddles tells whether the start offset lies inside the batch, so that some
// of its records are below it.
func (p *Partition) straddles(b *batch) bool { return b.first < p.start && b.last >= p.start }
