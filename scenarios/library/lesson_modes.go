package library

import (
	"time"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
)

// The ways to commit that C04 and C12 compare. All do the same work; each
// begins a poll's records with a moment's look at them, so that a crash can
// come between the poll and whatever is done next.

const (
	matrixBatch = 6 // records a poll
	matrixLook  = time.Millisecond
	matrixWork  = 50 * time.Millisecond // a record
)

func work(env scenarios.Env, r scenarios.Record) {
	env.Sleep(matrixWork)
	env.Emit(r)
}

// commitNothing leaves the commits to auto-commit.
func commitNothing(env scenarios.Env) scenarios.Handler {
	return handlers.Func(func(records []scenarios.Record) {
		env.Sleep(matrixLook)
		for _, r := range records {
			work(env, r)
		}
	})
}

// commitAfterPoll commits all that was polled, then does the work.
func commitAfterPoll(env scenarios.Env) scenarios.Handler {
	return handlers.Func(func(records []scenarios.Record) {
		env.Sleep(matrixLook)
		env.Commit(records...)
		for _, r := range records {
			work(env, r)
		}
	})
}

// commitBeforeEach commits each record before the work on it.
func commitBeforeEach(env scenarios.Env) scenarios.Handler {
	return handlers.Func(func(records []scenarios.Record) {
		env.Sleep(matrixLook)
		for _, r := range records {
			env.Commit(r)
			work(env, r)
		}
	})
}

// commitAfterBatch does the work on all that was polled, then commits.
func commitAfterBatch(env scenarios.Env) scenarios.Handler {
	return handlers.Func(func(records []scenarios.Record) {
		env.Sleep(matrixLook)
		for _, r := range records {
			work(env, r)
		}
		env.Commit(records...)
	})
}

// commitAfterEach commits each record after the work on it.
func commitAfterEach(env scenarios.Env) scenarios.Handler {
	return handlers.Func(func(records []scenarios.Record) {
		env.Sleep(matrixLook)
		for _, r := range records {
			work(env, r)
			env.Commit(r)
		}
	})
}

// commitAsync does the work on all that was polled, then commits, and polls
// again without waiting for the answer.
func commitAsync(env scenarios.Env) scenarios.Handler {
	return handlers.Func(func(records []scenarios.Record) {
		env.Sleep(matrixLook)
		for _, r := range records {
			work(env, r)
		}
		env.CommitAsync(nil, records...)
	})
}

// onRevoke commits what is done when partitions are given up, and waits for it;
// before that it does not commit at all, or does not wait.
type onRevoke struct {
	env   scenarios.Env
	async bool
	done  []scenarios.Record // the last record of each partition
}

func commitOnRevoke(env scenarios.Env) scenarios.Handler { return &onRevoke{env: env} }

func commitAsyncAndOnRevoke(env scenarios.Env) scenarios.Handler {
	return &onRevoke{env: env, async: true}
}

// Process implements scenarios.Handler.
func (h *onRevoke) Process(records []scenarios.Record) {
	h.env.Sleep(matrixLook)
	for _, r := range records {
		work(h.env, r)
		h.did(r)
	}
	if h.async {
		h.env.CommitAsync(nil, records...)
	}
}

func (h *onRevoke) did(r scenarios.Record) {
	for i := range h.done {
		if h.done[i].Partition == r.Partition {
			h.done[i] = r
			return
		}
	}
	h.done = append(h.done, r)
}

// Revoked implements scenarios.Revoker.
func (h *onRevoke) Revoked([]scenarios.Partition) {
	h.env.Sleep(matrixLook)
	h.env.Commit(h.done...)
	h.done = nil
}

// queued hands what was polled to a queue, as to a pool of workers, and works
// on it while the next poll's records wait: for auto-commit it is done.
type queued struct {
	env   scenarios.Env
	queue [][]scenarios.Record
}

func workFromQueue(env scenarios.Env) scenarios.Handler { return &queued{env: env} }

// Process implements scenarios.Handler.
func (h *queued) Process(records []scenarios.Record) {
	h.env.Sleep(matrixLook)
	h.queue = append(h.queue, records)
	h.down(1)
}

// Idle implements scenarios.Idler.
func (h *queued) Idle() { h.down(0) }

func (h *queued) down(to int) {
	for len(h.queue) > to {
		next := h.queue[0]
		h.queue = h.queue[1:]
		for _, r := range next {
			work(h.env, r)
		}
	}
}
