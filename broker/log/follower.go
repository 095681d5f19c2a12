package log

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// Follower is what a leader knows of another replica (Kafka's Replica).
type Follower struct {
	Broker      int32
	End         int64    // -1 before its first fetch
	BrokerEpoch int64    // of the broker's registration that fetched; -1 before
	leaderEnd   int64    // the leader's end at its last fetch
	fetched     sim.Time `canon:"rel"`
	upToDate    sim.Time `canon:"rel"` // when it last had all there was
	eligible    bool     // the controller would let it into the ISR
}

// longAgo is before any lag that is allowed.
const longAgo sim.Time = -1 << 60

func followersOf(a *Assignment, self int32, known []Follower) []Follower {
	fs := make([]Follower, 0, len(a.Replicas))
	for _, b := range a.Replicas {
		if b == self {
			continue
		}
		if i := slices.IndexFunc(known, func(f Follower) bool { return f.Broker == b }); i >= 0 {
			fs = append(fs, known[i])
		} else {
			fs = append(fs, Follower{Broker: b, End: -1, BrokerEpoch: -1, leaderEnd: -1, fetched: longAgo, upToDate: longAgo})
		}
	}
	return fs
}

// reset begins a leader epoch: who is in sync is given time to show it
// (Replica.resetReplicaState).
func (f *Follower) reset(now sim.Time, leaderEnd int64, newLeader, inSync bool) {
	f.upToDate = longAgo
	if inSync {
		f.upToDate = now
	}
	if newLeader {
		f.End, f.BrokerEpoch, f.leaderEnd, f.fetched = -1, -1, -1, longAgo
		return
	}
	f.leaderEnd, f.fetched = leaderEnd, f.upToDate
}

func (f *Follower) caughtUp(leaderEnd int64, now, lag sim.Time) bool {
	return f.End == leaderEnd || now-f.upToDate <= lag
}

// Follower looks up another replica; nil when it is none.
func (r *Replication) Follower(broker int32) *Follower {
	for i := range r.followers {
		if r.followers[i].Broker == broker {
			return &r.followers[i]
		}
	}
	return nil
}

// SetEligible notes whether a replica may join the ISR: it is not fenced and
// not shutting down, and the broker that fetches is the one that is registered
// under epoch (Partition.isReplicaIsrEligible).
func (r *Replication) SetEligible(broker int32, alive bool, epoch int64) {
	if f := r.Follower(broker); f != nil {
		f.eligible = alive && f.BrokerEpoch >= 0 && f.BrokerEpoch == epoch
	}
}

// Fetched notes that a follower asks for what comes at an offset, and so has
// all before it (Partition.updateFollowerFetchState).
func (r *Replication) Fetched(f *Follower, offset, brokerEpoch int64, now sim.Time) {
	switch {
	case offset >= r.end:
		f.upToDate = max(f.upToDate, now)
	case offset >= f.leaderEnd:
		f.upToDate = max(f.upToDate, f.fetched)
	}
	f.End, f.BrokerEpoch = offset, brokerEpoch
	f.leaderEnd, f.fetched = max(r.end, f.leaderEnd), now
}

// Expand proposes an ISR with a follower that has caught up; nil when it has
// not, or another proposal is under way (Partition.maybeExpandIsr).
func (r *Replication) Expand(f *Follower) []int32 {
	if r.proposed != nil || !r.Leads() || !f.eligible || slices.Contains(r.isr, f.Broker) ||
		f.End < r.highWatermark || f.End < r.EpochStart() {
		return nil
	}
	r.proposed = append(slices.Clone(r.isr), f.Broker)
	return r.proposed
}

// Shrink proposes an ISR without those that have not had all there is for too
// long; nil when there are none (Partition.maybeShrinkIsr).
func (r *Replication) Shrink(now sim.Time) []int32 {
	if r.proposed != nil || !r.Leads() {
		return nil
	}
	kept := slices.DeleteFunc(slices.Clone(r.isr), func(b int32) bool {
		f := r.Follower(b)
		return b != r.self && (f == nil || !f.caughtUp(r.end, now, r.rules.LagTimeMax))
	})
	if len(kept) == len(r.isr) {
		return nil
	}
	r.proposed = kept
	return kept
}

// Altered is the controller's answer to a proposal. It tells whether the high
// watermark moved (Partition.handleAlterPartitionUpdate and -Error). After most
// errors the proposal stands until an image tells what is true.
func (r *Replication) Altered(err api.ErrorCode, a *Assignment, now sim.Time) (moved bool) {
	switch {
	case r.proposed == nil:
		return false
	case err == api.IneligibleReplica || err == api.OperationNotAttempted || err == api.StaleBrokerEpoch:
		r.proposed = nil
		return false
	case err != api.None || a.LeaderEpoch != r.leaderEpoch || a.PartitionEpoch < r.partitionEpoch:
		return false
	}
	r.isr, r.proposed, r.partitionEpoch = a.ISR, nil, a.PartitionEpoch
	return r.Advance(now)
}
