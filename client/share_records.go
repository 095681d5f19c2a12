package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// shareRun is a run of records that was acquired at once, of one delivery count,
// and is not polled yet. All the while their locks run.
type shareRun struct {
	model.TopicPartition
	Broker  int32
	Count   int16
	Stale   bool         // the session was given up since
	Records []api.Record `canon:"shared"`
	Gaps    []int64      // Java: acquired offsets at which there is no record
}

// notAcked stands for the type of an acknowledgement that was not given.
const notAcked int8 = -1

type heldState uint8

const (
	inHand      heldState = iota
	renewing              // Java: the broker was asked for a new lock; the application has it no more
	renewedLock           // Java: and has given one; the next poll hands it out again
)

// held is a record that the application was given (shareAckState of kgo;
// ShareInFlightBatch).
type held struct {
	model.TopicPartition
	Record api.Record `canon:"shared"`
	Count  int16
	Broker int32
	Stale  bool
	Ack    int8 // as given last, notAcked
	State  heldState
	Gap    bool // Java: there is no record, and Ack is AckGap
}

func (h *held) ack(route ackRoute) ack {
	return ack{TopicPartition: h.TopicPartition, Offset: h.Record.Offset, Type: h.Ack, Broker: h.Broker, Stale: h.Stale, Route: route}
}

// acquired takes the records that a broker locked for this member out of an
// answer, and tells the history. Offsets without a record are gaps: control
// records, and what was compacted away.
func (c *ShareConsumer) acquired(broker int32, p *api.ShareFetchedPartition, fx *sim.Effects) {
	at := 0
	for _, a := range p.AcquiredRecords {
		c.observe(fx, model.Event{Kind: model.ShareAcquired, Node: fx.Name(c.cfg.Brokers[broker]), TopicPartition: p.TopicPartition,
			From: a.FirstOffset, To: a.LastOffset + 1, Deliveries: int32(a.DeliveryCount)})
		run := shareRun{TopicPartition: p.TopicPartition, Broker: broker, Count: a.DeliveryCount}
		for at < len(p.Records) && p.Records[at].Offset < a.FirstOffset {
			at++
		}
		from, next := at, a.FirstOffset
		for ; at < len(p.Records) && p.Records[at].Offset <= a.LastOffset; at++ {
			for ; next < p.Records[at].Offset; next++ {
				run.Gaps = append(run.Gaps, next)
			}
			next++
		}
		for ; next <= a.LastOffset; next++ {
			run.Gaps = append(run.Gaps, next)
		}
		run.Records = p.Records[from:at:at]
		if !c.cfg.pol.java {
			for _, offset := range run.Gaps {
				c.queue(ack{TopicPartition: p.TopicPartition, Offset: offset, Type: api.AckGap, Broker: broker})
			}
			run.Gaps = nil
		}
		if len(run.Records)+len(run.Gaps) > 0 {
			c.Buffer = append(c.Buffer, run)
		}
	}
}

// collect moves up to c.Polling records from the buffer to the application's
// hand.
func (c *ShareConsumer) collect() (out []ShareBatch) {
	n := c.Polling
	for n > 0 && len(c.Buffer) > 0 {
		run := &c.Buffer[0]
		for _, offset := range run.Gaps {
			c.Held = append(c.Held, held{TopicPartition: run.TopicPartition, Record: api.Record{Offset: offset}, Broker: run.Broker, Ack: api.AckGap, Gap: true})
		}
		run.Gaps = nil
		if k := min(n, len(run.Records)); k > 0 {
			out = append(out, ShareBatch{TopicPartition: run.TopicPartition, Records: run.Records[:k:k], DeliveryCount: run.Count})
			for _, r := range run.Records[:k] {
				c.Held = append(c.Held, held{TopicPartition: run.TopicPartition, Record: r, Count: run.Count, Broker: run.Broker, Stale: run.Stale, Ack: notAcked})
			}
			run.Records = run.Records[k:]
			n -= k
		}
		if len(run.Records) == 0 {
			c.Buffer = slices.Delete(c.Buffer, 0, 1)
		}
	}
	if len(c.Buffer) == 0 {
		c.Buffer = nil
	}
	return out
}

