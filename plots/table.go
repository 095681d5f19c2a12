package plots

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A sample draws what a key stands for into a box.
type sample func(c draw.Canvas, r vg.Rectangle)

// lineSample is a piece of a curve.
func lineSample(sty draw.LineStyle) sample {
	return func(c draw.Canvas, r vg.Rectangle) {
		y := center(r).Y
		c.StrokeLine2(sty, r.Min.X, y, r.Max.X, y)
	}
}

// dottedSample is a piece of a line through dots.
func dottedSample(sty draw.LineStyle) sample {
	return func(c draw.Canvas, r vg.Rectangle) {
		lineSample(sty)(c, r)
		dot(c, sty.Color, center(r).X, center(r).Y)
	}
}

// barSample is a piece of a bar.
func barSample(col color.Color) sample {
	return func(c draw.Canvas, r vg.Rectangle) {
		y := center(r).Y
		fill(c, col, box(r.Min.X, y-4, r.Max.X, y+4))
	}
}

// dotSample is the dot of a run.
func dotSample(col color.Color) sample {
	return func(c draw.Canvas, r vg.Rectangle) {
		runDot(c, col, center(r).X, center(r).Y)
	}
}

// tickSample is a short upright line.
func tickSample(sty draw.LineStyle) sample {
	return func(c draw.Canvas, r vg.Rectangle) {
		x, y := center(r).X, center(r).Y
		c.StrokeLine2(sty, x, y-6, x, y+6)
	}
}

// A key is a key of samples and words, one after another, over as many lines
// as it takes.
type key []struct {
	sample sample
	label  string
}

const (
	sampleGap = 6
	keyGap    = 20
)

// flow gives each entry its line and its x, for a width, and the number of
// lines.
func (k key) flow(width vg.Length) (lines []int, xs []vg.Length, n int) {
	x, line := vg.Length(0), 0
	for _, e := range k {
		w := swatch + sampleGap + labelText.Width(e.label)
		if x > 0 && x+w > width {
			x, line = 0, line+1
		}
		lines, xs = append(lines, line), append(xs, x)
		x += w + keyGap
	}
	return lines, xs, line + 1
}

func (k key) height(width vg.Length) vg.Length {
	if len(k) == 0 {
		return 0
	}
	_, _, n := k.flow(width)
	return vg.Length(n) * lineHeight
}

func (k key) draw(c draw.Canvas) {
	lines, xs, _ := k.flow(c.Max.X - c.Min.X)
	for i, e := range k {
		x, y := c.Min.X+xs[i], c.Max.Y-vg.Length(lines[i]+1)*lineHeight
		e.sample(c, box(x, y, x+swatch, y+lineHeight))
		write(c, labelText, x+swatch+sampleGap, y+4, draw.XLeft, e.label)
	}
}

// A table is a key with numbers: a sample, a name and some columns on each
// line. Every row has as many cells as heads; the first is the name, on the
// left, the others stand on the right of their columns. The first head names
// the panel below, where a page has several.
type table struct {
	heads []string
	rows  []tableRow
}

// tableName is the width that a column of names keeps in any case.
const tableName = 160

type tableRow struct {
	sample sample
	cells  []string
	wrong  []bool // which cells speak of something wrong; may be short
}

func (t table) height(vg.Length) vg.Length {
	if len(t.rows) == 0 {
		return 0
	}
	return vg.Length(len(t.rows)+1)*lineHeight + 4
}

// least is the width that the table needs, its names shortened if it must be.
func (t table) least() vg.Length {
	w := t.widths(0)
	return swatch + sampleGap + sum(w) + columnGap*vg.Length(len(w)-1)
}

// widths are those of the columns; the name's is cut to what is left.
func (t table) widths(width vg.Length) []vg.Length {
	w := make([]vg.Length, len(t.heads))
	rest := width - swatch - sampleGap
	for i, h := range t.heads {
		w[i] = headText.Width(h)
		if i == 0 {
			w[i] = headingText.Width(h) - swatch - sampleGap
		}
		for _, r := range t.rows {
			w[i] = max(w[i], boldText.Width(r.cells[i]))
		}
		if i > 0 {
			rest -= w[i] + columnGap
		}
	}
	w[0] = min(w[0], max(rest, tableName))
	return w
}

func (t table) draw(c draw.Canvas) {
	w := t.widths(c.Max.X - c.Min.X)
	y := c.Max.Y - lineHeight
	end := c.Min.X + swatch + sampleGap + w[0]
	x := end
	for i, h := range t.heads[1:] {
		x += columnGap + w[i+1]
		write(c, headText, x, y+4, draw.XRight, h)
	}
	write(c, headingText, c.Min.X, y+4, draw.XLeft, fit(headingText, t.heads[0], swatch+sampleGap+w[0]))
	c.StrokeLine2(hairline(rule), c.Min.X, y, x, y)
	for _, r := range t.rows {
		y -= lineHeight
		if r.sample != nil {
			r.sample(c, box(c.Min.X, y, c.Min.X+swatch, y+lineHeight))
		}
		write(c, labelText, c.Min.X+swatch+sampleGap, y+3.5, draw.XLeft, fit(labelText, r.cells[0], w[0]))
		x := end
		for i, cell := range r.cells[1:] {
			x += columnGap + w[i+1]
			sty := labelText
			if i+1 < len(r.wrong) && r.wrong[i+1] {
				sty = wrongText
			}
			write(c, sty, x, y+3.5, draw.XRight, cell)
		}
	}
}
