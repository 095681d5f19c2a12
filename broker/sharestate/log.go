package sharestate

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/log"
)

// stateLog is the replica of the partition of __share_group_state that backs
// the coordinator. Unlike __consumer_offsets it is not compacted: its beginning
// goes when nothing there counts any more.
type stateLog struct {
	log.Replication `canon:"-"`
	records         []Record `canon:"-"` // by offset, without gaps
	end             int64    `canon:"-"`
	pruneAt         int      `canon:"-"` // how long the log may grow before its beginning goes
}

// minPrune keeps short logs whole: people read them.
const minPrune = 1024

func newStateLog(broker int32, lags bool) stateLog {
	return stateLog{Replication: log.NewReplication(broker, lags), pruneAt: minPrune}
}

// append gives a record its offset and adds it.
func (l *stateLog) append(r *Record) {
	r.Offset = l.end
	l.end++
	l.records = append(l.records, *r)
	l.Appended(l.end, 0)
	if len(l.records) > l.pruneAt {
		l.prune()
	}
}

// prune drops what is committed and before the last committed snapshot of
// every share partition that there is
// (ShareCoordinatorOffsetsManager.lastRedundantOffset). One that is deleted
// holds up nothing (KAFKA-19695).
func (l *stateLog) prune() {
	last := map[Key]int64{}
	for i := range l.records {
		switch r := &l.records[i]; {
		case r.Offset >= l.HighWatermark() || r.Type != Snapshot:
		case r.Tombstone:
			delete(last, r.Key)
		default:
			last[r.Key] = r.Offset
		}
	}
	needed := l.HighWatermark()
	//ordered: the least of all
	for _, offset := range last {
		needed = min(needed, offset)
	}
	from, _ := slices.BinarySearchFunc(l.records, needed, func(r Record, offset int64) int { return int(r.Offset - offset) })
	l.records = slices.Clone(l.records[from:])
	l.pruneAt = 2*len(l.records) + minPrune
}

// unshare makes the log, after its structure was copied, independent of the
// one it was copied from.
func (l *stateLog) unshare() {
	l.Replication.Unshare()
	l.records = slices.Clip(l.records)
}
