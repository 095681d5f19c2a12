package broker

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/controller"
	"github.com/groundhogsim/groundhog/broker/log"
	"github.com/groundhogsim/groundhog/sim"
)

// Fetch (key 1): KafkaApis.handleFetchRequest, ReplicaManager.fetchMessages,
// DelayedFetch. No transactions yet: the last stable offset is the high
// watermark, and the isolation levels are one.

// TimerFetch goes off when a fetch has waited for its MaxWaitMs.
const TimerFetch = "fetch-wait" // CONNECTION

// parkedFetch waits for enough records to be committed.
type parkedFetch struct {
	conn    sim.Conn
	request *api.FetchRequest `canon:"shared"`
}

// What a fetch counts as bytes beside keys and values: Kafka's record batch
// (one a partition is assumed) and the least of a record in it.
const (
	batchOverhead  = 61
	recordOverhead = 7
)

func (b *Broker) fetch(fx *sim.Effects, c sim.Conn, r *api.FetchRequest) {
	if r.ReplicaID > 0 && b.member != nil {
		b.noteFollower(fx, r)
	}
	if r.MaxWaitMs <= 0 || b.satisfies(r) {
		b.reply(fx, c, b.read(r))
		return
	}
	fx.SetTimer(TimerFetch, b.connection(fx, c).key, sim.Time(r.MaxWaitMs)*sim.Millisecond)
	b.live.fetches = append(b.live.fetches, parkedFetch{c, r})
}

// satisfies tells whether there is something to answer now: enough records, or
// an error, or an offset beyond the high watermark (DelayedFetch.tryComplete).
// Partitions that do not exist are answered for, but hurry nothing unless there
// are no others.
func (b *Broker) satisfies(r *api.FetchRequest) bool {
	exist, bytes := 0, int64(0)
	for i := range r.Partitions {
		p := &r.Partitions[i]
		l := b.fetchable(r, p.TopicPartition)
		if l == nil {
			if b.missing(p.TopicPartition) == api.NotLeaderOrFollower {
				return true
			}
			continue
		}
		exist++
		hw := fetchLimit(r, l)
		if checkFetch(l, r, p) != api.None || p.FetchOffset < 0 || p.FetchOffset > hw || diverging(l, p) != nil {
			return true
		}
		if p.FetchOffset == hw {
			continue
		}
		if r.MinBytes <= 1 || r.ReplicaID > 0 || p.FetchOffset < b.startOf(p.TopicPartition) {
			return true
		}
		bytes += batchOverhead
		for _, rec := range b.partition(p.TopicPartition).Read(p.FetchOffset, hw, int(r.MaxRecords)) {
			bytes += recordOverhead + int64(len(rec.Key)) + int64(len(rec.Value))
		}
	}
	return exist == 0 || bytes >= int64(r.MinBytes)
}

// read gives what there is.
func (b *Broker) read(r *api.FetchRequest) *api.FetchResponse {
	a := &api.FetchResponse{Partitions: make([]api.FetchPartitionResponse, len(r.Partitions))}
	for i := range r.Partitions {
		p := &r.Partitions[i]
		a.Partitions[i] = b.readFrom(r, p)
	}
	return a
}

// fetchable finds what a Fetch can read: followers also __consumer_offsets.
func (b *Broker) fetchable(r *api.FetchRequest, p api.TopicPartition) *log.Replication {
	if r.ReplicaID > 0 && b.member != nil {
		return b.replica(p)
	}
	if l := b.partition(p); l != nil {
		return &l.Replication
	}
	return nil
}

// fetchLimit is up to where a Fetch may read: followers to the end.
func fetchLimit(r *api.FetchRequest, l *log.Replication) int64 {
	if r.ReplicaID > 0 {
		return l.End()
	}
	return l.HighWatermark()
}

// onlyLeader tells whether a follower may not answer: from version 11 on
// consumers are served by any replica (KIP-392, FetchParams.fetchOnlyLeader).
func onlyLeader(r *api.FetchRequest) bool { return r.ReplicaID > 0 || r.APIVersion < 11 }

// checkFetch tells why a replica does not answer (Partition.localLogWithEpochOrThrow,
// followerReplicaOrThrow).
func checkFetch(l *log.Replication, r *api.FetchRequest, p *api.FetchPartition) api.ErrorCode {
	if err := l.CheckEpoch(p.CurrentLeaderEpoch); err != api.None {
		return err
	}
	switch {
	case onlyLeader(r) && !l.Leads():
		return api.NotLeaderOrFollower
	case r.ReplicaID <= 0 || l.Follower(r.ReplicaID-1) != nil:
		return api.None
	case p.CurrentLeaderEpoch >= 0: // no replica that this leader has heard of yet
		return api.UnknownLeaderEpoch
	}
	return api.NotLeaderOrFollower
}

