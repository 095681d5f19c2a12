package conform

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/broker/api"
)

// topicMaker makes and deletes the topics of scripts, many at once: a broker
// forwards one request after the other to its controller, and scripts that
// make topics themselves would wait behind those.
type topicMaker struct {
	mu     sync.Mutex
	orders []kmsg.CreateTopicsRequestTopic
	made   *topicBatch
	old    []string // topics that nobody needs any more
}

// topicBatch is one request; done is closed when it is answered.
type topicBatch struct {
	done   chan struct{}
	failed map[string]error
	err    error
}

const (
	gatherFor = 30 * time.Millisecond
	// A broker bears this many old topics well; deleting them disturbs others.
	oldTopics = 1500
)

// make makes a script's topics.
func (t *topicMaker) make(ctx context.Context, c *conn, s *Script, n names) error {
	t.mu.Lock()
	first := t.made == nil
	if first {
		t.made = &topicBatch{done: make(chan struct{}), failed: map[string]error{}}
	}
	batch := t.made
	for _, x := range s.Topics {
		k := kmsg.NewCreateTopicsRequestTopic()
		k.Topic, k.NumPartitions, k.ReplicationFactor = n.real(x.Name), x.Partitions, 1
		t.orders = append(t.orders, k)
	}
	t.mu.Unlock()
	if first {
		time.Sleep(gatherFor)
		t.send(ctx, c)
	}
	select {
	case <-batch.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	for _, x := range s.Topics {
		if err := batch.failed[n.real(x.Name)]; err != nil {
			return err
		}
	}
	return batch.err
}

func (t *topicMaker) send(ctx context.Context, c *conn) {
	t.mu.Lock()
	batch := t.made
	r := &kmsg.CreateTopicsRequest{Version: 7, TimeoutMillis: 30_000, Topics: t.orders}
	t.made, t.orders = nil, nil
	t.mu.Unlock()
	defer close(batch.done)
	k, err := ask[*kmsg.CreateTopicsResponse](ctx, c, r)
	if err != nil {
		batch.err = err
		return
	}
	for _, x := range k.Topics {
		if x.ErrorCode != 0 {
			batch.failed[x.Topic] = fmt.Errorf("topic %s cannot be made: %w", x.Topic, api.ErrorCode(x.ErrorCode))
		}
	}
}

// leave gives a script's topics back. What it made itself goes with them.
func (t *topicMaker) leave(ctx context.Context, c *conn, s *Script, n names) {
	t.mu.Lock()
	for _, x := range s.Topics {
		t.old = append(t.old, n.real(x.Name))
	}
	t.old = append(t.old, n.real("new"))
	var gone []string
	if len(t.old) > oldTopics {
		gone, t.old = t.old[:oldTopics/4], slices.Clone(t.old[oldTopics/4:])
	}
	t.mu.Unlock()
	deleteTopics(ctx, c, gone)
}

// clear deletes what is left.
func (t *topicMaker) clear(at place) {
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	c, err := dial(ctx, at)
	if err != nil {
		return // the broker is gone, and they with it
	}
	defer c.Close()
	t.mu.Lock()
	defer t.mu.Unlock()
	deleteTopics(ctx, c, t.old)
	t.old = nil
}

// deleteTopics deletes what there is of a list. A topic that stays does no harm.
func deleteTopics(ctx context.Context, c *conn, list []string) {
	if len(list) > 0 {
		_, _ = ask[*kmsg.DeleteTopicsResponse](ctx, c, &kmsg.DeleteTopicsRequest{Version: 5, TimeoutMillis: 10_000, TopicNames: list})
	}
}
