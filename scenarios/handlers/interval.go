package handlers

import (
	"time"

	"github.com/groundhogsim/groundhog/scenarios"
)

// CommitByInterval commits what is done every so often. Wrong: when it gives
// partitions up it leaves them as they were committed last, and the next owner
// repeats what came after.
func CommitByInterval(every time.Duration) Kind {
	return func(env scenarios.Env) scenarios.Handler {
		return &byInterval{env: env, every: every, next: env.Now().Add(every)}
	}
}

type byInterval struct {
	env   scenarios.Env
	every time.Duration
	next  time.Time
	done  queue
}

// Process implements scenarios.Handler.
func (b *byInterval) Process(records []scenarios.Record) {
	process(b.env, records)
	b.done.add(records)
	b.Idle()
}

// Idle implements scenarios.Idler.
func (b *byInterval) Idle() {
	if now := b.env.Now(); !now.Before(b.next) {
		b.next = now.Add(b.every)
		b.env.Commit(b.done.all()...)
	}
}

// Revoked implements scenarios.Revoker.
func (b *byInterval) Revoked(partitions []scenarios.Partition) { b.done.drop(partitions) }

// IntervalAndRevoke also commits before it gives partitions up.
func IntervalAndRevoke(every time.Duration) Kind {
	return func(env scenarios.Env) scenarios.Handler {
		return &onRevoke{byInterval{env: env, every: every, next: env.Now().Add(every)}}
	}
}

type onRevoke struct{ byInterval }

// Revoked implements scenarios.Revoker.
func (o *onRevoke) Revoked(partitions []scenarios.Partition) {
	o.env.Commit(o.done.split(partitions)...)
}

// Lost implements scenarios.Loser.
func (o *onRevoke) Lost(partitions []scenarios.Partition) { o.done.drop(partitions) }
