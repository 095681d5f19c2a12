package client

import "github.com/groundhogsim/groundhog/sim"

// Commit sends what was acknowledged; ShareCommitted with the number given back
// says that it is over: KafkaShareConsumer.commitSync, with Results a partition;
// kgo.FlushAcks, which waits for all that is acknowledged until then, and tells
// results to the callback alone (ShareAcknowledged). In the implicit mode of the
// Java profile it accepts what the last poll gave.
func (c *ShareConsumer) Commit(fx *sim.Effects) int64 {
	c.LastOp++
	op := c.LastOp
	c.Commits = append(c.Commits, shareCommit{Op: op})
	c.flush(op, fx)
	return op
}

// CommitAsync is Commit that nobody waits for (commitAsync; kgo.FlushAcks with a
// context that is over).
func (c *ShareConsumer) CommitAsync(fx *sim.Effects) { c.flush(0, fx) }

func (c *ShareConsumer) flush(op int64, fx *sim.Effects) {
	if c.Leaving {
		return
	}
	if !c.cfg.pol.java {
		c.franzFlush()
		return
	}
	c.callBack()
	c.acceptHeld()
	route := async
	if op != 0 {
		route = inSync
	}
	c.commitAcks(c.takeHeld(), route, op, fx)
}
