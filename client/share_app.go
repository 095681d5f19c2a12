package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// ShareApp is the application that uses a share consumer, as a state machine:
// it is told of events, one at a time, and acts through the consumer's methods
// (Poll, Acknowledge, Commit, CommitAsync, Leave) and timers of its own
// (TimerApp). That its partitions have changed it never learns: in a share group
// nothing has to be handed over.
type ShareApp interface {
	// Handle reacts to one event. It may call the consumer's methods; what
	// those bring about arrives as further events, never inside the call.
	Handle(ev *ShareEvent, c *ShareConsumer, fx *sim.Effects)
	// Crash drops what would not survive the process.
	Crash()
}

// ShareEventKind says what an application is told.
type ShareEventKind uint8

// What an application is told.
const (
	ShareStarted      ShareEventKind = iota + 1
	ShareRecords                     // its Poll is over: Batches
	ShareAcknowledged                // acknowledgements were answered: Results (kgo.ShareAckCallback, AcknowledgementCommitCallback)
	ShareCommitted                   // its Commit Op is over: in the Java profile Results
	ShareTimed                       // its timer Key went off
	ShareCommand                     // somebody outside asks for Key
	ShareClosed                      // the consumer has left; its Poll is over with nothing
	// ShareFailed: the membership has failed by Err, or, with Results, the
	// reading of partitions has. In the franz profile the consumer goes on by
	// itself. In the Java profile poll has thrown; where Fatal is set the member
	// is out of the group for good.
	ShareFailed
	// ShareMisused: in the explicit mode of the Java profile a Poll must not begin
	// before everything that it gave last is acknowledged (IllegalStateException).
	ShareMisused
)

// ShareEvent is one thing an application is told.
type ShareEvent struct {
	Kind    ShareEventKind
	Batches []ShareBatch
	Results []ShareResult
	Op      int64
	Err     api.ErrorCode
	Fatal   bool
	Key     string
}

// ShareBatch is a run of records of one partition, in order, that were acquired
// for the member and delivered DeliveryCount times, this time included. Its
// offsets may have gaps.
type ShareBatch struct {
	model.TopicPartition
	Records       []api.Record `canon:"shared"`
	DeliveryCount int16
}

// ShareResult is how acknowledgements of one partition ended.
type ShareResult struct {
	model.TopicPartition
	Err api.ErrorCode
}

func (r ShareResult) String() string { return r.TopicPartition.String() + " " + r.Err.String() }

// ShareMember is a node: a share consumer and the application in one process.
type ShareMember struct {
	Consumer ShareConsumer
	App      ShareApp

	told ShareEvent `canon:"-"` // the event being handled
}

// NewShareMember puts an application and a consumer together; cfg is what
// ShareConfig.WithDefaults gave.
func NewShareMember(cfg *ShareConfig, app ShareApp) *ShareMember {
	m := &ShareMember{App: app}
	m.Consumer.init(cfg)
	return m
}

// Step implements sim.Node.
func (m *ShareMember) Step(in *sim.Input, fx *sim.Effects) {
	c := &m.Consumer
	switch {
	case in.Kind == sim.InTimer && in.Label == TimerApp:
		c.tell(ShareEvent{Kind: ShareTimed, Key: in.Key})
	case in.Kind == sim.InCommand && in.Label != "leave":
		c.tell(ShareEvent{Kind: ShareCommand, Key: in.Label + " " + in.Key})
	default:
		c.step(in, fx)
	}
	for {
		c.pump(fx)
		if len(c.Told) == 0 {
			return
		}
		m.told = c.Told[0]
		c.Told = slices.Delete(c.Told, 0, 1)
		m.App.Handle(&m.told, c, fx)
	}
}

// Crash implements sim.Node.
func (m *ShareMember) Crash() {
	m.Consumer.init(m.Consumer.share)
	m.App.Crash()
}
