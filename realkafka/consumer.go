package realkafka

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// consumer is one process of a member: a franz-go client, and the handler that
// it feeds.
type consumer struct {
	*process
	number  int // of the member, from 1 on
	start   int // which start of it this is
	crowd   *scenarios.Crowd
	set     scenarios.ClientConfig
	turn    turn
	handler scenarios.Handler // guarded by turn
	// changed, if there is one, is told of rebalances in the handler's place,
	// and comes back when they have been dealt with.
	changed func(kind model.Kind, parts []model.TopicPartition)
	manual  bool // what it reads is assigned by hand: it is in no group

	// Guarded by play.mu: what the member is doing, in its own eyes.
	member   bool // it is in a generation and was told its share
	calling  bool // a callback is under way
	polling  bool // it waits for records
	commits  int  // calls under way
	owned    map[model.TopicPartition]bool
	position map[model.TopicPartition]int64 // of the next record; missing while it is not known
	session  error                          // what ended its last membership
	joined   bool                           // its next request to join is not a repetition with another id
}

// startConsumer starts a member's process. p.mu is held.
func (p *play) startConsumer(m *machine) {
	m.starts++
	number := p.trial.MemberNumber(m.id)
	c := &consumer{process: p.newProcess(m), turn: newTurn(), joined: true,
		number: number, start: m.starts, crowd: p.trial.Spec.CrowdOf(number), set: p.trial.Spec.MemberConfig(number, m.starts),
		owned: map[model.TopicPartition]bool{}, position: map[model.TopicPartition]int64{}}
	c.taps = map[kmsg.Key]tap{
		kmsg.JoinGroup: c.joinTap, kmsg.OffsetCommit: c.commitTap,
		kmsg.OffsetFetch: c.offsetsTap, kmsg.ListOffsets: c.listTap,
	}
	var err error
	if c.client, err = c.connect(p.trial.Spec.Subscribes(number)); err != nil {
		c.cancel()
		p.spawn(func() { p.fail(fmt.Errorf("%s cannot be started: %w", m.name, err)) })
		return
	}
	m.runs = c
	p.spawn(func() {
		defer close(c.loop)
		c.run()
	})
}

// run makes the handler, then polls and lets it process until the process ends.
func (c *consumer) run() {
	c.guest(func() { c.handler = c.crowd.Handler(&env{c: c}) })
	for c.pass() {
		if c.set.BlockRebalanceOnPoll {
			c.client.AllowRebalance()
		}
		c.waiting()
		records, failure := c.poll()
		if !c.pass() {
			return
		}
		c.guest(func() {
			failer, wantsFailures := c.handler.(scenarios.Failer)
			idler, wantsIdle := c.handler.(scenarios.Idler)
			switch {
			case failure != nil && wantsFailures:
				failer.Failed(failure)
			case len(records) > 0:
				c.handler.Process(records)
			case failure == nil && wantsIdle:
				idler.Idle()
			}
		})
	}
}

// poll waits for records, for an Idler's sake not for ever.
func (c *consumer) poll() ([]scenarios.Record, error) {
	ctx := c.ctx
	if _, wantsIdle := c.handler.(scenarios.Idler); wantsIdle {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, scenarios.IdleAfter)
		defer cancel()
	}
	return c.polled(c.client.PollRecords(ctx, c.set.MaxPollRecords))
}

// ended unwinds a handler whose process is gone, running its defers.
type ended struct{}

// guest runs code of the handler's, in its turn, to its end or the process's.
func (c *consumer) guest(code func()) {
	c.turn.take()
	defer c.turn.give()
	if !c.pass() {
		return
	}
	defer func() {
		r := recover()
		if _, ok := r.(ended); r != nil && !ok {
			c.play.panicked(fmt.Errorf("the handler of %s panicked: %v\n%s", c.name(), r, debug.Stack()))
		}
	}()
	code()
}

// waiting takes note that the member waits for records.
func (c *consumer) waiting() {
	c.play.mu.Lock()
	defer c.play.mu.Unlock()
	c.polling = true
}

