package plots

import (
	"image/color"
	"sort"
	"strings"
	"unicode"

	stdfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of a page, in points (1/72 inch).
const (
	pageWidth  = 660 // a page may be wider when its labels need it
	margin     = 18  // white around everything
	blockGap   = 10  // between title, key and body
	lineHeight = 15  // of a line of small text
	titleLine  = 19  // of a line of the title
	swatch     = 24  // width of a sample in a key
	columnGap  = 16  // between the columns of a table
	dotRadius  = 2.6 // of a mark on a curve
)

// rgb makes an opaque colour of 0xRRGGBB.
func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 255}
}

func faded(c color.NRGBA, alpha uint8) color.NRGBA {
	c.A = alpha
	return c
}

// The colours of Okabe and Ito, which people with any of the three colour
// blindnesses can tell apart. Vermillion is kept for what is wrong, and the
// yellow is left out: it cannot be seen on white.
var (
	paper = rgb(0xFFFFFF)
	ink   = rgb(0x222222) // text
	muted = rgb(0x5F6670) // axes and what is said in passing
	rule  = rgb(0xE3E6EA) // grid and the lines of tables
	lawOf = rgb(0x454C55) // laws
	good  = rgb(0x0072B2)
	wrong = rgb(0xC44E00) // Okabe and Ito's vermillion, a little darker so that text in it can be read

	palette = []color.NRGBA{
		rgb(0x0072B2), // blue
		rgb(0x009E73), // green
		rgb(0xCC79A7), // purple
		rgb(0xE69F00), // orange
		rgb(0x56B4E9), // sky
		rgb(0x000000), // black
	}
	// dashes, in points, tell curves apart without colour. There are as many
	// as share no factor with the colours, so that 30 curves differ.
	dashes = [][]vg.Length{nil, {7, 2.5}, {2, 2}, {8, 2, 2, 2}, {12, 3}}
)

// curveStyle is the style of the i-th curve of a chart.
func curveStyle(i int) draw.LineStyle {
	return draw.LineStyle{Color: palette[i%len(palette)], Width: 1.8, Dashes: dashes[i%len(dashes)]}
}

func hairline(c color.Color) draw.LineStyle { return draw.LineStyle{Color: c, Width: 0.6} }

// fonts are those compiled into this program; gonum/plot's own defaults are
// variables that others may set, so nothing here reads them.
var fonts = font.NewCache(liberation.Collection())

// newText is a style of text of a size in points, its anchor on the left.
func newText(points float64, c color.Color, bold bool) text.Style {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(points)}
	if bold {
		f.Weight = stdfont.WeightBold
	}
	return text.Style{Color: c, Font: f, Handler: text.Plain{Fonts: fonts}}
}

var (
	titleText   = newText(14, ink, true)
	labelText   = newText(9.5, ink, false)
	headingText = newText(11, ink, true)
	boldText    = newText(9.5, ink, true)
	headText    = newText(8.5, muted, false)
	tickText    = newText(9, muted, false)
	axisText    = newText(10, ink, false)
	wrongText   = newText(9.5, wrong, true)
	emptyText   = newText(16, muted, false)
)

// write puts a line of text with its baseline at y; align says which part of
// it stands at x.
func write(c draw.Canvas, sty text.Style, x, y vg.Length, align text.XAlignment, s string) {
	if s == "" {
		return
	}
	face := fonts.Lookup(sty.Font, sty.Font.Size)
	c.SetColor(sty.Color)
	c.FillString(face, vg.Point{X: x + vg.Length(align)*face.Width(s), Y: y}, s)
}

// clean makes a label of any string: one line, without control characters or
// bytes that are no UTF-8, so that the SVG stays well formed.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.IsSpace(r) {
			return ' '
		}
		if r == 0xFFFE || r == 0xFFFF {
			return '\uFFFD'
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// fit shortens a label to a width: its middle goes, since names that are
// alike differ at their ends.
func fit(sty text.Style, s string, width vg.Length) string {
	if sty.Width(s) <= width {
		return s
	}
	r := []rune(s)
	cut := func(dropped int) string {
		keep := len(r) - dropped
		return string(r[:keep-keep/2]) + "…" + string(r[len(r)-keep/2:])
	}
	return cut(sort.Search(len(r), func(dropped int) bool { return sty.Width(cut(dropped)) <= width }))
}

// wrap breaks a text into lines no wider than width; a word that is wider
// alone is shortened.
func wrap(sty text.Style, s string, width vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		word = fit(sty, word, width)
		switch {
		case line == "":
			line = word
		case sty.Width(line+" "+word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

func box(x0, y0, x1, y1 vg.Length) vg.Rectangle {
	return vg.Rectangle{Min: vg.Point{X: x0, Y: y0}, Max: vg.Point{X: x1, Y: y1}}
}

func center(r vg.Rectangle) vg.Point { return r.Min.Add(r.Max).Scale(0.5) }

func fill(c draw.Canvas, col color.Color, r vg.Rectangle) {
	if r.Max.X <= r.Min.X || r.Max.Y <= r.Min.Y {
		return
	}
	c.SetColor(col)
	c.Fill(r.Path())
}

func dot(c draw.Canvas, col color.Color, x, y vg.Length) {
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: col, Radius: dotRadius, Shape: draw.CircleGlyph{}}, vg.Point{X: x, Y: y})
}
