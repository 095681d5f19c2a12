package plots

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Strip is what the runs of one case showed, a value each. What is not
// finite, or less than 0, does not count.
type Strip struct {
	Group, Name string // such as "latest" and "5 min"; either may be empty
	Values      []float64
	Bound       *float64 // what no run may exceed; nil if none is known
}

func (s Strip) broken() int {
	n := 0
	for _, v := range s.Values {
		if s.over(v) {
			n++
		}
	}
	return n
}

func (s Strip) over(v float64) bool { return s.Bound != nil && v > *s.Bound+1e-9*math.Abs(*s.Bound) }

// Strips draws, for each case, a bar as long as the median of its runs
// (nearest rank), a dot for each run, and its bound as a tick; what is above
// the bound is drawn in another colour, and counted. Cases keep their order,
// and those of one name have one colour. On a logarithmic axis, where lengths
// do not compare, a stem stands for the bar. bound names the bounds, such as
// "legal at the most". Laws are upright lines across all cases. No cases give
// "no data".
func Strips(title string, x Axis, bound string, strips []Strip, laws []Law) *Chart {
	ch := &Chart{title: clean(title), width: pageWidth, blocks: []block{noData{}}}
	if len(strips) == 0 {
		return ch
	}
	var all []float64
	cases := make([]Strip, len(strips))
	for i, s := range strips {
		s.Values = slices.DeleteFunc(measured(s.Values), func(v float64) bool { return v < 0 || v > 1e15 })
		if s.Bound != nil && (math.IsNaN(*s.Bound) || math.Abs(*s.Bound) > 1e15) {
			s.Bound = nil
		}
		cases[i] = s
		all = append(all, s.Values...)
		if s.Bound != nil {
			s.Bound = new(*s.Bound)
			all = append(all, *s.Bound)
		}
	}
	for _, l := range drawable(laws) {
		all = append(all, l.Low, l.High)
	}
	b := &rows{tall: rowHeight, x: newScale(x, all)}
	b.marks = plainMarks(laws, b.x.unit)
	stripRows(b, clean(bound), cases)
	colours := stripColours(cases)
	b.paint = func(c draw.Canvas, x func(float64) vg.Length, i int) {
		drawStrip(c, x, cases[i], colours[i], b.x.above > 0)
	}
	b.measure()
	ch.width = b.least()
	ch.blocks = []block{stripsKey(clean(bound), cases, b.x.above > 0), b}
	return ch
}

// counted tells whether any case has several runs, any a bound, and any run
// too much.
func counted(cases []Strip) (several, bounds, broken bool) {
	for _, s := range cases {
		several = several || len(s.Values) > 1
		bounds = bounds || s.Bound != nil
		broken = broken || s.broken() > 0
	}
	return several, bounds, broken
}

// stripRows fills the columns.
func stripRows(b *rows, bound string, cases []Strip) {
	several, bounds, _ := counted(cases)
	b.cols = []string{"value"}
	if u := b.x.unit; u.name != "" && !u.time {
		b.cols[0] = u.label("value")
	}
	if several {
		b.cols = []string{"runs", "min", "median", "max"}
	}
	if bounds {
		b.cols = append(b.cols, bound, "runs over")
	}
	for _, s := range cases {
		r := row{names: [2]string{s.Group, s.Name}}
		switch n := len(s.Values); {
		case n == 0:
			r.numbers = []cell{{s: "no data"}}
			if several {
				r.numbers = []cell{{s: "0"}, {s: "no data"}, {}, {}}
			}
		case several:
			r.numbers = []cell{{s: grouped(n)}}
			for _, q := range []float64{0, 0.5, 1} {
				v := quantile(s.Values, q)
				r.numbers = append(r.numbers, cell{b.x.unit.short(v), s.over(v)})
			}
		default:
			r.numbers = []cell{{b.x.unit.short(s.Values[0]), s.broken() > 0}}
		}
		if bounds {
			limit, over := cell{s: "–"}, cell{s: "not judged"}
			if s.Bound != nil {
				limit.s, over = b.x.unit.short(*s.Bound), cell{grouped(s.broken()), s.broken() > 0}
			}
			r.numbers = append(r.numbers, limit, over)
		}
		b.rows = append(b.rows, r)
	}
}

// stripColours gives cases of one name one colour.
func stripColours(cases []Strip) (out []color.NRGBA) {
	var names []string
	for _, s := range cases {
		k := slices.Index(names, s.Name)
		if k < 0 {
			k = len(names)
			names = append(names, s.Name)
		}
		out = append(out, palette[k%len(palette)])
	}
	return out
}

func stripsKey(bound string, cases []Strip, log bool) key {
	several, bounds, broken := counted(cases)
	if !several && !bounds {
		return nil
	}
	words := "value"
	if several {
		words = "median"
	}
	k := key{{stripSample(several, log), words}}
	if several {
		k = append(k, key{{dotSample(good), "a run"}}...)
	}
	if bounds {
		k = append(k, key{{tickSample(boundStyle), bound}}...)
	}
	if broken {
		k = append(k, key{{dotSample(wrong), "over it"}}...)
	}
	return k
}

// stripSample is a bar or stem with what stands at its end.
func stripSample(several, log bool) sample {
	return func(c draw.Canvas, r vg.Rectangle) {
		drawBar(c, r.Min.X, r.Max.X, center(r).Y, good, several, log)
	}
}

// barAlpha lets dots be seen on a bar.
const barAlpha = 95

// drawBar draws a bar with a stroke at the median, plain if it is a single
// value, or a stem.
func drawBar(c draw.Canvas, from, to, mid vg.Length, col color.NRGBA, several, log bool) {
	half, shade := vg.Length(5.5), col
	if several {
		shade = faded(col, barAlpha)
	}
	if log {
		half = 0.8
	}
	fill(c, shade, box(from, mid-half, to, mid+half))
	if several || log {
		c.StrokeLine2(draw.LineStyle{Color: col, Width: 2}, to, mid-5.5, to, mid+5.5)
	}
}

// drawStrip draws one case's bar, dots and tick.
func drawStrip(c draw.Canvas, x func(float64) vg.Length, s Strip, col color.NRGBA, log bool) {
	mid := c.Center().Y
	if n := len(s.Values); n > 0 {
		drawBar(c, x(0), x(quantile(s.Values, 0.5)), mid, col, n > 1, log)
		var places []vg.Length
		for _, v := range s.Values {
			places = append(places, x(v))
		}
		offsets, keep := swarm(places, rowHeight/2-runRadius-1)
		for i, v := range s.Values {
			dotCol := col
			if s.over(v) {
				dotCol = wrong
			}
			if keep[i] && (n > 1 || s.over(v)) {
				runDot(c, dotCol, places[i], mid+offsets[i])
			}
		}
	}
	if s.Bound != nil {
		at := x(*s.Bound)
		c.StrokeLine2(boundStyle, at, mid-7, at, mid+7)
	}
}
