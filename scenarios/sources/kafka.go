// Package sources holds sources of checkpointing jobs, written as users write
// them: a right one, and the wrong ones that documents and bug trackers show.
package sources

import (
	"io"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
)

// Options set a source of this package.
type Options struct {
	Batch    int  // records that a Poll gives at the most; 500
	Prefetch int  // records that the consumer is asked for at a time; Batch
	NoCommit bool // nothing is committed (commit.offsets.on.checkpoint=false)
	Bounded  bool // for jobs that are: a subtask without partitions is at its end
	// Parse, if given, tells what is wrong with a record's value, and Poison
	// what becomes of such a record.
	Parse   func(value string) error
	Poison  Poison
	Variant Variant // what it does wrong
}

// Kafka reads the partitions that it is given from the offsets in the
// checkpoint, never from those in the group; what it commits when a checkpoint
// is complete is for people to look at (KafkaSourceReader).
func Kafka(env checkpoint.Env) checkpoint.Source { return newReader(env, Options{}) }

// With gives sources with options.
func With(o Options) func(checkpoint.Env) checkpoint.Source {
	return func(env checkpoint.Env) checkpoint.Source {
		if o.Variant == Right {
			return newReader(env, o)
		}
		return &wrong{reader: newReader(env, o)}
	}
}

const maxPollRecords = 500

// reader is the right source.
type reader struct {
	env     checkpoint.Env
	options Options
	splits  []checkpoint.Split // Offset: of the next record to give
	buffer  []checkpoint.Record
	commits []commit // of checkpoints that are under way, by id
}

// commit is what to commit when a checkpoint is complete.
type commit struct {
	id      int64
	offsets []model.PartitionOffset
}

func newReader(env checkpoint.Env, o Options) *reader {
	if o.Batch <= 0 || o.Batch > maxPollRecords {
		o.Batch = maxPollRecords
	}
	return &reader{env: env, options: o}
}

// RestoreState implements checkpoint.Source.
func (r *reader) RestoreState(splits []checkpoint.Split) error {
	r.splits = append(r.splits, splits...)
	r.assign()
	return nil
}

// AddSplits implements checkpoint.Source.
func (r *reader) AddSplits(splits []checkpoint.Split) error {
	if len(splits) > 0 {
		r.splits = append(r.splits, splits...)
		r.assign()
	}
	return nil
}

// assign reads all splits that are not at their end, each from behind what is
// in the buffer.
func (r *reader) assign() {
	var open []checkpoint.Split
	for _, s := range r.splits {
		if !finished(&s) {
			open = append(open, s)
		}
	}
	for _, rec := range r.buffer {
		for i := range open {
			if open[i].TopicPartition == rec.TopicPartition {
				open[i].Offset = rec.Offset + 1
			}
		}
	}
	r.env.Assign(open)
}

func finished(s *checkpoint.Split) bool { return s.Stop > 0 && s.Offset >= s.Stop }

// Poll implements checkpoint.Source. The splits move on behind what it gives,
// and no further: the rest of what the consumer gave waits in the buffer.
func (r *reader) Poll(timeout time.Duration) ([]checkpoint.Record, error) {
	if r.ended() {
		return nil, io.EOF
	}
	if len(r.buffer) == 0 {
		r.buffer = r.env.Poll(maxPollRecords, timeout)
	}
	n := min(len(r.buffer), r.options.Batch)
	batch := r.buffer[:n:n]
	batch, err := r.readable(batch)
	if err != nil {
		return nil, err
	}
	r.buffer = r.buffer[len(batch):]
	given := r.advance(batch)
	r.count(given)
	if r.close() {
		r.assign()
	}
	return r.treat(given), nil
}

// ended tells whether a bounded source has nothing left to read.
func (r *reader) ended() bool {
	if !r.env.Bounded() {
		return false
	}
	for i := range r.splits {
		if !finished(&r.splits[i]) {
			return false
		}
	}
	return true
}

