package realkafka

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
)

// jobClient is a franz-go client of a TaskManager, from an Open to its Close.
// Its thread does one thing after the other: what it is ordered to read, and,
// while it is asked for records, polling. Commits have a queue of their own.
type jobClient struct {
	*consumer // whose taps, callbacks and knowledge of positions it uses
	port      *jobConsumer
	kadm      *kadm.Client
	orders    *errands
	commits   *errands

	// Guarded by play.mu.
	most     int                            // records that are asked for; 0: none
	have     []client.Batch                 // fetched, and not given yet
	from     map[model.TopicPartition]int64 // what its partitions were assigned from
	version  map[model.TopicPartition]int   // goes up with what a partition is assigned to be read from
	poll     context.CancelFunc             // ends the poll under way; nil without one
	under    chan struct{}                  // closed when that has ended; nil without one
	answered chan struct{}                  // closed when the callback under way is over; nil without one
}

// startJobClient makes the client; p.mu is held.
func (p *play) startJobClient(port *jobConsumer, manual bool, topics []string) (*jobClient, error) {
	c := &consumer{process: p.newProcess(port.machine), turn: newTurn(), joined: true, manual: manual,
		number: port.number, start: 1, crowd: p.trial.Spec.CrowdOf(port.number), set: p.trial.Spec.MemberConfig(port.number, 1),
		owned: map[model.TopicPartition]bool{}, position: map[model.TopicPartition]int64{}}
	x := &jobClient{consumer: c, port: port, from: map[model.TopicPartition]int64{}, version: map[model.TopicPartition]int{},
		orders: newErrands(c.gone), commits: newErrands(c.gone)}
	c.taps = map[kmsg.Key]tap{kmsg.OffsetCommit: c.commitTap, kmsg.OffsetFetch: c.offsetsTap, kmsg.ListOffsets: x.listed}
	var err error
	if manual {
		c.client, err = x.connectAlone()
	} else {
		c.taps[kmsg.JoinGroup], c.taps[kmsg.ListOffsets] = c.joinTap, c.listTap
		c.changed = x.changed
		c.client, err = c.connect(topics)
	}
	if err != nil {
		c.cancel()
		return nil, err
	}
	x.kadm = kadm.NewClient(c.client)
	port.machine.runs = x
	p.spawn(func() {
		defer close(c.loop)
		x.thread()
	})
	p.spawn(x.commits.run)
	return x, nil
}

// connectAlone makes a client that is in no group, and reads nothing yet.
func (x *jobClient) connectAlone() (*kgo.Client, error) {
	if x.set.Profile == client.Java {
		return nil, errJava
	}
	return kgo.NewClient(append(x.common(), kgo.MetadataMaxAge(x.set.MetadataMaxAge),
		kgo.MetadataMinAge(min(5*time.Second, x.set.MetadataMaxAge)),
		kgo.FetchMaxWait(x.set.FetchMaxWait), kgo.ConsumeResetOffset(resetOf(x.set)))...)
}

func (*jobClient) unsettled() string { return "" }

// thread does what is ordered, and polls while records are asked for. An order
// that comes during a poll ends it, so that none is of what was read before.
func (x *jobClient) thread() {
	for x.pass() {
		if do := x.orders.take(); do != nil {
			do()
			continue
		}
		ctx, most, version := x.polling()
		if ctx == nil {
			select {
			case <-x.orders.more:
			case <-x.gone:
			}
			continue
		}
		if !x.manual && x.set.BlockRebalanceOnPoll {
			x.client.AllowRebalance()
		}
		x.fetched(x.client.PollRecords(ctx, most), version)
	}
}

// polling begins a poll, if records are asked for and none are there.
func (x *jobClient) polling() (ctx context.Context, most int, version map[model.TopicPartition]int) {
	x.play.mu.Lock()
	defer x.play.mu.Unlock()
	x.interrupt()
	x.orders.mu.Lock()
	ordered := len(x.orders.list) > 0
	x.orders.mu.Unlock()
	if x.most == 0 || len(x.have) > 0 || ordered {
		return nil, 0, nil
	}
	ctx, x.poll = context.WithCancel(x.ctx)
	x.under = make(chan struct{})
	return ctx, x.most, maps.Clone(x.version)
}

// interrupt ends a poll that is under way. play.mu is held.
func (x *jobClient) interrupt() {
	if x.poll != nil {
		x.poll()
		x.poll = nil
	}
}

