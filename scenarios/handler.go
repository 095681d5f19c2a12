package scenarios

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/model"
)

// Handler is the users' side: what a service does with the records it polls.
// It is made anew for every start of its process, and must be deterministic:
// no goroutines, no wall clock, no global randomness, no result that depends
// on map order; what survives a crash comes from its Env only.
type Handler interface {
	// Process is given what one poll returned; records of a partition stand
	// together and in order. It may keep records for later, as long as it
	// tells Env.Emit when the work on one is done.
	Process(records []Record)
}

// Assigner is a Handler that wants to know which partitions it gets.
type Assigner interface{ Assigned(partitions []Partition) }

// Revoker is a Handler that wants to know which partitions it must give up in
// good order: it may still commit.
type Revoker interface{ Revoked(partitions []Partition) }

// Loser is a Handler that wants to know which partitions it has lost: it must
// not commit for them. Handlers without it are told by Revoked, as kgo does.
type Loser interface{ Lost(partitions []Partition) }

// Idler is a Handler that wants to be called when a poll has brought nothing
// for a second: the moment to write out what it keeps.
type Idler interface{ Idle() }

// Failer is a Handler that wants to know what its polls fail with: a
// *PollError. It is called in place of Process; when it returns, polling goes
// on. A Java handler without it closes its consumer on what is Fatal, as from a
// finally block, and ends; franz-go goes on in any case.
type Failer interface{ Failed(err error) }

// PollError is what a poll fails with: an exception out of Java's poll, or an
// error among the fetches of kgo's.
type PollError struct {
	Partitions []Partition // what it is about; none: the membership
	Reason     PollReason
	Fatal      bool // poll has thrown
	Text       string
}

// PollReason says why a poll failed.
type PollReason string

// The reasons.
const (
	// NoOffset: nothing is committed, and there is no reset policy
	// (NoOffsetForPartitionException; kgo.NoResetOffset).
	NoOffset PollReason = "no-offset"
	// OutOfRange: the log does not hold the position, and there is no reset
	// policy (OffsetOutOfRangeException).
	OutOfRange PollReason = "out-of-range"
	// LogTruncated: the log was cut off behind what was read
	// (LogTruncationException; kgo.ErrDataLoss).
	LogTruncated PollReason = "log-truncated"
	// SessionEnded: the membership has failed (kgo.ErrGroupSession; in Java
	// what poll throws, such as FencedInstanceIdException).
	SessionEnded PollReason = "session-ended"
)

func (e *PollError) Error() string {
	if len(e.Partitions) == 0 {
		return fmt.Sprintf("%s: %s", e.Reason, e.Text)
	}
	return fmt.Sprintf("%s: %v: %s", e.Reason, e.Partitions[0], e.Text)
}

// Partition names a partition of a topic.
type Partition = model.TopicPartition

// Record is one record as a consumer sees it.
type Record struct {
	Partition
	Offset    int64
	Key       string
	Value     string
	Timestamp time.Time
}

// Offset is a place to go on reading: the next record's offset.
type Offset struct {
	Partition
	At int64
}

// Next is where to go on after records: the offset behind the highest of each
// partition, in the order in which the partitions first appear.
func Next(records ...Record) []Offset {
	var out []Offset
each:
	for _, r := range records {
		for i := range out {
			if out[i].Partition == r.Partition {
				out[i].At = max(out[i].At, r.Offset+1)
				continue each
			}
		}
		out = append(out, Offset{r.Partition, r.Offset + 1})
	}
	return out
}

// Env is a handler's only way to the world. Each call lets the world go on;
// after a crash of its process calls do nothing.
type Env interface {
	// Commit stores that all records up to and including these are done: for
	// each partition the highest offset plus one. It waits for the answer.
	Commit(records ...Record) error
	// CommitOffsets stores offsets as they are: Kafka's meaning is the next
	// record to read.
	CommitOffsets(offsets ...Offset) error
	// CommitAsync is Commit, but waits for nothing. done, if given, is called
	// with what came of it: in the franz profile beside the handler, as on a
	// goroutine of its own, in the order of the calls, each of which waits for
	// the commit before it; in the Java profile inside the next poll or commit
	// of either kind, and what failed for now is not tried again.
	CommitAsync(done func(error), records ...Record)
	// CommitOffsetsAsync is CommitOffsets in the same way.
	CommitOffsetsAsync(done func(error), offsets ...Offset)
	// Committed asks the coordinator for the group's offsets of partitions; At
	// is -1 where there is none. It waits for the answer.
	Committed(partitions ...Partition) ([]Offset, error)
	// Owned are the partitions that the consumer has, in order. In the Assigned
	// callback the new ones are among them, in Revoked what is given up still is.
	Owned() []Partition
	// Seek sets where a partition is read on. franz-go heeds it only for
	// partitions of which it knows the position: not in the Assigned callback.
	Seek(offset Offset)
	// Pause keeps partitions from being fetched and polled, until Resume: with
	// franz-go also when they come back after a rebalance, with Java not.
	Pause(partitions ...Partition)
	// Resume ends a pause.
	Resume(partitions ...Partition)
	// Emit is the moment at which the work on records takes effect outside:
	// printed, written, sent. The checkers count a record as processed by it.
	Emit(records ...Record)
	// Sleep takes time, as work does.
	Sleep(d time.Duration)
	// Now is the process's own clock.
	Now() time.Time
	// Member is the process's name: m1, m2, …
	Member() string
	// Shared is a store outside of all processes; it survives crashes.
	Shared() Store
}

// Store is a place outside of the processes: a database, a cache.
type Store interface {
	Get(key string) (value string, ok bool)
	Put(key, value string)
}
