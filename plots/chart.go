package plots

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A Chart is a picture with its title and its key, ready to be written. It
// does not change once it is made, and may be written any number of times,
// from several goroutines.
type Chart struct {
	title  string
	width  vg.Length
	blocks []block
}

// A block is a part of a page. Its height is what it takes at a width; draw
// fills the canvas, which has both.
type block interface {
	height(width vg.Length) vg.Length
	draw(c draw.Canvas)
}

// dotsPerInch of a PNG: twice what a screen has, so that it is sharp there
// and good enough in print.
const dotsPerInch = 192

// mostDots keeps a PNG of hundreds of rows from taking the memory away.
const mostDots = 100 << 20

// noData stands where a chart has nothing to draw.
type noData struct{}

func (noData) height(vg.Length) vg.Length { return 160 }

func (noData) draw(c draw.Canvas) {
	fill(c, faded(rule, 90), c.Rectangle)
	write(c, emptyText, c.Center().X, c.Center().Y-5, draw.XCenter, "no data")
}

// Note is the chart with a line of small print below: how many runs it stands
// on, and the command that gave them.
func (ch *Chart) Note(words string) *Chart {
	out := *ch
	out.blocks = append(slices.Clip(out.blocks), footnote(clean(words)))
	return &out
}

// Page puts charts below each other on one page, under a title; theirs become
// headings.
func Page(title string, charts ...*Chart) *Chart {
	out := &Chart{title: clean(title), width: pageWidth}
	for _, ch := range charts {
		out.width = max(out.width, ch.width)
		if ch.title != "" {
			out.blocks = append(out.blocks, heading(ch.title))
		}
		out.blocks = append(out.blocks, ch.blocks...)
	}
	return out
}

// A heading names a part of a page.
type heading string

func (h heading) lines(width vg.Length) []string { return wrap(headingText, string(h), width) }

func (h heading) height(width vg.Length) vg.Length {
	return vg.Length(len(h.lines(width)))*lineHeight + 4
}

func (h heading) draw(c draw.Canvas) {
	for i, line := range h.lines(c.Max.X - c.Min.X) {
		write(c, headingText, c.Min.X, c.Max.Y-vg.Length(i+1)*lineHeight, draw.XLeft, line)
	}
}

// A footnote is small print.
type footnote string

func (f footnote) height(width vg.Length) vg.Length {
	return vg.Length(len(wrap(headText, string(f), width))) * (lineHeight - 3)
}

func (f footnote) draw(c draw.Canvas) {
	for i, line := range wrap(headText, string(f), c.Max.X-c.Min.X) {
		write(c, headText, c.Min.X, c.Max.Y-vg.Length(i+1)*(lineHeight-3)+3, draw.XLeft, line)
	}
}

func (ch *Chart) titleLines() []string { return wrap(titleText, ch.title, ch.width-2*margin) }

// size is the size of the page.
func (ch *Chart) size() (w, h vg.Length) {
	h = 2 * margin
	if n := len(ch.titleLines()); n > 0 {
		h += vg.Length(n)*titleLine + blockGap
	}
	for _, b := range ch.blocks {
		if k := b.height(ch.width - 2*margin); k > 0 {
			h += k + blockGap
		}
	}
	return ch.width, h - blockGap
}

func (ch *Chart) draw(c draw.Canvas) {
	fill(c, paper, c.Rectangle)
	left, right, top := c.Min.X+margin, c.Max.X-margin, c.Max.Y-margin
	lines := ch.titleLines()
	for _, line := range lines {
		top -= titleLine
		write(c, titleText, left, top+5, draw.XLeft, line)
	}
	if len(lines) > 0 {
		top -= blockGap
	}
	for _, b := range ch.blocks {
		h := b.height(right - left)
		if h == 0 {
			continue
		}
		b.draw(draw.Canvas{Canvas: c.Canvas, Rectangle: box(left, top-h, right, top)})
		top -= h + blockGap
	}
}

// WritePNG writes the chart as a PNG of 192 dots an inch. The only errors are
// those of w, and that of a chart of so many rows that its picture would be
// over 100 million dots: split its input, or take the SVG.
func (ch *Chart) WritePNG(w io.Writer) error {
	width, height := ch.size()
	if dots := width.Dots(dotsPerInch) * height.Dots(dotsPerInch); dots > mostDots {
		return fmt.Errorf("plots: %q would be a PNG of %.0f million dots; split its rows over several charts, or write the SVG", ch.title, dots/1e6)
	}
	c := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dotsPerInch), vgimg.UseBackgroundColor(paper))}
	ch.draw(draw.New(c))
	if _, err := c.WriteTo(w); err != nil {
		return fmt.Errorf("plots: write the PNG of %q: %w", ch.title, err)
	}
	return nil
}

// The font that vgsvg names, and what it should name so that a machine
// without it takes one of the same metrics. Text of a label can hold none of
// these: its quotes and angles are escaped.
const (
	svgFont      = `style="font-family:Liberation Sans;`
	svgFontStack = `style="font-family:'Liberation Sans',Arimo,Arial,Helvetica,sans-serif;`
	svgText      = "<text "
	svgRoot      = `xmlns:xlink="http://www.w3.org/1999/xlink">` + "\n"
)

// svgCanvas remembers how wide each text is, so that the SVG can hold every
// viewer to it, whatever font that has.
type svgCanvas struct {
	*vgsvg.Canvas
	widths []vg.Length
}

// FillString draws a text and notes its width.
func (c *svgCanvas) FillString(f font.Face, pt vg.Point, s string) {
	c.widths = append(c.widths, f.Width(s))
	c.Canvas.FillString(f, pt, s)
}

// WriteSVG writes the chart as SVG, its text as text: it can be searched and
// read aloud, and its title is that of the document. It embeds no font, and
// each text has the width that it has in the PNG, so that nothing runs into
// anything where another font stands in. The only errors are those of w.
func (ch *Chart) WriteSVG(w io.Writer) error {
	c := &svgCanvas{Canvas: vgsvg.New(ch.size())}
	ch.draw(draw.New(c))
	var buf bytes.Buffer
	if _, err := c.WriteTo(&buf); err != nil {
		return fmt.Errorf("plots: write the SVG of %q: %w", ch.title, err)
	}
	head, rest, found := strings.Cut(buf.String(), svgRoot)
	texts := strings.Split(strings.ReplaceAll(rest, svgFont, svgFontStack), svgText)
	if !found || len(texts) != len(c.widths)+1 {
		return errors.New("plots: gonum/plot writes another SVG than this package knows; adapt the constants above WriteSVG")
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s%s<title>%s</title>\n%s", head, svgRoot, html.EscapeString(ch.title), texts[0])
	for i, text := range texts[1:] {
		fmt.Fprintf(&out, `%stextLength="%.5g" lengthAdjust="spacingAndGlyphs" %s`, svgText, c.widths[i].Points(), text)
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("plots: write the SVG of %q: %w", ch.title, err)
	}
	return nil
}
