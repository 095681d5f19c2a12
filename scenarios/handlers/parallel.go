package handlers

import (
	"slices"

	"github.com/groundhogsim/groundhog/scenarios"
)

// byLength puts records in the order in which workers side by side finish
// them: some take longer than others.
func byLength(records []scenarios.Record) []scenarios.Record {
	out := slices.Clone(records)
	slices.SortStableFunc(out, func(a, b scenarios.Record) int { return int(a.Offset%3 - b.Offset%3) })
	return out
}

// HighestDone has workers side by side, and commits the highest offset that any
// of them has finished. Wrong: lower ones may still be in work, and a crash
// loses them.
func HighestDone(env scenarios.Env) scenarios.Handler {
	return Func(func(records []scenarios.Record) {
		for _, r := range byLength(records) {
			process(env, []scenarios.Record{r})
			env.Commit(r)
		}
	})
}

// LowestOpen commits up to the lowest offset that is still in work.
func LowestOpen(env scenarios.Env) scenarios.Handler {
	return Func(func(records []scenarios.Record) {
		open := slices.Clone(records)
		for _, r := range byLength(records) {
			process(env, []scenarios.Record{r})
			open = slices.DeleteFunc(open, func(o scenarios.Record) bool { return o.Partition == r.Partition && o.Offset == r.Offset })
			at := r.Offset + 1
			for _, o := range records {
				if o.Partition == r.Partition {
					at = max(at, o.Offset+1)
				}
			}
			for _, o := range open {
				if o.Partition == r.Partition {
					at = min(at, o.Offset)
				}
			}
			env.CommitOffsets(scenarios.Offset{Partition: r.Partition, At: at})
		}
	})
}

// lanes is how many workers LanesInTurn and LanesByKey have; each takes longer
// than the one before.
const lanes = 3

// LanesInTurn deals records out to lanes in turn. Wrong: of two records of one
// key the second may be in the faster lane.
func LanesInTurn(env scenarios.Env) scenarios.Handler {
	return inLanes(env, func(i int, _ scenarios.Record) int { return i % lanes })
}

// LanesByKey gives all records of a key to the same lane.
func LanesByKey(env scenarios.Env) scenarios.Handler {
	return inLanes(env, func(_ int, r scenarios.Record) int {
		sum := 0
		for _, b := range []byte(r.Key) {
			sum += int(b)
		}
		return sum % lanes
	})
}

func inLanes(env scenarios.Env, lane func(int, scenarios.Record) int) scenarios.Handler {
	return Func(func(records []scenarios.Record) {
		var todo [lanes]queue
		for i, r := range records {
			n := lane(i, r)
			todo[n] = append(todo[n], r)
		}
		// In every round the first lane gets three records done, the last one.
		for len(todo[0])+len(todo[1])+len(todo[2]) > 0 {
			for n := range todo {
				process(env, todo[n].take(lanes-n))
			}
		}
		env.Commit(records...)
	})
}
