package plots

import (
	"cmp"
	"slices"

	"gonum.org/v1/plot/vg"
)

// A flag is a label above a chart for something at an x inside it; a pole
// leads from one to the other. The flag of a span has no pole: it is as wide
// as its text or the span, whichever is more, and stands in the middle of it.
// Lengths in points.
type flag struct {
	x     vg.Length
	width vg.Length
	span  bool
}

// A spot is where a flag's text stands: its row, 0 next to the data, and its
// left end.
type spot struct {
	row  int
	left vg.Length
}

const (
	flagInset = 5 // how far a text reaches over its pole at the least
	flagGap   = 8 // between a text and other texts and poles
)

// placeFlags gives every flag a spot between lo and hi, in as few rows as it
// finds, and tells their number. Texts never overlap each other, and each
// stands over its own pole (if hi − lo leaves the room). That no pole runs
// behind another's text is tried, and given up only when it cannot be had.
func placeFlags(flags []flag, lo, hi vg.Length) (spots []spot, rows int) {
	order := make([]int, len(flags))
	for i := range order {
		order[i] = i
	}
	// Poles first, from the right; spans go above them.
	slices.SortStableFunc(order, func(a, b int) int {
		if flags[a].span != flags[b].span {
			if flags[b].span {
				return -1
			}
			return 1
		}
		return cmp.Compare(flags[b].x, flags[a].x)
	})
	spots = make([]spot, len(flags))
	var done []int
	for _, i := range order {
		spots[i] = findSpot(flags, spots, done, i, lo, hi)
		rows = max(rows, spots[i].row+1)
		done = append(done, i)
	}
	return spots, rows
}

func findSpot(flags []flag, spots []spot, done []int, i int, lo, hi vg.Length) spot {
	f := flags[i]
	limit := max(lo, hi-f.width)
	lefts := []vg.Length{f.x - f.width/2, f.x - f.width + flagInset, f.x - flagInset}
	if f.span {
		lefts = lefts[:1]
	}
	for _, strict := range []bool{true, false} {
		for row := range len(flags) {
			for _, left := range lefts {
				s := spot{row, clamp(left, lo, limit)}
				if !clashes(flags, spots, done, f, s, strict) {
					return s
				}
			}
		}
	}
	return spot{len(flags), clamp(lefts[0], lo, limit)} // not reached: a row of its own is free
}

// clashes tells whether a spot would put a text on another's or, if strict, a
// text and a pole on each other.
func clashes(flags []flag, spots []spot, done []int, f flag, s spot, strict bool) bool {
	for _, j := range done {
		o, other := spots[j], flags[j]
		switch {
		case o.row == s.row:
			if s.left < o.left+other.width+flagGap && o.left < s.left+f.width+flagGap {
				return true
			}
		case strict && o.row > s.row && !other.span: // its pole passes this row
			if other.x > s.left-flagGap && other.x < s.left+f.width+flagGap {
				return true
			}
		case strict && o.row < s.row && !f.span: // this pole passes its row
			if f.x > o.left-flagGap && f.x < o.left+other.width+flagGap {
				return true
			}
		}
	}
	return false
}
