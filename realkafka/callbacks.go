package realkafka

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

func (c *consumer) onAssigned(_ context.Context, _ *kgo.Client, m map[string][]int32) {
	c.callback(model.Assigned, m)
}

func (c *consumer) onRevoked(_ context.Context, _ *kgo.Client, m map[string][]int32) {
	c.callback(model.Revoked, m)
}

func (c *consumer) onLost(_ context.Context, _ *kgo.Client, m map[string][]int32) {
	c.callback(model.Lost, m)
}

// callback tells the history what the member is told, and runs what its
// handler has for it. franz-go calls it beside the polling, one at a time, and
// also for nothing: a share that is empty is told, for who is idle matters;
// that nothing is given up is not.
func (c *consumer) callback(kind model.Kind, m map[string][]int32) {
	if !c.pass() {
		return
	}
	parts := c.play.names.partitions(m)
	c.told(kind, parts)
	defer c.called()
	if len(parts) == 0 {
		return
	}
	if c.changed != nil {
		c.changed(kind, parts)
	} else {
		c.handle(kind, parts)
	}
	if kind != model.Assigned && c.pass() {
		c.play.mu.Lock()
		defer c.play.mu.Unlock()
		c.tellMember(model.Event{Kind: model.RevokeDone, Partitions: at(-1, parts)})
	}
}

// handle runs what the handler has for a callback.
func (c *consumer) handle(kind model.Kind, parts []model.TopicPartition) {
	c.guest(func() {
		if run := callbackOf(c.handler, kind); run != nil {
			run(parts)
		}
	})
}

// callbackOf is what a handler does when it is told of its partitions; nil for
// nothing. One that does not ask for losses is told that it must give up, as
// franz-go does.
func callbackOf(h scenarios.Handler, kind model.Kind) func([]scenarios.Partition) {
	switch kind {
	case model.Assigned:
		if a, ok := h.(scenarios.Assigner); ok {
			return a.Assigned
		}
		return nil
	case model.Lost:
		if l, ok := h.(scenarios.Loser); ok {
			return l.Lost
		}
	}
	if r, ok := h.(scenarios.Revoker); ok {
		return r.Revoked
	}
	return nil
}

// told takes note of a callback that begins.
func (c *consumer) told(kind model.Kind, parts []model.TopicPartition) {
	c.play.mu.Lock()
	defer c.play.mu.Unlock()
	c.calling = true
	for _, p := range parts {
		delete(c.position, p)
		if kind == model.Assigned {
			c.owned[p] = true
		} else {
			delete(c.owned, p)
		}
	}
	if c.member = kind == model.Assigned; c.member {
		c.session = nil
	}
	if kind == model.Assigned || len(parts) > 0 {
		c.tellMember(model.Event{Kind: kind, Partitions: at(-1, parts)})
	}
}

// called takes note that a callback is over.
func (c *consumer) called() {
	c.play.mu.Lock()
	defer c.play.mu.Unlock()
	c.calling = false
}

// OnGroupManageError implements kgo.HookGroupManageError.
func (c *consumer) OnGroupManageError(err error) {
	c.play.mu.Lock()
	defer c.play.mu.Unlock()
	c.session = err
}

var _ kgo.HookGroupManageError = (*consumer)(nil)
