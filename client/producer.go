package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
)

// Load is what a producer writes: Count records to Topic, the i-th with
// Key(i) and Value(i), PerTick of them every Every. The functions are pure.
// Without Key the records have none. Time is when the i-th happened (CreateTime),
// milliseconds since the world began; by default when it is written.
type Load struct {
	Topic   string
	Count   int
	PerTick int
	Every   sim.Time
	Key     func(i int) string
	Value   func(i int) string
	Time    func(i int) int64
	From    sim.Time // when it begins

	Partitioner Partitioner
	Producing   Producing
}

// Acks is when a record counts as written: acks of a producer.
type Acks uint8

// The acks.
const (
	AcksAll    Acks = iota // when all in-sync replicas have it
	AcksLeader             // when the leader has it
	AcksNone               // when it was sent: nobody answers
)

func (a Acks) code() int16 { return [...]int16{AcksAll: -1, AcksLeader: 1, AcksNone: 0}[a] }

// Producing is what a producer is set to. There is no idempotence: what is
// sent again, because its answer was lost, may be there twice, and with more
// than one request in flight retries can put records out of order.
type Producing struct {
	Acks            Acks
	Linger          sim.Time // linger.ms; 0: nothing waits for company
	BatchRecords    int      // of a partition a request, in place of batch.size; 0: any number
	MaxInFlight     int      // requests to a broker; 1 in franz-go without idempotence, 5 in Java
	Retries         int      // of a batch; 0: any number, negative: none
	DeliveryTimeout sim.Time // delivery.timeout.ms, from a batch's first record on; 2 min in Java, 0 for none in franz-go
}

func (s Producing) withDefaults(java bool) Producing {
	if s.MaxInFlight == 0 {
		if s.MaxInFlight = 1; java {
			s.MaxInFlight = 5
		}
	}
	if java {
		orTime(&s.DeliveryTimeout, 2*sim.Minute)
	}
	return s
}

// Producer writes a load, each record to the partition that its key and the
// producer's own view of the topic give, or without a key where the sticky
// partitioner puts it (KIP-794).
type Producer struct {
	calls
	Load   *Load     `canon:"-"`
	set    Producing `canon:"-"`
	Topic  topic
	Next   int
	Queues []queue // by partition
	Sticky sticky
	// WillAsk is set while the metadata timer is set for soon.
	WillAsk  bool
	KeepKeys bool `canon:"-"` // put keys into the history
}

const (
	timerProduce  = "produce"
	timerLinger   = "linger"
	timerResend   = "resend"
	timerDelivery = "delivery-timeout"
)

// NewProducer makes a producer; of cfg it uses the profile, the brokers, the
// client id and the timeouts.
func NewProducer(cfg *Config, load *Load) *Producer {
	p := &Producer{calls: newCalls(cfg), Load: load, set: load.Producing.withDefaults(cfg.pol.java)}
	p.Sticky.State = assignor.NewStickyPartitioner(stickyBatch)
	return p
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
		if p.set.Acks == AcksNone { // how a broker that does not lead tells so
			p.metadataSoon(fx)
		}
	case sim.InTimer:
		p.timed(in, fx)
	}
	for len(p.Failed) > 0 {
		k := p.Failed[0]
		if p.Failed = p.Failed[1:]; len(p.Failed) == 0 {
			p.Failed = nil
		}
		p.unanswered(k, fx)
	}
}

func (p *Producer) timed(in *sim.Input, fx *sim.Effects) {
	switch {
	case p.timer(in, fx):
	case in.Label == timerMetadata:
		p.askMetadata(fx)
	case in.Label == timerProduce:
		p.tick(fx)
	case in.Label == timerLinger:
		p.flush(fx)
	case in.Label == timerResend:
		p.backedOff()
		p.flush(fx)
	case in.Label == timerDelivery:
		p.expire(fx)
		p.flush(fx)
	}
}

