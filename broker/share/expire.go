package share

import "github.com/groundhogsim/groundhog/sim"

// Expiry is when the next lock runs out; Never if none is held.
func (p *Partition) Expiry() sim.Time {
	next := sim.Never
	for i := range p.batches {
		for n := range p.batches[i].pieces() {
			if _, _, s := p.batches[i].piece(n); s.lock != nil {
				next = min(next, s.lock.until)
			}
		}
	}
	return next
}

// Expire takes records from members whose locks have run out. That holds at
// once, whatever becomes of the write; waiting fetches should be woken if there
// is one. (Kafka has a timer, and a write, for each lock; those that go off at
// one moment are one write here.)
func (p *Partition) Expire(now sim.Time) Write {
	w := p.newWrite(true)
	due := func(s *state) bool { return s.lock != nil && s.lock.until <= now }
	for i := range p.batches {
		b := &p.batches[i]
		if b.offsets == nil && b.whole.state == Acquired && due(&b.whole) && p.straddles(b) {
			b.split()
		}
		for n := range b.pieces() {
			first, last, s := b.piece(n)
			if !due(s) || !s.expire(p.given(last), p.set.DeliveryCountLimit) {
				continue
			}
			p.add(&w, first, last, s)
			if s.state == Available {
				p.someFree = true
			}
		}
	}
	return p.submit(w)
}
