package handlers

import "github.com/groundhogsim/groundhog/scenarios"

// batcher gathers records and writes them together.
type batcher struct {
	env   scenarios.Env
	size  int
	batch queue
}

// Process implements scenarios.Handler.
func (b *batcher) Process(records []scenarios.Record) {
	b.batch.add(records)
	for len(b.batch) >= b.size {
		b.write(b.batch.take(b.size))
	}
}

func (b *batcher) write(records []scenarios.Record) {
	if len(records) == 0 {
		return
	}
	b.env.Sleep(Work)
	b.env.Emit(records...)
	b.env.Commit(records...)
}

// Revoked implements scenarios.Revoker: what is in the batch is written while
// it may still be committed.
func (b *batcher) Revoked(partitions []scenarios.Partition) { b.write(b.batch.split(partitions)) }

// Lost implements scenarios.Loser.
func (b *batcher) Lost(partitions []scenarios.Partition) { b.batch.drop(partitions) }

// FlushWhenFull writes full batches. Wrong: when no more records come the last
// ones are never written.
func FlushWhenFull(size int) Kind {
	return func(env scenarios.Env) scenarios.Handler { return &batcher{env: env, size: size} }
}

// Batcher also writes what it has when no more records come.
func Batcher(size int) Kind {
	return func(env scenarios.Env) scenarios.Handler { return &flushing{batcher{env: env, size: size}} }
}

type flushing struct{ batcher }

// Idle implements scenarios.Idler.
func (f *flushing) Idle() { f.write(f.batch.all()) }

// BatcherWindow commits, as partitions are revoked, all that it has taken in.
// Wrong: what the batcher holds of them is not written yet, and is thrown away
// with them.
func BatcherWindow(size int) Kind {
	return func(env scenarios.Env) scenarios.Handler { return &window{flushing{batcher{env: env, size: size}}} }
}

type window struct{ flushing }

// Revoked implements scenarios.Revoker.
func (w *window) Revoked(partitions []scenarios.Partition) {
	w.env.Commit(w.batch.split(partitions)...)
}
