package handlers

import (
	"slices"

	"github.com/groundhogsim/groundhog/scenarios"
)

// ProcessOnly does the work, and leaves commits to auto-commit. kgo commits
// what an earlier poll gave, Java what this one's predecessor did: both only
// when the application comes back to poll, so all of that is done.
func ProcessOnly(env scenarios.Env) scenarios.Handler {
	return Func(func(records []scenarios.Record) { process(env, records) })
}

// HandOff gives what it polls to a worker with a queue, and polls again. To
// auto-commit coming back means that the records are done. Wrong: they are
// committed while they wait, and a crash loses the queue.
func HandOff(pace int) Kind {
	return func(env scenarios.Env) scenarios.Handler { return &handOff{env: env, pace: pace} }
}

type handOff struct {
	env   scenarios.Env
	pace  int // what the worker gets done between two polls
	queue queue
}

// Process implements scenarios.Handler.
func (h *handOff) Process(records []scenarios.Record) {
	h.queue.add(records)
	process(h.env, h.queue.take(h.pace))
}

// Idle implements scenarios.Idler: the worker catches up.
func (h *handOff) Idle() { process(h.env, h.queue.all()) }

// BufferKept polls more than it works off, and commits what it has done.
// Wrong: nothing tells the buffer that its partitions were revoked, and so two
// members work on the same records.
func BufferKept(pace int) Kind {
	return func(env scenarios.Env) scenarios.Handler { return &buffer{env: env, pace: pace} }
}

// BufferDropped is BufferKept with the callback that was missing.
func BufferDropped(pace int) Kind {
	return func(env scenarios.Env) scenarios.Handler { return &clearedBuffer{buffer{env: env, pace: pace}} }
}

type buffer struct {
	env   scenarios.Env
	pace  int
	queue queue
}

// Process implements scenarios.Handler.
func (b *buffer) Process(records []scenarios.Record) {
	b.queue.add(records)
	b.do(b.queue.take(b.pace))
}

// Idle implements scenarios.Idler: it catches up.
func (b *buffer) Idle() { b.do(b.queue.all()) }

func (b *buffer) do(records []scenarios.Record) {
	process(b.env, records)
	b.env.Commit(records...)
}

type clearedBuffer struct{ buffer }

// Revoked implements scenarios.Revoker; it is also told of what is lost.
func (b *clearedBuffer) Revoked(partitions []scenarios.Partition) { b.queue.drop(partitions) }

// StaleQueue works off records of partitions that are its own. Wrong: a record
// from an earlier assignment passes that test, too, when the partition has
// come back, though others have gone on in it meanwhile.
func StaleQueue(pace int) Kind {
	return func(env scenarios.Env) scenarios.Handler { return &staleQueue{buffer: buffer{env: env, pace: pace}} }
}

type staleQueue struct {
	buffer
	own []scenarios.Partition
}

// Process implements scenarios.Handler.
func (s *staleQueue) Process(records []scenarios.Record) {
	s.queue.add(records)
	s.some(s.pace)
}

// Idle implements scenarios.Idler.
func (s *staleQueue) Idle() { s.some(len(s.queue)) }

// some works off so many of the records that pass for its own.
func (s *staleQueue) some(n int) {
	mine := queue(s.queue.split(s.own))
	s.do(mine.take(n))
	s.queue = append(mine, s.queue...)
}

// Assigned implements scenarios.Assigner.
func (s *staleQueue) Assigned(partitions []scenarios.Partition) { s.own = append(s.own, partitions...) }

// Revoked implements scenarios.Revoker.
func (s *staleQueue) Revoked(partitions []scenarios.Partition) {
	s.own = slices.DeleteFunc(s.own, func(p scenarios.Partition) bool { return slices.Contains(partitions, p) })
}
