package checkpoint

import (
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Consumer is a source subtask's way to Kafka: client.Direct in the
// simulation, franz-go beside a real cluster. What its calls bring about is
// told later, never inside them.
type Consumer interface {
	// Step takes an input of the node: a start, an answer of a broker, a timer.
	// It tells whether the input was the consumer's.
	Step(in *sim.Input, fx *sim.Effects) bool
	// Told takes the next thing to be told, of the kinds AppRecords,
	// AppCommitted, AppOffsets, AppAssigned, AppRevoked, AppLost and AppFailed;
	// it is valid until the next call.
	Told() (*client.AppEvent, bool)
	// Open connects; it is set to read nothing.
	Open(fx *sim.Effects)
	// Assign makes it read these partitions from these offsets and no others;
	// the Start constants are looked up.
	Assign(splits []model.PartitionOffset, fx *sim.Effects)
	Subscribe(topics []string, fx *sim.Effects)
	// Poll asks for up to most records, until StopPolling.
	Poll(most int, fx *sim.Effects)
	StopPolling()
	PositionOf(p model.TopicPartition) int64
	// Commit stores offsets and gives the number that AppCommitted tells.
	Commit(offsets []model.PartitionOffset, fx *sim.Effects) int64
	// AskCommitted asks for the group's offsets: AppOffsets.
	AskCommitted(of []model.TopicPartition, fx *sim.Effects) int64
	CallbackDone(fx *sim.Effects) // a rebalance's callback is over
	// Close ends all that is under way, leaving the group where it is in one.
	Close(fx *sim.Effects)
	Crash()
}

// Directory is the enumerator's way to Kafka: an admin client.
type Directory interface {
	Step(in *sim.Input, fx *sim.Effects) bool
	Told() (*client.DirectoryEvent, bool)
	// Describe asks how many partitions topics have; those that do not exist are
	// left out of the answer.
	Describe(topics []string, fx *sim.Effects) (op int64)
	// Ends asks where partitions begin (client.Earliest) or end (client.Latest).
	Ends(of []model.TopicPartition, which client.Reset, fx *sim.Effects) (op int64)
	// Committed asks for a group's offsets; -1 stands for none.
	Committed(group string, of []model.TopicPartition, fx *sim.Effects) (op int64)
	Crash()
}

// Reader is a Source as a state machine: package scenarios makes one of a
// user's blocking Source. It is told of one thing at a time, and answers
// through the Port, at once or in a later call.
type Reader interface {
	Handle(ev *ReaderEvent, p *Port)
	// Crash drops what would not survive the process; also when an attempt ends.
	Crash()
}

// ReaderEventKind says what a Reader is told.
type ReaderEventKind uint8

// What a Reader is told.
const (
	ReaderOpen     ReaderEventKind = iota + 1 // an attempt begins: Restored, Splits; answered by Opened
	ReaderGo                                  // all that it emitted is on its way; answered by Polled
	ReaderSplits                              // Splits are its own, too; answered by Done
	ReaderSnapshot                            // checkpoint ID, triggered At; answered by Snapshot
	ReaderComplete                            // ID; answered by Done
	ReaderAborted                             // ID; answered by Done
	ReaderConsumer                            // its consumer tells Event
	ReaderTimer                               // its timer Key went off
	ReaderWake                                // the task wants its thread: a Poll is to come back
)

// ReaderEvent is one thing that a Reader is told. The task tells ReaderGo,
// ReaderSplits, ReaderSnapshot, ReaderComplete and ReaderAborted only when the
// one before has been answered; ReaderConsumer, ReaderTimer and ReaderWake at
// any time.
type ReaderEvent struct {
	Kind     ReaderEventKind
	ID       int64
	At       int64 // microseconds
	Restored bool  // Splits come from a checkpoint
	Splits   []Split
	Event    *client.AppEvent
	Key      string
}

// Port is what a Reader acts through; it is valid during one call.
type Port struct {
	Task *SourceTask
	Fx   *sim.Effects
}

// TimerReader is the label of timers that Readers set; Port.SetTimer does.
const TimerReader = "reader"

// SetTimer arms a timer of the Reader.
func (p *Port) SetTimer(key string, after sim.Time) { p.Fx.SetTimer(TimerReader, key, after) }

// StopTimer disarms one.
func (p *Port) StopTimer(key string) { p.Fx.StopTimer(TimerReader, key) }

// Consumer is the subtask's consumer.
func (p *Port) Consumer() Consumer { return p.Task.consumer }

// Opened answers ReaderOpen.
func (p *Port) Opened(err error) { p.Task.opened(err, p.Fx) }

// Polled answers ReaderGo: with records, with none, or with what makes the
// task fail.
func (p *Port) Polled(records []Record, err error) { p.Task.polled(records, err, p.Fx) }

// Snapshot answers ReaderSnapshot.
func (p *Port) Snapshot(splits []Split, err error) { p.Task.snapshotted(splits, err, p.Fx) }

// Done answers ReaderSplits, ReaderComplete and ReaderAborted.
func (p *Port) Done(err error) { p.Task.done(err, p.Fx) }

// Observe tells the history of something that the source did.
func (p *Port) Observe(e *model.Event) { p.Task.observe(e, p.Fx) }
