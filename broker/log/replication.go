package log

import "slices"

// Replica is what the leader knows of one copy of a partition. All are
// offsets: End of the next record that it will get, HighWatermark up to which
// it knows records to be committed.
type Replica struct {
	Broker        int32
	End           int64
	HighWatermark int64
	Epoch         int32 // the leader epoch that it follows
}

// EpochStart says where in a log a leader epoch begins.
type EpochStart struct {
	Epoch  int32
	Offset int64
}

// Elsewhere is the broker of the copy that stands for all others while there
// is but one broker.
const Elsewhere int32 = -1

// Replication is how far the copies of a partition are. A record is committed,
// and may be read and answered for, when all copies in sync have it (Kafka's
// Partition.maybeIncrementLeaderHW). The leader's copy is the first.
type Replication struct {
	replicas []Replica    `canon:"shared"` // until Unshare
	epochs   []EpochStart `canon:"shared"` // oldest first; only epochs that have records, and the present one
}

// NewReplication makes the copies of an empty partition. With lags, a second
// one trails the leader until CatchUp.
func NewReplication(leader int32, lags bool) Replication {
	r := Replication{replicas: []Replica{{Broker: leader}}, epochs: []EpochStart{{}}}
	if lags {
		r.replicas = append(r.replicas, Replica{Broker: Elsewhere})
	}
	return r
}

// Appended notes that the leader's log ends at end now. It tells whether all
// of it is committed at once.
func (r *Replication) Appended(end int64) (committed bool) {
	r.replicas[0].End = end
	r.settle()
	return !r.Lagging()
}

// CatchUp makes the other copies as long as the leader's. It tells whether the
// high watermark moved.
func (r *Replication) CatchUp() (moved bool) {
	before := r.HighWatermark()
	for i := range r.replicas[1:] {
		f := &r.replicas[1+i]
		f.End, f.Epoch = r.replicas[0].End, r.replicas[0].Epoch
	}
	r.settle()
	return r.HighWatermark() != before
}

// settle sets the high watermark to the least end of all copies.
func (r *Replication) settle() {
	least := r.replicas[0].End
	for i := range r.replicas[1:] {
		least = min(least, r.replicas[1+i].End)
	}
	for i := range r.replicas {
		r.replicas[i].HighWatermark = max(r.replicas[i].HighWatermark, least)
	}
}

// HighWatermark is the offset up to which records are committed.
func (r *Replication) HighWatermark() int64 { return r.replicas[0].HighWatermark }

// Lagging tells whether the log has records that are not committed.
func (r *Replication) Lagging() bool { return r.replicas[0].HighWatermark < r.replicas[0].End }

// Epoch is the present leader epoch, from 0 on.
func (r *Replication) Epoch() int32 { return r.replicas[0].Epoch }

// NewEpoch begins the next leader epoch at the end of the log.
func (r *Replication) NewEpoch() {
	l := &r.replicas[0]
	l.Epoch++
	if last := &r.epochs[len(r.epochs)-1]; last.Offset == l.End {
		last.Epoch = l.Epoch
	} else {
		r.epochs = append(r.epochs, EpochStart{l.Epoch, l.End})
	}
}

// EpochStart is where the present leader epoch begins.
func (r *Replication) EpochStart() int64 { return r.epochs[len(r.epochs)-1].Offset }

// EpochAt is the leader epoch in which the record at an offset was appended.
func (r *Replication) EpochAt(offset int64) int32 {
	for i := len(r.epochs) - 1; i > 0; i-- {
		if r.epochs[i].Offset <= offset {
			return r.epochs[i].Epoch
		}
	}
	return r.epochs[0].Epoch
}

// Unshare gives the copies memory of their own, after the structure was copied.
func (r *Replication) Unshare() {
	r.replicas = slices.Clone(r.replicas)
	r.epochs = slices.Clone(r.epochs)
}
