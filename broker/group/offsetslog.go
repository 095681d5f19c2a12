package group

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/log"
)

// offsetsLog is the partition of __consumer_offsets that backs the coordinator.
// While the coordinator is active the log is no part of its identity: the
// durable state says the same, in one way only (see Coordinator.Encode).
type offsetsLog struct {
	log.Replication `canon:"-"`
	records         []Record `canon:"-"` // by offset; compaction leaves gaps
	end             int64    `canon:"-"`
	// compactAt is how long the log may grow before superseded records go.
	compactAt int `canon:"-"`
}

// minCompact keeps short logs whole: people read them.
const minCompact = 1024

func newOffsetsLog(leader int32, lags bool) offsetsLog {
	return offsetsLog{Replication: log.NewReplication(leader, lags), compactAt: minCompact}
}

// append gives a record its offset and adds it. It tells whether it is
// committed at once.
func (l *offsetsLog) append(r *Record) (committed bool) {
	r.Offset = l.end
	l.end++
	l.records = append(l.records, *r)
	committed = l.Appended(l.end)
	if len(l.records) > l.compactAt {
		l.compact()
	}
	return committed
}

// compact drops committed records that a later committed one supersedes, and
// committed tombstones. What replaying the log gives stays the same (I-O3).
func (l *offsetsLog) compact() {
	last := make(map[Key]int64, len(l.records)/2)
	for i := range l.records {
		if r := &l.records[i]; r.Offset < l.HighWatermark() {
			last[r.Key] = r.Offset
		}
	}
	kept := make([]Record, 0, len(last)+minCompact)
	for i := range l.records {
		r := &l.records[i]
		if r.Offset >= l.HighWatermark() || last[r.Key] == r.Offset && !r.Tombstone {
			kept = append(kept, *r)
		}
	}
	l.records = kept
	l.compactAt = 2*len(kept) + minCompact
}

// unshare makes the log, after its structure was copied, independent of the
// one it was copied from.
func (l *offsetsLog) unshare() {
	l.Replication.Unshare()
	l.records = slices.Clip(l.records)
}
