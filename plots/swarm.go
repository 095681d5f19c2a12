package plots

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	runRadius = 1.7 // of the dot of a run
	mostDeep  = 40  // dots beside each other: more would lie on each other anyhow
)

// swarm spreads dots that stand at nearly the same place of a line to both
// sides of it, by at most half, so that each is seen: each dot's offset from
// the line, in the order given. Their places on the line are left exact. Of
// those that are too many to be told apart keep says no.
func swarm(places []vg.Length, half vg.Length) (offsets []vg.Length, keep []bool) {
	order := make([]int, len(places))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case places[a] < places[b]:
			return -1
		case places[a] > places[b]:
			return 1
		}
		return 0
	})
	offsets, keep = make([]vg.Length, len(places)), make([]bool, len(places))
	for begin := 0; begin < len(order); {
		end := begin + 1
		for end < len(order) && places[order[end]] < places[order[begin]]+2*runRadius {
			end++
		}
		near := order[begin:end]
		step := vg.Length(2*runRadius + 0.2)
		if n := min(len(near), mostDeep); n > 1 {
			step = min(step, half/vg.Length(n/2))
		}
		for k, i := range near {
			if k < mostDeep {
				side := vg.Length(1 - 2*(k%2))
				offsets[i], keep[i] = side*vg.Length(math.Ceil(float64(k)/2))*step, true
			}
		}
		begin = end
	}
	return offsets, keep
}

// runDot is the dot of one run.
func runDot(c draw.Canvas, col color.Color, x, y vg.Length) {
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: col, Radius: runRadius, Shape: draw.CircleGlyph{}}, vg.Point{X: x, Y: y})
}
