package handlers

import (
	"time"

	"github.com/groundhogsim/groundhog/scenarios"
)

// DrainAll polls more than it works off, and works off the rest in its revoked
// callback. Wrong: nobody waits for longer than the rebalance timeout. The
// member is out of the group then, its commit is refused, and all is done
// again by others.
func DrainAll(pace int, work time.Duration) Kind {
	return DrainBudget(pace, work, time.Hour)
}

// DrainBudget drains for as long as it may, and leaves the rest to whoever
// gets the partitions. The heartbeat interval, the longest time between two
// polls and the budget must together be less than the rebalance timeout.
func DrainBudget(pace int, work, budget time.Duration) Kind {
	return func(env scenarios.Env) scenarios.Handler {
		return &drainer{env: env, pace: pace, work: work, budget: budget}
	}
}

type drainer struct {
	env          scenarios.Env
	pace         int
	work, budget time.Duration
	queue        queue
}

// Process implements scenarios.Handler.
func (d *drainer) Process(records []scenarios.Record) {
	d.queue.add(records)
	head := queue(d.queue.take(d.pace))
	d.do(&head, time.Hour)
}

// Idle implements scenarios.Idler: it catches up, and looks for more soon.
func (d *drainer) Idle() { d.do(&d.queue, 2*time.Second) }

// do works off a queue for at most a span, and commits what is done.
func (d *drainer) do(q *queue, within time.Duration) {
	var done []scenarios.Record
	for until := d.env.Now().Add(within); len(*q) > 0 && d.env.Now().Before(until); {
		r := q.take(1)
		d.env.Sleep(d.work)
		d.env.Emit(r...)
		done = append(done, r...)
	}
	d.env.Commit(done...)
}

// Revoked implements scenarios.Revoker.
func (d *drainer) Revoked(partitions []scenarios.Partition) {
	theirs := queue(d.queue.split(partitions))
	d.do(&theirs, d.budget)
}

// Lost implements scenarios.Loser.
func (d *drainer) Lost(partitions []scenarios.Partition) { d.queue.drop(partitions) }

// SlowBatch works through all that a poll brought before it polls again.
// Wrong: a rebalance waits for it, and so do all other members.
func SlowBatch(work time.Duration) Kind {
	return func(env scenarios.Env) scenarios.Handler {
		return Func(func(records []scenarios.Record) {
			for _, r := range records {
				env.Sleep(work)
				env.Emit(r)
			}
			env.Commit(records...)
		})
	}
}
