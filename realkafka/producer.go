package realkafka

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// producer writes a load, with acks=all, to the partitions that the keys
// choose as in Kafka's own producer.
type producer struct {
	*process
	load    scenarios.Load
	topic   string // the cluster's name
	pending int    // records without an answer; guarded by play.mu
}

// startProducer starts a producer's process. p.mu is held.
func (p *play) startProducer(m *machine, load scenarios.Load) {
	x := &producer{process: p.newProcess(m), load: load, topic: p.names.topic(load.Topic)}
	opts, err := x.options()
	if err == nil {
		x.client, err = kgo.NewClient(append(x.common(), opts...)...)
	}
	if err != nil {
		x.cancel()
		p.spawn(func() { p.fail(fmt.Errorf("%s cannot be started: %w", m.name, err)) })
		return
	}
	m.runs = x
	p.spawn(func() {
		defer close(x.loop)
		if load.From > 0 && !x.sleep(load.From-p.now().Duration()) {
			return
		}
		for x.pass() && x.tick() && x.sleep(load.Every) {
		}
	})
}

// options are a producer's own, besides those that all clients have.
func (p *producer) options() ([]kgo.Opt, error) {
	partitioner := kgo.StickyKeyPartitioner(nil)
	switch p.load.Partitioner {
	case client.DefaultPartitioner:
	case client.RoundRobin:
		partitioner = kgo.RoundRobinPartitioner()
	default:
		return nil, fmt.Errorf("franz-go has no partitioner %q", p.load.Partitioner)
	}
	return []kgo.Opt{kgo.DefaultProduceTopic(p.topic), kgo.RequiredAcks(kgo.AllISRAcks()), kgo.RecordPartitioner(partitioner),
		kgo.MetadataMaxAge(p.load.MetadataMaxAge), kgo.MetadataMinAge(min(5*time.Second, p.load.MetadataMaxAge))}, nil
}

// tick writes the next records of the load; false when none are left.
func (p *producer) tick() bool {
	load := p.load
	p.play.mu.Lock()
	from := p.machine.next
	to := min(from+load.PerTick, load.Count)
	p.machine.next = to
	p.pending += to - from
	p.play.mu.Unlock()
	b := &batch{p: p, left: to - from}
	for i := from; i < to; i++ {
		r := &kgo.Record{Value: fmt.Append(nil, i)}
		if !load.NoKeys {
			r.Key = []byte(load.Key(i))
		}
		if load.Value != nil {
			r.Value = []byte(load.Value(i))
		}
		p.client.Produce(p.ctx, r, b.written)
	}
	return to < load.Count
}

// unsettled implements program.
func (p *producer) unsettled() string {
	if p.machine.next < p.load.Count || p.pending > 0 {
		return "has records that are not acknowledged"
	}
	return ""
}

// batch is the records of one tick. franz-go calls back one record at a time,
// from one goroutine.
type batch struct {
	p    *producer
	left int
	done []*kgo.Record
}

// written takes the answer for one record. The history is told of runs of
// records, when all of the tick have their answer.
func (b *batch) written(r *kgo.Record, err error) {
	p := b.p
	if b.left--; err == nil {
		b.done = append(b.done, r)
	} else if p.ctx.Err() == nil {
		p.play.fail(fmt.Errorf("%s cannot write: %w", p.name(), err))
	}
	if b.left > 0 {
		return
	}
	slices.SortFunc(b.done, func(a, b *kgo.Record) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	p.play.mu.Lock()
	defer p.play.mu.Unlock()
	p.pending -= len(b.done)
	var records []scenarios.Record
	for _, r := range b.done {
		records = append(records, scenarios.Record{Partition: p.play.names.partition(r.Topic, [16]byte{}, r.Partition), Offset: r.Offset, Key: string(r.Key)})
	}
	i := 0
	ranges(records, func(part scenarios.Partition, from, to int64) {
		e := model.Event{Kind: model.Produced, TopicPartition: part, From: from, To: to}
		for ; i < len(records) && int64(len(e.Keys)) < to-from; i++ {
			e.Keys = append(e.Keys, records[i].Key)
		}
		p.play.ends[part] = max(p.play.ends[part], to)
		p.tell(e)
	})
}