// hand gives the application what is buffered, if it polls.
func (c *ShareConsumer) hand(fx *sim.Effects) {
	if c.Polling == 0 {
		return
	}
	if batches := c.collect(); len(batches) > 0 {
		c.handed(batches, fx)
	}
}

// handed ends a poll with records.
func (c *ShareConsumer) handed(batches []ShareBatch, fx *sim.Effects) {
	c.StopPolling(fx)
	c.tell(ShareEvent{Kind: ShareRecords, Batches: batches})
}

// buffered tells whether something that a broker gave is not polled.
func (c *ShareConsumer) buffered(broker int32) bool {
	return slices.ContainsFunc(c.Buffer, func(r shareRun) bool { return r.Broker == broker })
}

// Acknowledge says for the records [from, to) of a partition, among those that
// the last poll gave, what is to become of them: api.AckAccept, AckRelease,
// AckReject or AckRenew. It tells whether that was possible for any: a record
// that was given by an earlier poll, or is acknowledged for good, cannot be
// (kgo: Record.Ack, which ignores it; Java throws IllegalStateException, also in
// implicit mode). When it reaches the broker the profile decides; Commit and
// CommitAsync make it do so soon.
func (c *ShareConsumer) Acknowledge(p model.TopicPartition, from, to int64, as int8) bool {
	return c.acknowledge(as, func(h *held) bool {
		return h.TopicPartition == p && h.Record.Offset >= from && h.Record.Offset < to
	})
}

// AcknowledgeRest does so for all records of the last poll about which nothing
// was said yet (kgo.MarkAcks).
func (c *ShareConsumer) AcknowledgeRest(as int8) bool {
	return c.acknowledge(as, func(h *held) bool { return h.Ack == notAcked })
}

func (c *ShareConsumer) acknowledge(as int8, pick func(*held) bool) (any bool) {
	if as < api.AckAccept || as > api.AckRenew || c.Leaving {
		return false
	}
	for i := range c.Held {
		h := &c.Held[i]
		switch {
		case h.Gap || h.State != inHand || !pick(h):
		case c.cfg.pol.java && c.share.Explicit: // a later word replaces the earlier
			h.Ack, any = as, true
		case c.cfg.pol.java:
		case h.Ack == notAcked || h.Ack == api.AckRenew && as != api.AckRenew: // tryAck
			h.Ack, any = as, true
			c.queue(h.ack(withFetch))
		}
	}
	return any
}

// renewed is the end of acknowledgements among which renewals may be: a record
// with a new lock can be renewed again (kgo), or is the application's again at
// the next poll (Java: ShareInFlightBatch.renew).
func (c *ShareConsumer) renewed(acks []ack, err api.ErrorCode) {
	for _, a := range acks {
		if a.Type != api.AckRenew {
			continue
		}
		at := slices.IndexFunc(c.Held, func(h held) bool { return h.Record.Offset == a.Offset && h.TopicPartition == a.TopicPartition })
		switch {
		case at < 0:
		case !c.cfg.pol.java:
			if c.Held[at].Ack == api.AckRenew {
				c.Held[at].Ack = notAcked
			}
		case c.Held[at].State == renewing && err == api.None:
			c.Held[at].State = renewedLock
		case c.Held[at].State == renewing:
			c.Held = slices.Delete(c.Held, at, at+1)
		}
	}
}

// Processed tells the history that the application's work on records is done.
func (c *ShareConsumer) Processed(p model.TopicPartition, from, to int64, fx *sim.Effects) {
	c.observe(fx, model.Event{Kind: model.ShareProcessed, TopicPartition: p, From: from, To: to})
}
