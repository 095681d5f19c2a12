package broker

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/controller"
	"github.com/groundhogsim/groundhog/broker/group"
	"github.com/groundhogsim/groundhog/broker/log"
	"github.com/groundhogsim/groundhog/sim"
)

// How a follower gets its records (AbstractFetcherThread, ReplicaFetcherThread):
// one fetcher for each leader sends a Fetch for all partitions that it leads,
// and the next one ReplicationDelay after the answer. That it goes on is the
// timer group.TimerReplicate of the follower, with the leader's name.

// fetchTimeout is how long a fetcher waits for an answer (replica.socket.timeout.ms).
const fetchTimeout = 30 * sim.Second

// fetchRecords is how many records a follower takes of a partition at a time:
// the model's measure in place of replica.fetch.max.bytes.
const fetchRecords = 500

// fetcher is a follower's fetching from one leader.
type fetcher struct {
	armed bool     // its timer is
	under bool     // a Fetch is under way
	link  sim.Conn // that it was sent on
	asked []api.FetchPartition
}

// pause is a partition that is not fetched for a while, or until its leader
// changes.
type pause struct {
	api.TopicPartition
	until sim.Time `canon:"rel"`
}

// fetchLane is that on which a broker's fetcher asks a leader.
func (b *Broker) fetchLane(leader int32) sim.Lane {
	if b.member.nodes[b.id] < b.member.nodes[leader] {
		return laneOfFirst
	}
	return laneOfSecond
}

// isFetchLink tells whether a connection is that of the broker's own fetcher.
func (b *Broker) isFetchLink(c sim.Conn) (leader int32, ok bool) {
	i := slices.Index(b.member.nodes, c.Peer)
	if i < 0 {
		return 0, false
	}
	return int32(i), c.Lane == b.fetchLane(int32(i))
}

func (b *Broker) leaderNode(fx *sim.Effects, leader int32) string {
	return fx.Name(b.member.nodes[leader])
}

// wakeFetcher lets a fetcher go on, if it does nothing and there is something
// to fetch.
func (b *Broker) wakeFetcher(fx *sim.Effects, leader int32, after sim.Time) {
	f := &b.member.live.fetchers[leader]
	if f.under || f.armed {
		return
	}
	if wait, any := b.nextFetch(fx, leader); any {
		f.armed = true
		fx.SetTimer(group.TimerReplicate, b.leaderNode(fx, leader), max(wait, after))
	}
}

// nextFetch tells whether a broker leads anything that this one follows, and
// how long all of that pauses.
func (b *Broker) nextFetch(fx *sim.Effects, leader int32) (wait sim.Time, any bool) {
	wait = sim.Never
	if leader == b.id || !b.member.live.image.Alive(leader) {
		return 0, false
	}
	b.forReplicas(func(p api.TopicPartition, r *log.Replication) {
		if r.Leader() == leader {
			if until := b.pausedUntil(p); until != sim.Never {
				wait = min(wait, max(until-fx.Now(), 0))
			}
		}
	})
	return wait, wait != sim.Never
}

func (b *Broker) pausedUntil(p api.TopicPartition) sim.Time {
	for i := range b.member.live.waits {
		if w := &b.member.live.waits[i]; w.TopicPartition == p {
			return w.until
		}
	}
	return 0
}

func (b *Broker) pausePartition(p api.TopicPartition, until sim.Time) {
	b.resumePartition(p)
	b.member.live.waits = append(b.member.live.waits, pause{p, until})
}

func (b *Broker) resumePartition(p api.TopicPartition) {
	b.member.live.waits = slices.DeleteFunc(b.member.live.waits, func(w pause) bool { return w.TopicPartition == p })
	if len(b.member.live.waits) == 0 {
		b.member.live.waits = nil
	}
}

