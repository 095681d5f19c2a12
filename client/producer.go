package client

import (
	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
)

// Load is what a producer writes: Count records to Topic, the i-th with
// Key(i) and Value(i), PerTick of them every Every. The functions are pure.
type Load struct {
	Topic   string
	Count   int
	PerTick int
	Every   sim.Time
	Key     func(i int) string
	Value   func(i int) string
}

// Producer writes a load with acks=all, by the key and its own view of the
// metadata, without idempotence: what is sent again after a lost connection
// may be there twice.
type Producer struct {
	calls
	Load     *Load `canon:"-"`
	Topic    topic
	Next     int
	Queued   [][]api.Record // by partition: not acknowledged, in order
	Flying   []int          // by partition: how many of them are under way
	KeepKeys bool           `canon:"-"` // put keys into the history
}

const timerProduce = "produce"

// NewProducer makes a producer; of cfg it uses the brokers, the client id and
// the timeouts.
func NewProducer(cfg *Config, load *Load) *Producer {
	return &Producer{calls: calls{cfg: cfg, Coordinator: -1}, Load: load}
}

// Step implements sim.Node.
func (p *Producer) Step(in *sim.Input, fx *sim.Effects) {
	switch in.Kind {
	case sim.InStart:
		p.askMetadata(fx)
	case sim.InMessage:
		if k, ok := p.answered(in, fx); ok {
			p.answer(k, in.Msg, fx)
		}
	case sim.InClosed:
		p.closed(in.Conn, fx)
	case sim.InTimer:
		switch {
		case p.timer(in, fx):
		case in.Label == timerMetadata:
			p.askMetadata(fx)
		case in.Label == timerProduce:
			p.tick(fx)
		}
	}
}

// Crash implements sim.Node. What was not acknowledged is gone with the
// process; a producer that starts again goes on with the next record.
func (p *Producer) Crash() {
	next := p.Next
	*p = Producer{calls: calls{cfg: p.cfg, Coordinator: -1}, Load: p.Load, KeepKeys: p.KeepKeys, Next: next}
}

// Clone implements sim.Cloner.
func (p *Producer) Clone() sim.Node { return canon.Clone(p) }

// Encode implements sim.Cloner.
func (p *Producer) Encode(now sim.Time, buf []byte) []byte {
	return canon.Append(buf, int64(now), p)
}

// Done tells whether all is written and acknowledged.
func (p *Producer) Done() bool {
	for _, q := range p.Queued {
		if len(q) > 0 {
			return false
		}
	}
	return p.Next >= p.Load.Count
}

func (p *Producer) askMetadata(fx *sim.Effects) {
	if !p.under(forMetadata) {
		p.begin(forMetadata, 0, &api.MetadataRequest{Header: p.header(12), Topics: []string{p.Load.Topic}}, fx)
	}
}

func (p *Producer) answer(k call, m sim.Message, fx *sim.Effects) {
	switch r := m.(type) {
	case *api.MetadataResponse:
		p.gotMetadata(r, fx)
	case *api.ProduceResponse:
		p.produced(k, r, fx)
	}
}

func (p *Producer) gotMetadata(r *api.MetadataResponse, fx *sim.Effects) {
	if len(r.Topics) == 0 || r.Topics[0].ErrorCode != api.None {
		fx.SetTimer(timerMetadata, "", 250*sim.Millisecond)
		return
	}
	first := p.Topic.Name == ""
	p.Topic = topic{Name: r.Topics[0].Name}
	for _, x := range r.Topics[0].Partitions {
		p.Topic.Leaders = append(p.Topic.Leaders, x.LeaderID)
	}
	for len(p.Queued) < len(p.Topic.Leaders) {
		p.Queued, p.Flying = append(p.Queued, nil), append(p.Flying, 0)
	}
	if p.cfg.MetadataMaxAge >= 0 {
		fx.SetTimer(timerMetadata, "", p.cfg.MetadataMaxAge)
	}
	if first {
		p.tick(fx)
	}
	p.flush(fx)
}

// tick queues the next records of the load.
func (p *Producer) tick(fx *sim.Effects) {
	for range p.Load.PerTick {
		if p.Next >= p.Load.Count {
			break
		}
		key := p.Load.Key(p.Next)
		at := assignor.PartitionForKey(key, int32(len(p.Topic.Leaders)))
		p.Queued[at] = append(p.Queued[at], api.Record{
			Timestamp: int64(fx.Now() / sim.Millisecond), Key: key, Value: p.Load.Value(p.Next)})
		p.Next++
	}
	p.flush(fx)
	if p.Next < p.Load.Count {
		fx.SetTimer(timerProduce, "", p.Load.Every)
	}
}

// flush sends what is queued to each leader that owes no answer.
func (p *Producer) flush(fx *sim.Effects) {
	for b := range p.cfg.Brokers {
		if p.underTo(forProduce, int32(b)) {
			continue
		}
		r := &api.ProduceRequest{Header: p.header(9), Acks: -1}
		for i, leader := range p.Topic.Leaders {
			if leader != int32(b) || len(p.Queued[i]) == 0 {
				continue
			}
			p.Flying[i] = len(p.Queued[i])
			r.Partitions = append(r.Partitions, api.ProducePartition{
				TopicPartition: model.TopicPartition{Topic: p.Topic.Name, Partition: int32(i)},
				Records:        p.Queued[i][:p.Flying[i]:p.Flying[i]]})
		}
		if len(r.Partitions) > 0 {
			p.begin(forProduce, int32(b), r, fx)
		}
	}
}

func (p *Producer) produced(k call, r *api.ProduceResponse, fx *sim.Effects) {
	for _, x := range r.Partitions {
		if x.ErrorCode != api.None {
			p.retry(k, fx)
			p.askMetadata(fx)
			return
		}
	}
	for _, x := range r.Partitions {
		i := x.Partition
		n := p.Flying[i]
		ev := model.Event{Kind: model.Produced, Client: fx.Name(fx.Self()), TopicPartition: x.TopicPartition,
			From: x.BaseOffset, To: x.BaseOffset + int64(n)}
		if p.KeepKeys {
			for _, rec := range p.Queued[i][:n] {
				ev.Keys = append(ev.Keys, rec.Key)
			}
		}
		fx.Observe(&ev)
		p.Queued[i], p.Flying[i] = p.Queued[i][n:], 0
	}
	p.flush(fx)
}
