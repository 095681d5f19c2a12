package sources

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
)

// Variant is one thing that a source does wrong.
type Variant string

// The variants, and what they show.
const (
	Right Variant = ""
	// StoresCommitted stores the group's committed offsets, those of the last
	// checkpoint, beside an operator's state that is newer (A07).
	StoresCommitted Variant = "stores-committed"
	// StoresLast stores the offset of the last record instead of the next (A06).
	StoresLast Variant = "stores-last"
	// StoresPosition stores the consumer's position: what is in the source's
	// buffer has not been emitted yet.
	StoresPosition Variant = "stores-position"
	// ReadsBeforeRestore subscribes, and polls, before it goes to where the
	// checkpoint says (A09).
	ReadsBeforeRestore Variant = "reads-before-restore"
	// IgnoresCheckpoint goes on from the group's committed offsets (A01).
	IgnoresCheckpoint Variant = "ignores-checkpoint"
	// CommitsPosition commits where it is when it learns that a checkpoint is
	// complete, not what that one holds (A10).
	CommitsPosition Variant = "commits-position"
	// CommitsAtSnapshot commits before the checkpoint is complete (A03).
	CommitsAtSnapshot Variant = "commits-at-snapshot"
	// CommitsAborted commits what an aborted checkpoint holds (A03).
	CommitsAborted Variant = "commits-aborted"
	// CommitsOutOfOrder commits what every notification names, late ones too (A11).
	CommitsOutOfOrder Variant = "commits-out-of-order"
	// FailsOnCommit makes the task fail when a commit has failed (A12).
	FailsOnCommit Variant = "fails-on-commit"
	// SwallowsFailures counts commits that succeed, and says nothing of those that
	// fail (A12).
	SwallowsFailures Variant = "swallows-failures"
	// AutoCommits commits its position every five seconds, as
	// enable.auto.commit does (A02).
	AutoCommits Variant = "auto-commits"
)

// wrong is a reader with a variant.
type wrong struct {
	*reader
	failed error     // of a commit
	last   time.Time // auto-commit
}

// RestoreState implements checkpoint.Source.
func (w *wrong) RestoreState(splits []checkpoint.Split) error {
	switch w.options.Variant {
	case ReadsBeforeRestore:
		w.env.Assign(fromCommitted(splits))
		w.buffer = w.env.Poll(maxPollRecords, time.Second)
		w.splits = append(w.splits, splits...)
		w.env.Assign(splits)
		return nil
	case IgnoresCheckpoint:
		splits = fromCommitted(splits)
	}
	return w.reader.RestoreState(splits)
}

func fromCommitted(splits []checkpoint.Split) []checkpoint.Split {
	out := append([]checkpoint.Split(nil), splits...)
	for i := range out {
		out[i].Offset = checkpoint.StartCommitted
	}
	return out
}

// Poll implements checkpoint.Source.
func (w *wrong) Poll(timeout time.Duration) ([]checkpoint.Record, error) {
	if w.failed != nil {
		return nil, fmt.Errorf("a commit failed: %w", w.failed)
	}
	if w.options.Variant == AutoCommits && w.env.Now().Sub(w.last) >= 5*time.Second {
		w.last = w.env.Now()
		w.env.CommitAsync(w.offsets(), nil)
	}
	return w.reader.Poll(timeout)
}

// SnapshotState implements checkpoint.Source.
func (w *wrong) SnapshotState(id int64, at time.Time) ([]checkpoint.Split, error) {
	state, err := w.reader.SnapshotState(id, at)
	switch w.options.Variant {
	case StoresCommitted:
		return w.committedOf(state)
	case StoresLast:
		for i := range state {
			if state[i].Offset > 0 {
				state[i].Offset--
			}
		}
	case StoresPosition:
		for i := range state {
			if at := w.env.Position(state[i].TopicPartition); at >= 0 {
				state[i].Offset = at
			}
		}
	case CommitsAtSnapshot:
		w.env.CommitAsync(w.offsets(), nil)
	}
	return state, err
}

func (w *wrong) committedOf(state []checkpoint.Split) ([]checkpoint.Split, error) {
	var of []model.TopicPartition
	for _, s := range state {
		of = append(of, s.TopicPartition)
	}
	offsets, err := w.env.Committed(of)
	if err != nil {
		return nil, err
	}
	for _, o := range offsets {
		for i := range state {
			if state[i].TopicPartition == o.TopicPartition {
				if state[i].Offset = o.Offset; o.Offset < 0 {
					state[i].Offset = checkpoint.StartEarliest
				}
			}
		}
	}
	return state, nil
}

// NotifyCheckpointComplete implements checkpoint.Source.
func (w *wrong) NotifyCheckpointComplete(id int64) error {
	switch w.options.Variant {
	case CommitsPosition:
		w.env.CommitAsync(w.offsets(), nil)
		return nil
	case CommitsOutOfOrder:
		w.commitThat(id)
		return nil
	case FailsOnCommit:
		for _, c := range w.commits {
			if c.id == id {
				w.env.CommitAsync(c.offsets, func(err error) { w.failed = err })
			}
		}
		return nil
	case SwallowsFailures:
		w.swallow(id)
		return nil
	case CommitsAtSnapshot, AutoCommits:
		return nil
	}
	return w.reader.NotifyCheckpointComplete(id)
}

// NotifyCheckpointAborted implements checkpoint.Source.
func (w *wrong) NotifyCheckpointAborted(id int64) error {
	if w.options.Variant == CommitsAborted {
		w.commitThat(id)
	}
	return w.reader.NotifyCheckpointAborted(id)
}

// commitThat commits what a checkpoint holds, whatever has been committed.
func (w *wrong) commitThat(id int64) {
	for _, c := range w.commits {
		if c.id == id {
			w.env.CommitAsync(c.offsets, nil)
		}
	}
}

// swallow commits what a checkpoint holds, and counts success alone.
func (w *wrong) swallow(id int64) {
	for _, c := range w.commits {
		if c.id == id {
			w.env.CommitAsync(c.offsets, func(err error) {
				if err == nil {
					w.committed(nil)
				}
			})
		}
	}
}
