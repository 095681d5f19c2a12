package plots

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Point is one measurement: what was set, or when, and what came of it.
type Point struct{ X, Y float64 }

// Points are measurements of one kind, in any order; several may share an X,
// say the runs with one commit interval. What is not
// finite, or over 10¹⁵, does not count.
type Points struct {
	Name   string
	Points []Point
}

// A Reference is a line that measurements are read against, straight between
// its points, which rise in X.
type Reference struct {
	Name   string
	Points []Point
	// Limit says that nothing may lie above the line: what does is drawn in
	// another colour, and the key counts it.
	Limit bool
}

// at is the line's value; ok is whether it has one there.
func (r Reference) at(x float64) (y float64, ok bool) {
	for i := range r.Points[:max(0, len(r.Points)-1)] {
		a, b := r.Points[i], r.Points[i+1]
		if a.X <= x && x <= b.X {
			if a.X == b.X {
				return b.Y, true
			}
			return a.Y + (b.Y-a.Y)*(x-a.X)/(b.X-a.X), true
		}
	}
	return 0, false
}

// level tells whether the line neither rises nor falls at x.
func (r Reference) level(x float64) bool {
	for i := range r.Points[:max(0, len(r.Points)-1)] {
		if a, b := r.Points[i], r.Points[i+1]; a.X <= x && x <= b.X && a.Y != b.Y {
			return false
		}
	}
	return true
}

// above tells whether a point breaks the line; a part in a billion is
// rounding.
func (r Reference) above(p Point) bool {
	y, ok := r.at(p.X)
	return ok && r.Limit && p.Y > y+1e-9*math.Abs(y)
}

// sweep is dots of runs, lines through their medians, and references.
type sweep struct {
	sweeps []Points // sorted by X, then Y
	refs   []Reference
	x, y   scale
	tried  []float64 // X that were measured, rising
	spread bool      // dots stand beside their X
}

// Sweeps draws what came of runs in which one thing was varied: each run is a
// dot, and a line goes through the median (nearest rank) at each X. Dots that
// would lie on each other are set apart sideways, as are those of several
// sweeps; a short level stroke is where a reference is for them. Laws are
// upright lines at an X. The key tells the number of runs and, for each limit,
// how many broke it. Both axes begin at 0, unless a value is less. Without
// measurements the chart says "no data".
func Sweeps(title string, x, y Axis, sweeps []Points, refs []Reference, laws []Law) *Chart {
	b := &sweep{}
	var xs, ys, tried []float64
	for _, s := range sweeps {
		s = Points{clean(s.Name), finitePoints(s.Points)}
		b.sweeps = append(b.sweeps, s)
		for i, p := range s.Points {
			b.spread = b.spread || len(sweeps) > 1 || i > 0 && p.X == s.Points[i-1].X
			xs, ys, tried = append(xs, p.X), append(ys, p.Y), append(tried, p.X)
		}
	}
	for _, r := range refs {
		r = Reference{clean(r.Name), finitePoints(r.Points), r.Limit}
		b.refs = append(b.refs, r)
		for _, p := range r.Points {
			xs, ys = append(xs, p.X), append(ys, p.Y)
		}
	}
	for _, l := range drawable(laws) {
		xs = append(xs, l.Low, l.High)
	}
	ch := &Chart{title: clean(title), width: pageWidth, blocks: []block{noData{}}}
	if len(tried) == 0 {
		return ch
	}
	b.x, b.y = newScale(x, xs), newScale(y, ys)
	slices.Sort(tried)
	b.tried = slices.Compact(tried)
	b.x.tried = b.tried
	if b.tried[0] > 0 && b.x.lo == 0 {
		b.x.tried = append([]float64{0}, b.tried...)
	}
	if b.tried[0] == b.x.lo && b.x.above == 0 {
		b.x.lo -= 0.02 * (b.x.hi - b.x.lo) // dots stand clear of the axis
	}
	k := b.key()
	ch.width = max(pageWidth, k.least()+2*margin)
	ch.blocks = []block{k, &frame{x: b.x, y: b.y, tall: cdfHeight, marks: plainMarks(laws, b.x.unit), inner: b.draw}}
	return ch
}

// finitePoints are those that can be drawn, sorted.
func finitePoints(points []Point) []Point {
	var out []Point
	for _, p := range points {
		if f := p.X + p.Y; !math.IsNaN(f) && math.Abs(p.X) < 1e15 && math.Abs(p.Y) < 1e15 {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b Point) int {
		switch {
		case a.X < b.X || a.X == b.X && a.Y < b.Y:
			return -1
		case a == b:
			return 0
		}
		return 1
	})
	return out
}

// refStyle is the style of the i-th reference.
func refStyle(i int) draw.LineStyle {
	return draw.LineStyle{Color: lawOf, Width: 1.3, Dashes: [][]vg.Length{{5, 3}, {1.5, 2.5}, {9, 2, 2, 2}}[i%3]}
}

