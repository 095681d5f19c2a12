package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Assign makes it read these partitions from these offsets and no others; From
// constants are looked up. A partition that is read already, and is at just
// that offset or still being looked up from the same one, goes on undisturbed,
// as far as the client lets it:
//
// With kgo (RemoveConsumePartitions, SetOffsets, AddConsumePartitions) what
// stops or moves ends the fetch session: whatever is buffered or under way, of
// any partition, is thrown away and fetched again. New partitions alone disturb
// nobody; they wait for new metadata. With Java (assign, seek) what is buffered
// of other partitions stays (Fetcher.clearBufferedDataForUnassignedPartitions),
// answers go on coming, and what no longer fits its position is dropped when a
// poll comes upon it. Without any partition that is unsubscribe.
//
// An offset below FromCommitted fails as AppFailed.
func (d *Direct) Assign(splits []model.PartitionOffset, fx *sim.Effects) {
	if d.Opened && !d.Consumer.Manual {
		d.Close(fx)
	}
	d.Open(fx)
	c := &d.Consumer
	for _, s := range splits {
		if s.Offset < FromCommitted {
			c.tell(AppEvent{Kind: AppFailed, Partitions: []model.TopicPartition{s.TopicPartition}, Err: api.OffsetOutOfRange, Fatal: true})
			return
		}
	}
	stop, seek, add := d.compare(splits)
	if len(stop) > 0 {
		c.stopReadingOf(stop, fx)
		c.forgetGone()
	}
	for _, s := range seek {
		at := c.position(s.TopicPartition)
		c.settle(at, epochOffset{s.Offset, -1}, model.CauseSeek, fx)
		at.Polled = false // kgo: a cursorOffset without lastConsumedTime; Java does not ask
	}
	if len(seek) > 0 && !c.cfg.pol.java {
		c.restartSession(fx)
	}
	d.Splits = slices.Clone(splits)
	d.add(add, fx)
	c.lookup(fx)
	c.fetch(fx)
	c.settleStep(fx)
}

// compare tells what the new splits change. kgo cannot set offsets that must
// be looked up, nor those of a partition that has none yet: such ones are
// removed and added.
func (d *Direct) compare(splits []model.PartitionOffset) (stop []model.TopicPartition, seek, add []model.PartitionOffset) {
	c := &d.Consumer
	for i := range c.Positions {
		p := c.Positions[i].TopicPartition
		if !slices.ContainsFunc(splits, func(s model.PartitionOffset) bool { return s.TopicPartition == p }) {
			stop = append(stop, p)
		}
	}
	for _, s := range splits {
		at := c.position(s.TopicPartition)
		switch {
		case at == nil:
			add = append(add, s)
		case at.Offset >= 0 && at.Offset == s.Offset, at.Offset < 0 && slices.Contains(d.Splits, s):
		case at.Offset >= 0 && s.Offset >= 0:
			seek = append(seek, s)
		default:
			add = append(add, s)
			if !c.cfg.pol.java {
				stop = append(stop, s.TopicPartition)
			}
		}
	}
	return stop, seek, add
}

// add begins with partitions. kgo's wait for metadata (findNewAssignments);
// Java asks for those only when topics have changed (changeSubscription), and
// kgo goes on to ask for all topics that it once read.
func (d *Direct) add(splits []model.PartitionOffset, fx *sim.Effects) {
	c := &d.Consumer
	topics := []string{}
	if !c.cfg.pol.java {
		topics = slices.Clone(c.cfg.Topics)
	}
	for _, s := range d.Splits {
		if !slices.Contains(topics, s.Topic) {
			topics = append(topics, s.Topic)
		}
	}
	if !slices.Equal(topics, c.cfg.Topics) {
		d.follow(topics, fx)
	} else if len(splits) > 0 && !c.cfg.pol.java {
		c.askMetadata(fx)
	}
	committed := false
	for _, s := range splits {
		c.give(s.TopicPartition)
		at := c.position(s.TopicPartition)
		if !c.cfg.pol.java {
			at.Leader, at.LeaderEpoch = -1, -1
		}
		switch s.Offset {
		case FromEarliest:
			at.State, at.Policy = resetting, Earliest
		case FromLatest:
			at.State, at.Policy = resetting, Latest
		case FromCommitted:
			committed = true
		default:
			c.settle(at, epochOffset{s.Offset, -1}, model.CauseSeek, fx)
		}
	}
	if committed {
		c.askOffsets(fx) // kgo's user: kadm.FetchOffsets
	}
}
