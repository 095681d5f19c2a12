package realkafka

import (
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// jobConsumer is a TaskManager's way to the cluster: a franz-go client for each
// time that it is opened. It must not wait, for it is called inside steps of
// the world; what waits is done by the client's thread (jobClient). All is
// guarded by play.mu.
type jobConsumer struct {
	world   *jobWorld
	machine *machine
	number  int // of the TaskManager, from 1 on
	opened  bool
	client  *jobClient // nil while none was needed since it was opened
	ops     int64
	told    []client.AppEvent
	last    client.AppEvent
}

var _ checkpoint.Consumer = (*jobConsumer)(nil)

// Step implements checkpoint.Consumer.
func (c *jobConsumer) Step(in *sim.Input, _ *sim.Effects) bool {
	if in.Kind != sim.InCommand || in.Label != brought {
		return false
	}
	if c.client != nil {
		c.client.give()
	}
	return true
}

// Told implements checkpoint.Consumer.
func (c *jobConsumer) Told() (*client.AppEvent, bool) {
	if len(c.told) == 0 {
		return nil, false
	}
	c.last, c.told = c.told[0], c.told[1:]
	return &c.last, true
}

// tell has the node told of something.
func (c *jobConsumer) tell(ev client.AppEvent) {
	c.told = append(c.told, ev)
	c.world.told(c.machine.id)
}

// Open implements checkpoint.Consumer.
func (c *jobConsumer) Open(*sim.Effects) { c.opened = true }

// open gives the client, in a group or in none; nil if there cannot be one.
func (c *jobConsumer) open(manual bool, topics []string) *jobClient {
	c.opened = true
	if c.client == nil {
		x, err := c.world.play.startJobClient(c, manual, topics)
		if err != nil {
			c.world.play.endNow(fmt.Errorf("%s has no client: %w", c.machine.name, err), nil)
			return nil
		}
		c.client = x
	}
	return c.client
}

// Assign implements checkpoint.Consumer.
func (c *jobConsumer) Assign(splits []model.PartitionOffset, fx *sim.Effects) {
	if c.client != nil && !c.client.manual {
		c.Close(fx)
	}
	if x := c.open(true, nil); x != nil {
		x.assign(splits)
	}
}

// Subscribe implements checkpoint.Consumer.
func (c *jobConsumer) Subscribe(topics []string, fx *sim.Effects) {
	c.Close(fx)
	c.open(false, topics)
}

// Poll implements checkpoint.Consumer.
func (c *jobConsumer) Poll(most int, _ *sim.Effects) {
	if c.client != nil {
		c.client.most = most
		c.client.give()
		c.client.nudge()
	}
}

// StopPolling implements checkpoint.Consumer.
func (c *jobConsumer) StopPolling() {
	if c.client != nil {
		c.client.most = 0
		c.client.interrupt()
	}
}

// PositionOf implements checkpoint.Consumer.
func (c *jobConsumer) PositionOf(p model.TopicPartition) int64 {
	if c.client != nil {
		if at, known := c.client.position[p]; known {
			return at
		}
	}
	return -1
}

// Commit implements checkpoint.Consumer.
func (c *jobConsumer) Commit(offsets []model.PartitionOffset, _ *sim.Effects) int64 {
	op := c.op()
	if x := c.asking(client.AppCommitted, op); x != nil {
		offsets = slices.Clone(offsets)
		x.commits.add(func() {
			err := x.store(offsets)
			x.answer(client.AppEvent{Kind: client.AppCommitted, Op: op, Err: codeOf(err)})
		})
	}
	return op
}

// AskCommitted implements checkpoint.Consumer.
func (c *jobConsumer) AskCommitted(of []model.TopicPartition, _ *sim.Effects) int64 {
	op := c.op()
	if x := c.asking(client.AppOffsets, op); x != nil {
		of = slices.Clone(of)
		x.play.spawn(func() {
			offsets, err := committedOffsets(x.ctx, x.client, x.play.names, x.crowd.Group.Name, of)
			x.answer(client.AppEvent{Kind: client.AppOffsets, Op: op, Offsets: offsets, Err: codeOf(err)})
		})
	}
	return op
}

func (c *jobConsumer) op() int64 {
	c.ops++
	return c.ops
}

// asking gives the client to ask; without one the answer is that there is no
// connection.
func (c *jobConsumer) asking(kind client.AppEventKind, op int64) *jobClient {
	if c.opened {
		return c.open(true, nil)
	}
	c.tell(client.AppEvent{Kind: kind, Op: op, Err: api.RequestTimedOut})
	return nil
}

// CallbackDone implements checkpoint.Consumer.
func (c *jobConsumer) CallbackDone(*sim.Effects) {
	if c.client != nil {
		c.client.callbackDone()
	}
}

// Close implements checkpoint.Consumer.
func (c *jobConsumer) Close(*sim.Effects) {
	if x := c.client; x != nil {
		x.callbackDone()
		if x.manual {
			x.play.kill(c.machine, false)
		} else {
			x.leaveBehind()
		}
	}
	c.client, c.told, c.opened = nil, nil, false
}

// Crash implements checkpoint.Consumer.
func (c *jobConsumer) Crash() {
	if c.client != nil {
		c.world.play.kill(c.machine, c.world.silent)
	}
	c.client, c.told, c.opened = nil, nil, false
}

// listed tells where the partitions begin that were to be looked up; it is
// the tap of a client that is in no group.
func (x *jobClient) listed(r kmsg.Request) func(kmsg.Response) {
	asked := map[model.TopicPartition]string{}
	for _, t := range r.(*kmsg.ListOffsetsRequest).Topics {
		for _, p := range t.Partitions {
			part := x.play.names.partition(t.Topic, [16]byte{}, p.Partition)
			switch p.Timestamp {
			case api.EarliestTimestamp:
				asked[part] = model.CauseEarliest
			case api.LatestTimestamp:
				asked[part] = model.CauseLatest
			}
		}
	}
	return func(r kmsg.Response) {
		x.play.mu.Lock()
		defer x.play.mu.Unlock()
		for _, t := range r.(*kmsg.ListOffsetsResponse).Topics {
			for _, p := range t.Partitions {
				part := x.play.names.partition(t.Topic, [16]byte{}, p.Partition)
				_, known := x.position[part]
				if cause := asked[part]; cause != "" && !known && kerr.ErrorForCode(p.ErrorCode) == nil && p.Offset >= 0 {
					x.positioned(part, p.Offset, cause)
				}
			}
		}
	}
}
