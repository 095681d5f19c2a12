// Package handlers has kinds of handlers: how services treat the records that
// they poll, right and wrong.
package handlers

import (
	"time"

	"github.com/groundhogsim/groundhog/scenarios"
)

// Kind makes a handler for each start of a process.
type Kind = func(scenarios.Env) scenarios.Handler

// Func is a handler that only processes.
type Func func([]scenarios.Record)

// Process implements scenarios.Handler.
func (f Func) Process(records []scenarios.Record) { f(records) }

// Work is what one record takes.
const Work = 5 * time.Millisecond

// process does the work on records, one by one.
func process(env scenarios.Env, records []scenarios.Record) {
	for _, r := range records {
		env.Sleep(Work)
		env.Emit(r)
	}
}

// ProcessThenCommit does the work on all that was polled, then commits.
func ProcessThenCommit(env scenarios.Env) scenarios.Handler {
	return Func(func(records []scenarios.Record) {
		process(env, records)
		env.Commit(records...)
	})
}

// CommitThenProcess commits what it was given before the work is done.
func CommitThenProcess(env scenarios.Env) scenarios.Handler {
	return Func(func(records []scenarios.Record) {
		env.Commit(records...)
		process(env, records)
	})
}

// CommitLastOffset takes the committed offset for that of the last record
// read, as some tutorials say; it is the next one to read.
func CommitLastOffset(env scenarios.Env) scenarios.Handler {
	return Func(func(records []scenarios.Record) {
		process(env, records)
		offsets := scenarios.Next(records...)
		for i := range offsets {
			offsets[i].At--
		}
		env.CommitOffsets(offsets...)
	})
}
