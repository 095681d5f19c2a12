package group

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/log"
)

// offsetsLog is a replica of the partition of __consumer_offsets that backs the
// coordinator. While the only broker's coordinator is active the log is no part
// of its identity: the durable state says the same, in one way only (see
// Coordinator.AppendHidden).
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
	committed = l.Appended(l.end, 0)
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

// Batch is a run of the log as replicas send it to each other. Compaction may
// have left gaps, also at its end.
type Batch struct {
	Records []Record
	Epochs  []log.EpochStart // leader epochs, by the first offset of the run in each
	End     int64
}

// read gives all from an offset on.
func (l *offsetsLog) read(from int64) *Batch {
	i, _ := slices.BinarySearchFunc(l.records, from, func(r Record, offset int64) int { return int(min(max(r.Offset-offset, -1), 1)) })
	b := &Batch{Records: slices.Clip(l.records[i:]), End: l.end}
	for at := from; at < l.end; at++ {
		if e := l.EpochAt(at); len(b.Epochs) == 0 || b.Epochs[len(b.Epochs)-1].Epoch != e {
			b.Epochs = append(b.Epochs, log.EpochStart{Epoch: e, Offset: at})
		}
	}
	return b
}

// replicate adds what was fetched from the leader in an epoch, but for what
// was appended in a later one.
func (l *offsetsLog) replicate(b *Batch, epoch int32) {
	for i, e := range b.Epochs {
		if e.Epoch > epoch {
			break
		}
		end := b.End
		if i+1 < len(b.Epochs) {
			end = b.Epochs[i+1].Offset
		}
		for j := range b.Records {
			if r := &b.Records[j]; r.Offset >= e.Offset && r.Offset < end {
				l.records = append(l.records, *r)
			}
		}
		l.end = end
		l.Replicated(e.Epoch, e.Offset, end)
	}
}

// truncate drops all from an offset on. Copies that share the records keep
// theirs.
func (l *offsetsLog) truncate(offset int64) {
	l.CutOff(offset)
	l.end = l.End()
	n := len(l.records)
	for n > 0 && l.records[n-1].Offset >= l.end {
		n--
	}
	l.records = slices.Clip(l.records[:n])
}

// unshare makes the log, after its structure was copied, independent of the
// one it was copied from.
func (l *offsetsLog) unshare() {
	l.Replication.Unshare()
	l.records = slices.Clip(l.records)
}
