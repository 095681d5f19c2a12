package model

import (
	"testing"

	"pgregory.net/rapid"
)

// TestIntervalsAreASet compares with the plainest set of offsets there is.
func TestIntervalsAreASet(t *testing.T) {
	const size = 40
	rapid.Check(t, func(t *rapid.T) {
		var set Intervals
		var plain [size]bool
		count := func(from, to int64) (n int64) {
			for i := from; i < to; i++ {
				if plain[i] {
					n++
				}
			}
			return n
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			from := rapid.Int64Range(0, size).Draw(t, "from")
			to := rapid.Int64Range(0, size).Draw(t, "to")
			before := count(from, max(from, to))
			if rapid.Bool().Draw(t, "add") {
				added := set.Add(from, to)
				if want := max(0, to-from) - before; added != want {
					t.Fatalf("Add [%d,%d) gave %d, want %d", from, to, added, want)
				}
				for i := from; i < to; i++ {
					plain[i] = true
				}
			} else {
				set.Remove(from, to)
				for i := from; i < to; i++ {
					plain[i] = false
				}
			}
			checkSet(t, set, plain[:])
			if from > to {
				from, to = to, from
			}
			if got, want := set.CountWithin(from, to), count(from, to); got != want {
				t.Fatalf("%v: CountWithin [%d,%d) is %d, want %d", set, from, to, got, want)
			}
			in, out := set.Within(from, to), set.Missing(from, to)
			if in.Count() != count(from, to) || out.Count() != to-from-in.Count() || len(in.And(out)) != 0 {
				t.Fatalf("%v: [%d,%d) has %v and misses %v", set, from, to, in, out)
			}
			if whole := in.Or(out); from < to && (len(whole) != 1 || whole[0] != Interval{from, to}) {
				t.Fatalf("%v and %v do not make [%d,%d)", in, out, from, to)
			}
			if rest := set.Minus(in); rest.Count() != set.Count()-in.Count() {
				t.Fatalf("%v minus %v is %v", set, in, rest)
			}
		}
	})
}

func checkSet(t *rapid.T, set Intervals, plain []bool) {
	for i, part := range set {
		if part.From >= part.To || i > 0 && set[i-1].To >= part.From {
			t.Fatalf("not in normal form: %v", []Interval(set))
		}
	}
	for i, in := range plain {
		if got := set.CountWithin(int64(i), int64(i)+1) == 1; got != in {
			t.Fatalf("%v: offset %d: in the set %v, want %v", set, i, got, in)
		}
	}
}

func TestIntervalsText(t *testing.T) {
	set := Intervals{{17, 20}, {23, 24}, {30, 32}}
	if got, want := set.String(), "17..19, 23, 30..31"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if set.Count() != 6 || set.End() != 32 || (Intervals{}).End() != 0 {
		t.Errorf("count %d, end %d", set.Count(), set.End())
	}
}
