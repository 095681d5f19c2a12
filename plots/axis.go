package plots

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

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
