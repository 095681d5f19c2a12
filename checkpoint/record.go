package checkpoint

import (
	"time"

	"github.com/groundhogsim/groundhog/model"
)

// Record is one record on its way through a job.
type Record struct {
	model.TopicPartition
	Offset    int64
	Key       string
	Value     string
	Timestamp int64 // event time, milliseconds since 1970
}

// Split is a partition to be read, and where: what a source's state is made of.
type Split struct {
	model.TopicPartition
	Offset int64 // of the next record to read; one of the Start constants until that is known
	Stop   int64 // the offset before which a bounded source ends; 0: none, it is not bounded
}

// Where a split begins whose offset nobody has looked up yet
// (KafkaPartitionSplit.EARLIEST_OFFSET and its like).
const (
	StartEarliest  int64 = -2
	StartLatest    int64 = -1
	StartCommitted int64 = -3
)

// Source is one subtask of a source: what Flink's SourceReader does, with
// document A's names. Its methods are called one at a time, from the task's
// thread; none of them is called while another is under way, but for what
// Poll lets happen: see Env.Poll.
type Source interface {
	// RestoreState gives the subtask its share of what SnapshotState stored in
	// the checkpoint that the job goes on from. It is the first call of an
	// attempt, and is left out when there is no checkpoint.
	RestoreState(splits []Split) error
	// AddSplits gives the subtask partitions to read besides those it has, from
	// their offsets. With Assignment ByGroup it is called once, with none.
	AddSplits(splits []Split) error
	// Poll waits for the next records, up to the timeout, and gives none when it
	// is over, or when the task wants its thread back. What it gives is emitted
	// downstream before any other method is called. With an error the task fails;
	// io.EOF says that a bounded source has read all its splits to their Stop.
	Poll(timeout time.Duration) ([]Record, error)
	// SnapshotState gives what must be restored for the records that have been
	// emitted to be left out, and all others to be read: at is when the
	// checkpoint was triggered.
	SnapshotState(id int64, at time.Time) ([]Split, error)
	// NotifyCheckpointComplete tells that a checkpoint is complete. Calls may be
	// left out, and a later id stands for all before it (CheckpointListener). An
	// error fails the task; the checkpoint stays complete.
	NotifyCheckpointComplete(id int64) error
	// NotifyCheckpointAborted tells that a checkpoint will not be completed. What
	// was read since the last one has been processed all the same.
	NotifyCheckpointAborted(id int64) error
}

// Rebalanced is a Source that wants to be told of its group's rebalances, with
// Assignment ByGroup. The calls come while it is in Env.Poll, or in no call.
type Rebalanced interface {
	PartitionsAssigned(partitions []model.TopicPartition)
	PartitionsRevoked(partitions []model.TopicPartition) // may still commit
	PartitionsLost(partitions []model.TopicPartition)    // are gone already
}

// Env is what a Source may use: its place in the job, a consumer, and a clock.
// No call of it means anything once its attempt is over.
type Env interface {
	Job() string
	Subtask() int // from 0
	Parallelism() int
	Attempt() int // of the job, from 1
	// Bounded tells whether the job ends: then all splits have a Stop, and come
	// before the first Poll.
	Bounded() bool
	Now() time.Time

	// Assign makes the consumer read these and nothing else (assign and seek of
	// KafkaConsumer); a partition that it reads already, at another offset, is
	// sought there. A Start constant stands for the offset that is looked up;
	// StartCommitted, where nothing is committed, for the job's reset policy.
	Assign(splits []Split)
	// Subscribe joins the consumer group instead.
	Subscribe(topics ...string)
	// Poll waits for records of the consumer, most at the most. It comes back
	// with none after the timeout, and early when the task wants its thread back.
	Poll(most int, timeout time.Duration) []Record
	// Position is the offset of the next record that Poll will give; negative
	// while that is not known.
	Position(p model.TopicPartition) int64
	// Commit stores offsets for the job's group and waits for the answer;
	// CommitAsync does not, and calls done, if given, from the task's thread.
	Commit(offsets []model.PartitionOffset) error
	CommitAsync(offsets []model.PartitionOffset, done func(error))
	// Committed asks for the group's offsets; -1 stands for none.
	Committed(of []model.TopicPartition) ([]model.PartitionOffset, error)
	Sleep(d time.Duration)
	// Metric adds n to a counter, of a partition where that is not zero; the
	// history is told.
	Metric(name string, p model.TopicPartition, n int64)
}
