package assignor

import (
	"cmp"
	"slices"
)

// leveller says which of some members should get the next partition and which
// should give one away. It looks at counts only when it widens a range of
// equals, and so needs no heap:
//
//	counts      #     least: places [0, leastEnd) of sorted, all at leastLevel
//	          ###       when the range is entered, served from the left
//	      #######     most: places [mostStart, mostEnd), all at mostLevel,
//	   ##########       served from the right; behind it those with nothing to give
//
// Once every member of a range had its turn the level of the range changes by
// one, and the members that are at the new level join it. The ranges may
// overlap: what counts is how far the levels are apart.
type leveller struct {
	count  []int   // by member; the caller keeps it up to date
	sorted []int32 // members by count, then by number

	leastEnd, leastNext, leastLevel         int
	mostStart, mostEnd, mostNext, mostLevel int

	keys []uint64 // scratch
}

// start takes up a new set of members, given in ascending order, and tells how
// far the counts are apart.
func (l *leveller) start(members []int32) (imbalance int) {
	l.keys = l.keys[:0]
	for _, m := range members {
		l.keys = append(l.keys, uint64(l.count[m])<<32|uint64(m))
	}
	if !slices.IsSorted(l.keys) {
		slices.SortFunc(l.keys, cmp.Compare[uint64])
	}
	l.sorted = l.sorted[:0]
	for _, k := range l.keys {
		l.sorted = append(l.sorted, int32(uint32(k)))
	}
	n := len(members)
	low, high := l.count[l.sorted[0]], l.count[l.sorted[n-1]]
	l.leastEnd, l.leastNext, l.leastLevel = 0, 0, low-1
	l.mostStart, l.mostEnd, l.mostNext, l.mostLevel = n, n, n-1, high+1
	return high - low
}

// least is the member to get a partition, which it is taken to get.
func (l *leveller) least() int32 {
	if l.leastNext >= l.leastEnd {
		l.leastLevel++
		for l.leastEnd < len(l.sorted) && l.count[l.sorted[l.leastEnd]] == l.leastLevel {
			l.leastEnd++
		}
		l.leastNext = 0
	}
	l.leastNext++
	return l.sorted[l.leastNext-1]
}

// most is the member to give a partition away, which it is taken to do. Those
// that have none to give are left out from then on; it is not ok when there is
// nobody left.
func (l *leveller) most(hasAny func(m int32) bool) (m int32, ok bool) {
	for {
		if l.mostNext < l.mostStart {
			l.widenMost()
		}
		if l.mostNext < 0 {
			return 0, false
		}
		at := l.mostNext
		l.mostNext--
		if m = l.sorted[at]; hasAny(m) {
			return m, true
		}
		l.mostEnd--
		l.sorted[at], l.sorted[l.mostEnd] = l.sorted[l.mostEnd], l.sorted[at]
	}
}

func (l *leveller) widenMost() {
	if l.mostEnd <= l.mostStart && l.mostStart > 0 {
		// All of the range are left out: go on at whatever level is next.
		l.mostLevel = l.count[l.sorted[l.mostStart-1]]
	} else {
		l.mostLevel--
	}
	for l.mostStart > 0 && l.count[l.sorted[l.mostStart-1]] == l.mostLevel {
		l.mostStart--
	}
	l.mostNext = l.mostEnd - 1
}

// balanced says that a move from the last of most to the last of least would
// not help.
func (l *leveller) balanced() bool { return l.mostLevel-l.leastLevel <= 1 }