// diverging tells where the log that somebody has read and this one part, nil
// if nowhere; an end of -1 if it cannot be told (Partition.readRecords).
func diverging(l *log.Replication, p *api.FetchPartition) *api.EpochEndOffset {
	if p.LastFetchedEpoch < 0 {
		return nil
	}
	epoch, end := l.EndOffsetFor(p.LastFetchedEpoch)
	if epoch >= p.LastFetchedEpoch && end >= p.FetchOffset {
		return nil
	}
	return &api.EpochEndOffset{TopicPartition: p.TopicPartition, LeaderEpoch: epoch, EndOffset: end}
}

// readFrom reads one partition. An error says nothing about offsets
// (LogReadResult).
func (b *Broker) readFrom(r *api.FetchRequest, p *api.FetchPartition) api.FetchPartitionResponse {
	out := api.FetchPartitionResponse{
		TopicPartition: p.TopicPartition, HighWatermark: -1, LastStableOffset: -1, LogStartOffset: -1,
	}
	l := b.fetchable(r, p.TopicPartition)
	if l == nil {
		out.ErrorCode = b.missing(p.TopicPartition)
		return out
	}
	if out.ErrorCode = checkFetch(l, r, p); out.ErrorCode != api.None {
		return out
	}
	d := diverging(l, p)
	if d != nil && d.EndOffset < 0 || d == nil && p.FetchOffset > l.End() || p.FetchOffset < b.startOf(p.TopicPartition) {
		out.ErrorCode = api.OffsetOutOfRange
		return out
	}
	hw := l.HighWatermark()
	out.HighWatermark, out.LastStableOffset, out.LogStartOffset = hw, hw, b.startOf(p.TopicPartition)
	switch {
	case d != nil:
		out.DivergingEpoch = d
	case p.Topic == controller.OffsetsTopic:
		out.Batch = b.shards[p.Partition].ReadLog(p.FetchOffset)
	default:
		out.Records = b.partition(p.TopicPartition).Read(p.FetchOffset, fetchLimit(r, l), max(int(r.MaxRecords), 0))
	}
	return out
}

// startOf is where a log begins; __consumer_offsets is only ever compacted.
func (b *Broker) startOf(p api.TopicPartition) int64 {
	if p.Topic == controller.OffsetsTopic {
		return 0
	}
	return b.partition(p).Start()
}

// checkFetches answers those that are satisfied by now.
func (b *Broker) checkFetches(fx *sim.Effects) {
	b.live.fetches = slices.DeleteFunc(b.live.fetches, func(f parkedFetch) bool {
		if !b.satisfies(f.request) {
			return false
		}
		b.endFetch(fx, &f)
		return true
	})
	if len(b.live.fetches) == 0 {
		b.live.fetches = nil
	}
}

func (b *Broker) endFetch(fx *sim.Effects, f *parkedFetch) {
	fx.StopTimer(TimerFetch, b.connection(fx, f.conn).key)
	b.reply(fx, f.conn, b.read(f.request))
}

// expireFetch answers with what there is.
func (b *Broker) expireFetch(fx *sim.Effects, key string) {
	for i := range b.live.fetches {
		f := b.live.fetches[i]
		if b.connection(fx, f.conn).key == key {
			b.live.fetches = slices.Delete(b.live.fetches, i, i+1)
			b.reply(fx, f.conn, b.read(f.request))
			return
		}
	}
}

// checkParked answers what waited for a high watermark that has moved.
func (b *Broker) checkParked(fx *sim.Effects) {
	b.checkProduces(fx)
	b.checkFetches(fx)
}

// dropParked drops what waits on a connection that is gone.
func (b *Broker) dropParked(fx *sim.Effects, c sim.Conn) {
	key := b.connection(fx, c).key
	b.live.fetches = slices.DeleteFunc(b.live.fetches, func(f parkedFetch) bool {
		if f.conn == c {
			fx.StopTimer(TimerFetch, key)
		}
		return f.conn == c
	})
	b.live.produces = slices.DeleteFunc(b.live.produces, func(p parkedProduce) bool {
		if p.conn == c && p.expires {
			fx.StopTimer(TimerProduce, key)
		}
		return p.conn == c
	})
}
