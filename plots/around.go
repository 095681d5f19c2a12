package plots

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A bin is the latencies of one stretch of time: [from, to).
type bin struct {
	from, to float64
	p50, p99 float64
	n        int
}

// around is one panel: the latencies of one case, over time.
type around struct {
	bins   []bin
	points []Point // sorted by X
	x, y   scale
}

// mostBins keeps a stretch of time from being cut finer than can be seen.
const mostBins = 600

// Around draws how a latency went before and after an event: Points have the
// time relative to it as X and the latency as Y, both in seconds, and are cut
// into bins of a length in seconds (from 1/600 of the whole to the whole). For each case a panel shows the median of every bin as a line, the
// 99th percentile (nearest rank) as another, and the band between; where a
// bin has no measurement, there is none. Panels share their axes; the one of
// latencies is logarithmic where they differ much. The tables compare the
// quantiles of all that lies before 0 with the highest of a bin after it. x
// names the time, y the latency; laws are upright lines at a time. Without
// measurements the chart says "no data".
func Around(title, x, y string, length float64, cases []Points, laws []Law) *Chart {
	ch := &Chart{title: clean(title), width: pageWidth}
	var xs, ys []float64
	points := make([][]Point, len(cases))
	for i, s := range cases {
		points[i] = slices.DeleteFunc(finitePoints(s.Points), func(p Point) bool { return p.Y < 0 })
		for _, p := range points[i] {
			xs = append(xs, p.X)
		}
	}
	if len(xs) == 0 {
		ch.blocks = []block{noData{}}
		return ch
	}
	whole := max(slices.Max(xs)-slices.Min(xs), 1e-6)
	if math.IsNaN(length) {
		length = 0
	}
	length = max(whole/mostBins, min(length, whole))
	panels := make([]around, len(cases))
	thinnest := math.MaxInt
	for i := range panels {
		panels[i] = around{bins: binned(points[i], length), points: points[i]}
		for _, b := range panels[i].bins {
			xs, ys = append(xs, b.from, b.to), append(ys, b.p50, b.p99)
			thinnest = min(thinnest, b.n)
		}
	}
	tx, ty := newScale(Axis{Label: x, Unit: "s"}, xs), newScale(Axis{Label: y, Unit: "s", Log: wide(ys)}, ys)
	if ty.above > 0 && slices.Min(ys) >= ty.above/ty.unit.per { // nothing lies in its linear part
		ty.lo, ty.title = ty.above/ty.unit.per, ty.unit.label(y, "log")
	}
	for i, p := range panels {
		p.x, p.y = tx, ty
		f := &frame{x: tx, y: ty, tall: panelHeight, inner: p.draw, marks: moments(laws, tx.unit)}
		if len(p.bins) == 0 {
			f.note = "no data"
		}
		k := p.key()
		k.heads[0] = clean(cases[i].Name)
		ch.width = max(ch.width, k.least()+2*margin)
		ch.blocks = append(ch.blocks, k, f)
	}
	words := fmt.Sprintf("Each step is a bin of %s.", tx.unit.exact(length))
	if thinnest < 100 {
		words += fmt.Sprintf(" Bins hold %s or more records; the 99th percentile of fewer than 100 is their largest.", grouped(thinnest))
	}
	return ch.Note(words)
}

// binned cuts sorted points into bins that begin at multiples of a length.
func binned(points []Point, length float64) (bins []bin) {
	for begin := 0; begin < len(points); {
		n := math.Floor(points[begin].X / length)
		end := begin
		var ys []float64
		for end < len(points) && math.Floor(points[end].X/length) == n {
			ys = append(ys, points[end].Y)
			end++
		}
		slices.Sort(ys)
		bins = append(bins, bin{n * length, (n + 1) * length, quantile(ys, 0.5), quantile(ys, 0.99), len(ys)})
		begin = end
	}
	return bins
}

var (
	medianStyle = draw.LineStyle{Color: good, Width: 1.8}
	highStyle   = draw.LineStyle{Color: good, Width: 1, Dashes: []vg.Length{4, 2}}
)

func (p *around) key() table {
	t := table{heads: []string{"", "records", "before 0", "highest after", "at"}}
	var before []float64
	for _, q := range p.points {
		if q.X < 0 {
			before = append(before, q.Y)
		}
	}
	slices.Sort(before)
	for i, name := range []string{"median of a bin", "99th percentile of a bin"} {
		r := tableRow{sample: lineSample([]draw.LineStyle{medianStyle, highStyle}[i]), cells: []string{name, grouped(len(p.points)), "–", "–", "–"}}
		if len(before) > 0 {
			r.cells[2] = shortTime(quantile(before, []float64{0.5, 0.99}[i]))
		}
		highest := math.Inf(-1)
		for _, b := range p.bins {
			if v := []float64{b.p50, b.p99}[i]; b.from >= 0 && v > highest {
				highest = v
				r.cells[3], r.cells[4] = shortTime(v), p.x.unit.short(b.from)
			}
		}
		t.rows = append(t.rows, r)
	}
	return t
}

// shortTime prints seconds in the unit that suits them: milliseconds and
// seconds stand in one column.
func shortTime(seconds float64) string { return unitFor(seconds).short(seconds) }

// draw draws the band and its edges, bin by bin, whole stretches without a
// gap as one line.
func (p *around) draw(c draw.Canvas, x, y func(float64) vg.Length) {
	var low, high []vg.Point
	flush := func() {
		if len(low) > 0 {
			c.StrokeLines(highStyle, high)
			c.StrokeLines(medianStyle, low)
		}
		low, high = nil, nil
	}
	for _, b := range p.bins {
		fill(c, faded(good, 40), box(x(b.from), y(b.p50), x(b.to), y(b.p99)))
	}
	for i, b := range p.bins {
		if i > 0 && b.from > p.bins[i-1].to+(b.to-b.from)/2 {
			flush()
		}
		low = append(low, vg.Point{X: x(b.from), Y: y(b.p50)}, vg.Point{X: x(b.to), Y: y(b.p50)})
		high = append(high, vg.Point{X: x(b.from), Y: y(b.p99)}, vg.Point{X: x(b.to), Y: y(b.p99)})
	}
	flush()
}
