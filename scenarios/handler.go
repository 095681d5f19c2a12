package scenarios

import (
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
