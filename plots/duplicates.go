package plots

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A DuplicateRow is what a scenario showed for one cause, in records. Legal
// is how many records may be delivered again at the most; less than 0 says
// that no bound is known, and the row is not judged.
type DuplicateRow struct {
	Scenario string // such as "B09 crash of an owner"
	Cause    string // such as "graceful"; may be empty
	Observed int    // less than 0 counts as 0
	Legal    int
}

func (r DuplicateRow) excess() int {
	if r.Legal < 0 {
		return 0
	}
	return max(0, r.Observed-r.Legal)
}

func (r DuplicateRow) verdict() string {
	switch n := r.excess(); {
	case r.Legal < 0:
		return "not judged"
	case n > 0:
		return grouped(n) + " too many"
	}
	return "ok"
}

func (r DuplicateRow) legal() string {
	if r.Legal < 0 {
		return "–"
	}
	return grouped(r.Legal)
}

// Sizes of the body, in points.
const (
	dupRow     = 19  // height of a row
	dupBar     = 10  // thickness of a bar
	dupBars    = 270 // least width of the area of the bars
	dupName    = 300 // most width of a column of names: longer ones are shortened
	dupPadding = 12  // between bars and columns
	dupAxis    = 40  // height of the axis below
)

// wideRange is from which ratio of the largest number to the median of those
// above 0 the axis is logarithmic: else half the bars would be specks.
const wideRange = 20

type duplicates struct {
	rows []DuplicateRow
	log  bool
	// widths of the columns: scenario, cause; observed, legal, verdict
	names, numbers []vg.Length
}

// Duplicates draws, for each row, how many records were delivered again, as a
// bar, against how many may be, as a tick; what is above the bound is drawn in
// another colour and said in words. The numbers stand beside the bars. Rows
// keep their order, and a scenario's name is written once for the rows of it
// that follow each other. The axis is in records; it turns logarithmic when
// the largest number is over 20 times the median of those above 0. The page
// grows with the rows; 20 fit a screen. No rows give "no data".
func Duplicates(title string, rows []DuplicateRow) *Chart {
	ch := &Chart{title: clean(title), width: pageWidth, key: key(nil), body: noData{}}
	if len(rows) == 0 {
		return ch
	}
	b := &duplicates{}
	var numbers []float64
	for _, r := range rows {
		r.Scenario, r.Cause = fit(labelText, clean(r.Scenario), dupName), fit(labelText, clean(r.Cause), dupName)
		r.Observed = max(r.Observed, 0)
		b.rows = append(b.rows, r)
		for _, n := range []int{r.Observed, r.Legal} {
			if n > 0 {
				numbers = append(numbers, float64(n))
			}
		}
	}
	if slices.Sort(numbers); len(numbers) > 0 {
		b.log = numbers[len(numbers)-1] > wideRange*quantile(numbers, 0.5)
	}
	b.measure()
	ch.width = max(pageWidth, 2*margin+sum(b.names)+sum(b.numbers)+dupBars)
	ch.body, ch.key = b, b.key()
	return ch
}

func sum(lengths []vg.Length) (s vg.Length) {
	for _, l := range lengths {
		s += l
	}
	return s
}

// measure finds the widths of the columns, with the space beside them.
func (b *duplicates) measure() {
	b.names = []vg.Length{boldText.Width("scenario"), 0}
	b.numbers = []vg.Length{headText.Width("observed"), headText.Width("legal"), headText.Width("verdict")}
	for _, r := range b.rows {
		b.names[0] = max(b.names[0], labelText.Width(r.Scenario))
		b.names[1] = max(b.names[1], labelText.Width(r.Cause))
		b.numbers[0] = max(b.numbers[0], wrongText.Width(grouped(r.Observed)))
		b.numbers[1] = max(b.numbers[1], labelText.Width(r.legal()))
		b.numbers[2] = max(b.numbers[2], wrongText.Width(r.verdict()))
	}
	for _, columns := range [][]vg.Length{b.names, b.numbers} {
		for i, w := range columns {
			if w > 0 {
				columns[i] = w + dupPadding
			}
		}
	}
	if b.names[1] > 0 {
		b.names[1] = max(b.names[1], headText.Width("cause")+dupPadding)
	}
}

var boundStyle = draw.LineStyle{Color: ink, Width: 2}

// key names only what the chart shows.
func (b *duplicates) key() key {
	k := key{{barSample(good), "delivered again"}}
	above, bound := false, false
	for _, r := range b.rows {
		above = above || r.excess() > 0
		bound = bound || r.Legal >= 0
	}
	if above {
		k = append(k, key{{barSample(wrong), "of these, above what is legal"}}...)
	}
	if bound {
		k = append(k, key{{tickSample(boundStyle), "legal at the most"}}...)
	}
	return k
}

// place is where a number stands on the axis.
func (b *duplicates) place(n int) float64 {
	if b.log {
		return math.Log10(1 + float64(max(n, 0)))
	}
	return float64(max(n, 0))
}

