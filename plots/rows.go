package plots

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of a chart of rows, in points.
const (
	rowHeight  = 19
	rowArea    = 270 // least width of the area between the columns
	rowName    = 300 // most width of a column of names: longer ones are shortened
	rowPadding = 12  // between area and columns
	rowAxis    = 40  // height of the axis below
)

// A row has two names, of which the first is written once for the rows of it
// that follow each other, and numbers.
type row struct {
	names   [2]string
	numbers []cell
}

type cell struct {
	s     string
	wrong bool
}

// rows is a chart with a line for each row: its names, what it drew along an
// x axis that all share, and its numbers.
type rows struct {
	rows  []row
	heads [2]string // of the names
	cols  []string  // heads of the numbers
	x     scale
	tall  vg.Length // of a row
	marks marks
	// paint draws row i into its part of the area.
	paint func(c draw.Canvas, x func(float64) vg.Length, i int)

	widths [2]vg.Length // of the names, with the space beside them
	right  []vg.Length  // of the numbers
}

// measure shortens names and finds the widths of the columns.
func (b *rows) measure() {
	b.right = make([]vg.Length, len(b.cols))
	for i, head := range b.cols {
		b.right[i] = headText.Width(head) + rowPadding
	}
	for i := range b.rows {
		r := &b.rows[i]
		for k := range r.names {
			r.names[k] = fit(labelText, clean(r.names[k]), rowName)
			b.widths[k] = max(b.widths[k], labelText.Width(r.names[k]))
		}
		for k, n := range r.numbers {
			b.right[k] = max(b.right[k], wrongText.Width(n.s)+rowPadding)
		}
	}
	for k, w := range b.widths {
		if w == 0 && k > 0 {
			b.heads[k] = ""
			continue
		}
		b.widths[k] = max(w, headText.Width(b.heads[k])) + rowPadding
	}
}

// least is the width of a page that the chart needs.
func (b *rows) least() vg.Length {
	return max(pageWidth, 2*margin+sum(b.widths[:])+sum(b.right)+rowArea)
}

func sum(lengths []vg.Length) (s vg.Length) {
	for _, l := range lengths {
		s += l
	}
	return s
}

func (b *rows) area(width vg.Length) vg.Length { return width - sum(b.widths[:]) - sum(b.right) }

func (b *rows) plot(width vg.Length) *plot.Plot {
	p := newPlot(fit(axisText, b.x.title, b.area(width)), "")
	p.HideY()
	p.X.Min, p.X.Max = b.x.at(b.x.lo), b.x.at(b.x.hi)
	p.Y.Min, p.Y.Max = 0, float64(len(b.rows))
	// A label at an end takes room from the area, and so from the labels.
	room := b.area(width)
	for range 3 {
		p.X.Tick.Marker = b.x.ticks(room, 8, across)
		data := p.DataCanvas(draw.Canvas{Rectangle: box(0, 0, b.area(width), 100)})
		room = min(room, data.Max.X-data.Min.X)
	}
	return p
}

// headRows is how many lines stand above the rows: heads and the labels of
// laws.
func (b *rows) headRows(width vg.Length) int {
	page := draw.Canvas{Rectangle: box(0, 0, b.area(width), 100)}
	p := b.plot(width)
	data := p.DataCanvas(page)
	x, _ := p.Transforms(&data)
	_, _, n := b.marks.flags(data, data, func(v float64) vg.Length { return x(b.x.at(v)) })
	return max(1, n)
}

func (b *rows) height(width vg.Length) vg.Length {
	return vg.Length(b.headRows(width))*lineHeight + vg.Length(len(b.rows))*b.tall + rowAxis
}

func (b *rows) draw(page draw.Canvas) {
	width := page.Max.X - page.Min.X
	p := b.plot(width)
	p.Add(layer(func(data draw.Canvas, p *plot.Plot) { b.inside(page, data, p) }))
	p.Draw(draw.Crop(page, sum(b.widths[:]), -sum(b.right), 0, -vg.Length(b.headRows(width))*lineHeight))
}

// inside draws all but the axis: page is the area of the whole, data that
// between the columns.
func (b *rows) inside(page, data draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&data)
	x := func(v float64) vg.Length { return tx(b.x.at(v)) }
	var heads row
	heads.names = b.heads
	for _, h := range b.cols {
		heads.numbers = append(heads.numbers, cell{s: h})
	}
	b.columns(page, data.Max.Y+4, heads, headText, headText)
	b.marks.drawBands(data, x)
	for i, r := range b.rows {
		top := ty(float64(len(b.rows) - i))
		if first := i == 0 || r.names[0] != b.rows[i-1].names[0]; first {
			page.StrokeLine2(hairline(rule), page.Min.X, top, page.Max.X, top)
		} else {
			r.names[0] = ""
		}
		b.columns(page, top-b.tall/2-3.4, r, labelText, wrongText)
	}
	grid(true, false).Plot(data, p)
	b.marks.drawLines(data, x)
	b.marks.drawFlags(data, data, x)
	axis := max(data.Min.X, min(x(0), data.Max.X))
	data.StrokeLine2(draw.LineStyle{Color: muted, Width: 0.8}, axis, data.Min.Y, axis, data.Max.Y)
	for i := range b.rows {
		top := ty(float64(len(b.rows) - i))
		b.paint(draw.Canvas{Canvas: data.Canvas, Rectangle: box(data.Min.X, top-b.tall, data.Max.X, top)}, x, i)
	}
}

// columns writes the names and numbers of a row with their baseline at y.
func (b *rows) columns(page draw.Canvas, y vg.Length, r row, plain, bad text.Style) {
	write(page, plain, page.Min.X, y, draw.XLeft, r.names[0])
	write(page, plain, page.Min.X+b.widths[0], y, draw.XLeft, r.names[1])
	x := page.Max.X - sum(b.right)
	for i, n := range r.numbers {
		x += b.right[i]
		sty := plain
		if n.wrong {
			sty = bad
		}
		write(page, sty, x, y, draw.XRight, n.s)
	}
}

// wideRange is from which ratio of the largest number to the median of those
// above 0 an axis is better logarithmic: else half of what it shows would be
// specks.
const wideRange = 20

func wide(values []float64) bool {
	var above []float64
	for _, v := range values {
		if v > 0 && !math.IsInf(v, 0) {
			above = append(above, v)
		}
	}
	slices.Sort(above)
	return len(above) > 0 && above[len(above)-1] > wideRange*quantile(above, 0.5)
}
