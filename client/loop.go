package client

import (
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
)

// Loop is the plainest application, as a state machine: poll, process,
// commit, again. It can be cloned, so worlds of Loops can be searched
// exhaustively; its mistakes are the ones that beginners make.
type Loop struct {
	Max         int      `canon:"-"` // records a poll
	Work        sim.Time `canon:"-"` // for what was polled together
	CommitFirst bool     `canon:"-"` // wrong: commits before processing
	CommitLast  bool     `canon:"-"` // wrong: commits the last record's offset instead of the next

	Batches []Batch
	Doing   loopStep
	Commit  int64 `canon:"-"` // the commit it waits for
}

type loopStep uint8

const (
	loopIdle loopStep = iota
	loopPolling
	loopWorking
	loopCommitting
)

// Handle implements App.
func (l *Loop) Handle(ev *AppEvent, c *Consumer, fx *sim.Effects) {
	switch ev.Kind {
	case AppStarted:
		l.poll(c, fx)
	case AppAssigned:
		c.CallbackDone(fx)
	case AppRevoked, AppLost:
		if l.Doing == loopWorking {
			fx.StopTimer(TimerApp, "work")
			l.poll(c, fx)
		}
		c.CallbackDone(fx)
	case AppRecords:
		l.Batches = ev.Batches
		if l.CommitFirst {
			l.commit(c, fx)
		} else {
			l.work(fx)
		}
	case AppTimed:
		for _, b := range l.Batches {
			c.Processed(b.TopicPartition, b.From(), b.To(), fx)
		}
		if l.CommitFirst {
			l.poll(c, fx)
		} else {
			l.commit(c, fx)
		}
	case AppCommitted:
		switch {
		case l.Doing != loopCommitting || ev.Op != l.Commit:
		case l.CommitFirst && ev.Err == 0:
			l.work(fx)
		default:
			l.poll(c, fx)
		}
	case AppFailed:
		if ev.Fatal {
			c.Leave(fx)
		}
	}
}

// Crash implements App.
func (l *Loop) Crash() { l.Batches, l.Doing = nil, loopIdle }

func (l *Loop) poll(c *Consumer, fx *sim.Effects) {
	l.Batches, l.Doing = nil, loopPolling
	c.Poll(l.Max, fx)
}

func (l *Loop) work(fx *sim.Effects) {
	l.Doing = loopWorking
	fx.SetTimer(TimerApp, "work", l.Work)
}

func (l *Loop) commit(c *Consumer, fx *sim.Effects) {
	l.Doing = loopCommitting
	var offsets []model.PartitionOffset
	for _, b := range l.Batches {
		next := b.To()
		if l.CommitLast {
			next--
		}
		offsets = append(offsets, model.PartitionOffset{TopicPartition: b.TopicPartition, Offset: next})
	}
	l.Commit = c.Commit(offsets, fx)
}

// LoopMember is a member whose application is a Loop: a sim.Cloner.
type LoopMember struct{ Member }

// NewLoopMember puts a Loop and a consumer together.
func NewLoopMember(cfg *Config, l Loop) *LoopMember {
	return &LoopMember{*NewMember(cfg, &l)}
}

// Clone implements sim.Cloner.
func (m *LoopMember) Clone() sim.Node { return canon.Clone(m) }

// Encode implements sim.Cloner.
func (m *LoopMember) Encode(now sim.Time, buf []byte) []byte {
	return canon.Append(buf, int64(now), m)
}
