package scenarios

import (
	"fmt"
	"iter"
	"runtime/debug"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// host runs a user's blocking handler as a client.App. The handler's polling
// loop is one coroutine, a callback that runs beside it another; each call on
// Env yields what it asks for and is resumed by the event that answers it.
type host struct {
	name   string
	make   func(Env) Handler
	shared Store
	failed func(error)      // the handler panicked
	broke  func(*PollError) // a poll failed, and the handler does not want to know

	env      *simEnv
	handler  Handler
	loop     *task
	cb       *task   // a callback of a rebalance
	done     *task   // one of a commit
	tasks    []*task // that have not ended, the newest last
	pending  []asyncCommit
	finished []func() // callbacks of commits that are over, and have not begun
	failures []error  // for the next polls

	c  *client.Consumer // valid inside Handle
	fx *sim.Effects
}

// task is one coroutine of a handler.
type task struct {
	key     string // of its timer
	next    func() (struct{}, bool)
	stop    func()
	yield   func(struct{}) bool
	op      int64 // the commit, or the question, whose end it waits for; 0: none
	err     api.ErrorCode
	offsets []model.PartitionOffset
	polling bool
	idle    bool // the poll is over, and brought nothing
	failure error
	records []Record
	closed  bool
	due     bool // it goes on when it has its thread again
}

// asyncCommit is a commit that the handler does not wait for.
type asyncCommit struct {
	op   int64
	done func(error)
}

// crashed unwinds a handler whose process is gone, running its defers.
type crashed struct{}

// Handle implements client.App.
func (h *host) Handle(ev *client.AppEvent, c *client.Consumer, fx *sim.Effects) {
	h.c, h.fx = c, fx
	switch ev.Kind {
	case client.AppStarted:
		h.env = &simEnv{host: h}
		h.loop = h.begin("loop", h.poll)
		h.resume(h.loop)
	case client.AppAssigned, client.AppRevoked, client.AppLost:
		h.callback(ev)
	case client.AppRecords:
		h.loop.records, h.loop.polling = recordsOf(ev.Batches), false
		fx.StopTimer(client.TimerApp, idleKey)
		h.resume(h.loop)
	case client.AppCommitted, client.AppOffsets:
		h.answered(ev)
	case client.AppTimed:
		h.timed(ev.Key)
	case client.AppFailed:
		h.pollFailed(ev)
	case client.AppClosed:
		if h.loop != nil && h.loop.polling {
			h.loop.closed = true
			h.resume(h.loop)
		}
	}
}

func (h *host) timed(key string) {
	switch t := h.loop; {
	case t != nil && t.key == key:
		h.resume(t)
	case t != nil && key == idleKey && t.polling:
		h.c.StopPolling()
		t.polling, t.idle = false, true
		h.resume(t)
	case h.cb != nil && h.cb.key == key:
		h.resume(h.cb)
	case h.done != nil && h.done.key == key:
		h.resume(h.done)
	}
}

// answered ends a commit, or a question for offsets.
func (h *host) answered(ev *client.AppEvent) {
	for _, t := range []*task{h.loop, h.cb, h.done} {
		if t != nil && t.op == ev.Op {
			t.op, t.err, t.offsets = 0, ev.Err, ev.Offsets
			h.resume(t)
			return
		}
	}
	h.asyncDone(ev)
}

// Crash implements client.App.
func (h *host) Crash() {
	if h.env != nil {
		h.env.dead = true
	}
	for _, t := range []*task{h.loop, h.cb, h.done} {
		if t != nil {
			t.stop()
		}
	}
	h.env, h.handler, h.loop, h.cb, h.done = nil, nil, nil, nil, nil
	h.tasks, h.pending, h.finished, h.failures = nil, nil, nil, nil
}

// poll is the body of the loop: make the handler, then poll and process.
func (h *host) poll() {
	t := h.loop
	h.handler = h.make(h.env)
	_, h.c.Config().OwnRevoked = h.handler.(Revoker)
	idler, wantsIdle := h.handler.(Idler)
	failer, _ := h.handler.(Failer)
	for {
		if len(h.failures) > 0 {
			err := h.failures[0]
			h.failures = h.failures[1:]
			failer.Failed(err)
			continue
		}
		t.polling, t.idle, t.failure = true, false, nil
		if wantsIdle {
			h.fx.SetTimer(client.TimerApp, idleKey, sim.Span(IdleAfter))
		}
		h.c.Poll(maxPoll, h.fx)
		h.env.wait(t)
		switch {
		case t.closed:
			return
		case t.failure != nil:
			failer.Failed(t.failure)
		case t.idle:
			idler.Idle()
		default:
			h.handler.Process(t.records)
		}
	}
}

const maxPoll = 1 << 20 // the consumer's own limit is lower

// IdleAfter is how long a poll brings nothing before an Idler is called.
const IdleAfter = time.Second

const idleKey = "idle"

func (h *host) callback(ev *client.AppEvent) {
	var run func()
	parts := ev.Partitions
	switch ev.Kind {
	case client.AppAssigned:
		if a, ok := h.handler.(Assigner); ok {
			run = func() { a.Assigned(parts) }
		}
	case client.AppRevoked:
		if r, ok := h.handler.(Revoker); ok {
			run = func() { r.Revoked(parts) }
		}
	case client.AppLost:
		if l, ok := h.handler.(Loser); ok {
			run = func() { l.Lost(parts) }
		} else if r, ok := h.handler.(Revoker); ok {
			run = func() { r.Revoked(parts) }
		}
	}
	if run == nil || len(parts) == 0 {
		h.c.CallbackDone(h.fx)
		return
	}
	h.cb = h.begin("callback", run)
	h.resume(h.cb)
}

// begin makes a coroutine; it runs when it is first resumed.
func (h *host) begin(key string, body func()) *task {
	t := &task{key: key}
	h.tasks = append(h.tasks, t)
	t.next, t.stop = iter.Pull(func(yield func(struct{}) bool) {
		t.yield = yield
		defer func() {
			if r := recover(); r != nil {
				if _, ok := r.(crashed); !ok {
					h.failed(fmt.Errorf("the handler of %s panicked: %v\n%s", h.name, r, debug.Stack()))
				}
			}
		}()
		body()
	})
	return t
}

// resume lets a coroutine run to its next call on Env, or to its end. In the
// Java profile all of them are one thread: those below the newest wait for it.
func (h *host) resume(t *task) {
	if h.c.Config().Profile == client.Java && h.tasks[len(h.tasks)-1] != t {
		t.due = true
		return
	}
	h.env.running = t
	_, goesOn := t.next()
	if h.env != nil {
		h.env.running = nil
	}
	if !goesOn && h.env != nil {
		h.ended(t)
	}
}

// ended goes on after a coroutine has come to its end.
func (h *host) ended(t *task) {
	h.tasks = slices.DeleteFunc(h.tasks, func(o *task) bool { return o == t })
	switch t {
	case h.cb:
		h.cb = nil
		h.c.CallbackDone(h.fx)
	case h.done:
		h.done = nil
		h.nextDone()
	}
	if n := len(h.tasks); n > 0 && h.tasks[n-1].due {
		h.tasks[n-1].due = false
		h.resume(h.tasks[n-1])
	}
}

func recordsOf(batches []client.Batch) []Record {
	n := 0
	for _, b := range batches {
		n += len(b.Records)
	}
	out := make([]Record, 0, n)
	for _, b := range batches {
		for _, r := range b.Records {
			out = append(out, Record{Partition: b.TopicPartition, Offset: r.Offset, Key: r.Key, Value: r.Value,
				Timestamp: epoch.Add(time.Duration(r.Timestamp) * time.Millisecond)})
		}
	}
	return out
}

// memory is a Store for worlds that run in one goroutine.
type memory map[string]string

// Get implements Store.
func (m memory) Get(key string) (string, bool) { v, ok := m[key]; return v, ok }

// Put implements Store.
func (m memory) Put(key, value string) { m[key] = value }

// runs calls f for each run of records that follow one another.
func runs(records []Record, f func(p Partition, from, to int64)) {
	for i := 0; i < len(records); {
		j := i + 1
		for j < len(records) && records[j].Partition == records[i].Partition && records[j].Offset == records[j-1].Offset+1 {
			j++
		}
		f(records[i].Partition, records[i].Offset, records[j-1].Offset+1)
		i = j
	}
}
