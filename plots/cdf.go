package plots

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Series is one sample of durations, in seconds, in any order: say the
// rebalance latencies of all runs in which a member crashed. See ECDF for
// what +Inf and NaN mean (over 30 years counts as +Inf); Seconds makes values
// of time.Durations.
type Series struct {
	Name   string
	Values []float64
}

const (
	cdfHeight   = 290  // of axes and curves, in points, without the labels above
	panelHeight = 190  // the same, where a page holds several
	mostSteps   = 1000 // of a curve: it is off by a thousandth at the most
)

// cdf is the curves of some series, and their key. Everything is in seconds.
type cdf struct {
	series []Series // values sorted, only those that count
	laws   []Law
	x      scale
}

// CDF draws the empirical distribution functions of some series, the laws
// that they should keep, and in print, for each series, how many values it
// has, its smallest and largest, median and 99th percentile (nearest rank),
// and how many break each claim. xLabel names what is measured; the unit is
// added to it, and is seconds unless the values are under 1 s or over 1000 s.
// A curve runs from its first to its last value, where it has a dot; one with
// values of +Inf runs on to the edge, below 100 %. Curves of over 1000 steps
// are thinned, without visible difference. Series and laws are drawn in the
// order given; the order of values does not matter. Without series and laws
// the chart says "no data".
func CDF(title, xLabel string, series []Series, laws []Law) *Chart {
	b := newCDF(series, laws)
	ch := &Chart{title: clean(title), width: pageWidth}
	b.x = newScale(Axis{Label: xLabel, Unit: "s"}, b.all())
	k := b.key()
	ch.width = max(pageWidth, k.least()+2*margin)
	if b.count() == 0 && len(b.laws) == 0 {
		ch.blocks = []block{k, noData{}}
		return ch
	}
	ch.blocks = []block{k, b.frame(cdfHeight)}
	return ch
}

func newCDF(series []Series, laws []Law) *cdf {
	b := &cdf{laws: drawable(laws)}
	for _, s := range series {
		b.series = append(b.series, Series{clean(s.Name), measured(boundedAll(s.Values))})
	}
	return b
}

// bounded takes times over 30 years for never, so that no axis overflows.
func bounded(seconds float64) float64 {
	if math.Abs(seconds) > 1e9 {
		return math.Copysign(math.Inf(1), seconds)
	}
	return seconds
}

func boundedAll(values []float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = bounded(v)
	}
	return out
}

func (b *cdf) count() (n int) {
	for _, s := range b.series {
		n += len(s.Values)
	}
	return n
}

// all are the values that the x axis must hold.
func (b *cdf) all() (all []float64) {
	for _, s := range b.series {
		all = append(all, s.Values...)
	}
	for _, l := range b.laws {
		all = append(all, l.Low, l.High)
	}
	return all
}

func (b *cdf) frame(tall vg.Length) *frame {
	f := &frame{x: b.x, tall: tall, inner: b.drawCurves}
	f.y = scale{unit: unit{per: 100}, hi: 1, title: "share at or below (%)"}
	for _, l := range b.laws {
		f.marks = append(f.marks, b.mark(l))
	}
	never := 0
	for _, s := range b.series {
		never += countNever(s.Values)
	}
	switch n := b.count(); {
	case n == 0:
		f.note = "no data"
	case n == never:
		f.note = "never happened in any run"
	}
	return f
}

// key is the table of the series.
func (b *cdf) key() table {
	never := 0
	for _, s := range b.series {
		never += countNever(s.Values)
	}
	t := table{heads: []string{"", "n", "min", "p50", "p99", "max"}}
	if never > 0 {
		t.heads = append(t.heads, "never")
	}
	for _, l := range b.laws {
		if l.Claim {
			t.heads = append(t.heads, b.claimHead(l))
		}
	}
	for i, s := range b.series {
		r := tableRow{sample: lineSample(curveStyle(i)), cells: []string{s.Name, grouped(len(s.Values))}}
		if len(s.Values) == 0 {
			r.cells = append(r.cells, "no data")
		} else {
			for _, q := range []float64{0, 0.5, 0.99, 1} {
				r.cells = append(r.cells, b.cell(quantile(s.Values, q)))
			}
			if n := countNever(s.Values); never > 0 {
				r.cells = append(r.cells, grouped(n))
			}
			for _, l := range b.laws {
				if l.Claim {
					n := l.broken(s.Values)
					r.wrong = append(r.wrong, make([]bool, len(r.cells)-len(r.wrong))...)
					r.wrong = append(r.wrong, n > 0)
					r.cells = append(r.cells, fmt.Sprintf("%s of %s", grouped(n), grouped(len(s.Values))))
				}
			}
		}
		r.cells = append(r.cells, make([]string, len(t.heads)-len(r.cells))...)
		t.rows = append(t.rows, r)
	}
	return t
}

func countNever(sorted []float64) int {
	n := 0
	for n < len(sorted) && math.IsInf(sorted[len(sorted)-1-n], 1) {
		n++
	}
	return n
}

func (b *cdf) cell(v float64) string {
	if math.IsInf(v, 1) {
		return "never"
	}
	return b.x.unit.short(v)
}

func (b *cdf) claimHead(l Law) string {
	switch u := b.x.unit; {
	case l.line() || math.IsInf(l.Low, -1):
		return "over " + u.exact(l.High)
	case math.IsInf(l.High, 1):
		return "under " + u.exact(l.Low)
	default:
		return "outside " + l.extent(u)
	}
}

// mark is a law with what the series say to it.
func (b *cdf) mark(l Law) mark {
	m := mark{Law: l, label: l.label(b.x.unit)}
	if !l.Claim {
		return m
	}
	if !strings.HasPrefix(m.label, "claim") {
		m.label = "claim: " + m.label
	}
	broken := 0
	for _, s := range b.series {
		broken += l.broken(s.Values)
	}
	switch {
	case broken > 0:
		m.refuted = true
		m.label += ", refuted"
	case b.count() > 0:
		m.label += ", holds here"
	}
	return m
}

func (b *cdf) drawCurves(c draw.Canvas, x, y func(float64) vg.Length) {
	for i, s := range b.series { // dashes over whole lines: a curve that runs with another is seen
		steps := thin(ECDF(s.Values), mostSteps)
		if len(steps) == 0 {
			continue
		}
		line := []vg.Point{{X: x(steps[0].X), Y: y(0)}}
		for _, s := range steps {
			line = append(line, vg.Point{X: x(s.X), Y: line[len(line)-1].Y}, vg.Point{X: x(s.X), Y: y(s.Share)})
		}
		sty := curveStyle(i)
		last := line[len(line)-1]
		if steps[len(steps)-1].Share < 1 {
			line = append(line, vg.Point{X: c.Max.X, Y: last.Y})
		}
		c.StrokeLines(sty, line)
		dot(c, sty.Color, last.X, last.Y)
	}
}
