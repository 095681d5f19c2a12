package client

import "github.com/groundhogsim/groundhog/model"

// Unsettled tells what keeps the consumer from being at rest in a stable
// group; empty when it is at rest: in a generation, no callback or commit
// under way, every position known, and the application waiting for records.
func (c *Consumer) Unsettled() string {
	switch {
	case c.Phase != member:
		return "is " + phaseNames[c.Phase]
	case c.Running != noCallback || c.Held != noCallback || c.Awaiting:
		return "has a rebalance callback under way"
	case c.Failure != 0:
		return "must rejoin"
	case len(c.Commits) > 0:
		return "has a commit under way"
	case len(c.Positions) < len(c.Owned):
		return "does not know yet where to read on"
	case len(c.Buffer) > 0:
		return "has fetched records that are not polled"
	case c.Polling == 0:
		return "is busy with records"
	}
	return ""
}

var phaseNames = [...]string{"starting", "joining", "syncing", "a member", "waiting to rejoin", "leaving", "closed"}

// PositionOf is the next offset that the consumer fetches of a partition; -1
// when it does not know.
func (c *Consumer) PositionOf(p model.TopicPartition) int64 {
	if at := c.position(p); at != nil && at.Known {
		return at.Offset
	}
	return -1
}
