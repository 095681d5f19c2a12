package broker

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
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
		l := b.partition(p.TopicPartition)
		if l == nil {
			continue
		}
		exist++
		hw := l.HighWatermark()
		if checkEpoch(l, p.CurrentLeaderEpoch) != api.None || p.FetchOffset < l.Start() || p.FetchOffset > hw {
			return true
		}
		if p.FetchOffset == hw {
			continue
		}
		if r.MinBytes <= 1 {
			return true
		}
		bytes += batchOverhead
		for _, rec := range l.Read(p.FetchOffset, hw, int(r.MaxRecords)) {
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
		a.Partitions[i] = readFrom(b.partition(p.TopicPartition), p, int(r.MaxRecords))
	}
	return a
}

// readFrom reads one partition up to the high watermark. An error says nothing
// about offsets (LogReadResult).
func readFrom(l *log.Log, p *api.FetchPartition, maxRecords int) api.FetchPartitionResponse {
	out := api.FetchPartitionResponse{
		TopicPartition: p.TopicPartition, HighWatermark: -1, LastStableOffset: -1, LogStartOffset: -1,
	}
	if l == nil {
		out.ErrorCode = api.UnknownTopicOrPartition
		return out
	}
	if out.ErrorCode = checkEpoch(l, p.CurrentLeaderEpoch); out.ErrorCode != api.None {
		return out
	}
	if p.FetchOffset < l.Start() || p.FetchOffset > l.End() {
		out.ErrorCode = api.OffsetOutOfRange
		return out
	}
	hw := l.HighWatermark()
	out.HighWatermark, out.LastStableOffset, out.LogStartOffset = hw, hw, l.Start()
	out.Records = l.Read(p.FetchOffset, hw, max(maxRecords, 0))
	return out
}

// checkEpoch compares the leader epoch that a client knows, -1 for none, with
// the present one (Partition.checkCurrentLeaderEpoch, KIP-320).
func checkEpoch(l *log.Log, epoch int32) api.ErrorCode {
	switch {
	case epoch < 0 || epoch == l.Epoch():
		return api.None
	case epoch < l.Epoch():
		return api.FencedLeaderEpoch
	}
	return api.UnknownLeaderEpoch
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
