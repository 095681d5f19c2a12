// Package log is one broker's replica of a partition: records in memory, how
// far they are committed, leader epochs, and what a leader knows of the other
// replicas. It follows UnifiedLog, LeaderEpochFileCache and Partition of Kafka,
// without files, indexes and bytes.
package log

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// segmentRecords is how many records share one piece of memory. Only the
// newest segment grows; a read never goes across two, as in Kafka.
const segmentRecords = 1024

// Log is the log of one partition. Offsets have no gaps.
type Log struct {
	Replication
	segments []segment `canon:"shared"` // by offset; none is empty
	start    int64
}

// segment is a run of records. What stands in it is never changed, so reads
// and copies of the log share it.
type segment struct {
	records      []api.Record
	maxTimestamp int64 `canon:"-"` // milliseconds
}

// New makes the empty log of the only broker, which leads it. With lags,
// records are committed only by CatchUp.
func New(leader int32, lags bool) Log { return Log{Replication: NewReplication(leader, lags)} }

// NewReplica makes the empty log of one broker of a cluster.
func NewReplica(self int32, rules Rules) Log { return Log{Replication: NewReplicaState(self, rules)} }

// Unhosted stands for a replica that a broker does not have.
func Unhosted() Log { return NewReplica(Nobody, Rules{}) }

// Start is the offset of the oldest record.
func (l *Log) Start() int64 { return l.start }

// Append copies records to the end of a leader's log and gives them their
// offsets and its epoch; the first one's is base. It tells whether they are
// committed at once.
func (l *Log) Append(now sim.Time, records []api.Record) (base int64, committed bool) {
	base = l.end
	l.add(records, l.leaderEpoch)
	return base, l.Appended(base+int64(len(records)), now)
}

// Replicate copies records that were fetched from the leader to the end of a
// follower's log. What was appended in a later epoch than the one that it was
// asked for in is left out (KAFKA-18723).
func (l *Log) Replicate(records []api.Record, epoch int32) {
	for len(records) > 0 && records[0].LeaderEpoch <= epoch {
		n := 1
		for n < len(records) && records[n].LeaderEpoch == records[0].LeaderEpoch {
			n++
		}
		l.add(records[:n], records[0].LeaderEpoch)
		l.Replicated(records[0].LeaderEpoch, records[0].Offset, records[n-1].Offset+1)
		records = records[n:]
	}
}

// add copies records to the end of the log, as appended in an epoch.
func (l *Log) add(records []api.Record, epoch int32) {
	offset := l.end
	for len(records) > 0 {
		s := l.open(len(records))
		n := min(len(records), segmentRecords-len(s.records))
		for _, r := range records[:n] {
			r.Offset, r.LeaderEpoch = offset, epoch
			offset++
			if len(s.records) == 0 || r.Timestamp > s.maxTimestamp {
				s.maxTimestamp = r.Timestamp
			}
			s.records = append(s.records, r)
		}
		records = records[n:]
	}
}

// Truncate drops all records from an offset on. What was read of them before
// stays as it was.
func (l *Log) Truncate(offset int64) {
	l.CutOff(offset)
	for i := len(l.segments) - 1; i >= 0; i-- {
		s := &l.segments[i]
		first := s.records[0].Offset
		if first < l.end {
			if keep := l.end - first; keep < int64(len(s.records)) {
				// Not in place: the old records may be shared.
				s.records = slices.Clone(s.records[:keep])
				s.maxTimestamp = newest(s.records)
			}
			return
		}
		l.segments = l.segments[:i]
	}
}

func newest(records []api.Record) (timestamp int64) {
	for i := range records {
		if i == 0 || records[i].Timestamp > timestamp {
			timestamp = records[i].Timestamp
		}
	}
	return timestamp
}

// open gives the segment to append to, with room for some of n records.
func (l *Log) open(n int) *segment {
	if last := len(l.segments) - 1; last >= 0 && len(l.segments[last].records) < segmentRecords {
		s := &l.segments[last]
		// The last growth stops at the full size instead of doubling past it.
		if want := len(s.records) + n; want > cap(s.records) && 2*want > segmentRecords {
			s.records = slices.Grow(s.records, segmentRecords-len(s.records))
		}
		return s
	}
	l.segments = append(l.segments, segment{records: make([]api.Record, 0, l.firstCap(n))})
	return &l.segments[len(l.segments)-1]
}

// firstCap keeps the logs of small worlds small.
func (l *Log) firstCap(n int) int {
	if len(l.segments) > 0 {
		return segmentRecords
	}
	return min(max(n, 8), segmentRecords)
}

// Read gives records from an offset on, before limit and at most n of them (0
// for any number). They are shared and must not be changed. There may be fewer
// than the log has: a read stops at the end of a segment. Outside of [start,
// end) there are none.
func (l *Log) Read(from, limit int64, n int) []api.Record {
	i, ok := l.segmentOf(from)
	if !ok || limit <= from {
		return nil
	}
	records := l.segments[i].records
	first := records[0].Offset
	records = records[from-first:]
	if room := limit - from; int64(len(records)) > room {
		records = records[:room]
	}
	if n > 0 && len(records) > n {
		records = records[:n]
	}
	return slices.Clip(records)
}

// segmentOf finds the segment that holds an offset.
func (l *Log) segmentOf(offset int64) (int, bool) {
	if offset < l.start || offset >= l.end {
		return 0, false
	}
	i, found := slices.BinarySearchFunc(l.segments, offset, func(s segment, offset int64) int {
		return int(min(max(s.records[0].Offset-offset, -1), 1))
	})
	if !found {
		i--
	}
	return i, true
}

// FirstAt finds the first record with a timestamp (milliseconds) or a later
// one (UnifiedLog.searchOffsetInLocalLog).
func (l *Log) FirstAt(timestamp int64) (r api.Record, ok bool) {
	for i := range l.segments {
		if l.segments[i].maxTimestamp < timestamp {
			continue
		}
		for _, r := range l.segments[i].records {
			if r.Timestamp >= timestamp && r.Offset >= l.start {
				return r, true
			}
		}
	}
	return api.Record{}, false
}

// Unshare makes the log, after its structure was copied, independent of the
// one it was copied from; records stay shared, for they do not change.
func (l *Log) Unshare() {
	l.Replication.Unshare()
	l.segments = slices.Clone(l.segments)
	if last := len(l.segments) - 1; last >= 0 {
		l.segments[last].records = slices.Clip(l.segments[last].records)
	}
}
