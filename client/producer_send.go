package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// flush sends what is ready to each leader that has room for a request. With
// it goes the next batch of each other partition that this broker leads
// (RecordAccumulator.drain); of a partition one batch a request.
func (p *Producer) flush(fx *sim.Effects) {
	for b := range p.cfg.Brokers {
		for p.inFlight(int32(b)) < p.set.MaxInFlight && p.sendTo(int32(b), fx) {
		}
	}
}

func (p *Producer) inFlight(broker int32) (n int) {
	for i := range p.List {
		if k := &p.List[i]; k.Purpose == forProduce && k.Broker == broker {
			n++
		}
	}
	return n
}

func (p *Producer) sendTo(broker int32, fx *sim.Effects) (sent bool) {
	var r *api.ProduceRequest
	ready, wait := false, sim.Time(-1)
	for i, leader := range p.Topic.Leaders {
		if leader != broker {
			continue
		}
		b := p.head(i)
		if b == nil {
			continue
		}
		if p.ready(i, b, fx) {
			ready = true
		} else if left := b.Since + p.set.Linger - fx.Now(); wait < 0 || left < wait {
			wait = left
		}
	}
	if !ready {
		if wait >= 0 {
			fx.SetTimer(timerLinger, "", wait)
		}
		return false
	}
	r = &api.ProduceRequest{Header: p.header(9), Acks: p.set.Acks.code()}
	if p.cfg.RequestTimeout > 0 {
		r.TimeoutMs = int32(p.cfg.RequestTimeout / sim.Millisecond)
	}
	for i, leader := range p.Topic.Leaders {
		if b := p.headAt(i, leader, broker); b != nil {
			b.State, b.Tries = flying, b.Tries+1
			r.Partitions = append(r.Partitions, api.ProducePartition{
				TopicPartition: model.TopicPartition{Topic: p.Topic.Name, Partition: int32(i)},
				Records:        b.Records[:len(b.Records):len(b.Records)]})
		}
	}
	if p.set.Acks == AcksNone {
		fx.Send(p.cfg.Brokers[broker], p.cfg.pol.lanes[forProduce], r)
		for _, x := range r.Partitions {
			p.drop(x)
		}
		return true
	}
	p.begin(forProduce, broker, r, fx)
	return true
}

func (p *Producer) headAt(at int, leader, broker int32) *outgoing {
	if leader != broker {
		return nil
	}
	return p.head(at)
}

// batchOf is the batch that went out as a part of a request, and its place;
// -1 when it was given up in the meantime.
func (p *Producer) batchOf(x api.ProducePartition) (q *queue, at int) {
	q = &p.Queues[x.Partition]
	return q, slices.IndexFunc(q.Batches, func(b outgoing) bool { return &b.Records[0] == &x.Records[0] })
}

// drop takes a batch off its queue.
func (p *Producer) drop(x api.ProducePartition) {
	if q, at := p.batchOf(x); at >= 0 {
		q.Batches = slices.Delete(q.Batches, at, at+1)
	}
}

// produced takes a leader's answer, partition by partition.
func (p *Producer) produced(k call, r *api.ProduceResponse, fx *sim.Effects) {
	asked := k.Req.(*api.ProduceRequest).Partitions
	for i, x := range r.Partitions {
		p.settleBatch(asked[i], x.ErrorCode, x.BaseOffset, fx)
	}
	p.flush(fx)
}

// settleBatch ends one try of a batch. kgo cares for the first batch of a
// partition alone: what went out behind one that failed is sent again, even if
// it was written (handleReqRespBatch). Java takes each by itself, and puts one
// that failed before those that wait: then later records are before it in the
// log (Sender.completeBatch, RecordAccumulator.reenqueue).
func (p *Producer) settleBatch(x api.ProducePartition, err api.ErrorCode, base int64, fx *sim.Effects) {
	q, at := p.batchOf(x)
	if at < 0 {
		return
	}
	b := &q.Batches[at]
	switch {
	case at > 0 && !p.cfg.pol.java:
		b.State = queued
	case err == api.None:
		p.acknowledged(x.TopicPartition, b, base, fx)
		p.drop(x)
	case p.mayRetry(b, err):
		b.State = pausing
		fx.SetTimer(timerResend, "", p.cfg.backoff(b.Tries, fx))
		p.metadataSoon(fx)
		if p.cfg.pol.java {
			again := *b
			q.Batches = slices.Insert(slices.Delete(q.Batches, at, at+1), 0, again)
		}
	default:
		p.drop(x)
	}
}

// unanswered treats a request whose connection is gone: it may have been
// carried out or not.
func (p *Producer) unanswered(k call, fx *sim.Effects) {
	if k.Purpose != forProduce {
		return
	}
	for _, x := range k.Req.(*api.ProduceRequest).Partitions {
		p.settleBatch(x, disconnected, -1, fx)
	}
	p.metadataSoon(fx)
	p.flush(fx)
}

// mayRetry tells whether a batch is sent again after an error
// (RetriableException; kerr.IsRetriable).
func (p *Producer) mayRetry(b *outgoing, err api.ErrorCode) bool {
	if p.set.Retries < 0 || p.set.Retries > 0 && b.Tries > int64(p.set.Retries) {
		return false
	}
	switch err {
	case disconnected, api.UnknownTopicOrPartition, api.LeaderNotAvailable, api.NotLeaderOrFollower,
		api.RequestTimedOut, api.NotEnoughReplicas, api.NotEnoughReplicasAfter, api.FencedLeaderEpoch, api.UnknownLeaderEpoch:
		return true
	}
	return false
}
