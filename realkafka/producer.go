package realkafka

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// writer is the name of the producer.
const writer = "p1"

// producer writes the load, with acks=all, to the partitions that the keys
// choose as in Kafka's own producer.
type producer struct {
	*process
	pending int // records without an answer; guarded by play.mu
}

// startProducer starts the producer's process. p.mu is held.
func (p *play) startProducer(m *machine) {
	x := &producer{process: p.newProcess(m)}
	var err error
	x.client, err = kgo.NewClient(append(x.common(),
		kgo.DefaultProduceTopic(p.names.topic(p.trial.Spec.Topics[0].Name)),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)),
	)...)
	if err != nil {
		x.cancel()
		p.spawn(func() { p.fail(fmt.Errorf("%s cannot be started: %w", m.name, err)) })
		return
	}
	m.runs = x
	p.spawn(func() {
		defer close(x.loop)
		for x.pass() && x.tick() && x.sleep(p.trial.Spec.Load.Every) {
		}
	})
}

// tick writes the next records of the load; false when none are left.
func (p *producer) tick() bool {
	load := p.play.trial.Spec.Load
	p.play.mu.Lock()
	from := p.machine.next
	to := min(from+load.PerTick, load.Count)
	p.machine.next = to
	p.pending += to - from
	p.play.mu.Unlock()
	b := &batch{p: p, left: to - from}
	for i := from; i < to; i++ {
		r := &kgo.Record{Key: []byte(load.Key(i)), Value: fmt.Append(nil, i)}
		p.client.Produce(p.ctx, r, b.written)
	}
	return to < load.Count
}

// unsettled implements program.
func (p *producer) unsettled() string {
	if p.machine.next < p.play.trial.Spec.Load.Count || p.pending > 0 {
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
