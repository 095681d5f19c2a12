package client

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// fetched is what a fetch brought of one partition and the application has not
// taken: records, or in the Java profile an error that the next poll comes
// upon (CompletedFetch).
type fetched struct {
	Batch
	At    int64 // the offset that was asked for
	Err   api.ErrorCode
	Fresh bool // no poll has looked at it
}

// wants tells whether what was fetched fits the position.
func (p *position) wants(b *fetched) bool {
	return p != nil && p.State == known && p.Offset == b.next()
}

// next is the first offset of what is left.
func (b *fetched) next() int64 {
	if b.Fresh {
		return b.At
	}
	return b.From()
}

// buffered tells whether something of a broker is left that can be handed out:
// until it is, that broker is not asked for more. kgo buffers one whole fetch
// a source. So does Java, lest the broker's fetch session drops what
// a request leaves out, but partitions that cannot be handed out now do not
// count (AbstractFetch.bufferedNodes).
func (c *Consumer) buffered(broker int32) bool {
	near := 0
	var at *position
	for i := range c.Buffer {
		at, near = c.positionNear(c.Buffer[i].TopicPartition, near)
		if at != nil && at.Leader == broker && (!c.cfg.pol.java || at.State == known && !at.Paused) {
			return true
		}
	}
	return false
}

// holds tells whether anything of a partition is buffered.
func (c *Consumer) holds(p *position) bool {
	for i := range c.Buffer {
		if c.Buffer[i].TopicPartition == p.TopicPartition {
			return true
		}
	}
	return false
}

// Poll asks for up to most records; AppRecords brings them when there are
// some. Coming back to poll also lets callbacks run that were held back.
func (c *Consumer) Poll(most int, fx *sim.Effects) {
	c.Polling, c.Handling = min(most, c.cfg.MaxPollRecords), false
	c.pollBegins(fx)
	c.enterPoll(fx)
	if c.cfg.pol.java {
		c.autoCommit(fx)
	}
	c.hand(fx)
	c.fetch(fx)
}

// StopPolling ends a poll that has brought nothing yet.
func (c *Consumer) StopPolling() { c.Polling, c.Handling = 0, true }

// hand gives the application what is buffered, if it polls.
func (c *Consumer) hand(fx *sim.Effects) {
	if c.Polling == 0 || len(c.Buffer) == 0 || c.pollBlocked() {
		return
	}
	ev := AppEvent{Kind: AppRecords}
	left, near, most := c.Buffer[:0], 0, c.Polling
	var at *position
	for i := range c.Buffer {
		b := &c.Buffer[i]
		if most == 0 {
			left = append(left, *b)
			continue
		}
		at, near = c.positionNear(b.TopicPartition, near)
		switch {
		case !at.wants(b):
		case b.Err != api.None:
			c.fetchError(at, b.Err, fx)
		case at.Paused:
			if b.Fresh = false; c.cfg.pol.java {
				left = append(left, *b)
			}
		default:
			n := min(most, len(b.Records))
			ev.Batches = append(ev.Batches, c.take1(at, b, n, fx))
			if most -= n; len(b.Records) > 0 {
				left = append(left, *b)
			}
		}
	}
	clear(c.Buffer[len(left):])
	if c.Buffer = left; len(left) == 0 {
		c.Buffer = nil
	}
	if len(ev.Batches) == 0 {
		c.lookup(fx)
		c.fetch(fx)
		return
	}
	c.sendFetches(fx) // Java: while the application works (pipelining)
	c.Polling, c.Handling = 0, true
	c.tell(ev)
}

// take1 hands out the next n records of a partition.
func (c *Consumer) take1(at *position, b *fetched, n int, fx *sim.Effects) Batch {
	got := Batch{b.TopicPartition, b.Records[:n:n]}
	b.Records, b.Fresh = b.Records[n:], false
	at.advance(got.Records)
	c.observe(fx, model.Event{Kind: model.Polled, TopicPartition: got.TopicPartition, From: got.From(), To: got.To()})
	return got
}

// advance moves a position behind records that the application is given.
func (p *position) advance(records []api.Record) {
	last := &records[len(records)-1]
	if last.LeaderEpoch != p.Epoch {
		i := len(records) - 1
		for i > 0 && records[i-1].LeaderEpoch == last.LeaderEpoch {
			i--
		}
		p.Epoch, p.EpochFrom = last.LeaderEpoch, records[i].Offset
		if p.Epoch == 0 {
			p.EpochFrom = -1 // there is none before
		}
	}
	p.Offset, p.Polled = last.Offset+1, true
}

// Processed tells the history that the application's work on a run of records
// is done.
func (c *Consumer) Processed(p model.TopicPartition, from, to int64, fx *sim.Effects) {
	c.observe(fx, model.Event{Kind: model.Processed, TopicPartition: p, From: from, To: to})
}
