package model

import (
	"testing"

	"pgregory.net/rapid"
)

type counted struct{ N int }

func (c counted) cloned() counted { return c }

// TestRunsAreAMap: runs hold what a map from offset to value would.
func TestRunsAreAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r runs[counted]
		want := map[int64]int{}
		for n := range rapid.IntRange(1, 30).Draw(t, "steps") {
			from := rapid.Int64Range(0, 20).Draw(t, "from")
			to := from + rapid.Int64Range(1, 8).Draw(t, "size")
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				list := r.over(from, to)
				for i := range list {
					list[i].V.N = n + 1
				}
				for o := from; o < to; o++ {
					want[o] = n + 1
				}
			case 1:
				list := r.within(from, to)
				for i := range list {
					list[i].V.N += 100
				}
				for o := from; o < to; o++ {
					if _, ok := want[o]; ok {
						want[o] += 100
					}
				}
			case 2:
				r.remove(from, to)
				for o := from; o < to; o++ {
					delete(want, o)
				}
			}
			end := int64(-1)
			for _, one := range r {
				if one.From < end || one.From >= one.To {
					t.Fatalf("not in order: %v", r)
				}
				end = one.To
			}
			free := r.gaps(0, 40)
			for o := int64(0); o < 40; o++ {
				v, ok := want[o]
				i := r.at(o)
				has := i < len(r) && r[i].From <= o
				if has != ok || has && r[i].V.N != v || free.CountWithin(o, o+1) == 1 == ok {
					t.Fatalf("offset %d: %v %d in %v, gaps %v", o, ok, v, r, free)
				}
			}
		}
	})
}
