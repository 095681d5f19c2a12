package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// App is the application that uses a consumer, as a state machine: it is told
// of events, one at a time, and acts through the consumer's methods (Poll,
// Commit, CallbackDone, Leave) and timers of its own (AppTimer). A user's
// blocking handler is made one by package scenarios.
type App interface {
	// Handle reacts to one event. It may call the consumer's methods; what
	// those bring about arrives as further events, never inside the call.
	Handle(ev *AppEvent, c *Consumer, fx *sim.Effects)
	// Crash drops what would not survive the process.
	Crash()
}

// AppEventKind says what an application is told.
type AppEventKind uint8

// What an application is told.
const (
	AppStarted   AppEventKind = iota + 1
	AppAssigned               // Partitions, perhaps none, are its own now, too; it answers with CallbackDone
	AppRevoked                // it must give up Partitions, perhaps none, and may still commit; CallbackDone
	AppLost                   // Partitions are gone already; CallbackDone
	AppRecords                // its Poll is over: Batches
	AppCommitted              // its commit Op is over: Err
	AppTimed                  // its timer Key went off
	AppCommand                // somebody outside asks for Key
	AppClosed                 // the consumer has left; its Poll is over with nothing
	// AppFailed tells that the membership has failed by Err, or, with a Key (one
	// of the Fail constants), that the positions of Partitions have. In the franz
	// profile the consumer goes on by itself (kgo.ErrGroupSession among the
	// records). In the Java profile it is Fatal: poll has thrown, and the
	// application leaves, as from a finally block, or polls again.
	AppFailed
	AppOffsets // its question Op (AskCommitted) is answered: Offsets, or Err
)

// AppEvent is one thing an application is told.
type AppEvent struct {
	Kind       AppEventKind
	Partitions []model.TopicPartition
	Offsets    []model.PartitionOffset
	Batches    []Batch
	Op         int64
	Err        api.ErrorCode
	Fatal      bool
	Key        string
}

// Why positions fail.
const (
	FailNoOffset   = "no-offset"     // nothing is committed, and the policy is None
	FailOutOfRange = "out-of-range"  // the log does not hold it, and the policy is None
	FailTruncated  = "log-truncated" // the log was cut off behind what was read
)

// Batch is a run of records of one partition, in order. It is shared with the
// broker's log and must not be changed.
type Batch struct {
	model.TopicPartition
	Records []api.Record `canon:"shared"`
}

// From and To are the run's offsets: [From, To).
func (b Batch) From() int64 { return b.Records[0].Offset }

// To is the offset after the run's last record.
func (b Batch) To() int64 { return b.Records[len(b.Records)-1].Offset + 1 }

// TimerApp is the name of the timers that applications set.
const TimerApp = "app"

// Member is a node: a consumer and the application in one process.
type Member struct {
	Consumer Consumer
	App      App
	// Configure, if given, is what the consumer is set to at the start-th start
	// of its process, from 1 on.
	Configure func(start int) *Config `canon:"-"`
	Starts    int                     `canon:"-"`

	told AppEvent `canon:"-"` // the event being handled
}

// NewMember puts an application and a consumer together.
func NewMember(cfg *Config, app App) *Member {
	m := &Member{App: app}
	m.Consumer.init(cfg)
	return m
}

// Step implements sim.Node.
func (m *Member) Step(in *sim.Input, fx *sim.Effects) {
	c := &m.Consumer
	if in.Kind == sim.InStart {
		if m.Starts++; m.Configure != nil {
			c.init(m.Configure(m.Starts))
		}
	}
	switch {
	case in.Kind == sim.InTimer && in.Label == TimerApp:
		c.tell(AppEvent{Kind: AppTimed, Key: in.Key})
	case in.Kind == sim.InCommand && in.Label != "leave":
		c.tell(AppEvent{Kind: AppCommand, Key: in.Label + " " + in.Key})
	default:
		c.step(in, fx)
	}
	for {
		for len(c.Told) > 0 {
			m.told = c.Told[0]
			c.Told = slices.Delete(c.Told, 0, 1)
			m.App.Handle(&m.told, c, fx)
		}
		if c.settleStep(fx); len(c.Told) == 0 {
			return
		}
	}
}

// Crash implements sim.Node.
func (m *Member) Crash() {
	m.Consumer.init(m.Consumer.calls.cfg)
	m.App.Crash()
}
