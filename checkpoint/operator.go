package checkpoint

import "github.com/groundhogsim/groundhog/sim"

// Operator is a keyed operator's function: what it makes of records, and its
// state, divided into key groups. A fresh one has no state; it is used by one
// subtask in one attempt, and its steps are pure.
type Operator interface {
	// Apply takes the effect of a record into the state of the record's key,
	// which is in a key group.
	Apply(r *Record, group int, out *Output)
	// Watermark tells that no record older than t (milliseconds) is expected.
	Watermark(t int64, out *Output)
	// Snapshot encodes a key group's state, nil when it is empty; Restore takes
	// it back. What Snapshot gave is not changed by later calls.
	Snapshot(group int) []byte
	Restore(group int, state []byte) error
}

// Output is what an operator acts through; it is valid during one call.
type Output struct {
	Now  sim.Time
	emit []Result
	late int64
}

// Result is what an operator gives to the sink: a value for a key, because of
// one record or, as a window's, of several.
type Result struct {
	Key, Value string
	Of         Record // the record that it is of; zero where it is of several
}

// Emit gives a result to the sink.
func (o *Output) Emit(r Result) { o.emit = append(o.emit, r) }

// Drop says that the record was late, and left out.
func (o *Output) Drop() { o.late++ }

// Sink is what becomes of results. Writes are asynchronous: at a barrier the
// task waits until all are answered (a flush), before the sink's snapshot.
type Sink interface {
	// Write turns a result into a request to the outside store; nil for none.
	Write(r *Result) *StoreRequest
	// Stateful sinks have something to commit: see TwoPhase.
}

// TwoPhase is a Sink whose results become visible with the checkpoint: where a
// transactional sink will stand. State is stored in the checkpoint; it is what
// Commit needs, and must be idempotent: a completed checkpoint's is committed
// again after a restore.
type TwoPhase interface {
	Sink
	// PrepareCommit ends what was begun at the last barrier, and gives what to
	// commit when the checkpoint is complete; the requests go out before.
	PrepareCommit(id int64) (state []byte, before []*StoreRequest)
	Commit(state []byte) []*StoreRequest
	// Abort gives back what was begun and is in no checkpoint, after a restore.
	Abort(restored [][]byte) []*StoreRequest
}

// Blackhole is a sink that keeps nothing.
type Blackhole struct{}

// Write implements Sink.
func (Blackhole) Write(*Result) *StoreRequest { return nil }
