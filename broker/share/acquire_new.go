package share

// acquireNew acquires records that no batch holds, from first to last or as far
// as there is room; it tells how many batches it made of them
// (acquireNewBatchRecords). A batch of the log may begin below the start offset,
// where an earlier leader or the log's start has moved it inside: what is below
// is not acquired (Z79, KAFKA-19954). In 4.3.1 that holds only if no batch is kept
// from before, as one may be that the log's start went past.
func (p *Partition) acquireNew(a *acquisition, first, last int64) (made int) {
	if len(p.batches) == 0 {
		first = max(first, p.end) // what is below was done with before
	}
	if first = max(first, p.start); first > last {
		return 0
	}
	room := a.room - a.count
	if room < last-first+1 {
		end := lastOfBatch(a.Batches, first+room-1)
		if p.gapOpen() { // the log's batches may reach into those that are there
			end = min(end, last)
		}
		last = end
	}
	made = p.addBatches(a, first, last, room)
	if p.batches[0].first == first {
		p.start = first
	}
	p.end = max(p.end, last)
	if a.limited() {
		last = a.acquired[len(a.acquired)-1].LastOffset
	}
	p.closeGap(last + 1)
	return made
}

// addBatches makes the batches: one in record-limit mode, of which only so many
// records are acquired as there is room for; else of BatchSize records or more,
// as the log's batches go (createBatches).
func (p *Partition) addBatches(a *acquisition, first, last, room int64) (made int) {
	if a.limited() && last-first+1 > room {
		b := batch{first: first, last: last}
		b.split()
		for n := range room {
			b.offsets[n].acquire(a.Member, a.until)
		}
		p.insert(b)
		p.someFree = true
		a.grant(first, first+room-1, 1, len(a.acquired))
		return 1
	}
	if !a.limited() && last-first+1 > int64(a.BatchSize) {
		for _, b := range a.Batches {
			if b.Base > last {
				break
			}
			if b.Base-first >= int64(a.BatchSize) {
				p.acquireBatch(a, first, b.Base-1)
				first = b.Base
				made++
			}
		}
	}
	p.acquireBatch(a, first, last)
	return made + 1
}

func (p *Partition) acquireBatch(a *acquisition, first, last int64) {
	b := batch{first: first, last: last}
	b.whole.acquire(a.Member, a.until)
	p.insert(b)
	a.grant(first, last, 1, len(a.acquired))
}

// lastOfBatch is the last offset of the log's batch that holds an offset, or
// the offset itself.
func lastOfBatch(batches []Batch, offset int64) int64 {
	for _, b := range batches {
		if b.Base <= offset && offset <= b.Last {
			return b.Last
		}
	}
	return offset
}
