package client

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
)

// ShareLoop is the plainest application of a share group, as a state machine:
// poll, work, acknowledge, again. It can be cloned.
type ShareLoop struct {
	Max  int      `canon:"-"` // records a poll
	Work sim.Time `canon:"-"` // for what was polled together
	// Silent leaves acknowledging to the next poll, where the client does it.
	Silent bool `canon:"-"`
	// Release gives every n-th offset back when it comes for the first time.
	Release int64 `canon:"-"`
	// Commit waits until brokers have answered, before the next poll.
	Commit bool `canon:"-"`

	Batches []ShareBatch
	Waits   int64 `canon:"-"` // the commit it waits for
}

// Handle implements ShareApp.
func (l *ShareLoop) Handle(ev *ShareEvent, c *ShareConsumer, fx *sim.Effects) {
	switch ev.Kind {
	case ShareStarted:
		c.Poll(l.Max, fx)
	case ShareRecords:
		l.Batches = ev.Batches
		fx.SetTimer(TimerApp, "work", l.Work)
	case ShareTimed:
		l.worked(c, fx)
	case ShareCommitted:
		if ev.Op == l.Waits {
			c.Poll(l.Max, fx)
		}
	case ShareFailed:
		switch {
		case ev.Fatal:
			c.Leave(fx)
		case c.Config().Profile == Java:
			c.Poll(l.Max, fx)
		}
	}
}

func (l *ShareLoop) worked(c *ShareConsumer, fx *sim.Effects) {
	for _, b := range l.Batches {
		for _, r := range b.Records {
			if l.Release > 0 && r.Offset%l.Release == 0 && b.DeliveryCount == 1 {
				c.Acknowledge(b.TopicPartition, r.Offset, r.Offset+1, api.AckRelease)
				continue
			}
			c.Processed(b.TopicPartition, r.Offset, r.Offset+1, fx)
		}
	}
	l.Batches = nil
	if !l.Silent {
		c.AcknowledgeRest(api.AckAccept)
	}
	if l.Commit {
		l.Waits = c.Commit(fx)
		return
	}
	c.Poll(l.Max, fx)
}

// Crash implements ShareApp.
func (l *ShareLoop) Crash() { l.Batches, l.Waits = nil, 0 }

// ShareLoopMember is a member whose application is a ShareLoop: a sim.Cloner.
type ShareLoopMember struct{ ShareMember }

// NewShareLoopMember puts a ShareLoop and a share consumer together.
func NewShareLoopMember(cfg *ShareConfig, l ShareLoop) *ShareLoopMember {
	return &ShareLoopMember{*NewShareMember(cfg, &l)}
}

// Clone implements sim.Cloner.
func (m *ShareLoopMember) Clone() sim.Node { return canon.Clone(m) }

// Encode implements sim.Cloner.
func (m *ShareLoopMember) Encode(now sim.Time, buf []byte) []byte {
	return canon.Append(buf, int64(now), m)
}
