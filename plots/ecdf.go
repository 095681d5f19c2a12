package plots

import (
	"math"
	"slices"
	"time"
)

// A Step is one stair of an empirical distribution function: Share of the
// values, in (0, 1], are at most X.
type Step struct {
	X, Share float64
}

// ECDF is the empirical distribution function of values, in their unit: one
// step for each distinct finite value, both fields strictly rising. A value
// of +Inf stands for what never happened within the run: it counts, and the
// last share stays below 1 by its part. Without one the last share is 1. NaN
// and −Inf are no measurements and do not count. The input is left alone.
func ECDF(values []float64) []Step {
	sorted := measured(values)
	n := float64(len(sorted))
	var steps []Step
	for i, v := range sorted {
		switch {
		case math.IsInf(v, 1):
			return steps
		case i+1 < len(sorted) && sorted[i+1] == v:
			continue // the last of equal values speaks for them
		}
		steps = append(steps, Step{X: v, Share: float64(i+1) / n})
	}
	return steps
}

// Seconds turns durations into the seconds that the charts take.
func Seconds(durations []time.Duration) []float64 {
	out := make([]float64, len(durations))
	for i, d := range durations {
		out[i] = d.Seconds()
	}
	return out
}

// measured are the values that count, sorted.
func measured(values []float64) []float64 {
	var out []float64
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, -1) {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}

// quantile is the nearest-rank quantile of sorted values: the smallest that
// at least the share q of them does not exceed.
func quantile(sorted []float64, q float64) float64 {
	rank := int(math.Ceil(q*float64(len(sorted)) - 1e-9))
	return sorted[max(rank, 1)-1]
}

// thin leaves out steps until no more than most+2 are left; the curve of what
// it keeps is nowhere off by more than 1/most.
func thin(steps []Step, most int) []Step {
	if len(steps) <= most {
		return steps
	}
	out := []Step{steps[0]}
	for i, s := range steps {
		if s.Share >= out[len(out)-1].Share+1/float64(most) || i == len(steps)-1 {
			out = append(out, s)
		}
	}
	return out
}
