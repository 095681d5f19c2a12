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
// behind another's text is tried, from the right and from the left, and given
// up only where it cannot be had.
func placeFlags(flags []flag, lo, hi vg.Length) (spots []spot, rows int) {
	var order []int
	for i := range flags {
		order = append(order, i)
	}
	// Poles first; spans go above them.
	byX := func(sign int) func(a, b int) int {
		return func(a, b int) int {
			if flags[a].span != flags[b].span {
				if flags[a].span {
					return 1
				}
				return -1
			}
			return sign * cmp.Compare(flags[a].x, flags[b].x)
		}
	}
	slices.SortStableFunc(order, byX(-1))
	spots, rows, hidden := placeInOrder(flags, order, lo, hi)
	slices.SortStableFunc(order, byX(1))
	if s, r, h := placeInOrder(flags, order, lo, hi); h < hidden || h == hidden && r < rows {
		return s, r
	}
	return spots, rows
}

// How much care a spot is chosen with: the texts alone, also the poles of
// flags that stand, also those of flags still to come.
const (
	careTexts = iota
	carePoles
	careAll
)

// placeInOrder places one flag after the other, each in the lowest row where
// it is in nobody's way. It also tells how many could not keep clear of poles.
func placeInOrder(flags []flag, order []int, lo, hi vg.Length) (spots []spot, rows, hidden int) {
	spots = make([]spot, len(flags))
	for n, i := range order {
		f := flags[i]
		inset := min(flagInset, f.width/2)
		lefts := []vg.Length{f.x - f.width/2, f.x - f.width + inset, f.x - inset}
		if f.span {
			lefts = lefts[:1]
		}
		care := careAll
		for ; care >= careTexts; care-- {
			s, ok := lowest(len(flags), lefts, lo, max(lo, hi-f.width), func(s spot) bool {
				return keepsOff(flags, spots, order[:n], f, s, care) &&
					(care < careAll || clearToCome(flags, order[n+1:], f, s))
			})
			if ok {
				spots[i] = s
				break
			}
		}
		if care == careTexts {
			hidden++
		}
		rows = max(rows, spots[i].row+1)
	}
	return spots, rows, hidden
}

// lowest is the first spot that is free, row by row from the bottom.
func lowest(rows int, lefts []vg.Length, lo, hi vg.Length, free func(spot) bool) (spot, bool) {
	for row := range rows {
		for _, left := range lefts {
			if s := (spot{row, clamp(left, lo, hi)}); free(s) {
				return s, true
			}
		}
	}
	return spot{}, false
}

// covers tells whether a text that begins at left stands on a pole at x, or
// nearly.
func covers(left, width, x vg.Length) bool { return x > left-flagGap && x < left+width+flagGap }

// keepsOff tells whether a spot keeps a flag's text off those that stand and,
// with care for poles, every text off the other's pole.
func keepsOff(flags []flag, spots []spot, done []int, f flag, s spot, care int) bool {
	for _, j := range done {
		o, other := spots[j], flags[j]
		if o.row == s.row && s.left < o.left+other.width+flagGap && o.left < s.left+f.width+flagGap {
			return false
		}
		if care == careTexts {
			continue
		}
		// A pole passes the rows below its flag.
		if o.row > s.row && !other.span && covers(s.left, f.width, other.x) ||
			o.row < s.row && !f.span && covers(o.left, other.width, f.x) {
			return false
		}
	}
	return true
}

// clearToCome tells whether a spot leaves the poles of later flags free.
func clearToCome(flags []flag, later []int, f flag, s spot) bool {
	return !slices.ContainsFunc(later, func(j int) bool {
		return !flags[j].span && covers(s.left, f.width, flags[j].x)
	})
}
