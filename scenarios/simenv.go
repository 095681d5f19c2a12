package scenarios

import (
	"errors"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

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
	t.op = h.c.Commit(ps, h.fx)
	e.wait(t)
	if t.err != api.None {
		return t.err
	}
	return nil
}

// Committed implements Env.
func (e *simEnv) Committed(partitions ...Partition) ([]Offset, error) {
	if !e.alive() {
		return nil, errCrashed
	}
	if len(partitions) == 0 {
		return nil, nil
	}
	t := e.running
	t.op = e.host.c.AskCommitted(slices.Clone(partitions), e.host.fx)
	e.wait(t)
	if t.err != api.None {
		return nil, t.err
	}
	var out []Offset
	for _, o := range t.offsets {
		out = append(out, Offset{o.TopicPartition, o.Offset})
	}
	return out, nil
}

// Owned implements Env.
func (e *simEnv) Owned() []Partition {
	if !e.alive() {
		return nil
	}
	out := slices.Clone(e.host.c.Owned)
	slices.SortFunc(out, Partition.Compare)
	return out
}

// Seek implements Env.
func (e *simEnv) Seek(o Offset) {
	if e.alive() {
		e.host.c.Seek(o.Partition, o.At, -1, e.host.fx)
		e.breathe()
	}
}

// Pause implements Env.
func (e *simEnv) Pause(partitions ...Partition) {
	if e.alive() {
		e.host.c.Pause(partitions...)
		e.breathe()
	}
}

// Resume implements Env.
func (e *simEnv) Resume(partitions ...Partition) {
	if e.alive() {
		e.host.c.Resume(e.host.fx, partitions...)
		e.breathe()
	}
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
