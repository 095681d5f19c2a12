package model

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestOffsetSetIsASet compares offsetSet with Intervals, and its copies with
// what the set was when they were made.
func TestOffsetSetIsASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var sets []*offsetSet
		var want []Intervals
		base := rapid.SampledFrom([]int64{0, 5000, 1 << 40}).Draw(t, "base")
		sets, want = append(sets, &offsetSet{}), append(want, nil)
		for range rapid.IntRange(1, 30).Draw(t, "n") {
			i := rapid.IntRange(0, len(sets)-1).Draw(t, "set")
			if rapid.IntRange(0, 4).Draw(t, "copy") == 0 {
				c := sets[i].copied()
				sets, want = append(sets, &c), append(want, slices.Clone(want[i]))
				continue
			}
			from := base + rapid.Int64Range(0, 9000).Draw(t, "from")
			to := from + rapid.Int64Range(1, 300).Draw(t, "size")
			had := sets[i].add(from, to)
			if !slices.Equal(had, want[i].Within(from, to)) {
				t.Fatalf("[%d, %d) had %v, want %v", from, to, had, want[i].Within(from, to))
			}
			want[i].Add(from, to)
		}
		from := base + rapid.Int64Range(0, 9000).Draw(t, "at")
		to := from + rapid.Int64Range(0, 5000).Draw(t, "long")
		var all Intervals
		joined := &offsetSet{}
		for i, s := range sets {
			all = all.Or(want[i])
			joined.join(s)
			if s.count() != want[i].Count() || !slices.Equal(beyond(from, sets[i:i+1]), want[i].Within(from, 1<<50)) {
				t.Fatalf("set %d is %v, want %v", i, beyond(0, sets[i:i+1]), want[i])
			}
		}
		if got := missing(from, to, sets); !slices.Equal(got, all.Missing(from, to)) && from < to {
			t.Fatalf("missing of [%d, %d): %v, want %v", from, to, got, all.Missing(from, to))
		}
		if joined.count() != all.Count() || joined.has(from) != (all.CountWithin(from, from+1) == 1) {
			t.Fatalf("all are %d, want %d", joined.count(), all.Count())
		}
	})
}
