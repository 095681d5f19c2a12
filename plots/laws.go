package plots

import (
	"math"
	"strings"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Law is a bound that a chart is read against, in what its x axis holds: an
// upright line where Low and High are the same, a band between them else.
// Either end of a band may be infinite. Its label says the number, unless the
// name does.
type Law struct {
	Name      string
	Low, High float64
	// Claim marks what somebody says, to be judged: that values are at most
	// High (Low = High), or between Low and High. A CDF draws it dashed, its
	// key counts the values of each series that break it, and its label says
	// whether any does. In other charts it is a law like the others.
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

// drawable are the laws that can be drawn, with their ends in order and clean
// names.
func drawable(laws []Law) []Law {
	var out []Law
	for _, l := range laws {
		l.Name = clean(l.Name)
		l.Low, l.High = bounded(min(l.Low, l.High)), bounded(max(l.Low, l.High))
		if math.IsNaN(l.Low) || math.IsNaN(l.High) || l.line() && math.IsInf(l.Low, 0) {
			continue // it says nothing that could be drawn
		}
		out = append(out, l)
	}
	return out
}

// extent prints where a law is.
func (l Law) extent(u unit) string {
	switch {
	case l.line():
		return u.exact(l.High)
	case math.IsInf(l.Low, -1) && math.IsInf(l.High, 1):
		return "anywhere"
	case math.IsInf(l.Low, -1):
		return "≤ " + u.exact(l.High)
	case math.IsInf(l.High, 1):
		return "≥ " + u.exact(l.Low)
	}
	return strings.TrimSuffix(u.exact(l.Low), " "+u.name) + "–" + u.exact(l.High)
}

// label names a law and says where it is.
func (l Law) label(u unit) string {
	extent := l.extent(u)
	switch {
	case l.Name == "":
		return extent
	case strings.Contains(l.Name, extent):
		return l.Name
	case l.line():
		return l.Name + " = " + extent
	}
	return l.Name + ", " + extent
}

// A mark is a law as it is drawn.
type mark struct {
	Law
	label   string
	refuted bool
}

func (m mark) style() draw.LineStyle {
	switch {
	case m.refuted:
		return draw.LineStyle{Color: wrong, Width: 1.4, Dashes: []vg.Length{5, 3}}
	case m.Claim:
		return draw.LineStyle{Color: lawOf, Width: 1.4, Dashes: []vg.Length{5, 3}}
	}
	return draw.LineStyle{Color: lawOf, Width: 1}
}

func (m mark) text() text.Style {
	switch {
	case m.refuted:
		return wrongText
	case m.Claim:
		return boldText
	}
	return labelText
}

// marks are drawn across the data of a frame, and their labels above it.
type marks []mark

// plainMarks are laws of which none is judged.
func plainMarks(laws []Law, u unit) marks {
	var ms marks
	for _, l := range drawable(laws) {
		l.Claim = false
		ms = append(ms, mark{Law: l, label: l.label(u)})
	}
	return ms
}

// moments are laws that are events, named without their time.
func moments(laws []Law, u unit) marks {
	ms := plainMarks(laws, u)
	for i, m := range ms {
		if m.Name != "" {
			ms[i].label = m.Name
		}
	}
	return ms
}

// ends are where a mark begins and ends in the area of the data.
func (m mark) ends(data draw.Canvas, x func(float64) vg.Length) (low, high vg.Length) {
	return clamp(x(m.Low), data.Min.X, data.Max.X), clamp(x(m.High), data.Min.X, data.Max.X)
}

// flags are the labels, to stand anywhere between the sides of page.
func (ms marks) flags(page, data draw.Canvas, x func(float64) vg.Length) (flags []flag, spots []spot, rows int) {
	for _, m := range ms {
		low, high := m.ends(data, x)
		words := m.text().Width(fit(m.text(), m.label, page.Max.X-page.Min.X))
		flags = append(flags, flag{x: (low + high) / 2, width: max(words, high-low), span: !m.line()})
	}
	spots, rows = placeFlags(flags, page.Min.X, page.Max.X)
	return flags, spots, rows
}

func (ms marks) drawBands(data draw.Canvas, x func(float64) vg.Length) {
	for _, m := range ms {
		if m.line() {
			continue
		}
		low, high := m.ends(data, x)
		col := lawOf
		if m.refuted {
			col = wrong
		}
		fill(data, faded(col, 28), box(low, data.Min.Y, high, data.Max.Y))
	}
}

func (ms marks) drawLines(data draw.Canvas, x func(float64) vg.Length) {
	for _, claims := range []bool{false, true} { // dashes over lines, so that both are seen
		for _, m := range ms {
			if at, _ := m.ends(data, x); m.line() && m.Claim == claims {
				data.StrokeLine2(m.style(), at, data.Min.Y, at, data.Max.Y)
			}
		}
	}
}

// drawFlags draws the labels above the data: a pole and a text for a line; for
// a band a text in the middle of a dimension line, or on one that is too short.
func (ms marks) drawFlags(page, data draw.Canvas, x func(float64) vg.Length) {
	flags, spots, _ := ms.flags(page, data, x)
	row := func(i int) vg.Length { return data.Max.Y + vg.Length(spots[i].row)*lineHeight + 3 }
	words := func(i int) (string, vg.Length) {
		s := fit(ms[i].text(), ms[i].label, page.Max.X-page.Min.X)
		return s, ms[i].text().Width(s)
	}
	for i, m := range ms {
		sty := m.style()
		sty.Dashes = nil
		low, high := m.ends(data, x)
		if m.line() {
			data.StrokeLine2(sty, low, data.Max.Y, low, row(i))
			continue
		}
		y, tick := row(i)+6, vg.Length(4)
		if _, w := words(i); w+14 > high-low {
			y, tick = row(i)-0.5, 2
		}
		data.StrokeLine2(sty, low, y, high, y)
		for _, at := range []vg.Length{low, high} {
			data.StrokeLine2(draw.LineStyle{Color: sty.Color, Width: 1}, at, y-tick, at, y+tick)
		}
	}
	for i, m := range ms {
		s, w := words(i)
		left := spots[i].left + (flags[i].width-w)/2
		fill(data, paper, box(left-3, row(i)+1.8, left+w+3, row(i)+lineHeight-3))
		write(data, m.text(), left, row(i)+3.6, draw.XLeft, s)
	}
}
