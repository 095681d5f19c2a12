package broker

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// Produce (key 0): KafkaApis.handleProduceRequest, ReplicaManager.appendRecords,
// DelayedProduce.

// TimerProduce goes off when a produce with acks=-1 has waited for its TimeoutMs.
const TimerProduce = "produce-timeout" // CONNECTION

// parkedProduce waits until all that it has appended is committed.
type parkedProduce struct {
	conn    sim.Conn
	needs   []produceNeed
	answer  *api.ProduceResponse `canon:"shared"`
	expires bool
}

// produceNeed is the high watermark that one partition of the answer waits for.
type produceNeed struct {
	place int // in the answer
	api.TopicPartition
	end int64
	// err is how it ended, if it did.
	done bool
	err  api.ErrorCode
}

// produce appends, and answers at once (acks=1), when all is committed
// (acks=-1) or never (acks=0).
func (b *Broker) produce(fx *sim.Effects, c sim.Conn, r *api.ProduceRequest) {
	a := &api.ProduceResponse{Partitions: make([]api.ProducePartitionResponse, len(r.Partitions))}
	var needs []produceNeed
	for i := range r.Partitions {
		out, need := b.appendTo(fx, &r.Partitions[i], r.Acks)
		a.Partitions[i] = out
		if need > 0 {
			needs = append(needs, produceNeed{place: i, TopicPartition: out.TopicPartition, end: need})
		}
	}
	switch {
	case r.Acks == 0 && slices.ContainsFunc(a.Partitions, func(p api.ProducePartitionResponse) bool { return p.ErrorCode != api.None }):
		// No answer could tell: so the producer notices, and asks who leads.
		b.closed(fx, c)
		fx.Hangup(c)
	case r.Acks == 0:
		b.unmute(c)
	case r.Acks == -1 && len(needs) > 0:
		p := parkedProduce{conn: c, needs: needs, answer: a, expires: r.TimeoutMs > 0}
		if p.expires {
			fx.SetTimer(TimerProduce, b.connection(fx, c).key, sim.Time(r.TimeoutMs)*sim.Millisecond)
		}
		b.live.produces = append(b.live.produces, p)
	default:
		b.reply(fx, c, a)
	}
}

// appendTo appends to one partition. need is the high watermark that makes it
// committed, 0 when it is.
func (b *Broker) appendTo(fx *sim.Effects, p *api.ProducePartition, acks int16) (out api.ProducePartitionResponse, need int64) {
	out = api.ProducePartitionResponse{TopicPartition: p.TopicPartition, BaseOffset: -1, LogStartOffset: -1}
	l := b.partition(p.TopicPartition)
	switch {
	case l == nil:
		out.ErrorCode = b.missing(p.TopicPartition)
	case len(p.Records) == 0:
		out.ErrorCode = api.InvalidRecord
	case acks < -1 || acks > 1:
		out.ErrorCode = api.InvalidRequiredAcks
	case !l.Leads():
		out.ErrorCode = api.NotLeaderOrFollower
	case acks == -1 && l.UnderMinISR():
		out.ErrorCode = api.NotEnoughReplicas
	default:
		lagged := l.Lagging()
		base, committed := l.Append(fx.Now(), p.Records)
		out.BaseOffset, out.LogStartOffset = base, l.Start()
		if committed {
			b.moved = true
			return out, 0
		}
		if b.member != nil {
			b.moved = true // for followers
		} else if !lagged {
			b.armReplicate(fx, p.TopicPartition)
		}
		return out, l.End()
	}
	return out, 0
}

// checkProduces answers what is committed by now.
func (b *Broker) checkProduces(fx *sim.Effects) {
	b.live.produces = slices.DeleteFunc(b.live.produces, func(p parkedProduce) bool {
		waits := false
		for i := range p.needs {
			waits = !b.reached(&p.needs[i]) || waits
		}
		if !waits {
			b.endProduce(fx, &p)
		}
		return !waits
	})
	if len(b.live.produces) == 0 {
		b.live.produces = nil
	}
}

func (b *Broker) endProduce(fx *sim.Effects, p *parkedProduce) {
	if p.expires {
		fx.StopTimer(TimerProduce, b.connection(fx, p.conn).key)
	}
	b.reply(fx, p.conn, p.ended(api.None))
}

// reached tells whether a partition's records are committed by now, or never
// will be as far as this broker can tell (DelayedProduce.tryComplete).
func (b *Broker) reached(n *produceNeed) bool {
	if n.done {
		return true
	}
	if l := b.partition(n.TopicPartition); l == nil {
		n.done, n.err = true, b.missing(n.TopicPartition)
	} else {
		n.done, n.err = l.Reached(n.end)
	}
	return n.done
}

// ended is the answer with what became of each partition; late is the error of
// those of which nothing has.
func (p *parkedProduce) ended(late api.ErrorCode) *api.ProduceResponse {
	a := p.answer
	for i := range p.needs {
		n := &p.needs[i]
		err := n.err
		if !n.done {
			err = late
		}
		if err != api.None {
			if a == p.answer {
				a = &api.ProduceResponse{Partitions: slices.Clone(p.answer.Partitions)}
			}
			a.Partitions[n.place].ErrorCode = err
		}
	}
	return a
}

// expireProduce tells which partitions were not committed in time. Their
// records stay, and may be committed yet.
func (b *Broker) expireProduce(fx *sim.Effects, key string) {
	for i := range b.live.produces {
		p := &b.live.produces[i]
		if !p.expires || b.connection(fx, p.conn).key != key {
			continue
		}
		for j := range p.needs {
			b.reached(&p.needs[j])
		}
		a, conn := p.ended(api.RequestTimedOut), p.conn
		b.live.produces = slices.Delete(b.live.produces, i, i+1)
		b.reply(fx, conn, a)
		return
	}
}
