package plots

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A frame is axes with a grid, laws across them, and something drawn inside.
type frame struct {
	x, y  scale
	tall  vg.Length // of axes and data, without the labels of laws above
	marks marks
	inner func(data draw.Canvas, x, y func(float64) vg.Length)
	note  string // said across the area when there is nothing to see
}

// below is about what the x axis and its labels take of a frame's height.
const below = 50

func (f *frame) plot(width vg.Length) *plot.Plot {
	p := newPlot(fit(axisText, f.x.title, width-110), fit(axisText, f.y.title, f.tall-below))
	p.X.Min, p.X.Max = f.x.at(f.x.lo), f.x.at(f.x.hi)
	p.Y.Min, p.Y.Max = f.y.at(f.y.lo), f.y.at(f.y.hi)
	p.Y.Tick.Marker = f.y.ticks(f.tall-below, max(5, int(f.tall/40)), upright)
	room := width
	for range 3 { // labels take room from the area, and so from other labels
		p.X.Tick.Marker = f.x.ticks(room, 9, across)
		data := p.DataCanvas(draw.Canvas{Rectangle: box(0, 0, width, f.tall)})
		room = min(room, data.Max.X-data.Min.X)
	}
	return p
}

// places are where values stand in the area of the data.
func (f *frame) places(data draw.Canvas, p *plot.Plot) (x, y func(float64) vg.Length) {
	tx, ty := p.Transforms(&data)
	return func(v float64) vg.Length { return tx(f.x.at(v)) }, func(v float64) vg.Length { return ty(f.y.at(v)) }
}

// flagRows is how many rows the labels of the laws take.
func (f *frame) flagRows(width vg.Length) int {
	page := draw.Canvas{Rectangle: box(0, 0, width, f.tall)}
	p := f.plot(width)
	p.X.Tick.Marker = plot.ConstantTicks{{Value: p.X.Max, Label: "0"}} // of the height that all have
	data := p.DataCanvas(page)
	x, _ := f.places(data, p)
	_, _, rows := f.marks.flags(page, data, x)
	return rows
}

func (f *frame) height(width vg.Length) vg.Length {
	return f.tall + vg.Length(f.flagRows(width))*lineHeight
}

func (f *frame) draw(page draw.Canvas) {
	width := page.Max.X - page.Min.X
	p := f.plot(width)
	with := func(fn func(data draw.Canvas, x, y func(float64) vg.Length)) {
		p.Add(layer(func(data draw.Canvas, p *plot.Plot) {
			x, y := f.places(data, p)
			fn(data, x, y)
		}))
	}
	with(func(data draw.Canvas, x, _ func(float64) vg.Length) { f.marks.drawBands(data, x) })
	p.Add(grid(true, true))
	with(func(data draw.Canvas, x, _ func(float64) vg.Length) {
		f.marks.drawLines(data, x)
		f.marks.drawFlags(page, data, x)
	})
	with(f.inner)
	if f.note != "" {
		with(func(data draw.Canvas, _, _ func(float64) vg.Length) { say(data, f.note) })
	}
	p.Draw(draw.Crop(page, 0, 0, 0, -vg.Length(f.flagRows(width))*lineHeight))
}

// say writes a few words across an area.
func say(c draw.Canvas, words string) {
	half := emptyText.Width(words)/2 + 8
	fill(c, paper, box(c.Center().X-half, c.Center().Y-14, c.Center().X+half, c.Center().Y+16))
	write(c, emptyText, c.Center().X, c.Center().Y-5, draw.XCenter, words)
}
