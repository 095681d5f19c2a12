package plots

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A unit is one of time, chosen for the largest value of a chart.
type unit struct {
	name      string
	perSecond float64
}

// unitFor is the unit in which a number of seconds reads best. 300 s stay
// seconds: timeouts are configured and discussed in them.
func unitFor(seconds float64) unit {
	switch s := math.Abs(seconds); {
	case s == 0:
		return unit{"s", 1}
	case s < 1e-6:
		return unit{"ns", 1e9}
	case s < 1e-3:
		return unit{"µs", 1e6}
	case s < 1:
		return unit{"ms", 1e3}
	case s < 1000:
		return unit{"s", 1}
	case s < 6*3600:
		return unit{"min", 1.0 / 60}
	}
	return unit{"h", 1.0 / 3600}
}

// exact prints seconds in the unit, to a thousandth of it, as short as can be:
// "20 s".
func (u unit) exact(seconds float64) string {
	v := math.Round(seconds*u.perSecond*1000) / 1000
	return strings.Replace(strconv.FormatFloat(v, 'f', -1, 64), "-", "−", 1) + " " + u.name
}

// short prints seconds in the unit with one digit after the point, so that
// the numbers of a column compare: "34.8 s". What is not 0 is not said to be.
func (u unit) short(seconds float64) string {
	if v := seconds * u.perSecond; v > 0 && v < 0.05 {
		return "< 0.1 " + u.name
	}
	return strings.Replace(strconv.FormatFloat(seconds*u.perSecond, 'f', 1, 64), "-", "−", 1) + " " + u.name
}

// label adds the unit to what is measured, in place of one in seconds that
// may be there.
func (u unit) label(s string) string {
	s = strings.TrimSpace(strings.TrimSuffix(clean(s), "(s)"))
	return strings.TrimSpace(s + " (" + u.name + ")")
}

// niceStep is the step of 1, 2 or 5 times a power of ten that cuts a length
// into about n parts.
func niceStep(length float64, n int) float64 {
	if !(length > 0) || math.IsInf(length, 0) {
		return 1
	}
	raw := length / float64(n)
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= raw*0.999 {
			return m * power
		}
	}
	return 10 * power
}

// ticks are the marks of an axis from lo to hi in the axis's own unit, about
// n of them; each stands where value/scale is: scale turns what the axis
// prints into what it holds.
func ticks(lo, hi float64, n int, scale float64) plot.ConstantTicks {
	lo, hi = lo*scale, hi*scale
	step := niceStep(hi-lo, n)
	places := max(0, int(-math.Floor(math.Log10(step)+1e-9)))
	var out plot.ConstantTicks
	for i := math.Ceil(lo/step - 1e-9); i*step <= hi+step*1e-9; i++ {
		s := strconv.FormatFloat(i*step, 'f', places, 64)
		if i == 0 {
			s = "0"
		}
		out = append(out, plot.Tick{Value: i * step / scale, Label: strings.Replace(s, "-", "−", 1)})
	}
	return out
}

// spaced keeps every tick, or every second, or third …, so that their labels
// stand apart; perUnit is how many points one unit of their values takes.
func spaced(all plot.ConstantTicks, perUnit float64) plot.ConstantTicks {
	for k := 1; k < len(all); k++ {
		var some plot.ConstantTicks
		for i := 0; i < len(all); i += k {
			some = append(some, all[i])
		}
		apart := true
		for i := range some[1:] {
			need := (tickText.Width(some[i].Label)+tickText.Width(some[i+1].Label))/2 + 6
			apart = apart && (some[i+1].Value-some[i].Value)*perUnit >= need.Points()
		}
		if apart {
			return some
		}
	}
	return all[:min(1, len(all))]
}

// grouped prints a count with its thousands apart from 10 000 on.
func grouped(n int) string {
	s := strconv.Itoa(n)
	digits := strings.TrimPrefix(s, "-")
	if len(digits) < 5 {
		return s
	}
	var parts []string
	for len(digits) > 3 {
		parts = append([]string{digits[len(digits)-3:]}, parts...)
		digits = digits[:len(digits)-3]
	}
	return s[:len(s)-len(strings.TrimPrefix(s, "-"))] + strings.Join(append([]string{digits}, parts...), " ")
}

// newPlot is a plot in this package's style, without title and key: the page
// has those.
func newPlot(xLabel, yLabel string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.TextHandler = axisText.Handler
	p.Title.TextStyle, p.Legend.TextStyle = titleText, labelText
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle = aligned(axisText, draw.XCenter, draw.YBottom)
		a.Label.Padding = 5
		a.LineStyle = draw.LineStyle{Color: muted, Width: 0.8}
		a.Tick.LineStyle = draw.LineStyle{Color: muted, Width: 0.8}
		a.Tick.Length = 4
		a.Padding = 0
	}
	p.X.Tick.Label = aligned(tickText, draw.XCenter, draw.YTop)
	p.Y.Tick.Label = aligned(tickText, draw.XRight, draw.YCenter)
	p.X.Label.Text, p.Y.Label.Text = xLabel, yLabel
	return p
}

func aligned(sty text.Style, x text.XAlignment, y text.YAlignment) text.Style {
	sty.XAlign, sty.YAlign = x, y
	return sty
}

// grid is the lines at the ticks of the axes.
func grid(vertical, horizontal bool) plot.Plotter {
	g := &plotter.Grid{}
	if vertical {
		g.Vertical = hairline(rule)
	}
	if horizontal {
		g.Horizontal = hairline(rule)
	}
	return g
}

// A layer is a plotter made of a function: c is the area of the data, and
// what is drawn is not clipped to it.
type layer func(c draw.Canvas, p *plot.Plot)

// Plot draws the layer.
func (l layer) Plot(c draw.Canvas, p *plot.Plot) { l(c, p) }

// clamp keeps a length between two others.
func clamp(x, lo, hi vg.Length) vg.Length { return max(lo, min(x, hi)) }
