package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// question is an application's for committed offsets.
type question struct {
	Op  int64                   `canon:"-"`
	Req *api.OffsetFetchRequest `canon:"shared"`
}

// AskCommitted asks the coordinator for the group's committed offsets
// (KafkaConsumer.committed; kadm.FetchOffsets); the event AppOffsets with the
// number given back brings them. The history is not told: nothing is read by it.
func (c *Consumer) AskCommitted(of []model.TopicPartition, fx *sim.Effects) int64 {
	c.LastOp++
	r := &api.OffsetFetchRequest{Header: c.header(9), GroupID: c.cfg.Group, MemberEpoch: -1, Partitions: of, RequireStable: true}
	c.Questions = append(c.Questions, question{c.LastOp, r})
	c.begin(forCommitted, 0, r, fx)
	return c.LastOp
}

// gotCommitted brings the application the answer.
func (c *Consumer) gotCommitted(k call, r *api.OffsetFetchResponse, fx *sim.Effects) {
	err := r.ErrorCode
	ev := AppEvent{Kind: AppOffsets}
	for _, p := range r.Partitions {
		if err == api.None {
			err = p.ErrorCode
		}
		ev.Offsets = append(ev.Offsets, model.PartitionOffset{TopicPartition: p.TopicPartition, Offset: p.CommittedOffset})
	}
	if retriable(err) || err == api.UnstableOffsetCommit {
		c.retry(k, fx)
		return
	}
	at := slices.IndexFunc(c.Questions, func(q question) bool { return sim.Message(q.Req) == k.Req })
	if at < 0 {
		return
	}
	ev.Op, ev.Err = c.Questions[at].Op, err
	if c.Questions = slices.Delete(c.Questions, at, at+1); len(c.Questions) == 0 {
		c.Questions = nil
	}
	c.tell(ev)
}
