package scenarios

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
)

// Commits that a handler does not wait for, and polls that fail.

// CommitAsync implements Env.
func (e *simEnv) CommitAsync(done func(error), records ...Record) {
	e.CommitOffsetsAsync(done, Next(records...)...)
}

// CommitOffsetsAsync implements Env.
func (e *simEnv) CommitOffsetsAsync(done func(error), offsets ...Offset) {
	if !e.alive() || len(offsets) == 0 {
		return
	}
	h := e.host
	var ps []model.PartitionOffset
	for _, o := range offsets {
		ps = append(ps, model.PartitionOffset{TopicPartition: o.Partition, Offset: o.At})
	}
	h.pending = append(h.pending, asyncCommit{h.c.CommitAsync(ps, h.fx), done})
	e.breathe()
}

// asyncDone has a commit's callback run. One comes after the other; kgo's are
// beside the handler, for they have goroutines of their own, Java's in place
// of it, for that waits in poll or commitSync.
func (h *host) asyncDone(ev *client.AppEvent) {
	for i, p := range h.pending {
		if p.op != ev.Op {
			continue
		}
		h.pending = append(h.pending[:i:i], h.pending[i+1:]...)
		if p.done == nil {
			return
		}
		var err error
		if ev.Err != api.None {
			err = ev.Err
		}
		h.finished = append(h.finished, func() { p.done(err) })
		h.nextDone()
		return
	}
}

func (h *host) nextDone() {
	if h.done != nil || len(h.finished) == 0 {
		return
	}
	run := h.finished[0]
	h.finished = h.finished[1:]
	h.done = h.begin("commit-callback", run)
	h.resume(h.done)
}

// ConsumerFailed: a poll failed for good, or because a position is nowhere in
// the log, and the handler is no Failer.
const ConsumerFailed = "consumer-failed"

// pollFailed has the handler told that a poll failed: at once, if it waits in
// one, or by the next.
func (h *host) pollFailed(ev *client.AppEvent) {
	err := &PollError{Partitions: ev.Partitions, Reason: PollReason(ev.Key), Fatal: ev.Fatal, Text: ev.Err.String()}
	if ev.Key == "" {
		err.Reason = SessionEnded
	}
	t := h.loop
	if _, wants := h.handler.(Failer); !wants {
		if err.Fatal || len(err.Partitions) > 0 {
			h.broke(err)
		}
		if err.Fatal { // consumer.close() runs in a finally block
			h.c.Leave(h.fx)
		}
		return
	}
	switch {
	case t == nil:
	case t.polling && (err.Fatal || h.c.Polling > 0):
		h.c.StopPolling()
		h.fx.StopTimer(client.TimerApp, idleKey)
		t.polling, t.failure = false, err
		h.resume(t)
	default:
		h.failures = append(h.failures, err)
	}
}
