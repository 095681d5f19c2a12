package handlers

import (
	"time"

	"github.com/groundhogsim/groundhog/scenarios"
)

// refused tells whether the place that records are written to refuses one for
// the moment, as a database does that is restarted: now and then, and not twice.
func refused(r scenarios.Record, try int) bool { return try == 0 && r.Offset%9 == 4 }

// attempt does the work on one record, and tells whether it succeeded.
func attempt(env scenarios.Env, r scenarios.Record, try int) bool {
	if env.Sleep(Work); refused(r, try) {
		return false
	}
	env.Emit(r)
	return true
}

// SkipOnError goes on with the next record when one has failed. Wrong: a commit
// covers all that lies below it, also what has failed.
func SkipOnError(env scenarios.Env) scenarios.Handler {
	return Func(func(records []scenarios.Record) {
		for _, r := range records {
			attempt(env, r, 0) // an error is logged
		}
		env.Commit(records...)
	})
}

// RetryBatch does the batch again when a record has failed. Wrong: those before
// it in the batch are done twice.
func RetryBatch(env scenarios.Env) scenarios.Handler {
	return Func(func(records []scenarios.Record) {
		for try := 0; !whole(env, records, try); try++ {
			env.Sleep(100 * time.Millisecond)
		}
		env.Commit(records...)
	})
}

func whole(env scenarios.Env, records []scenarios.Record, try int) bool {
	for _, r := range records {
		if !attempt(env, r, try) {
			return false
		}
	}
	return true
}

// RetryRecord tries the record that failed again.
func RetryRecord(env scenarios.Env) scenarios.Handler {
	return Func(func(records []scenarios.Record) {
		for _, r := range records {
			for try := 0; !attempt(env, r, try); try++ {
				env.Sleep(100 * time.Millisecond)
			}
		}
		env.Commit(records...)
	})
}

// RetryForEver tries a record until it succeeds. Wrong: one of that value never
// does. The member does not poll any more, so the group cannot rebalance, and
// the partition stands still.
func RetryForEver(value string) Kind { return poisoned(value, 1<<30) }

// DeadLetter writes a record that has failed five times to a place of its own.
func DeadLetter(value string) Kind { return poisoned(value, 5) }

func poisoned(value string, tries int) Kind {
	return func(env scenarios.Env) scenarios.Handler {
		return Func(func(records []scenarios.Record) {
			for _, r := range records {
				for try := 0; r.Value == value && try < tries; try++ {
					env.Sleep(500 * time.Millisecond)
				}
				process(env, []scenarios.Record{r}) // done, or put aside for good
			}
			env.Commit(records...)
		})
	}
}
