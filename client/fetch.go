package client

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// fetch asks each leader for more, if it owes no answer and nothing of what it
// gave is left. Java does so only while the application is in poll
// (sendFetches); kgo always.
func (c *Consumer) fetch(fx *sim.Effects) {
	if c.mayFetch() && (c.Polling > 0 || !c.cfg.pol.java) {
		c.sendFetches(fx)
	}
}

func (c *Consumer) sendFetches(fx *sim.Effects) {
	if len(c.Positions) == 0 {
		return
	}
	for b := range c.cfg.Brokers {
		broker := int32(b)
		if c.underTo(forFetch, broker) || c.buffered(broker) {
			continue
		}
		if r := c.fetchRequest(broker); r != nil {
			c.begin(forFetch, broker, r, fx)
		}
	}
}

// fetchRequest asks for all that can be fetched from a broker; nil when that
// is nothing. Neither client tells the epoch of the record before (-1):
// truncation is looked for otherwise.
func (c *Consumer) fetchRequest(broker int32) *api.FetchRequest {
	var r *api.FetchRequest
	for i := range c.Positions {
		p := &c.Positions[i]
		if p.State != known || p.Paused || p.Leader != broker || c.cfg.pol.java && c.holds(p) {
			continue
		}
		if r == nil {
			r = &api.FetchRequest{Header: c.header(16), MinBytes: 1,
				MaxWaitMs: int32(c.cfg.FetchMaxWait / sim.Millisecond), MaxRecords: c.cfg.FetchMaxRecords,
				Partitions: make([]api.FetchPartition, 0, len(c.Positions)-i)}
		}
		r.Partitions = append(r.Partitions, api.FetchPartition{
			TopicPartition: p.TopicPartition, CurrentLeaderEpoch: p.LeaderEpoch, FetchOffset: p.Offset, LastFetchedEpoch: -1})
	}
	return r
}

func (c *calls) underTo(p purpose, broker int32) bool {
	for i := range c.List {
		if k := &c.List[i]; k.Purpose == p && k.Broker == broker && k.State != abandoned {
			return true
		}
	}
	return false
}

// fetched takes what a broker gave. What was asked for under a position that
// has changed since is of no use.
func (c *Consumer) fetched(k call, r *api.FetchResponse, fx *sim.Effects) {
	asked := k.Req.(*api.FetchRequest).Partitions
	stripped, near := 0, 0
	var at *position
	for i := range r.Partitions {
		p := &r.Partitions[i]
		if p.ErrorCode == api.None && len(p.Records) == 0 {
			continue
		}
		b := fetched{Batch: Batch{p.TopicPartition, p.Records}, At: asked[i].FetchOffset, Err: p.ErrorCode, Fresh: true}
		if c.cfg.pol.java {
			c.Buffer = append(c.Buffer, b)
			continue
		}
		at, near = c.positionNear(p.TopicPartition, near)
		switch {
		case !at.wants(&b):
		case p.ErrorCode == api.None:
			c.Buffer = append(c.Buffer, b)
		default:
			c.fetchError(at, p.ErrorCode, fx)
			if p.ErrorCode != api.OffsetOutOfRange && p.ErrorCode != api.FencedLeaderEpoch {
				stripped++
			}
		}
	}
	if stripped == len(asked) { // kgo spares a broker that gives nothing but errors
		k.Tries = 0
		c.retry(k, fx)
	}
	c.hand(fx)
	c.lookup(fx)
	c.fetch(fx)
}

// fetchError treats an error of one partition: handleReqResp in kgo's
// source.go, FetchCollector.handleInitializeErrors.
func (c *Consumer) fetchError(at *position, err api.ErrorCode, fx *sim.Effects) {
	switch err {
	case api.OffsetOutOfRange:
		c.fellOut(at)
		if !c.cfg.pol.java {
			c.askMetadata(fx)
		}
	case api.UnknownLeaderEpoch: // the broker lags behind the metadata
		if !c.cfg.pol.java {
			c.askMetadata(fx)
		}
	case api.UnknownTopicOrPartition:
		c.metadataSoon(c.cfg.pol.metadataPause, fx)
	case api.FencedLeaderEpoch:
		c.metadataNow(fx)
		if !c.cfg.pol.java {
			c.doubt(at)
		}
	default:
		c.metadataNow(fx)
	}
}

// metadataNow asks for metadata as soon as the profile does: Java not again
// before retry.backoff.ms.
func (c *Consumer) metadataNow(fx *sim.Effects) {
	if c.cfg.pol.java {
		c.metadataSoon(c.cfg.pol.backoffBase, fx)
		return
	}
	c.askMetadata(fx)
}

func (c *Consumer) metadataSoon(after sim.Time, fx *sim.Effects) {
	if !c.MetadataSoon && !c.under(forMetadata) {
		c.MetadataSoon = true
		fx.SetTimer(timerMetadata, "", after)
	}
}
