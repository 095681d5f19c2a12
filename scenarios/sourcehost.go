package scenarios

import (
	"fmt"
	"iter"
	"runtime/debug"
	"time"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/sim"
)

// sourceHost runs a user's blocking checkpoint.Source as a checkpoint.Reader.
// The task's thread is one coroutine: it takes one call on the source after
// the other, and gives way to the world where a call of Env must wait. There is
// one for each subtask of each attempt.
type sourceHost struct {
	place   checkpoint.Place
	make    func(checkpoint.Env) checkpoint.Source
	timeout time.Duration // of a Poll
	bounded bool
	failed  func(error) // the source panicked

	env    *sourceEnv
	source checkpoint.Source
	port   *checkpoint.Port // valid inside Handle

	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool

	call     checkpoint.ReaderEvent // what the thread is to do next, or does; without a Kind, nothing
	reply    reply                  // what it has come to
	answered bool                   // there is one
	waits    waiting                // what the thread waits for
	op       int64                  // the commit, or the question
	answer   client.AppEvent        // that ended it
	batches  []client.Batch         // that were told, from the first-th on not given yet
	first    int
	asked    bool // the consumer has been asked for records
	expired  bool // the time of a Poll is over
	woken    bool // a Poll is to come back
	pending  []asyncCommit
	finished []func()          // callbacks of commits that are over
	changes  []client.AppEvent // rebalances that the source has not been told of
	failure  error             // of the consumer, for the next Poll
	over     bool
}

// waiting is what the task's thread waits for.
type waiting uint8

const (
	forCall waiting = iota
	forRecords
	forAnswer
	forTimer
)

// The keys of the thread's timers.
const (
	pollKey  = "poll"
	sleepKey = "sleep"
)

// Handle implements checkpoint.Reader.
func (h *sourceHost) Handle(ev *checkpoint.ReaderEvent, p *checkpoint.Port) {
	if h.over {
		return
	}
	outer := h.port
	h.port = p
	switch ev.Kind {
	case checkpoint.ReaderConsumer:
		h.told(ev.Event)
	case checkpoint.ReaderTimer:
		h.expired = h.expired || ev.Key == pollKey
		if ev.Key == pollKey && h.waits == forRecords || ev.Key == sleepKey && h.waits == forTimer {
			h.resume()
		}
	case checkpoint.ReaderWake:
		if h.woken = h.call.Kind == checkpoint.ReaderGo; h.woken && h.waits == forRecords {
			h.resume()
		}
	default:
		h.call = *ev
		if h.next == nil {
			h.begin()
		}
		if h.waits == forCall { // else the source is in a callback
			h.resume()
		}
	}
	h.port = outer
}

// resume lets the thread run until it waits again, and then gives the answer
// to its call, if it has come to one: the task may have the next one ready.
func (h *sourceHost) resume() {
	p := h.port
	h.next()
	if !h.answered || h.over {
		return
	}
	kind, r := h.call.Kind, h.reply
	h.call, h.reply, h.answered, h.woken = checkpoint.ReaderEvent{}, reply{}, false, false
	switch kind {
	case checkpoint.ReaderOpen:
		p.Opened(r.err)
	case checkpoint.ReaderGo:
		p.Polled(r.records, r.err)
	case checkpoint.ReaderSnapshot:
		p.Snapshot(r.splits, r.err)
	default:
		p.Done(r.err)
	}
}

// reply is what a call on the source has come to.
type reply struct {
	records []checkpoint.Record
	splits  []checkpoint.Split
	err     error
}

// told takes what the consumer tells.
func (h *sourceHost) told(ev *client.AppEvent) {
	switch ev.Kind {
	case client.AppRecords:
		h.batches, h.asked = append(h.batches, ev.Batches...), false
		if h.waits == forRecords {
			h.resume()
		}
	case client.AppCommitted, client.AppOffsets:
		if h.waits == forAnswer && h.op == ev.Op {
			h.answer = *ev
			h.resume()
			return
		}
		h.asyncDone(ev)
	case client.AppAssigned, client.AppRevoked, client.AppLost:
		if _, ok := h.source.(checkpoint.Rebalanced); !ok || len(ev.Partitions) == 0 && ev.Kind != client.AppAssigned { // an assignment of nothing ends a rebalance, too
			h.port.Consumer().CallbackDone(h.port.Fx)
			return
		}
		h.changes = append(h.changes, *ev)
		if h.waits == forRecords || h.waits == forCall {
			h.resume()
		}
	case client.AppFailed:
		// Of a membership kgo goes for another one by itself.
		if h.failure == nil && (ev.Fatal || ev.Key != "") {
			h.failure = consumerFailure(ev)
			if h.waits == forRecords {
				h.resume()
			}
		}
	}
}

