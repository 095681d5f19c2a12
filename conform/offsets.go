package conform

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/broker/api"
)

// offsets follows __consumer_offsets, and keeps its records by the tag of
// their groups' names.
type offsets struct {
	stop context.CancelFunc
	done chan struct{}

	mu    sync.Mutex
	next  int64 // the offset to read from
	byTag map[string][]Answer
	err   error
}

const offsetsTopic = "__consumer_offsets"

// tailOffsets begins to read at the end. The topic is there once somebody has
// asked for a coordinator.
func tailOffsets(ctx context.Context, at place) (*offsets, error) {
	c, err := dial(ctx, at)
	if err != nil {
		return nil, err
	}
	end, err := endOffset(ctx, c)
	if err != nil {
		c.Close()
		return nil, err
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	o := &offsets{stop: stop, done: make(chan struct{}), next: end, byTag: map[string][]Answer{}}
	go o.run(run, c)
	return o, nil
}

func (o *offsets) close() {
	o.stop()
	<-o.done
}

func endOffset(ctx context.Context, c *conn) (int64, error) {
	m, err := ask[*kmsg.MetadataResponse](ctx, c, &kmsg.MetadataRequest{Version: 9, Topics: []kmsg.MetadataRequestTopic{{Topic: kmsg.StringPtr(offsetsTopic)}}})
	if err != nil {
		return 0, err
	}
	if len(m.Brokers) != 1 || len(m.Topics) != 1 || len(m.Topics[0].Partitions) != 1 {
		return 0, fmt.Errorf("want a cluster of one broker, and %s with one partition (offsets.topic.num.partitions=1)", offsetsTopic)
	}
	q := kmsg.NewListOffsetsRequestTopicPartition()
	q.Timestamp = api.LatestTimestamp
	k, err := ask[*kmsg.ListOffsetsResponse](ctx, c, &kmsg.ListOffsetsRequest{Version: 7, ReplicaID: -1, Topics: []kmsg.ListOffsetsRequestTopic{
		{Topic: offsetsTopic, Partitions: []kmsg.ListOffsetsRequestTopicPartition{q}},
	}})
	if err != nil {
		return 0, err
	}
	p := k.Topics[0].Partitions[0]
	if p.ErrorCode != 0 {
		return 0, fmt.Errorf("%s: %s", offsetsTopic, api.ErrorCode(p.ErrorCode))
	}
	return p.Offset, nil
}

func (o *offsets) run(ctx context.Context, c *conn) {
	defer close(o.done)
	defer c.Close()
	for ctx.Err() == nil {
		if err := o.read(ctx, c); err != nil {
			o.mu.Lock()
			o.err = fmt.Errorf("reading %s: %w", offsetsTopic, err)
			o.mu.Unlock()
			return
		}
	}
}

func (o *offsets) read(ctx context.Context, c *conn) error {
	part := kmsg.NewFetchRequestTopicPartition()
	part.FetchOffset, part.PartitionMaxBytes = o.next, fetchBytes
	r := kmsg.NewPtrFetchRequest()
	r.Version, r.MaxWaitMillis, r.MinBytes, r.MaxBytes, r.SessionEpoch = 12, 500, 1, fetchBytes, -1
	r.Topics = []kmsg.FetchRequestTopic{{Topic: offsetsTopic, Partitions: []kmsg.FetchRequestTopicPartition{part}}}
	k, err := ask[*kmsg.FetchResponse](ctx, c, r)
	if err != nil {
		return err
	}
	p := k.Topics[0].Partitions[0]
	if p.ErrorCode != 0 {
		return api.ErrorCode(p.ErrorCode)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return eachRecord(p.RecordBatches, func(offset int64, r *kmsg.Record) {
		if offset < o.next {
			return // the batch began before
		}
		o.next = offset + 1
		group, a, ok := readRecord(r)
		if i := strings.LastIndexByte(group, '-'); ok && i >= 0 {
			o.byTag[group[i+1:]] = append(o.byTag[group[i+1:]], a)
		}
	})
}

// of gives the records with a tag up to the present end, and forgets them.
func (o *offsets) of(ctx context.Context, c *conn, tag string) ([]Answer, error) {
	end, err := endOffset(ctx, c)
	if err != nil {
		return nil, err
	}
	for {
		o.mu.Lock()
		if o.next >= end || o.err != nil {
			defer o.mu.Unlock()
			records := o.byTag[tag]
			delete(o.byTag, tag)
			return records, o.err
		}
		o.mu.Unlock()
		select {
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