// nudge makes the thread look at what it is to do.
func (x *jobClient) nudge() {
	select {
	case x.orders.more <- struct{}{}:
	default:
	}
}

// order has the thread do something before it polls again. play.mu is held.
func (x *jobClient) order(do func()) {
	x.interrupt()
	x.orders.add(do)
}

// fetched takes what a poll has brought, but for partitions of which something
// else is to be read by now.
func (x *jobClient) fetched(fetches kgo.Fetches, version map[model.TopicPartition]int) {
	x.play.mu.Lock()
	defer x.play.mu.Unlock()
	close(x.under)
	x.under = nil
	if x.dead {
		return
	}
	fetches.EachError(func(topic string, partition int32, err error) {
		if errors.Is(err, context.Canceled) || errors.Is(err, kgo.ErrClientClosed) {
			return
		}
		x.play.logf("%s: poll of %s/%d: %v", x.name(), topic, partition, err)
		x.pollFailed(x.play.names.partition(topic, [16]byte{}, partition), err)
	})
	fetches.EachPartition(func(f kgo.FetchTopicPartition) {
		p := x.play.names.partition(f.Topic, [16]byte{}, f.Partition)
		if len(f.Records) == 0 || version[p] != x.version[p] || !x.owned[p] {
			return
		}
		b := client.Batch{TopicPartition: p}
		for _, r := range f.Records {
			// A job's clock begins with its run; see scenarios.
			b.Records = append(b.Records, api.Record{Offset: r.Offset, Key: string(r.Key), Value: string(r.Value),
				Timestamp: r.Timestamp.Sub(x.play.began).Milliseconds()})
		}
		x.have = append(x.have, b)
	})
	if len(x.have) > 0 {
		x.play.jobs.told(x.machine.id)
	}
}

// pollFailed tells of an error that franz-go leaves to the application. play.mu
// is held.
func (x *jobClient) pollFailed(p model.TopicPartition, err error) {
	ev := client.AppEvent{Kind: client.AppFailed, Partitions: []model.TopicPartition{p}}
	var loss *kgo.ErrDataLoss
	switch {
	case errors.As(err, &loss):
		ev.Key = client.FailTruncated
	case errors.Is(err, kerr.OffsetOutOfRange):
		ev.Key = client.FailOutOfRange
	default:
		return
	}
	x.port.tell(ev)
}

// give tells up to so many records as were asked for, as one poll. play.mu is
// held.
func (x *jobClient) give() {
	if x.most == 0 || len(x.have) == 0 {
		return
	}
	ev, left := client.AppEvent{Kind: client.AppRecords}, x.most
	for left > 0 && len(x.have) > 0 {
		b := &x.have[0]
		n := min(left, len(b.Records))
		out := client.Batch{TopicPartition: b.TopicPartition, Records: b.Records[:n:n]}
		if b.Records = b.Records[n:]; len(b.Records) == 0 {
			x.have = x.have[1:]
		}
		left -= n
		ev.Batches = append(ev.Batches, out)
		x.position[out.TopicPartition] = out.To()
		x.tellMember(model.Event{Kind: model.Polled, TopicPartition: out.TopicPartition, From: out.From(), To: out.To()})
	}
	x.most = 0
	x.port.told = append(x.port.told, ev)
}

// assign changes what is read. A partition that is at just its offset, or is
// still looked up from the same one, goes on undisturbed. All others are
// removed and added anew: kgo leaves out of SetOffsets what it has not begun
// with yet. play.mu is held.
func (x *jobClient) assign(splits []model.PartitionOffset) {
	remove := map[string][]int32{}
	var add []model.PartitionOffset
	stop := func(p model.TopicPartition) {
		topic := x.play.names.topic(p.Topic)
		remove[topic] = append(remove[topic], p.Partition)
		delete(x.owned, p)
		delete(x.position, p)
		delete(x.from, p)
	}
	for p := range maps.Clone(x.owned) {
		if !slices.ContainsFunc(splits, func(s model.PartitionOffset) bool { return s.TopicPartition == p }) {
			stop(p)
			x.version[p]++
		}
	}
	for _, s := range splits {
		p := s.TopicPartition
		at, known := x.position[p]
		if x.owned[p] && (known && at == s.Offset || !known && x.from[p] == s.Offset) {
			continue
		}
		if x.owned[p] {
			stop(p)
		}
		x.owned[p], x.from[p] = true, s.Offset
		x.version[p]++
		add = append(add, s)
		if s.Offset >= 0 {
			x.positioned(p, s.Offset, model.CauseSeek)
		}
	}
	x.have = slices.DeleteFunc(x.have, func(b client.Batch) bool {
		return !x.owned[b.TopicPartition] || slices.ContainsFunc(add, func(s model.PartitionOffset) bool { return s.TopicPartition == b.TopicPartition })
	})
	version := maps.Clone(x.version)
	if len(remove)+len(add) > 0 {
		x.order(func() {
			x.client.RemoveConsumePartitions(remove)
			x.read(add, version)
		})
	}
}

