package realkafka

import (
	"errors"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// env is a handler's Env on a real cluster. As in the simulation, each call is
// a place where others may come in between: the handler's turn is given up for
// as long as it takes.
type env struct {
	c     *consumer
	mu    sync.Mutex
	after int // calls after the process has ended
}

var errEnded = errors.New("the process has ended")

// call makes a call, unless the process has ended; then it is false, or, where
// the end came during the call, unwinds the handler. A handler that swallows
// its unwinding is unwound again before it can loop for ever.
func (e *env) call(do func()) bool {
	c := e.c
	if isClosed(c.gone) {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.after++; e.after > 10_000 {
			panic(ended{})
		}
		return false
	}
	c.turn.give()
	defer c.turn.take()
	if c.pass() {
		do()
	}
	if !c.pass() {
		panic(ended{})
	}
	return true
}

// Commit implements scenarios.Env.
func (e *env) Commit(records ...scenarios.Record) error {
	return e.CommitOffsets(scenarios.Next(records...)...)
}

// CommitOffsets implements scenarios.Env. The history is told by commitTap.
func (e *env) CommitOffsets(offsets ...scenarios.Offset) error {
	if len(offsets) == 0 {
		return nil
	}
	err := errEnded
	e.call(func() { err = e.c.commit(offsets) })
	return err
}

// Emit implements scenarios.Env.
func (e *env) Emit(records ...scenarios.Record) {
	e.call(func() {
		e.c.play.mu.Lock()
		defer e.c.play.mu.Unlock()
		ranges(records, func(p scenarios.Partition, from, to int64) {
			e.c.tellMember(model.Event{Kind: model.Processed, TopicPartition: p, From: from, To: to})
		})
	})
}

// Sleep implements scenarios.Env.
func (e *env) Sleep(d time.Duration) { e.call(func() { e.c.sleep(d) }) }

// Now implements scenarios.Env.
func (e *env) Now() time.Time { return time.Now() }

// Member implements scenarios.Env.
func (e *env) Member() string { return e.c.name() }

// Shared implements scenarios.Env.
func (e *env) Shared() scenarios.Store { return (*shared)(e) }

// shared is the outside store as a process sees it.
type shared env

// Get implements scenarios.Store.
func (s *shared) Get(key string) (value string, ok bool) {
	(*env)(s).call(func() { value, ok = s.c.play.shared.get(key) })
	return value, ok
}

// Put implements scenarios.Store.
func (s *shared) Put(key, value string) {
	(*env)(s).call(func() { s.c.play.shared.put(key, value) })
}

// store outlives the processes of a run.
type store struct {
	mu     sync.Mutex
	values map[string]string
}

func (s *store) get(key string) (value string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, ok = s.values[key]
	return value, ok
}

func (s *store) put(key, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.values == nil {
		s.values = map[string]string{}
	}
	s.values[key] = value
}

// commit stores offsets and waits for the answer, with the first partition's
// error.
func (c *consumer) commit(offsets []scenarios.Offset) error {
	c.committing(1)
	defer c.committing(-1)
	var failed error
	c.client.CommitOffsetsSync(c.ctx, c.kgoOffsets(offsets), func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, resp *kmsg.OffsetCommitResponse, err error) {
		failed = commitError(resp, err)
	})
	return failed
}

func (c *consumer) committing(n int) {
	c.play.mu.Lock()
	defer c.play.mu.Unlock()
	c.commits += n
}
