package checkpoint

import "github.com/groundhogsim/groundhog/sim"

// Between JobManager and TaskManagers.

// Register offers the JobManager a TaskManager's slot. It is sent when the
// process starts, and when the JobManager has come back.
type Register struct{}

// Heartbeat keeps TaskManager and JobManager known to each other.
type Heartbeat struct{}

// Disconnect tells a TaskManager that it is not known, or not any more: it
// gives up what it does, and registers anew.
type Disconnect struct{}

// Deploy makes a slot part of an attempt; answered by Ready.
type Deploy struct {
	Attempt     int
	Subtask     int
	Parallelism int
	Peers       []sim.NodeID // the slots of all subtasks
	From        int64        // the checkpoint to restore from; 0: none
	Was         int          // its parallelism
	Handles     []Handle     // of that checkpoint, all tasks
}

// Ready says that a slot has restored its state and can be sent to.
type Ready struct{ Attempt int }

// Run starts the sources of an attempt.
type Run struct {
	Attempt int
	Splits  []Split // the subtask's own, that are in no checkpoint
}

// AddSplits gives a running source more partitions.
type AddSplits struct {
	Attempt int
	Splits  []Split
}

// Cancel ends an attempt in a slot.
type Cancel struct{ Attempt int }

// Trigger begins a checkpoint at the sources.
type Trigger struct {
	Attempt   int
	ID        int64
	At        int64 // microseconds
	Savepoint bool  // it stands by itself: nothing of it is shared with checkpoints
}

// AckCheckpoint says that a task's state is written.
type AckCheckpoint struct {
	Attempt int
	ID      int64
	Handle  Handle
}

// DeclineCheckpoint says that a task cannot take part.
type DeclineCheckpoint struct {
	Attempt int
	ID      int64
	Why     string
}

// Notify tells tasks how a checkpoint ended.
type Notify struct {
	Attempt   int
	ID        int64
	Completed bool // else aborted
}

// Failed says that a task of a slot has failed.
type Failed struct {
	Attempt int
	Task    string
	Why     string
	Restore bool // the state to go on from is of no use
}

// Finished says that a slot of a bounded job has processed all it will read.
type Finished struct{ Attempt int }

// Between TaskManagers, on the data lane.

// Buffer carries a run of a channel's stream: records, or one barrier, one
// watermark, or the end.
type Buffer struct {
	Attempt   int
	From      int // the sending source's subtask
	Records   []Record
	Barrier   int64 // a checkpoint's id; 0: none
	At        int64 // of a barrier: when it was triggered
	Savepoint bool  // the barrier is a savepoint's
	Watermark int64 // of one; valid with HasMark
	HasMark   bool
	Idle      bool // the source has no active split: its watermark does not count
	End       bool
}

// Credit lets the sender of a channel send one more buffer.
type Credit struct {
	Attempt int
	To      int // the operator's subtask
}

// With the storage.

// Write stores a file. It is durable, whole or not at all, when Written says so.
type Write struct {
	Path string
	Data []byte
}

// Written answers Write and Delete.
type Written struct{ Path, Error string }

// Read asks for a file.
type Read struct{ Path string }

// Content answers Read.
type Content struct {
	Path  string
	Data  []byte
	Error string
}

// Delete removes a file; one that is not there is no error.
type Delete struct{ Path string }

// With an outside store (Redis, a database).

// StoreRequest is one command to an outside store.
type StoreRequest struct {
	Command string // INCR, SET, …: see package checkpoint's Store
	Key     string
	Value   string
	By      int64
	Of      []Record // what it is made of
	Task    string   // who writes
	Attempt int
	Tag     uint64 // the writer's own number
}

// StoreResponse answers it.
type StoreResponse struct {
	Tag   uint64
	Value string
	Found bool
	Error string
}

// MessageName implements sim.Message.
func (*Register) MessageName() string          { return "Register" }
func (*Heartbeat) MessageName() string         { return "Heartbeat" }
func (*Disconnect) MessageName() string        { return "Disconnect" }
func (*Deploy) MessageName() string            { return "Deploy" }
func (*Ready) MessageName() string             { return "Ready" }
func (*Run) MessageName() string               { return "Run" }
func (*AddSplits) MessageName() string         { return "AddSplits" }
func (*Cancel) MessageName() string            { return "Cancel" }
func (*Trigger) MessageName() string           { return "TriggerCheckpoint" }
func (*AckCheckpoint) MessageName() string     { return "AckCheckpoint" }
func (*DeclineCheckpoint) MessageName() string { return "DeclineCheckpoint" }
func (n *Notify) MessageName() string {
	if n.Completed {
		return "NotifyComplete"
	}
	return "NotifyAborted"
}
func (*Failed) MessageName() string   { return "TaskFailed" }
func (*Finished) MessageName() string { return "Finished" }
func (b *Buffer) MessageName() string {
	switch {
	case b.Barrier != 0:
		return "Barrier"
	case len(b.Records) > 0:
		return "Records"
	case b.End:
		return "EndOfInput"
	}
	return "Watermark"
}
func (*Credit) MessageName() string        { return "Credit" }
func (*Write) MessageName() string         { return "Write" }
func (*Written) MessageName() string       { return "Written" }
func (*Read) MessageName() string          { return "Read" }
func (*Content) MessageName() string       { return "Content" }
func (*Delete) MessageName() string        { return "Delete" }
func (*StoreRequest) MessageName() string  { return "StoreRequest" }
func (*StoreResponse) MessageName() string { return "StoreResponse" }
