package explore

import "math/bits"

// way is a path from an initial state to a violation.
type way[A any] struct {
	init    int
	actions []A
}

// ways is a set of properties, with a path to a violation of each, as far as one is known.
type ways[A any] struct {
	set uint64
	to  [64]*way[A]
}

// add puts into the set those of the violated properties that it lacks, with the way w.
func (v *ways[A]) add(violated uint64, w way[A]) {
	for s := violated &^ v.set; s != 0; s &= s - 1 {
		v.to[bits.TrailingZeros64(s)] = &w
	}
	v.set |= violated
}
