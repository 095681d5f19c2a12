// Package history shows how a consumer on franz-go logs a history that
// groundhog verify can judge: this file does it, service.go uses it.
package history

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/groundhogsim/groundhog/model"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Log is the history of one process, which must have a name of its own.
type Log struct {
	mu           sync.Mutex
	w            *model.Writer
	began        time.Time
	name, group  string
	calls, fetch int64 // numbers of calls: the last one, and that of the fetch of offsets under way
}

// NewLog begins a history. franz-go sends a commit again by itself.
func NewLog(out io.Writer, name, group string) *Log {
	now := time.Now()
	l := &Log{began: now, name: name, group: group}
	l.w = model.NewWriter(out, model.Header{Source: group, Began: now.UnixMicro(), Settings: model.Settings{HiddenRetries: true}})
	l.write(nil, model.Event{Kind: model.Started})
	return l
}

// write stamps and writes under one lock, so that times do not go back, and
// flushes, so that a process that is killed leaves what it saw.
func (l *Log) write(cl *kgo.Client, e model.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.At, e.Client = time.Since(l.began).Microseconds(), l.name
	if cl != nil {
		e.Group = l.group
		e.Member, e.Generation = cl.GroupMetadata()
	}
	if err := errors.Join(l.w.Write(&e), l.w.Flush()); err != nil {
		panic(err) // a service would rather log this and go on
	}
}

func (l *Log) call() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	return l.calls
}

// Options are the callbacks of a client. revoked is the service's own: it may
// still process and commit what it has.
func (l *Log) Options(revoked func(context.Context, *kgo.Client, map[string][]int32)) []kgo.Opt {
	var client *kgo.Client // of AdjustFetchOffsetsFn, which is not told
	return []kgo.Opt{
		kgo.OnPartitionsAssigned(func(_ context.Context, cl *kgo.Client, m map[string][]int32) {
			client, l.fetch = cl, l.call()
			l.write(cl, model.Event{Kind: model.Assigned, Partitions: partitions(m)})
			l.write(cl, model.Event{Kind: model.FetchOffsets, Op: l.fetch, Partitions: partitions(m)}) // the client's next step
		}),
		kgo.AdjustFetchOffsetsFn(func(_ context.Context, m map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
			l.write(client, model.Event{Kind: model.OffsetsTold, Op: l.fetch, Partitions: offsets(m, func(o kgo.Offset) int64 {
				return max(o.EpochOffset().Offset, -1) // below 0: nothing was committed
			})})
			return m, nil
		}),
		kgo.OnPartitionsRevoked(func(ctx context.Context, cl *kgo.Client, m map[string][]int32) {
			l.write(cl, model.Event{Kind: model.Revoked, Partitions: partitions(m)})
			revoked(ctx, cl, m)
			l.write(cl, model.Event{Kind: model.RevokeDone, Partitions: partitions(m)})
		}),
		kgo.OnPartitionsLost(func(_ context.Context, cl *kgo.Client, m map[string][]int32) {
			l.write(cl, model.Event{Kind: model.Lost, Partitions: partitions(m)})
		}),
	}
}

// Polled logs what a poll gave.
func (l *Log) Polled(cl *kgo.Client, fetches kgo.Fetches) {
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if n := len(p.Records); n > 0 {
			l.records(cl, model.Polled, p.Topic, p.Partition, p.Records[0].Offset, p.Records[n-1].Offset+1)
		}
	})
}

// Processed logs that the work on a record is done.
func (l *Log) Processed(cl *kgo.Client, r *kgo.Record) {
	l.records(cl, model.Processed, r.Topic, r.Partition, r.Offset, r.Offset+1)
}

func (l *Log) records(cl *kgo.Client, kind model.Kind, topic string, partition int32, from, to int64) {
	l.write(cl, model.Event{Kind: kind, TopicPartition: model.TopicPartition{Topic: topic, Partition: partition}, From: from, To: to})
}

// Commit commits, and logs the call and what came of it.
func (l *Log) Commit(ctx context.Context, cl *kgo.Client, m map[string]map[int32]kgo.EpochOffset) (failed error) {
	op := l.call()
	l.write(cl, model.Event{Kind: model.Commit, Op: op, Partitions: offsets(m, func(o kgo.EpochOffset) int64 { return o.Offset })})
	cl.CommitOffsetsSync(ctx, m, func(cl *kgo.Client, _ *kmsg.OffsetCommitRequest, resp *kmsg.OffsetCommitResponse, err error) {
		if failed = err; err != nil { // perhaps sent, perhaps not
			l.write(cl, model.Event{Kind: model.CommitDone, Op: op, Error: err.Error()})
			return
		}
		for _, t := range resp.Topics {
			for _, p := range t.Partitions {
				done := model.Event{Kind: model.CommitDone, Op: op, Partitions: []model.PartitionOffset{at(t.Topic, p.Partition, 0)}}
				if err := kerr.TypedErrorForCode(p.ErrorCode); err != nil {
					failed, done.Error = err, err.Message // Kafka's name for it
				}
				l.write(cl, done)
			}
		}
	})
	return failed
}

// Stopped logs the end of the process: leave, or crash where it can tell.
func (l *Log) Stopped(cause string) { l.write(nil, model.Event{Kind: model.Stopped, Cause: cause}) }

func at(topic string, partition int32, offset int64) model.PartitionOffset {
	return model.PartitionOffset{TopicPartition: model.TopicPartition{Topic: topic, Partition: partition}, Offset: offset}
}

// partitions are those of a callback; where they will be read from, -1, is not known yet.
func partitions(m map[string][]int32) (list []model.PartitionOffset) {
	for topic, numbers := range m {
		for _, n := range numbers {
			list = append(list, at(topic, n, -1))
		}
	}
	return list
}

func offsets[O any](m map[string]map[int32]O, offset func(O) int64) (list []model.PartitionOffset) {
	for topic, numbers := range m {
		for n, o := range numbers {
			list = append(list, at(topic, n, offset(o)))
		}
	}
	return list
}