func (b *sweep) key() table {
	t := table{heads: []string{"", "runs"}}
	for _, r := range b.refs {
		if r.Limit {
			t.heads = append(t.heads, "over "+r.Name)
		}
	}
	for i, s := range b.sweeps {
		row := tableRow{sample: dottedSample(curveStyle(i)), cells: []string{s.Name, grouped(len(s.Points))}, wrong: make([]bool, len(t.heads))}
		for _, r := range b.refs {
			if r.Limit {
				n := b.broken(s, r)
				row.wrong[len(row.cells)] = n > 0
				row.cells = append(row.cells, fmt.Sprintf("%s of %s", grouped(n), grouped(len(s.Points))))
			}
		}
		t.rows = append(t.rows, row)
	}
	for i, r := range b.refs {
		cells := make([]string, len(t.heads))
		cells[0] = r.Name
		if r.Limit {
			cells[0] = "bound: " + r.Name
		}
		t.rows = append(t.rows, tableRow{sample: lineSample(refStyle(i)), cells: cells})
	}
	return t
}

func (b *sweep) broken(s Points, r Reference) int {
	n := 0
	for _, p := range s.Points {
		if r.above(p) {
			n++
		}
	}
	return n
}

// columns are the measurements at one X.
func columns(points []Point) (cols [][]Point) {
	for begin := 0; begin < len(points); {
		end := begin + 1
		for end < len(points) && points[end].X == points[begin].X {
			end++
		}
		cols = append(cols, points[begin:end])
		begin = end
	}
	return cols
}

// room is how far the dots of one sweep may spread to each side of their
// place at an X, and how far the places of two sweeps are apart.
func (b *sweep) room(at float64, x func(float64) vg.Length) (half, step vg.Length) {
	gap := min(40, 2*(x(at)-x(b.x.lo))) // nothing stands beyond the axis
	for _, other := range b.tried {
		if d := x(other) - x(at); d != 0 {
			gap = min(gap, max(d, -d))
		}
	}
	step = 0.7 * gap / vg.Length(max(1, len(b.sweeps)))
	return max(0, step/2-runRadius), step
}

func (b *sweep) draw(c draw.Canvas, x, y func(float64) vg.Length) {
	for i, r := range b.refs {
		c.StrokeLines(refStyle(i), b.path(r, x, y))
		b.drawStands(c, r, x, y)
	}
	for i, s := range b.sweeps { // dashes over whole lines: one that runs with another is seen
		var line []vg.Point
		for _, col := range columns(s.Points) {
			b.drawRuns(c, i, col, false, x, y)
			var ys []float64
			for _, p := range col {
				ys = append(ys, p.Y)
			}
			line = append(line, vg.Point{X: x(col[0].X), Y: y(quantile(ys, 0.5))})
		}
		c.StrokeLines(curveStyle(i), line)
		for _, p := range line {
			dot(c, curveStyle(i).Color, p.X, p.Y)
		}
	}
	for i, s := range b.sweeps { // nothing may hide what breaks a limit
		for _, col := range columns(s.Points) {
			b.drawRuns(c, i, col, true, x, y)
		}
	}
}

// drawStands draws where a reference is at each X, as wide as the dots of it
// are spread: one that stands beside its place may lie above a rising line and
// still be below what holds for it.
func (b *sweep) drawStands(c draw.Canvas, r Reference, x, y func(float64) vg.Length) {
	for _, at := range b.tried {
		if v, ok := r.at(at); ok && b.spread && !r.level(at) {
			_, step := b.room(at, x)
			half := step * vg.Length(len(b.sweeps)) / 2
			c.StrokeLine2(draw.LineStyle{Color: lawOf, Width: 1.3}, x(at)-half, y(v), x(at)+half, y(v))
		}
	}
}

// drawRuns draws the dots of one X, those that break a limit or the others. A
// single run that breaks none is the median itself.
func (b *sweep) drawRuns(c draw.Canvas, i int, col []Point, broken bool, x, y func(float64) vg.Length) {
	half, step := b.room(col[0].X, x)
	at := x(col[0].X) + (vg.Length(i)-vg.Length(len(b.sweeps)-1)/2)*step
	var places []vg.Length
	for _, p := range col {
		places = append(places, y(p.Y))
	}
	offsets, keep := swarm(places, half)
	dotCol := faded(curveStyle(i).Color.(color.NRGBA), 120)
	if broken {
		dotCol = wrong
	}
	for k, p := range col {
		if b.breaks(p) == broken && (broken || keep[k] && len(places) > 1) {
			runDot(c, dotCol, at+offsets[k], places[k])
		}
	}
}

// breaks tells whether a point lies above any limit.
func (b *sweep) breaks(p Point) bool {
	return slices.ContainsFunc(b.refs, func(r Reference) bool { return r.above(p) })
}

// path is a reference on paper: bent where an axis is logarithmic.
func (b *sweep) path(r Reference, x, y func(float64) vg.Length) (line []vg.Point) {
	parts := 1
	if b.x.above > 0 || b.y.above > 0 {
		parts = 64
	}
	for i, p := range r.Points {
		for k := 1; i > 0 && k < parts; k++ {
			q, f := r.Points[i-1], float64(k)/float64(parts)
			line = append(line, vg.Point{X: x(q.X + (p.X-q.X)*f), Y: y(q.Y + (p.Y-q.Y)*f)})
		}
		line = append(line, vg.Point{X: x(p.X), Y: y(p.Y)})
	}
	return line
}