// fetchFrom is the fetcher's timer: it fetches, or gives up on an answer that
// does not come.
func (b *Broker) fetchFrom(fx *sim.Effects, name string) {
	leader := slices.IndexFunc(b.member.nodes, func(n sim.NodeID) bool { return fx.Name(n) == name })
	if leader < 0 || int32(leader) == b.id {
		return
	}
	f := &b.member.live.fetchers[leader]
	f.armed = false
	if f.under {
		fx.Hangup(f.link)
		f.under, f.asked = false, nil
	}
	r := &api.FetchRequest{
		Header: api.Header{APIVersion: 18}, MaxWaitMs: b.rules.ReplicaFetchWaitMaxMs, MinBytes: 1, MaxRecords: fetchRecords,
		ReplicaID: b.id + 1, ReplicaEpoch: b.member.live.epoch,
	}
	b.forReplicas(func(p api.TopicPartition, l *log.Replication) {
		if until := b.pausedUntil(p); l.Leader() == int32(leader) && until <= fx.Now() {
			r.Partitions = append(r.Partitions, api.FetchPartition{
				TopicPartition: p, CurrentLeaderEpoch: l.Epoch(), FetchOffset: l.End(), LastFetchedEpoch: l.LastEpoch(),
			})
		}
	})
	if len(r.Partitions) == 0 || !b.member.live.image.Alive(int32(leader)) {
		b.wakeFetcher(fx, int32(leader), 0)
		return
	}
	f.under, f.asked = true, r.Partitions
	f.link = fx.Send(b.member.nodes[leader], b.fetchLane(int32(leader)), r)
	f.armed = true
	fx.SetTimer(group.TimerReplicate, name, fetchTimeout)
}

// idleFetcher makes a fetcher idle.
func (b *Broker) idleFetcher(fx *sim.Effects, leader int32) {
	f := &b.member.live.fetchers[leader]
	f.under, f.asked, f.armed = false, nil, false
	fx.StopTimer(group.TimerReplicate, b.leaderNode(fx, leader))
}

// fetchLost is the end of a fetcher's connection.
func (b *Broker) fetchLost(fx *sim.Effects, leader int32, c sim.Conn) {
	if f := &b.member.live.fetchers[leader]; f.under && f.link == c {
		b.idleFetcher(fx, leader)
		b.wakeFetcher(fx, leader, ms(b.rules.ReplicaFetchBackoffMs))
	}
}

// fetched takes a leader's answer.
func (b *Broker) fetched(fx *sim.Effects, leader int32, c sim.Conn, m sim.Message) {
	f := &b.member.live.fetchers[leader]
	r, ok := m.(*api.FetchResponse)
	if !ok || !f.under || f.link != c || len(r.Partitions) != len(f.asked) {
		return
	}
	for i := range r.Partitions {
		b.take(fx, &f.asked[i], &r.Partitions[i])
	}
	b.idleFetcher(fx, leader)
	b.wakeFetcher(fx, leader, b.settings.ReplicationDelay)
}

// take applies what was fetched of one partition, if it still follows as it
// did when it asked (AbstractFetcherThread.processFetchRequest).
func (b *Broker) take(fx *sim.Effects, q *api.FetchPartition, a *api.FetchPartitionResponse) {
	l := b.replica(q.TopicPartition)
	if l == nil || l.Leads() || l.Epoch() != q.CurrentLeaderEpoch || l.End() != q.FetchOffset {
		return
	}
	switch {
	case a.ErrorCode == api.FencedLeaderEpoch:
		// The leader has heard of a newer epoch: so will this broker.
		b.pausePartition(q.TopicPartition, sim.Never)
	case a.ErrorCode != api.None:
		b.pausePartition(q.TopicPartition, fx.Now()+ms(b.rules.ReplicaFetchBackoffMs))
	case a.DivergingEpoch != nil:
		b.truncate(q.TopicPartition, l.Divergence(a.DivergingEpoch.LeaderEpoch, a.DivergingEpoch.EndOffset))
	default:
		b.extend(q, a)
		l.Learn(a.HighWatermark)
		b.moved = true
	}
}

func (b *Broker) truncate(p api.TopicPartition, offset int64) {
	if p.Topic == controller.OffsetsTopic {
		b.shards[p.Partition].Truncate(offset)
	} else {
		b.partition(p).Truncate(offset)
	}
}

func (b *Broker) extend(q *api.FetchPartition, a *api.FetchPartitionResponse) {
	if q.Topic != controller.OffsetsTopic {
		b.partition(q.TopicPartition).Replicate(a.Records, q.CurrentLeaderEpoch)
	} else if batch, ok := a.Batch.(*group.Batch); ok {
		b.shards[q.Partition].Replicate(batch, q.CurrentLeaderEpoch)
	}
}
