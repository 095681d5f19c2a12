package scenarios

import (
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
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
	failed func(error) // the handler panicked

	env     *simEnv
	handler Handler
	loop    *task
	cb      *task

	c  *client.Consumer // valid inside Handle
	fx *sim.Effects
}

// task is one coroutine of a handler.
type task struct {
	key     string // of its timer
	next    func() (struct{}, bool)
	stop    func()
	yield   func(struct{}) bool
	commit  int64 // the commit it waits for; 0: none
	err     api.ErrorCode
	polling bool
	idle    bool // the poll is over, and brought nothing
	records []Record
	closed  bool
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
	case client.AppCommitted:
		for _, t := range []*task{h.loop, h.cb} {
			if t != nil && t.commit == ev.Op {
				t.commit, t.err = 0, ev.Err
				h.resume(t)
				break
			}
		}
	case client.AppTimed:
		if t := h.loop; t != nil && t.key == ev.Key {
			h.resume(t)
		} else if t != nil && ev.Key == idleKey && t.polling {
			c.StopPolling()
			t.polling, t.idle = false, true
			h.resume(t)
		} else if t := h.cb; t != nil && t.key == ev.Key {
			h.resume(t)
		}
	case client.AppFailed: // Java: an exception out of poll; consumer.close() runs in a finally block
		if ev.Fatal {
			c.Leave(fx)
		}
	case client.AppClosed:
		if h.loop != nil && h.loop.polling {
			h.loop.closed = true
			h.resume(h.loop)
		}
	}
}

// Crash implements client.App.
func (h *host) Crash() {
	if h.env != nil {
		h.env.dead = true
	}
	for _, t := range []*task{h.loop, h.cb} {
		if t != nil {
			t.stop()
		}
	}
	h.env, h.handler, h.loop, h.cb = nil, nil, nil, nil
}

// poll is the body of the loop: make the handler, then poll and process.
func (h *host) poll() {
	t := h.loop
	h.handler = h.make(h.env)
	idler, wantsIdle := h.handler.(Idler)
	for {
		t.polling, t.idle = true, false
		if wantsIdle {
			h.fx.SetTimer(client.TimerApp, idleKey, sim.Span(IdleAfter))
		}
		h.c.Poll(maxPoll, h.fx)
		h.env.wait(t)
		switch {
		case t.closed:
			return
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

// resume lets a coroutine run to its next call on Env, or to its end.
func (h *host) resume(t *task) {
	h.env.running = t
	_, goesOn := t.next()
	if h.env != nil {
		h.env.running = nil
	}
	if !goesOn && t == h.cb {
		h.cb = nil
		h.c.CallbackDone(h.fx)
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

// epoch is what clocks show when a world begins.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// simEnv is Env in the simulated world.
type simEnv struct {
	host    *host
	running *task
	dead    bool
	after   int // calls after death
}

var errCrashed = errors.New("the process has crashed")

// alive tells whether calls still do something. A handler that swallows its
// own unwinding is unwound again before it can loop for ever.
func (e *simEnv) alive() bool {
	if !e.dead {
		return true
	}
	if e.after++; e.after > 10_000 {
		panic(crashed{})
	}
	return false
}

// wait gives way to the world until the task is resumed.
func (e *simEnv) wait(t *task) {
	if !t.yield(struct{}{}) {
		panic(crashed{})
	}
}

// pause gives way for a span; a call that needs no answer takes a little
// processor time, so that the world may come between any two of them.
func (e *simEnv) pause(d sim.Time) {
	h, t := e.host, e.running
	h.fx.SetTimer(client.TimerApp, t.key, d)
	e.wait(t)
}

func (e *simEnv) breathe() {
	e.pause(5 + sim.Time(e.host.fx.Draw("cpu", uint64(e.host.fx.Now()), 50)))
}

// Commit implements Env.
func (e *simEnv) Commit(records ...Record) error { return e.CommitOffsets(Next(records...)...) }

// CommitOffsets implements Env.
func (e *simEnv) CommitOffsets(offsets ...Offset) error {
	if !e.alive() {
		return errCrashed
	}
	if len(offsets) == 0 {
		return nil
	}
	h, t := e.host, e.running
	var ps []model.PartitionOffset
	for _, o := range offsets {
		ps = append(ps, model.PartitionOffset{TopicPartition: o.Partition, Offset: o.At})
	}
	t.commit = h.c.Commit(ps, h.fx)
	e.wait(t)
	if t.err != api.None {
		return t.err
	}
	return nil
}

// Emit implements Env.
func (e *simEnv) Emit(records ...Record) {
	if !e.alive() {
		return
	}
	runs(records, func(p Partition, from, to int64) { e.host.c.Processed(p, from, to, e.host.fx) })
	e.breathe()
}

// Sleep implements Env.
func (e *simEnv) Sleep(d time.Duration) {
	if e.alive() {
		e.pause(sim.Span(d))
	}
}

// Now implements Env.
func (e *simEnv) Now() time.Time {
	if !e.alive() {
		return epoch
	}
	return epoch.Add(e.host.fx.Now().Duration())
}

// Member implements Env.
func (e *simEnv) Member() string { return e.host.name }

// Shared implements Env.
func (e *simEnv) Shared() Store { return (*simStore)(e) }

// simStore is the outside store, each access a moment of its own.
type simStore simEnv

// Get implements Store.
func (s *simStore) Get(key string) (string, bool) {
	if e := (*simEnv)(s); e.alive() {
		e.breathe()
		return e.host.shared.Get(key)
	}
	return "", false
}

// Put implements Store.
func (s *simStore) Put(key, value string) {
	if e := (*simEnv)(s); e.alive() {
		e.host.shared.Put(key, value)
		e.breathe()
	}
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