// advance moves the splits behind records that are about to be given, and
// leaves out those that lie behind a split's end.
func (r *reader) advance(batch []checkpoint.Record) []checkpoint.Record {
	out := batch
	for i := 0; i < len(batch); {
		n := run(batch[i:])
		s := r.split(batch[i].TopicPartition)
		if s == nil || s.Stop > 0 && batch[i+n-1].Offset >= s.Stop {
			return r.cutOff(batch, i)
		}
		s.Offset = batch[i+n-1].Offset + 1
		i += n
	}
	return out
}

// cutOff is advance, one by one, for a batch that reaches over an end.
func (r *reader) cutOff(batch []checkpoint.Record, from int) []checkpoint.Record {
	out := append([]checkpoint.Record(nil), batch[:from]...)
	for _, rec := range batch[from:] {
		s := r.split(rec.TopicPartition)
		switch {
		case s == nil:
		case s.Stop > 0 && rec.Offset >= s.Stop:
			s.Offset = s.Stop
		default:
			s.Offset = rec.Offset + 1
			out = append(out, rec)
		}
	}
	return out
}

// run is how many records at the beginning are of one partition.
func run(records []checkpoint.Record) int {
	n := 1
	for n < len(records) && records[n].TopicPartition == records[0].TopicPartition {
		n++
	}
	return n
}

// count counts records as read.
func (r *reader) count(records []checkpoint.Record) {
	for i := 0; i < len(records); {
		n := run(records[i:])
		r.env.Metric(model.MetricMessagesRead, records[i].TopicPartition, int64(n))
		i += n
	}
}

// close ends splits whose last offsets hold no records, such as the markers of
// transactions: the consumer's position has passed the end. It tells whether
// there was one, or any that ends with what was given now.
func (r *reader) close() bool {
	any := false
	for i := range r.splits {
		s := &r.splits[i]
		if s.Stop <= 0 {
			continue
		}
		at := r.env.Position(s.TopicPartition)
		if !finished(s) && len(r.buffer) == 0 && at >= s.Stop {
			s.Offset = s.Stop
		}
		any = any || finished(s) && at >= 0
	}
	return any
}

func (r *reader) split(p model.TopicPartition) *checkpoint.Split {
	for i := range r.splits {
		if r.splits[i].TopicPartition == p {
			return &r.splits[i]
		}
	}
	return nil
}

// SnapshotState implements checkpoint.Source.
func (r *reader) SnapshotState(id int64, _ time.Time) ([]checkpoint.Split, error) {
	state := append([]checkpoint.Split(nil), r.splits...)
	r.commits = append(r.commits, commit{id, r.offsets()})
	return state, nil
}

// offsets are those of the splits of which anything is known.
func (r *reader) offsets() (out []model.PartitionOffset) {
	for _, s := range r.splits {
		if s.Offset >= 0 {
			out = append(out, model.PartitionOffset{TopicPartition: s.TopicPartition, Offset: s.Offset})
		}
	}
	return out
}

// NotifyCheckpointComplete implements checkpoint.Source. A later checkpoint
// stands for those before it, of which nobody may have told.
func (r *reader) NotifyCheckpointComplete(id int64) error {
	for len(r.commits) > 0 && r.commits[0].id <= id {
		c := r.commits[0]
		r.commits = r.commits[1:]
		if c.id == id {
			r.env.Metric(model.MetricCheckpointDuration, model.TopicPartition{}, 1)
			if !r.options.NoCommit {
				r.env.CommitAsync(c.offsets, r.committed)
			}
		}
	}
	return nil
}

// committed counts what came of a commit; none of it concerns the job.
func (r *reader) committed(err error) {
	name := model.MetricCommitsSucceeded
	if err != nil {
		name = model.MetricCommitsFailed
	}
	r.env.Metric(name, model.TopicPartition{}, 1)
}

// NotifyCheckpointAborted implements checkpoint.Source: what was read since the
// last checkpoint has been processed all the same.
func (r *reader) NotifyCheckpointAborted(id int64) error {
	for i := range r.commits {
		if r.commits[i].id == id {
			r.commits = append(r.commits[:i:i], r.commits[i+1:]...)
			return nil
		}
	}
	return nil
}
