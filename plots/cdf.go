package plots

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
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

// A Law is a bound that a chart is read against, in seconds: a line where Low
// and High are the same, a band between them else. Either end of a band may
// be infinite. Its label says the number, unless the name does.
type Law struct {
	Name      string
	Low, High float64
	// Claim marks what somebody says, to be judged: that values are at most
	// High (Low = High), or between Low and High. It is drawn dashed, the
	// key counts the values of each series that break it, and its label says
	// whether any does.
	Claim bool
}

func (l Law) line() bool { return l.Low == l.High }

// broken counts the values that a claim excludes.
func (l Law) broken(values []float64) int {
	n := 0
	for _, v := range values {
		if v > l.High || !l.line() && v < l.Low {
			n++
		}
	}
	return n
}

const (
	cdfHeight = 290  // of axes and curves, in points, without the labels above
	mostSteps = 1000 // of a curve: it is off by a thousandth at the most
)

// cdf is the body of a CDF. Everything is in seconds.
type cdf struct {
	series []Series // values sorted, only those that count
	laws   []Law
	unit   unit
	lo, hi float64 // of the axis
	xLabel string
	note   string // said across the area when there is no curve
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
	b := &cdf{}
	count := 0
	for _, s := range series {
		s = Series{clean(s.Name), measured(boundedAll(s.Values))}
		count += len(s.Values)
		b.series = append(b.series, s)
	}
	for _, l := range laws {
		l.Name = clean(l.Name)
		l.Low, l.High = bounded(min(l.Low, l.High)), bounded(max(l.Low, l.High))
		if math.IsNaN(l.Low) || math.IsNaN(l.High) || l.line() && math.IsInf(l.Low, 0) {
			continue // it says nothing that could be drawn
		}
		b.laws = append(b.laws, l)
	}
	ch := &Chart{title: clean(title), width: pageWidth, key: table{}, body: b}
	if count == 0 && len(b.laws) == 0 {
		ch.key, ch.body = b.key(), noData{}
		return ch
	}
	largest, finite := b.setRange()
	b.unit = unitFor(largest)
	b.xLabel = b.unit.label(xLabel)
	k := b.key()
	ch.key, ch.width = k, max(pageWidth, k.least()+2*margin)
	switch {
	case count == 0:
		b.note = "no data"
	case !finite:
		b.note = "never happened in any run"
	}
	return ch
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

// setRange finds the range of the axis: from 0, or from the least value if
// that is negative, to a little over the largest that is drawn. It gives that
// largest, and whether any value is finite.
func (b *cdf) setRange() (largest float64, finite bool) {
	least := 0.0
	see := func(v float64) {
		if !math.IsInf(v, 0) {
			least, largest = min(least, v), max(largest, v)
		}
	}
	for _, s := range b.series {
		for _, v := range s.Values {
			see(v)
			finite = finite || !math.IsInf(v, 0)
		}
	}
	for _, l := range b.laws {
		see(l.Low)
		see(l.High)
	}
	switch {
	case largest == least:
		largest = least + 1
	case largest-least < 1e-9: // time.Duration knows nothing shorter
		largest = least + 1e-9
	}
	pad := (largest - least) * 0.04
	b.lo, b.hi = least, largest+pad
	if least < 0 {
		b.lo -= pad
	}
	return max(largest, -least), finite
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
		sty := curveStyle(i)
		r := tableRow{sample: lineSample(sty), cells: []string{s.Name, grouped(len(s.Values))}}
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
					r.wrong = append(make([]bool, len(r.cells)), n > 0)
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
	return b.unit.short(v)
}

func (b *cdf) claimHead(l Law) string {
	switch {
	case l.line() || math.IsInf(l.Low, -1):
		return "over " + b.unit.exact(l.High)
	case math.IsInf(l.High, 1):
		return "under " + b.unit.exact(l.Low)
	}
	return "outside " + b.extent(l)
}

// extent prints where a law is.
func (b *cdf) extent(l Law) string {
	switch {
	case l.line():
		return b.unit.exact(l.High)
	case math.IsInf(l.Low, -1) && math.IsInf(l.High, 1):
		return "any time"
	case math.IsInf(l.Low, -1):
		return "≤ " + b.unit.exact(l.High)
	case math.IsInf(l.High, 1):
		return "≥ " + b.unit.exact(l.Low)
	}
	return strings.TrimSuffix(b.unit.exact(l.Low), " "+b.unit.name) + "–" + b.unit.exact(l.High)
}

// lawLabel is what stands above a law.
func (b *cdf) lawLabel(l Law) string {
	s, extent := l.Name, b.extent(l)
	switch {
	case s == "":
		s = extent
	case strings.Contains(s, extent):
	case l.line():
		s += " = " + extent
	default:
		s += ", " + extent
	}
	if !l.Claim {
		return s
	}
	if !strings.HasPrefix(s, "claim") {
		s = "claim: " + s
	}
	values, broken := 0, 0
	for _, x := range b.series {
		values += len(x.Values)
		broken += l.broken(x.Values)
	}
	switch {
	case broken > 0:
		return s + ", refuted"
	case values > 0:
		return s + ", holds here"
	}
	return s
}

func lawText(l Law) text.Style {
	if l.Claim {
		return wrongText
	}
	return labelText
}

func (b *cdf) plot() *plot.Plot {
	p := newPlot(fit(axisText, b.xLabel, pageWidth-150), "share of runs (%)")
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = b.lo, b.hi, 0, 1
	p.X.Tick.Marker = spaced(ticks(b.lo, b.hi, 9, b.unit.perSecond), (pageWidth-2*margin-60)/(b.hi-b.lo))
	p.Y.Tick.Marker = ticks(0, 1, 5, 100)
	return p
}

// flagsAt are the labels of the laws for a canvas as wide as c.
func (b *cdf) flagsAt(p *plot.Plot, c draw.Canvas) (flags []flag, spots []spot, rows int) {
	data := p.DataCanvas(c)
	for _, l := range b.laws {
		low, high := ends(l, data, p)
		words := lawText(l).Width(fit(lawText(l), b.lawLabel(l), c.Max.X-c.Min.X))
		flags = append(flags, flag{x: (low + high) / 2, width: max(words, high-low), span: !l.line()})
	}
	spots, rows = placeFlags(flags, c.Min.X, c.Max.X)
	return flags, spots, rows
}

// ends are where a law begins and ends in the area of the data.
func ends(l Law, data draw.Canvas, p *plot.Plot) (low, high vg.Length) {
	x, _ := p.Transforms(&data)
	return clamp(x(l.Low), data.Min.X, data.Max.X), clamp(x(l.High), data.Min.X, data.Max.X)
}

func (b *cdf) height(width vg.Length) vg.Length {
	_, _, rows := b.flagsAt(b.plot(), draw.Canvas{Rectangle: box(0, 0, width, cdfHeight)})
	return cdfHeight + vg.Length(rows)*lineHeight
}

func (b *cdf) draw(c draw.Canvas) {
	p := b.plot()
	flags, spots, rows := b.flagsAt(p, c)
	p.Add(layer(b.drawBands), grid(true, true), layer(b.drawLines))
	p.Add(layer(func(data draw.Canvas, p *plot.Plot) {
		b.drawFlags(data, p, flags, spots, c.Max.X-c.Min.X)
	}))
	p.Add(layer(b.drawCurves))
	p.Draw(draw.Crop(c, 0, 0, 0, -vg.Length(rows)*lineHeight))
}

func (b *cdf) drawBands(c draw.Canvas, p *plot.Plot) {
	for _, l := range b.laws {
		if l.line() {
			continue
		}
		low, high := ends(l, c, p)
		fill(c, faded(lawLine(l).Color.(color.NRGBA), 28), box(low, c.Min.Y, high, c.Max.Y))
	}
}

// lawLine is the line of a law; a claim's is dashed.
func lawLine(l Law) draw.LineStyle {
	if l.Claim {
		return draw.LineStyle{Color: wrong, Width: 1.4, Dashes: []vg.Length{5, 3}}
	}
	return draw.LineStyle{Color: lawOf, Width: 1}
}

func (b *cdf) drawLines(c draw.Canvas, p *plot.Plot) {
	for _, claims := range []bool{false, true} { // dashes over lines, so that both are seen
		for _, l := range b.laws {
			if x, _ := ends(l, c, p); l.line() && l.Claim == claims {
				c.StrokeLine2(lawLine(l), x, c.Min.Y, x, c.Max.Y)
			}
		}
	}
}

// drawFlags draws the labels of the laws above the data: a pole and a text for
// a line, a text in the middle of a dimension line for a band.
func (b *cdf) drawFlags(c draw.Canvas, p *plot.Plot, flags []flag, spots []spot, width vg.Length) {
	row := func(i int) vg.Length { return c.Max.Y + vg.Length(spots[i].row)*lineHeight + 3 }
	for i, l := range b.laws {
		sty := lawLine(l)
		low, high := ends(l, c, p)
		if l.line() {
			sty.Dashes = nil
			c.StrokeLine2(sty, low, c.Max.Y, low, row(i))
			continue
		}
		y := row(i) + 6
		c.StrokeLine2(sty, low, y, high, y)
		for _, x := range []vg.Length{low, high} {
			c.StrokeLine2(draw.LineStyle{Color: sty.Color, Width: 1}, x, y-4, x, y+4)
		}
	}
	for i, l := range b.laws {
		sty := lawText(l)
		s := fit(sty, b.lawLabel(l), width)
		w := sty.Width(s)
		left := spots[i].left + (flags[i].width-w)/2
		fill(c, paper, box(left-3, row(i), left+w+3, row(i)+lineHeight-3))
		write(c, sty, left, row(i)+3, draw.XLeft, s)
	}
}

func (b *cdf) drawCurves(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i := len(b.series) - 1; i >= 0; i-- { // the first lies on top
		steps := thin(ECDF(b.series[i].Values), mostSteps)
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
	if b.note != "" {
		half := emptyText.Width(b.note)/2 + 8
		fill(c, paper, box(c.Center().X-half, c.Center().Y-14, c.Center().X+half, c.Center().Y+16))
		write(c, emptyText, c.Center().X, c.Center().Y-5, draw.XCenter, b.note)
	}
}
