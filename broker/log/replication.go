package log

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// NoLeader stands for the leader of a partition that has none; Elsewhere is
// the broker of the copy that stands for all others in a world of one broker.
const (
	NoLeader  int32 = -1
	Elsewhere int32 = -2
)

// Rules are the settings of a broker that its replicas heed.
type Rules struct {
	MinInsyncReplicas int32    // min.insync.replicas
	LagTimeMax        sim.Time `canon:"abs"` // replica.lag.time.max.ms
}

// Replication is one broker's replica of a partition, all but its records. A
// record is committed, and may be read and answered for, when the high
// watermark is beyond it; the leader moves it when all replicas in sync have a
// record (Partition), a follower learns of it with its fetches.
type Replication struct {
	// Durable. Kafka writes the high watermark down every five seconds only.
	end           int64
	highWatermark int64
	epochs        epochs

	// What the broker knows of its part, which goes with its process.
	self           int32
	leader         int32
	leaderEpoch    int32 // -1 before the first image
	partitionEpoch int32
	isr            []int32    `canon:"shared"` // as the controller last said; of a leader
	proposed       []int32    `canon:"shared"` // asked of the controller and not answered yet
	followers      []Follower `canon:"shared"` // of a leader: the other replicas
	rules          Rules      `canon:"-"`
}

// Assignment is what an image says of a partition.
type Assignment struct {
	Leader         int32
	LeaderEpoch    int32
	PartitionEpoch int32
	Replicas       []int32
	ISR            []int32
}

// NewReplication makes the empty replica of the only broker: it leads from the
// first. With lags, another one trails it until CatchUp.
func NewReplication(self int32, lags bool) Replication {
	r := Replication{self: self, leader: self, isr: []int32{self}, epochs: epochs{{}}}
	if lags {
		r.isr = append(r.isr, Elsewhere)
		r.followers = []Follower{{Broker: Elsewhere}}
	}
	return r
}

// NewReplicaState makes an empty replica that does not know yet what it is.
func NewReplicaState(self int32, rules Rules) Replication {
	r := Replication{self: self, rules: rules}
	r.Forget()
	return r
}

// Nobody has the replica that is not there.
const Nobody int32 = -3

// Hosted tells whether there is a replica at all.
func (r *Replication) Hosted() bool { return r.self != Nobody }

// Forget is the end of the process: what is durable stays.
func (r *Replication) Forget() {
	r.leader, r.leaderEpoch, r.partitionEpoch = NoLeader, -1, -1
	r.isr, r.proposed, r.followers = nil, nil, nil
}

// End is the offset that the next record will get.
func (r *Replication) End() int64 { return r.end }

// HighWatermark is the offset up to which records are known to be committed.
func (r *Replication) HighWatermark() int64 { return r.highWatermark }

// Lagging tells whether there are records that are not known to be committed.
func (r *Replication) Lagging() bool { return r.highWatermark < r.end }

// Leads tells whether the broker takes itself for the leader.
func (r *Replication) Leads() bool { return r.leader == r.self }

// Leader is who leads as far as the broker knows.
func (r *Replication) Leader() int32 { return r.leader }

// Epoch is the leader epoch as far as the broker knows, from 0 on.
func (r *Replication) Epoch() int32 { return r.leaderEpoch }

// PartitionEpoch counts the controller's changes to the partition.
func (r *Replication) PartitionEpoch() int32 { return r.partitionEpoch }

// ISR is the leader's replicas in sync; it must not be changed.
func (r *Replication) ISR() []int32 { return r.isr }

// Proposed is the ISR that the controller was asked for; nil when none is.
func (r *Replication) Proposed() []int32 { return r.proposed }

// EpochStart is where the present leader epoch of a leader begins.
func (r *Replication) EpochStart() int64 {
	if !r.Leads() {
		return 0
	}
	return r.epochs[len(r.epochs)-1].Offset
}

// EpochAt is the leader epoch in which the record at an offset was appended.
func (r *Replication) EpochAt(offset int64) int32 { return r.epochs.at(offset) }

// LastEpoch is the newest epoch that the replica has heard of, -1 for none.
func (r *Replication) LastEpoch() int32 { return r.epochs.last() }

// EndOffsetFor gives the largest epoch up to one, and where it ends; both -1
// when that cannot be told.
func (r *Replication) EndOffsetFor(epoch int32) (found int32, end int64) {
	return r.epochs.endOffsetFor(epoch, r.end)
}

// CheckEpoch compares the leader epoch that a client knows, -1 for none, with
// the replica's (Partition.checkCurrentLeaderEpoch, KIP-320).
func (r *Replication) CheckEpoch(epoch int32) api.ErrorCode {
	switch {
	case epoch < 0 || epoch == r.leaderEpoch:
		return api.None
	case epoch < r.leaderEpoch:
		return api.FencedLeaderEpoch
	}
	return api.UnknownLeaderEpoch
}

// Lead makes the replica the leader as an image says; newEpoch tells that it
// was not so before in this epoch, moved that the high watermark moved
// (Partition.makeLeader). An image older than what the controller has
// confirmed changes nothing.
func (r *Replication) Lead(a *Assignment, now sim.Time) (newEpoch, moved bool) {
	if a.PartitionEpoch < r.partitionEpoch {
		return false, false
	}
	wasLeader := r.Leads()
	newEpoch = a.LeaderEpoch > r.leaderEpoch
	r.leader, r.partitionEpoch = r.self, a.PartitionEpoch
	r.isr, r.proposed = a.ISR, nil
	r.followers = followersOf(a, r.self, r.followers)
	if newEpoch {
		r.epochs = r.epochs.assign(EpochStart{a.LeaderEpoch, r.end})
		for i := range r.followers {
			f := &r.followers[i]
			f.reset(now, r.end, !wasLeader, slices.Contains(a.ISR, f.Broker))
		}
		r.leaderEpoch = a.LeaderEpoch
	}
	return newEpoch, r.Advance(now)
}

