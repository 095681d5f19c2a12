package client

import "github.com/groundhogsim/groundhog/sim"

// dataTimed reacts to the timers of the data path; it tells whether the timer
// was one.
func (c *Consumer) dataTimed(label string, fx *sim.Effects) bool {
	switch label {
	case timerLookup:
		c.lookupAgain(fx)
	case timerAutoCommit:
		c.autoCommitTimed(fx)
	case timerCommitRetry:
		c.retryCommits(fx)
	case timerCommitTimeout:
		if c.Manual {
			c.manualTimedOut(fx)
		} else {
			c.commitTimedOut(fx)
		}
	default:
		return false
	}
	return true
}

// dataFailed goes on after a request of the data path was lost with its
// connection, or has backed off: with what is to be asked by then. It tells
// whether the request was one.
func (c *Consumer) dataFailed(k call, fx *sim.Effects) bool {
	switch {
	case k.Purpose == forCommit && c.Manual:
		c.manualLater(k, disconnected, fx)
	case k.Purpose == forCommit:
		if w := c.takeCommit(k); w != nil {
			c.commitLater(w, disconnected, fx)
		}
	case !k.Purpose.rebuilt():
		return false
	case k.State == sent:
		c.metadataNow(fx)
		c.retry(k, fx) // until then nothing of the kind goes to that broker
	default:
		c.lookup(fx)
		c.fetch(fx)
	}
	return true
}

// unstick lets a poll try again what made the last one fail, as each poll of
// Java does: nothing was committed, or the position is not in the log.
func (c *Consumer) unstick(fx *sim.Effects) {
	again := false
	for i := range c.Positions {
		p := &c.Positions[i]
		switch {
		case p.State != stuck:
		case p.Offset < 0:
			p.State, again = initializing, true
		case p.Policy == outOfRange:
			p.State, p.Policy = known, ""
		default:
			p.State = validating
		}
	}
	if again {
		c.askOffsets(fx)
	}
	c.lookup(fx)
}
