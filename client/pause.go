package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Pause keeps partitions from being fetched and handed out, until Resume. kgo
// holds that for the client: also for a partition that is assigned later, and
// for one that comes back (PauseFetchPartitions); what it had fetched is
// thrown away when a poll comes upon it. Java holds it for the assignment, and
// keeps what it had fetched (SubscriptionState.pause).
func (c *Consumer) Pause(ps ...model.TopicPartition) {
	for _, p := range ps {
		if at := c.position(p); at != nil {
			at.Paused = true
		}
		if !slices.Contains(c.Paused, p) {
			c.Paused = append(c.Paused, p)
		}
	}
}

// Resume ends a pause.
func (c *Consumer) Resume(fx *sim.Effects, ps ...model.TopicPartition) {
	for _, p := range ps {
		if at := c.position(p); at != nil {
			at.Paused = false
		}
	}
	c.Paused = slices.DeleteFunc(c.Paused, func(p model.TopicPartition) bool { return slices.Contains(ps, p) })
	if len(c.Paused) == 0 {
		c.Paused = nil
	}
	c.hand(fx)
	c.fetch(fx)
}
