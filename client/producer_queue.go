package client

import (
	"cmp"
	"slices"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// queue is what a producer has for one partition, in the order in which it is
// to be sent; requests under way come first (RecordAccumulator, recBuf of kgo).
type queue struct{ Batches []outgoing }

// outgoing is a batch of records of one partition.
type outgoing struct {
	Records []api.Record
	State   batchState
	Tries   int64    `canon:"sat=6"`
	Since   sim.Time `canon:"rel"` // its first record came
}

type batchState uint8

const (
	queued  batchState = iota
	flying             // its answer is awaited
	pausing            // it failed, and is to be sent again after a while
)

// enqueue puts a record into a partition's last batch, if that is still open.
func (p *Producer) enqueue(at int32, r api.Record, fx *sim.Effects) {
	q := &p.Queues[at]
	if n := len(q.Batches); n > 0 {
		b := &q.Batches[n-1]
		if b.State == queued && b.Tries == 0 && (p.set.BatchRecords == 0 || len(b.Records) < p.set.BatchRecords) {
			b.Records = append(b.Records, r)
			return
		}
	}
	room := p.Load.PerTick/len(p.Queues) + 1
	if p.set.BatchRecords > 0 {
		room = min(room, p.set.BatchRecords)
	}
	b := outgoing{Records: append(make([]api.Record, 0, room), r), Since: fx.Now()}
	if _, any := p.oldest(); p.set.DeliveryTimeout > 0 && !any {
		fx.SetTimer(timerDelivery, "", p.set.DeliveryTimeout)
	}
	q.Batches = append(q.Batches, b)
}

// oldest is when the first of all batches began.
func (p *Producer) oldest() (since sim.Time, any bool) {
	for i := range p.Queues {
		for _, b := range p.Queues[i].Batches {
			if !any || b.Since < since {
				since, any = b.Since, true
			}
		}
	}
	return since, any
}

// expire gives up what was not acknowledged within delivery.timeout.ms. What
// is under way may be written yet.
func (p *Producer) expire(fx *sim.Effects) {
	for i := range p.Queues {
		q := &p.Queues[i]
		q.Batches = slices.DeleteFunc(q.Batches, func(b outgoing) bool { return b.Since+p.set.DeliveryTimeout <= fx.Now() })
	}
	if since, any := p.oldest(); any {
		fx.SetTimer(timerDelivery, "", since+p.set.DeliveryTimeout-fx.Now())
	}
}

// backedOff lets what failed be sent again.
func (p *Producer) backedOff() {
	for i := range p.Queues {
		for j := range p.Queues[i].Batches {
			if b := &p.Queues[i].Batches[j]; b.State == pausing {
				b.State = queued
			}
		}
	}
}

// head is the batch of a partition that may be sent next; nil for none. A
// partition whose first batch that is not under way must pause, waits with it.
// kgo, and Java with one request in flight, have one batch of a partition under
// way at a time there as long as a retry is due; Java with more sends on.
func (p *Producer) head(at int) *outgoing {
	for j := range p.Queues[at].Batches {
		switch b := &p.Queues[at].Batches[j]; b.State {
		case flying:
			if p.set.MaxInFlight == 1 {
				return nil
			}
		case pausing:
			return nil
		default:
			return b
		}
	}
	return nil
}

// ready tells whether a partition's next batch need not wait for company: it
// is full, another one is behind it, or it has waited for linger.ms.
func (p *Producer) ready(at int, b *outgoing, fx *sim.Effects) bool {
	q := p.Queues[at].Batches
	return p.set.Linger == 0 || b.Tries > 0 || &q[len(q)-1] != b ||
		p.set.BatchRecords > 0 && len(b.Records) >= p.set.BatchRecords || fx.Now() >= b.Since+p.set.Linger
}

// sticky is the partitioner for records without a key.
type sticky struct {
	State     assignor.StickyPartitioner
	Available []int32 // partitions with a leader
	Count     uint64  `canon:"-"` // choices so far
}

// What stands in place of sizes in bytes: batch.size, and a record of which as
// many fill a batch as BatchRecords says, or this many.
const (
	stickyBatch   = 16_384
	stickyRecords = 100
)

// place gives the partition for the next record, and counts it as put there.
func (s *sticky) place(p *Producer, fx *sim.Effects) int32 {
	at := assignor.Placing{Partitions: int32(len(p.Topic.Leaders)), Available: s.Available, Draw: func() uint32 {
		s.Count++
		return uint32(fx.Draw("sticky", s.Count, 1<<32))
	}}
	var chosen int32
	s.State, chosen = s.State.Current(at)
	s.State = s.State.Appended(stickyBatch/cmp.Or(p.set.BatchRecords, stickyRecords), true, at)
	return chosen
}