// polled tells the history what a poll has brought, and gives it as records;
// the error is the first of those that kgo tells a poll of.
func (c *consumer) polled(fetches kgo.Fetches) (out []scenarios.Record, failure error) {
	fetches.EachError(func(topic string, partition int32, err error) {
		if c.ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) {
			return
		}
		c.play.logf("%s: poll of %s/%d: %v", c.name(), topic, partition, err)
		if failure == nil {
			failure = c.pollError(topic, partition, err)
		}
	})
	var records []scenarios.Record
	fetches.EachRecord(func(r *kgo.Record) {
		records = append(records, scenarios.Record{
			Partition: c.play.names.partition(r.Topic, [16]byte{}, r.Partition), Offset: r.Offset,
			Key: string(r.Key), Value: string(r.Value), Timestamp: r.Timestamp})
	})
	c.play.mu.Lock()
	defer c.play.mu.Unlock()
	c.polling = false
	ranges(records, func(p scenarios.Partition, from, to int64) {
		c.tellMember(model.Event{Kind: model.Polled, TopicPartition: p, From: from, To: to})
		if c.owned[p] {
			c.position[p] = to
		}
	})
	return records, failure
}

// pollError is an error of a poll's fetches as handlers are told of it.
func (c *consumer) pollError(topic string, partition int32, err error) error {
	e := &scenarios.PollError{Text: err.Error(), Reason: scenarios.OutOfRange,
		Partitions: []scenarios.Partition{c.play.names.partition(topic, [16]byte{}, partition)}}
	var session *kgo.ErrGroupSession
	var loss *kgo.ErrDataLoss
	switch {
	case errors.As(err, &session):
		e.Reason, e.Partitions = scenarios.SessionEnded, nil
	case errors.As(err, &loss):
		e.Reason = scenarios.LogTruncated
	case !c.positionKnown(e.Partitions[0]):
		e.Reason = scenarios.NoOffset
	}
	return e
}

func (c *consumer) positionKnown(p scenarios.Partition) bool {
	c.play.mu.Lock()
	defer c.play.mu.Unlock()
	_, known := c.position[p]
	return known
}

// tellMember puts an event of the membership into the history, or, of a
// consumer that is in no group, of the group only what it stores there. play.mu
// is held.
func (c *consumer) tellMember(e model.Event) {
	if c.manual {
		e.Member, e.Generation = "", 0
		switch e.Kind {
		case model.Commit, model.CommitDone, model.FetchOffsets, model.OffsetsTold:
			e.Group = c.crowd.Group.Name
		}
		c.tell(e)
		return
	}
	e.Group = c.crowd.Group.Name
	e.Instance = c.crowd.Group.InstanceID(c.number)
	if e.Member == "" {
		e.Member, e.Generation = c.client.GroupMetadata()
	}
	c.tell(e)
}

// leave makes the member leave its group in good order, and end. play.mu is
// held.
func (c *consumer) leave() {
	c.play.spawn(func() {
		if err := c.client.LeaveGroupContext(c.ctx); err != nil && c.ctx.Err() == nil {
			c.play.logf("%s leaves: %v", c.name(), err)
		}
		c.play.mu.Lock()
		defer c.play.mu.Unlock()
		if !c.dead {
			c.tell(model.Event{Kind: model.Stopped, Cause: "leave"})
		}
		if !c.dead { // what was told may have set off its end
			c.play.kill(c.machine, false)
		}
	})
}

// unsettled implements program.
func (c *consumer) unsettled() string {
	switch {
	case !c.member:
		if c.session != nil {
			return fmt.Sprintf("is not in the group: %v", c.session)
		}
		return "is not in the group yet"
	case c.calling:
		return "has a rebalance callback under way"
	case c.commits > 0:
		return "has a commit under way"
	case !c.polling:
		return "is busy with records"
	}
	for p := range c.owned {
		at, known := c.position[p]
		if !known {
			return fmt.Sprintf("does not know yet where to read %v", p)
		}
		if end := c.play.ends[p]; at < end {
			return fmt.Sprintf("has read %v up to %d of %d", p, at, end)
		}
	}
	return ""
}

// ranges calls f for each run of records that follow one another.
func ranges(records []scenarios.Record, f func(p scenarios.Partition, from, to int64)) {
	for i := 0; i < len(records); {
		j := i + 1
		for j < len(records) && records[j].Partition == records[i].Partition && records[j].Offset == records[j-1].Offset+1 {
			j++
		}
		f(records[i].Partition, records[i].Offset, records[j-1].Offset+1)
		i = j
	}
}