func (b *duplicates) plot() *plot.Plot {
	label := "duplicates (records)"
	largest := 1
	for _, r := range b.rows {
		largest = max(largest, r.Observed, r.Legal)
	}
	if b.log {
		label = "duplicates (records, log scale)"
	}
	p := newPlot(label, "")
	p.HideY()
	p.X.Min, p.X.Max = 0, b.place(largest)*1.03
	p.Y.Min, p.Y.Max = 0, float64(len(b.rows))
	p.X.Tick.Marker = spaced(b.ticks(largest), dupBars*0.9/p.X.Max)
	return p
}

func (b *duplicates) ticks(largest int) plot.ConstantTicks {
	if b.log {
		out := plot.ConstantTicks{{Value: 0, Label: "0"}}
		for n := 1; n <= largest && n > 0 && len(out) < 19; n *= 10 {
			out = append(out, plot.Tick{Value: b.place(n), Label: grouped(n)})
		}
		return out
	}
	hi := float64(largest) * 1.03
	step := max(1, int(niceStep(hi, 8)))
	var out plot.ConstantTicks
	for i := range int(hi/float64(step)) + 1 {
		out = append(out, plot.Tick{Value: float64(i * step), Label: grouped(i * step)})
	}
	return out
}

func (b *duplicates) height(vg.Length) vg.Length {
	return lineHeight + vg.Length(len(b.rows))*dupRow + dupAxis
}

func (b *duplicates) draw(c draw.Canvas) {
	p := b.plot()
	p.Add(layer(func(data draw.Canvas, p *plot.Plot) { b.drawRows(c, data, p) }))
	p.Draw(draw.Crop(c, sum(b.names), -sum(b.numbers), 0, -lineHeight))
}

// drawRows draws the whole body but the axis: page is its area, data that of
// the bars.
func (b *duplicates) drawRows(page, data draw.Canvas, p *plot.Plot) {
	heads := []string{"scenario", "cause", "observed", "legal", "verdict"}
	if b.names[1] == 0 {
		heads[1] = ""
	}
	b.columns(page, data.Max.Y+4, heads, false)
	_, y := p.Transforms(&data)
	for i, r := range b.rows {
		top := y(float64(len(b.rows) - i))
		first := i == 0 || r.Scenario != b.rows[i-1].Scenario
		if first {
			page.StrokeLine2(hairline(rule), page.Min.X, top, page.Max.X, top)
		}
		cells := []string{r.Scenario, r.Cause, grouped(r.Observed), r.legal(), r.verdict()}
		if !first {
			cells[0] = ""
		}
		b.columns(page, y(float64(len(b.rows)-i)-0.5)-3.4, cells, r.excess() > 0)
	}
	grid(true, false).Plot(data, p)
	data.StrokeLine2(draw.LineStyle{Color: muted, Width: 0.8}, data.Min.X, data.Min.Y, data.Min.X, data.Max.Y)
	for i, r := range b.rows {
		b.drawBar(data, p, i, r)
	}
}

// columns writes the cells of a row, or the heads, with their baseline at y.
func (b *duplicates) columns(page draw.Canvas, y vg.Length, cells []string, failed bool) {
	name, number := labelText, labelText
	if cells[4] == "verdict" {
		name, number = headText, headText
	}
	if failed {
		number = wrongText
	}
	write(page, name, page.Min.X, y, draw.XLeft, cells[0])
	write(page, name, page.Min.X+b.names[0], y, draw.XLeft, cells[1])
	x := page.Max.X - sum(b.numbers)
	for i, cell := range cells[2:] {
		x += b.numbers[i]
		sty := number
		if i == 1 && failed {
			sty = labelText
		}
		write(page, sty, x, y, draw.XRight, cell)
	}
}

// drawBar draws one row's bar and tick. On a logarithmic axis, where lengths
// do not compare, the bar is a thin stem to a dot.
func (b *duplicates) drawBar(c draw.Canvas, p *plot.Plot, i int, r DuplicateRow) {
	x, y := p.Transforms(&c)
	mid := y(float64(len(b.rows)-i) - 0.5)
	half := vg.Length(dupBar) / 2
	if b.log {
		half = 1
	}
	from, to := x(0), x(b.place(r.Observed))
	legal := to
	if r.Legal >= 0 {
		legal = x(b.place(r.Legal))
	}
	fill(c, good, box(from, mid-half, min(to, legal), mid+half))
	fill(c, wrong, box(max(from, legal), mid-half, to, mid+half))
	if b.log && r.Observed > 0 {
		col := good
		if r.excess() > 0 {
			col = wrong
		}
		dot(c, col, to, mid)
	}
	if r.Legal >= 0 {
		c.StrokeLine2(boundStyle, legal, mid-dupBar/2-2, legal, mid+dupBar/2+2)
	}
}
