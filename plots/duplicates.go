package plots

import (
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

// Duplicates draws, for each row, how many records were delivered again, as a
// bar, against how many may be, as a tick; what is above the bound is drawn in
// another colour and said in words. The numbers stand beside the bars. Rows
// keep their order, and a scenario's name is written once for the rows of it
// that follow each other. The axis is in records; it turns logarithmic when
// the largest number is over 20 times the median of those above 0. The page
// grows with the rows; 20 fit a screen. No rows give "no data".
func Duplicates(title string, in []DuplicateRow) *Chart {
	ch := &Chart{title: clean(title), width: pageWidth, blocks: []block{noData{}}}
	if len(in) == 0 {
		return ch
	}
	b := &rows{heads: [2]string{"scenario", "cause"}, cols: []string{"observed", "legal", "verdict"}, tall: rowHeight}
	var data []DuplicateRow
	var numbers []float64
	for _, r := range in {
		r.Observed = max(r.Observed, 0)
		data = append(data, r)
		failed := r.excess() > 0
		b.rows = append(b.rows, row{
			names:   [2]string{r.Scenario, r.Cause},
			numbers: []cell{{grouped(r.Observed), failed}, {r.legal(), false}, {r.verdict(), failed}},
		})
		numbers = append(numbers, float64(r.Observed), float64(max(0, r.Legal)))
	}
	b.x = newScale(Axis{Label: "duplicates", Unit: "records", Log: wide(numbers)}, numbers)
	b.paint = func(c draw.Canvas, x func(float64) vg.Length, i int) { drawDuplicates(c, x, data[i], b.x.above > 0) }
	b.measure()
	ch.width = b.least()
	ch.blocks = []block{duplicatesKey(data), b}
	return ch
}

var boundStyle = draw.LineStyle{Color: ink, Width: 2}

// duplicatesKey names only what the chart shows.
func duplicatesKey(data []DuplicateRow) key {
	k := key{{barSample(good), "delivered again"}}
	above, bound := false, false
	for _, r := range data {
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

// drawDuplicates draws one row's bar and tick. On a logarithmic axis, where
// lengths do not compare, the bar is a thin stem to a dot.
func drawDuplicates(c draw.Canvas, x func(float64) vg.Length, r DuplicateRow, log bool) {
	mid, half := c.Center().Y, vg.Length(5)
	if log {
		half = 1
	}
	from, to := x(0), x(float64(r.Observed))
	legal := to
	if r.Legal >= 0 {
		legal = x(float64(r.Legal))
	}
	fill(c, good, box(from, mid-half, min(to, legal), mid+half))
	fill(c, wrong, box(max(from, legal), mid-half, to, mid+half))
	if log && r.Observed > 0 {
		col := good
		if r.excess() > 0 {
			col = wrong
		}
		dot(c, col, to, mid)
	}
	if r.Legal >= 0 {
		c.StrokeLine2(boundStyle, legal, mid-7, legal, mid+7)
	}
}