// Follow makes the replica a follower, or one without a leader
// (Partition.makeFollower).
func (r *Replication) Follow(a *Assignment) (newEpoch bool) {
	if a.PartitionEpoch < r.partitionEpoch {
		return false
	}
	newEpoch = a.LeaderEpoch > r.leaderEpoch
	r.leader, r.leaderEpoch, r.partitionEpoch = a.Leader, a.LeaderEpoch, a.PartitionEpoch
	r.isr, r.proposed, r.followers = nil, nil, nil
	return newEpoch
}

// NewEpoch makes the only broker lead in the next epoch.
func (r *Replication) NewEpoch() {
	r.leaderEpoch++
	r.epochs = r.epochs.assign(EpochStart{r.leaderEpoch, r.end})
}

// Appended notes that the leader's log ends at end now, and tells whether all
// of it is committed at once.
func (r *Replication) Appended(end int64, now sim.Time) (committed bool) {
	r.end = end
	r.Advance(now)
	return !r.Lagging()
}

// Replicated notes that a follower's log ends at end now, its last records
// being of an epoch that begins at first.
func (r *Replication) Replicated(epoch int32, first, end int64) {
	r.epochs = r.epochs.assign(EpochStart{epoch, first})
	r.end = end
}

// Learn is a follower's hearing of the leader's high watermark. It may go back:
// a new leader may know less (UnifiedLog.maybeUpdateHighWatermark).
func (r *Replication) Learn(highWatermark int64) {
	r.highWatermark = min(max(highWatermark, 0), r.end)
}

// CutOff drops all from an offset on (UnifiedLog.truncateTo).
func (r *Replication) CutOff(offset int64) {
	r.end = min(r.end, offset)
	r.highWatermark = min(r.highWatermark, r.end)
	// An epoch in which nothing was appended goes, too.
	r.epochs = r.epochs.truncate(r.end)
}

// Divergence is where a follower has to cut off its log, when the leader has
// answered that epoch ends at end (AbstractFetcherThread.getOffsetTruncationState).
func (r *Replication) Divergence(epoch int32, end int64) int64 {
	found, own := r.EndOffsetFor(epoch)
	switch {
	case end < 0:
		return r.highWatermark
	case epoch < 0 || own < 0:
		return min(end, r.end)
	case found != epoch:
		return min(own, r.end) // and what the leader says next will tell more
	}
	return min(own, end, r.end)
}

// Trailed tells whether a copy elsewhere has to catch up before anything is
// committed.
func (r *Replication) Trailed() bool {
	return len(r.followers) == 1 && r.followers[0].Broker == Elsewhere
}

// CatchUp is the catching up of the copy elsewhere. It tells whether the high
// watermark moved.
func (r *Replication) CatchUp() (moved bool) {
	for i := range r.followers {
		r.followers[i].End = r.end
	}
	return r.Advance(0)
}

// Advance moves a leader's high watermark to the least end of all replicas
// that are in sync, about to be, or as good as: but not while there are too
// few in sync (Partition.maybeIncrementLeaderHW).
func (r *Replication) Advance(now sim.Time) (moved bool) {
	if !r.Leads() || r.UnderMinISR() {
		return false
	}
	least := r.end
	for i := range r.followers {
		f := &r.followers[i]
		if f.End < least && (r.counts(f.Broker) || f.eligible && f.caughtUp(r.end, now, r.rules.LagTimeMax)) {
			least = f.End
		}
	}
	if least <= r.highWatermark {
		return false
	}
	r.highWatermark = least
	return true
}

// counts tells whether a replica is in the maximal ISR (KIP-497): in sync, or
// asked to be.
func (r *Replication) counts(broker int32) bool {
	return slices.Contains(r.isr, broker) || slices.Contains(r.proposed, broker)
}

// UnderMinISR tells whether too few replicas are in sync for acks=-1
// (Partition.effectiveMinIsr: never more than there are replicas).
func (r *Replication) UnderMinISR() bool {
	return len(r.isr) < min(int(r.rules.MinInsyncReplicas), len(r.followers)+1)
}

// Reached tells whether all before an offset is committed, and if that was
// safe; or that the broker does not lead any more
// (Partition.checkEnoughReplicasReachOffset).
func (r *Replication) Reached(offset int64) (done bool, err api.ErrorCode) {
	maximal := len(r.isr)
	if len(r.proposed) > maximal {
		maximal = len(r.proposed)
	}
	switch {
	case !r.Leads():
		return true, api.NotLeaderOrFollower
	case r.highWatermark < offset:
		return false, api.None
	case maximal < min(int(r.rules.MinInsyncReplicas), len(r.followers)+1):
		return true, api.NotEnoughReplicasAfter
	}
	return true, api.None
}

// Unshare gives the replica memory of its own, after the structure was copied.
// Lists of brokers never change in place.
func (r *Replication) Unshare() {
	r.epochs = slices.Clone(r.epochs)
	r.followers = slices.Clone(r.followers)
}
