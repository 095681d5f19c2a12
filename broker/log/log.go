// Package log is the log of one partition as its leader holds it: records in
// memory, the ends of its copies, its leader epochs. It follows UnifiedLog and
// Partition of Kafka's storage, without files, indexes and bytes.
package log

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
)

// segmentRecords is how many records share one piece of memory. Only the
// newest segment grows; a read never goes across two, as in Kafka.
const segmentRecords = 1024

// Log is the log of one partition. Offsets have no gaps.
type Log struct {
	Replication
	segments []segment `canon:"shared"` // by offset; none is empty
	start    int64
	end      int64
}

// segment is a run of records. What stands in it is never changed, so reads
// and copies of the log share it.
type segment struct {
	records      []api.Record
	maxTimestamp int64 `canon:"-"` // milliseconds
}

// New makes an empty log whose leader is a broker. With lags, records are
// committed only by CatchUp.
func New(leader int32, lags bool) Log { return Log{Replication: NewReplication(leader, lags)} }

// Start is the offset of the oldest record.
func (l *Log) Start() int64 { return l.start }

// End is the offset that the next record will get.
func (l *Log) End() int64 { return l.end }

// Append copies records to the end of the log and gives them their offsets;
// the first one's is base. It tells whether they are committed at once.
func (l *Log) Append(records []api.Record) (base int64, committed bool) {
	base = l.end
	for len(records) > 0 {
		s := l.open(len(records))
		n := min(len(records), segmentRecords-len(s.records))
		for _, r := range records[:n] {
			r.Offset = l.end
			l.end++
			if len(s.records) == 0 || r.Timestamp > s.maxTimestamp {
				s.maxTimestamp = r.Timestamp
			}
			s.records = append(s.records, r)
		}
		records = records[n:]
	}
	return base, l.Appended(l.end)
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
