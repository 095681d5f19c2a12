package client

import "github.com/groundhogsim/groundhog/model"

// Unsettled tells what keeps the consumer from being at rest in a stable
// group; empty when it is at rest: in a generation, no callback or commit
// under way, every position known, and the application waiting for records.
func (c *Consumer) Unsettled() string {
	if why := c.unsettledMembership(); why != "" {
		return why
	}
	switch {
	case len(c.Commits) > 0:
		return "has a commit under way"
	case !c.positioned():
		return "does not know yet where to read on"
	case c.Polling == 0:
		return "is busy with records"
	case len(c.Buffer) > 0:
		return "has fetched records that are not polled"
	}
	return ""
}

// positioned tells whether the consumer knows where to read each partition it
// owns; one that waits for the application to seek counts as known.
func (c *Consumer) positioned() bool {
	n := 0
	for i := range c.Positions {
		if s := c.Positions[i].State; s == known || s == stuck {
			n++
		}
	}
	if c.Manual {
		return n == len(c.Positions)
	}
	return n >= len(c.Owned)
}

// PositionOf is the next offset that the consumer fetches of a partition; -1
// when it does not know.
func (c *Consumer) PositionOf(p model.TopicPartition) int64 {
	if at := c.position(p); at != nil && at.State == known {
		return at.Offset
	}
	return -1
}
