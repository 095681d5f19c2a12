package handlers

import (
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/scenarios"
)

// InFlight commits each record when it is done; callbacks run beside it.
// Wrong: a revocation does not wait for the record in work, which is then
// finished by a member that has the partition no more, and done again by the
// one that has it.
func InFlight(work time.Duration) Kind {
	return func(env scenarios.Env) scenarios.Handler {
		return Func(func(records []scenarios.Record) {
			for _, r := range records {
				env.Sleep(work)
				env.Emit(r)
				env.Commit(r)
			}
		})
	}
}

// Interruptible commits each record when it is done. Its revoked callback takes
// away what has not been begun, and waits for what has.
func Interruptible(work time.Duration) Kind {
	return func(env scenarios.Env) scenarios.Handler { return &interruptible{env: env, work: work} }
}

type interruptible struct {
	env   scenarios.Env
	work  time.Duration
	queue queue
	busy  scenarios.Partition // of the record in work
}

// Process implements scenarios.Handler.
func (i *interruptible) Process(records []scenarios.Record) {
	i.queue = records
	for len(i.queue) > 0 {
		i.one(i.queue.take(1)[0])
		i.busy = scenarios.Partition{}
	}
}

// one works on a record, unless its partition is lost on the way: then the
// effect and the commit are somebody else's.
func (i *interruptible) one(r scenarios.Record) {
	i.busy = r.Partition
	if i.env.Sleep(i.work); i.busy != r.Partition {
		return
	}
	if i.env.Emit(r); i.busy == r.Partition {
		i.env.Commit(r)
	}
}

// Revoked implements scenarios.Revoker.
func (i *interruptible) Revoked(partitions []scenarios.Partition) {
	i.queue.drop(partitions)
	for slices.Contains(partitions, i.busy) {
		i.env.Sleep(10 * time.Millisecond)
	}
}

// Lost implements scenarios.Loser.
func (i *interruptible) Lost(partitions []scenarios.Partition) {
	i.queue.drop(partitions)
	if slices.Contains(partitions, i.busy) {
		i.busy = scenarios.Partition{}
	}
}