// Crash implements sim.Node. What was not acknowledged is gone with the
// process; a producer that starts again goes on with the next record.
func (p *Producer) Crash() {
	next, keep := p.Next, p.KeepKeys
	*p = *NewProducer(p.cfg, p.Load)
	p.Next, p.KeepKeys = next, keep
}

// Clone implements sim.Cloner.
func (p *Producer) Clone() sim.Node { return canon.Clone(p) }

// Encode implements sim.Cloner.
func (p *Producer) Encode(now sim.Time, buf []byte) []byte {
	return canon.Append(buf, int64(now), p)
}

// Done tells whether all is written and acknowledged, or given up.
func (p *Producer) Done() bool {
	for i := range p.Queues {
		if len(p.Queues[i].Batches) > 0 {
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

// metadataSoon asks for metadata as soon as the profile does.
func (p *Producer) metadataSoon(fx *sim.Effects) {
	switch {
	case !p.cfg.pol.java:
		p.askMetadata(fx)
	case !p.WillAsk && !p.under(forMetadata):
		p.WillAsk = true
		fx.SetTimer(timerMetadata, "", p.cfg.pol.backoffBase)
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
	p.WillAsk = false
	p.learnBrokers(r.Brokers)
	if len(r.Topics) == 0 || r.Topics[0].ErrorCode != api.None {
		fx.SetTimer(timerMetadata, "", 250*sim.Millisecond)
		return
	}
	first := p.Topic.Name == ""
	p.Topic = learnTopic(&p.Topic, &r.Topics[0])
	p.Sticky.Available = p.Sticky.Available[:0]
	for i, leader := range p.Topic.Leaders {
		if leader >= 0 {
			p.Sticky.Available = append(p.Sticky.Available, int32(i))
		}
	}
	for len(p.Queues) < len(p.Topic.Leaders) {
		p.Queues = append(p.Queues, queue{})
	}
	if p.cfg.MetadataMaxAge >= 0 {
		fx.SetTimer(timerMetadata, "", p.cfg.MetadataMaxAge)
	}
	switch wait := p.Load.From - fx.Now(); {
	case first && wait > 0:
		fx.SetTimer(timerProduce, "", wait)
	case first:
		p.tick(fx)
	default:
		p.flush(fx)
	}
	if slices.Contains(p.Topic.Leaders, -1) && !p.WillAsk && !p.under(forMetadata) {
		p.WillAsk = true // kgo's metadata loop; RecordAccumulator.ready: unknownLeaderTopics
		fx.SetTimer(timerMetadata, "", p.cfg.pol.backoffBase)
	}
}

// tick queues the next records of the load.
func (p *Producer) tick(fx *sim.Effects) {
	for range p.Load.PerTick {
		if p.Next >= p.Load.Count {
			break
		}
		r := api.Record{Timestamp: int64(fx.Now() / sim.Millisecond), Value: p.Load.Value(p.Next)}
		if p.Load.Time != nil {
			r.Timestamp = p.Load.Time(p.Next)
		}
		if r.NullKey = p.Load.Key == nil; !r.NullKey {
			r.Key = p.Load.Key(p.Next)
		}
		p.enqueue(p.place(r.Key, !r.NullKey, fx), r, fx)
		p.Next++
	}
	p.flush(fx)
	if p.Next < p.Load.Count {
		fx.SetTimer(timerProduce, "", p.Load.Every)
	}
}

// acknowledged tells the history where a batch was written.
func (p *Producer) acknowledged(tp model.TopicPartition, b *outgoing, base int64, fx *sim.Effects) {
	ev := model.Event{Kind: model.Produced, Client: fx.Name(fx.Self()), TopicPartition: tp,
		From: base, To: base + int64(len(b.Records))}
	if p.KeepKeys {
		for _, rec := range b.Records {
			ev.Keys = append(ev.Keys, rec.Key)
		}
	}
	fx.Observe(&ev)
}
