// Package clicks is a source of somebody who uses groundhog: the part of a
// stream job that reads clicks from Kafka, and that a checkpoint must be able
// to set back to where it was.
package clicks

import (
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
)

// batch is how many clicks are read at a time.
const batch = 100

// Source reads the partitions that it is given, each from its offset.
type Source struct {
	env    checkpoint.Env
	splits []checkpoint.Split // Offset: of the next click
	taken  map[int64][]checkpoint.Split
}

// New makes a source.
func New(env checkpoint.Env) *Source {
	return &Source{env: env, taken: map[int64][]checkpoint.Split{}}
}

// RestoreState goes on where the checkpoint was taken.
func (s *Source) RestoreState(splits []checkpoint.Split) error { return s.AddSplits(splits) }

// AddSplits reads more partitions.
func (s *Source) AddSplits(splits []checkpoint.Split) error {
	s.splits = append(s.splits, splits...)
	s.env.Assign(s.splits)
	return nil
}

// Poll gives the next clicks, and moves on behind them.
func (s *Source) Poll(timeout time.Duration) ([]checkpoint.Record, error) {
	clicks := s.env.Poll(batch, timeout)
	for _, c := range clicks {
		for i := range s.splits {
			if s.splits[i].TopicPartition == c.TopicPartition {
				s.splits[i].Offset = c.Offset + 1
			}
		}
	}
	return clicks, nil
}

// SnapshotState gives where the source is.
func (s *Source) SnapshotState(id int64, _ time.Time) ([]checkpoint.Split, error) {
	s.taken[id] = slices.Clone(s.splits)
	return s.taken[id], nil
}

// NotifyCheckpointComplete commits what the checkpoint holds, for people to
// see how far the job is; nobody goes on from there.
func (s *Source) NotifyCheckpointComplete(id int64) error {
	var offsets []model.PartitionOffset
	for _, x := range s.taken[id] {
		if x.Offset >= 0 {
			offsets = append(offsets, model.PartitionOffset{TopicPartition: x.TopicPartition, Offset: x.Offset})
		}
	}
	for n := range s.taken {
		if n <= id {
			delete(s.taken, n)
		}
	}
	s.env.CommitAsync(offsets, nil)
	return nil
}

// NotifyCheckpointAborted forgets what there would have been to commit.
func (s *Source) NotifyCheckpointAborted(id int64) error {
	delete(s.taken, id)
	return nil
}

// OffByOne is the source as it was first written: it stores the offset of the
// last click that it has read, and not of the next one to read.
type OffByOne struct{ Source }

// NewOffByOne makes one.
func NewOffByOne(env checkpoint.Env) *OffByOne { return &OffByOne{*New(env)} }

// SnapshotState gives where the source is: one click too early.
func (s *OffByOne) SnapshotState(id int64, at time.Time) ([]checkpoint.Split, error) {
	splits, err := s.Source.SnapshotState(id, at)
	for i := range splits {
		if splits[i].Offset > 0 {
			splits[i].Offset--
		}
	}
	return splits, err
}
