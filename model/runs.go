package model

import (
	"cmp"
	"slices"
)

// runs maps offsets to values, in runs of offsets that have been treated alike:
// ascending, not empty, not overlapping. Where records are given out and
// acknowledged in batches, a batch costs one run however many records it has.
type runs[V cloner[V]] []run[V]

type run[V any] struct {
	From, To int64
	V        V
}

// cloner is a value that can be copied when a run of it is split.
type cloner[V any] interface{ cloned() V }

// at gives the index of the first run that ends after offset o.
func (r runs[V]) at(o int64) int {
	if n := len(r); n == 0 || r[n-1].To <= o {
		return n // the usual case: at the end
	}
	i, _ := slices.BinarySearchFunc(r, o, func(a run[V], o int64) int { return cmp.Compare(a.To, o+1) })
	return i
}

// cut makes o the border of two runs, if it lies within one.
func (r *runs[V]) cut(o int64) {
	i := r.at(o)
	if i == len(*r) || (*r)[i].From >= o {
		return
	}
	rest := (*r)[i]
	rest.From, rest.V = o, rest.V.cloned()
	(*r)[i].To = o
	*r = slices.Insert(*r, i+1, rest)
}

// places cuts the runs to [from, to), and tells where those within stand.
func (r *runs[V]) places(from, to int64) (i, j int) {
	r.cut(from)
	r.cut(to)
	i = r.at(from)
	for j = i; j < len(*r) && (*r)[j].From < to; j++ {
	}
	return i, j
}

// within gives the runs of [from, to), cut to it; gaps stay gaps.
func (r *runs[V]) within(from, to int64) []run[V] {
	i, j := r.places(from, to)
	return (*r)[i:j]
}

// over gives runs that cover [from, to), new ones where there were gaps.
func (r *runs[V]) over(from, to int64) []run[V] {
	var zero V
	for at := from; at < to; {
		i := r.at(at)
		end := to
		if i < len(*r) {
			if (*r)[i].From <= at {
				at = (*r)[i].To
				continue
			}
			end = min(end, (*r)[i].From)
		}
		*r = slices.Insert(*r, i, run[V]{at, end, zero})
		at = end
	}
	return r.within(from, to)
}

// remove forgets [from, to).
func (r *runs[V]) remove(from, to int64) {
	i, j := r.places(from, to)
	*r = slices.Delete(*r, i, j)
}

// gaps are the offsets of [from, to) that have no value.
func (r runs[V]) gaps(from, to int64) (out Intervals) {
	for i := r.at(from); i < len(r) && r[i].From < to; i++ {
		if from < r[i].From {
			out = append(out, Interval{from, r[i].From})
		}
		from = r[i].To
	}
	if from < to {
		out = append(out, Interval{from, to})
	}
	return out
}
