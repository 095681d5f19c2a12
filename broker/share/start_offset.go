package share

// MoveStart follows the log's start offset, when a read was out of range or
// records were deleted (updateCacheAndOffsets). What is available below it is
// archived; what is held stays so until it is released, and is archived then.
// The share coordinator learns of it with the next write.
func (p *Partition) MoveStart(logStart int64) {
	if logStart <= p.start {
		return
	}
	if len(p.batches) == 0 {
		p.start, p.end, p.completed = logStart, logStart, 0
		return
	}
	gone := p.terminalBelow(logStart)
	if p.archive(p.start, logStart-1, 0, p.floor(logStart-1)+1) > 0 {
		p.someFree = true
	}
	p.start, p.end = logStart, max(p.end, logStart)
	p.completed -= gone
}

// terminalBelow counts terminal records from the start offset up to another
// (countTerminalRecordsUpToNewLSO).
func (p *Partition) terminalBelow(offset int64) (n int32) {
	for i := range p.batches {
		for k := range p.batches[i].pieces() {
			if first, last, s := p.batches[i].piece(k); s.state.Terminal() && first < offset {
				n += p.counted(first, min(last, offset-1))
			}
		}
	}
	return n
}

// archive makes an end of what is available between two offsets, both
// included, in the batches from i to j, and counts it (archiveRecords).
func (p *Partition) archive(from, to int64, i, j int) (archived int32) {
	for ; i < j; i++ {
		b := &p.batches[i]
		if b.offsets == nil && (b.whole.state != Available || b.last < from) {
			continue
		}
		if !b.within(from, to) {
			b.split()
		}
		for n := range b.pieces() {
			if first, last, s := b.piece(n); s.state == Available && first >= from && last <= to {
				s.archive()
				archived += int32(last - first + 1)
			}
		}
	}
	return archived
}

// archiveStale makes an end of records that compaction took away: the log was
// read from an offset, and had nothing before base (maybeArchiveStaleBatches).
func (p *Partition) archiveStale(offset, base int64) {
	if offset >= base {
		return
	}
	i, j := max(0, p.floor(offset)), p.floor(base-1)+1
	if n := p.archive(offset, base-1, i, j); n > 0 {
		p.completed += n
		p.someFree = true
	}
}

// advance moves the start offset over terminal records (I-S4), and forgets the
// batches that it has passed (maybeUpdateCachedStateAndOffsets). It tells whether
// it did.
func (p *Partition) advance() bool {
	if !p.canAdvance() {
		return false
	}
	done, terminal := p.prefix()
	if done == -1 {
		return false
	}
	if done == p.lastCached() {
		// After the log's start went past all batches this is a step back; the next
		// read is out of range, and puts it right.
		p.start, p.end = done+1, done+1
		p.batches, p.completed = nil, 0
		return true
	}
	i := p.floor(done)
	if done == p.batches[i].last {
		i++
		p.start = max(p.start, p.batches[i].first)
		if p.gapOpen() {
			p.start = min(p.start, p.gap.start)
		}
	} else {
		p.start = max(p.start, done+1)
	}
	p.completed -= terminal
	p.batches = append(p.batches[:0:0], p.batches[i:]...)
	return true
}

// canAdvance tells whether the record at the start offset is done with
// (canMoveStartOffset). At a gap it is not: somebody may have had it.
func (p *Partition) canAdvance() bool {
	i := p.floor(p.start)
	if i < 0 {
		return false
	}
	b, s := &p.batches[i], (*state)(nil)
	switch {
	case b.offsets == nil:
		s = &b.whole
	case p.start <= b.last:
		s = &b.offsets[p.start-b.first]
	default: // a null pointer in Kafka, where nobody notices it
		return false
	}
	return s.state.Terminal() && s.change == nil
}

// prefix is the last offset of the terminal records that the batches begin
// with (-1: none), and how many of them are in flight
// (findLastOffsetAcknowledgedAndMetadata).
func (p *Partition) prefix() (done int64, terminal int32) {
	done = -1
	for i := range p.batches {
		b := &p.batches[i]
		if p.gapOpen() && b.last >= p.gap.start {
			break
		}
		for n := range b.pieces() {
			first, last, s := b.piece(n)
			if !s.state.Terminal() || s.change != nil {
				return done, terminal
			}
			done = last
			terminal += p.counted(first, last)
		}
	}
	return done, terminal
}
