package client

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// fetch asks each leader for more, once what it gave has been polled: kgo
// buffers one whole fetch a broker, and hands it out a poll at a time.
func (c *Consumer) fetch(fx *sim.Effects) {
	if c.Phase != member || c.Running == onRevoked || c.Held == onRevoked {
		return
	}
	for b := range c.cfg.Brokers {
		broker := int32(b)
		if c.underTo(forFetch, broker) || c.buffered(broker) {
			continue
		}
		r := &api.FetchRequest{Header: c.header(16), MinBytes: 1,
			MaxWaitMs: int32(c.cfg.FetchMaxWait / sim.Millisecond), MaxRecords: c.cfg.FetchMaxRecords}
		for i := range c.Positions {
			p := &c.Positions[i]
			if at, ok := c.leaderOf(p.TopicPartition); ok && at == broker && p.Known {
				r.Partitions = append(r.Partitions, api.FetchPartition{
					TopicPartition: p.TopicPartition, CurrentLeaderEpoch: -1, FetchOffset: p.Offset})
			}
		}
		if len(r.Partitions) > 0 {
			c.begin(forFetch, broker, r, fx)
		}
	}
}

func (c *calls) underTo(p purpose, broker int32) bool {
	for i := range c.List {
		if k := &c.List[i]; k.Purpose == p && k.Broker == broker && k.State != abandoned {
			return true
		}
	}
	return false
}

func (c *Consumer) buffered(broker int32) bool {
	for _, b := range c.Buffer {
		if at, ok := c.leaderOf(b.TopicPartition); ok && at == broker {
			return true
		}
	}
	return false
}

func (c *Consumer) fetched(r *api.FetchResponse, fx *sim.Effects) {
	lookup, again := false, false
	for _, p := range r.Partitions {
		at := c.position(p.TopicPartition)
		switch {
		case at == nil:
		case p.ErrorCode == api.OffsetOutOfRange:
			at.Known, lookup = false, true
		case p.ErrorCode != api.None:
			again = true
		case len(p.Records) > 0:
			b := Batch{p.TopicPartition, p.Records}
			at.Offset = b.To()
			c.Buffer = append(c.Buffer, b)
		}
	}
	if lookup {
		c.reset(fx)
	}
	if again {
		c.askMetadata(fx)
		fx.SetTimer(timerRefetch, "", 250*sim.Millisecond)
		return
	}
	c.hand(fx)
	c.fetch(fx)
}

// Poll asks for up to most records; AppRecords brings them when there are
// some. Coming back to poll also lets callbacks run that were held back.
func (c *Consumer) Poll(most int, fx *sim.Effects) {
	c.Polling, c.Handling = min(most, c.cfg.MaxPollRecords), false
	if c.Held != noCallback {
		c.call(c.Held, fx)
	}
	c.hand(fx)
	c.fetch(fx)
}

// StopPolling ends a poll that has brought nothing yet.
func (c *Consumer) StopPolling() { c.Polling, c.Handling = 0, true }

// hand gives the application what is buffered, if it polls.
func (c *Consumer) hand(fx *sim.Effects) {
	if c.Polling == 0 || len(c.Buffer) == 0 || c.Running != noCallback && c.cfg.BlockRebalanceOnPoll {
		return
	}
	ev := AppEvent{Kind: AppRecords}
	for most := c.Polling; most > 0 && len(c.Buffer) > 0; {
		b := &c.Buffer[0]
		n := min(most, len(b.Records))
		got := Batch{b.TopicPartition, b.Records[:n]}
		ev.Batches = append(ev.Batches, got)
		c.observe(fx, model.Event{Kind: model.Polled, TopicPartition: got.TopicPartition, From: got.From(), To: got.To()})
		most -= n
		if b.Records = b.Records[n:]; len(b.Records) == 0 {
			c.Buffer = append(c.Buffer[:0], c.Buffer[1:]...)
		}
	}
	c.Polling, c.Handling = 0, true
	c.tell(ev)
	if len(c.Buffer) == 0 {
		c.fetch(fx)
	}
}

// Processed tells the history that the application's work on a run of records
// is done.
func (c *Consumer) Processed(p model.TopicPartition, from, to int64, fx *sim.Effects) {
	c.observe(fx, model.Event{Kind: model.Processed, TopicPartition: p, From: from, To: to})
}