// read adds partitions to what the client reads; it runs on the thread.
func (x *jobClient) read(add []model.PartitionOffset, version map[model.TopicPartition]int) {
	at := map[model.TopicPartition]kgo.Offset{}
	var committed []model.TopicPartition
	for _, s := range add {
		switch s.Offset {
		case checkpoint.StartEarliest:
			at[s.TopicPartition] = kgo.NewOffset().AtStart()
		case checkpoint.StartLatest:
			at[s.TopicPartition] = kgo.NewOffset().AtEnd()
		case checkpoint.StartCommitted:
			committed = append(committed, s.TopicPartition)
		default:
			at[s.TopicPartition] = kgo.NewOffset().At(s.Offset)
		}
	}
	if len(committed) > 0 {
		x.readCommitted(committed, version, at)
	}
	m := map[string]map[int32]kgo.Offset{}
	for p, o := range at {
		topic := x.play.names.topic(p.Topic)
		if m[topic] == nil {
			m[topic] = map[int32]kgo.Offset{}
		}
		m[topic][p.Partition] = o
	}
	x.client.AddConsumePartitions(m)
}

// readCommitted looks up where the group is. Where nothing is committed the
// reset policy counts.
func (x *jobClient) readCommitted(of []model.TopicPartition, version map[model.TopicPartition]int, at map[model.TopicPartition]kgo.Offset) {
	found, err := committedOffsets(x.ctx, x.client, x.play.names, x.crowd.Group.Name, of)
	x.play.mu.Lock()
	defer x.play.mu.Unlock()
	switch {
	case x.dead:
		return
	case err != nil:
		x.port.tell(client.AppEvent{Kind: client.AppFailed, Partitions: of, Err: codeOf(err), Fatal: true})
		return
	}
	for _, o := range found {
		p := o.TopicPartition
		switch {
		case o.Offset >= 0:
			at[p] = kgo.NewOffset().At(o.Offset)
			if x.version[p] == version[p] {
				x.positioned(p, o.Offset, "committed")
			}
		case x.set.Reset == client.None:
			x.port.tell(client.AppEvent{Kind: client.AppFailed, Partitions: []model.TopicPartition{p}, Key: client.FailNoOffset})
		default:
			at[p] = resetOf(x.set)
		}
	}
}

// store commits offsets, and waits for the answer: with the membership, or,
// without one, as a simple consumer, which kgo leaves to kadm.
func (x *jobClient) store(offsets []model.PartitionOffset) (err error) {
	if !x.manual {
		m := map[string]map[int32]kgo.EpochOffset{}
		for _, o := range offsets {
			topic := x.play.names.topic(o.Topic)
			if m[topic] == nil {
				m[topic] = map[int32]kgo.EpochOffset{}
			}
			m[topic][o.Partition] = kgo.EpochOffset{Epoch: -1, Offset: o.Offset}
		}
		x.client.CommitOffsetsSync(x.ctx, m, func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, resp *kmsg.OffsetCommitResponse, failed error) {
			err = commitError(resp, failed)
		})
		return err
	}
	list := kadm.Offsets{}
	for _, o := range offsets {
		list.AddOffset(x.play.names.topic(o.Topic), o.Partition, o.Offset, -1)
	}
	got, err := x.kadm.CommitOffsets(x.ctx, x.play.names.group(x.crowd.Group.Name), list)
	if err == nil {
		err = got.Error()
	}
	return err
}

// answer tells what a call came to, unless the client has ended.
func (x *jobClient) answer(ev client.AppEvent) {
	x.play.mu.Lock()
	defer x.play.mu.Unlock()
	if !x.dead {
		x.port.tell(ev)
	}
}