func consumerFailure(ev *client.AppEvent) error {
	switch {
	case ev.Key != "" && len(ev.Partitions) > 0:
		return fmt.Errorf("the consumer failed: %s: %v", ev.Key, ev.Partitions[0])
	case ev.Key != "":
		return fmt.Errorf("the consumer failed: %s", ev.Key)
	}
	return fmt.Errorf("the consumer failed: %w", ev.Err)
}

// asyncDone keeps a commit's callback for the thread: it is called when that is
// free, in the next Env.Poll or between two calls on the source.
func (h *sourceHost) asyncDone(ev *client.AppEvent) {
	for i, c := range h.pending {
		if c.op != ev.Op {
			continue
		}
		h.pending = append(h.pending[:i:i], h.pending[i+1:]...)
		if c.done == nil {
			return
		}
		var err error
		if ev.Err != api.None {
			err = ev.Err
		}
		h.finished = append(h.finished, func() { c.done(err) })
		if h.waits == forRecords || h.waits == forCall {
			h.resume()
		}
		return
	}
}

// Crash implements checkpoint.Reader.
func (h *sourceHost) Crash() {
	if h.over {
		return
	}
	h.over = true
	if h.stop != nil {
		h.stop()
	}
	h.source, h.pending, h.finished, h.changes = nil, nil, nil, nil
	h.call, h.reply = checkpoint.ReaderEvent{}, reply{}
	h.batches = nil
}

// begin makes the thread.
func (h *sourceHost) begin() {
	h.env = &sourceEnv{host: h}
	h.next, h.stop = iter.Pull(func(yield func(struct{}) bool) {
		h.yield = yield
		defer func() {
			if r := recover(); r != nil {
				if _, ok := r.(crashed); !ok {
					h.failed(fmt.Errorf("source-%d on %s panicked: %v\n%s", h.place.Subtask, h.place.Node, r, debug.Stack()))
				}
			}
		}()
		for {
			h.finish()
			h.env.rebalance()
			if h.call.Kind != 0 {
				h.reply = h.perform(&h.call)
				h.answered = true
			}
			h.wait(forCall)
		}
	})
}

// perform makes one call on the source.
func (h *sourceHost) perform(ev *checkpoint.ReaderEvent) (r reply) {
	switch ev.Kind {
	case checkpoint.ReaderOpen:
		if h.source = h.make(h.env); ev.Restored {
			r.err = h.source.RestoreState(ev.Splits)
		}
	case checkpoint.ReaderGo:
		if r.records, r.err = h.source.Poll(h.timeout); r.err == nil {
			r.err, h.failure = h.failure, nil
		}
	case checkpoint.ReaderSnapshot:
		r.splits, r.err = h.source.SnapshotState(ev.ID, epoch.Add(sim.Time(ev.At).Duration()))
	case checkpoint.ReaderSplits:
		r.err = h.source.AddSplits(ev.Splits)
	case checkpoint.ReaderComplete:
		r.err = h.source.NotifyCheckpointComplete(ev.ID)
	case checkpoint.ReaderAborted:
		r.err = h.source.NotifyCheckpointAborted(ev.ID)
	}
	return r
}

// finish calls the callbacks of commits that are over.
func (h *sourceHost) finish() {
	for len(h.finished) > 0 {
		done := h.finished[0]
		h.finished = h.finished[1:]
		done()
	}
}

// wait gives way to the world; it comes back when what the thread waits for is
// there.
func (h *sourceHost) wait(what waiting) {
	h.waits = what
	if !h.yield(struct{}{}) {
		panic(crashed{})
	}
}
