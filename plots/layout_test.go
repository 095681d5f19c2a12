package plots

import (
	"fmt"
	"image/color"
	"math"
	"testing"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
	"pgregory.net/rapid"
)

// recorder is a canvas that remembers where each text stands.
type recorder struct {
	*vgsvg.Canvas
	turned []bool
	texts  []textBox
}

type textBox struct {
	s string
	vg.Rectangle
}

func (r *recorder) Push() {
	r.turned = append(r.turned, r.turned[len(r.turned)-1])
	r.Canvas.Push()
}

func (r *recorder) Pop() {
	r.turned = r.turned[:len(r.turned)-1]
	r.Canvas.Pop()
}

func (r *recorder) Rotate(rad float64) {
	if math.Abs(rad-math.Pi/2) > 1e-9 {
		panic("only quarter turns are known")
	}
	r.turned[len(r.turned)-1] = true
	r.Canvas.Rotate(rad)
}

func (r *recorder) FillString(f font.Face, pt vg.Point, s string) {
	size := f.Font.Size
	b := box(pt.X, pt.Y-0.15*size, pt.X+f.Width(s), pt.Y+0.7*size) // the ink of most letters
	if r.turned[len(r.turned)-1] {
		b = box(-b.Max.Y, b.Min.X, -b.Min.Y, b.Max.X)
	}
	r.texts = append(r.texts, textBox{s, b})
	r.Canvas.FillString(f, pt, s)
}

// checkTexts fails if two texts of a chart overlap or one leaves the page.
func checkTexts(t interface{ Errorf(string, ...any) }, ch *Chart) {
	w, h := ch.size()
	r := &recorder{Canvas: vgsvg.New(w, h), turned: []bool{false}}
	ch.draw(draw.New(r))
	for i, a := range r.texts {
		if a.Min.X < 0 || a.Min.Y < 0 || a.Max.X > w || a.Max.Y > h {
			t.Errorf("%q leaves the page of %v × %v: %v", a.s, w, h, a.Rectangle)
		}
		for _, b := range r.texts[:i] {
			if a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y {
				t.Errorf("%q and %q overlap: %v, %v", a.s, b.s, a.Rectangle, b.Rectangle)
			}
		}
	}
}

func TestSamplesDoNotOverlap(t *testing.T) {
	for _, chart := range samples() {
		checkTexts(t, chart())
	}
}

var names = rapid.SampledFrom([]string{"", "a", "session − heartbeat", "claim of the paper", "the longest name that anybody would give a thing here"})

func TestTextsOfAnyCDFStandApart(t *testing.T) {
	number := rapid.OneOf(rapid.Float64Range(0, 50), rapid.Float64(), rapid.SampledFrom([]float64{0, 1e-9, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64}))
	rapid.Check(t, func(t *rapid.T) {
		series := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Series {
			return Series{names.Draw(t, "name"), rapid.SliceOfN(number, 0, 20).Draw(t, "values")}
		}), 0, 8).Draw(t, "series")
		laws := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Law {
			l := Law{Name: names.Draw(t, "name"), Low: number.Draw(t, "low"), Claim: rapid.Bool().Draw(t, "claim")}
			l.High = l.Low
			if rapid.Bool().Draw(t, "band") {
				l.High = number.Draw(t, "high")
			}
			return l
		}), 0, 6).Draw(t, "laws")
		checkTexts(t, CDF("Some title", "latency", series, laws))
	})
}

func TestTextsOfAnyDuplicatesStandApart(t *testing.T) {
	number := rapid.OneOf(rapid.IntRange(-1, 100), rapid.Int())
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) DuplicateRow {
			return DuplicateRow{names.Draw(t, "scenario"), names.Draw(t, "cause"), number.Draw(t, "observed"), number.Draw(t, "legal")}
		}), 0, 30).Draw(t, "rows")
		checkTexts(t, Duplicates("Some title", rows))
	})
}

func TestFlagsStandApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		flags := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) flag {
			return flag{x: vg.Length(rapid.IntRange(0, 600).Draw(t, "x")), width: vg.Length(rapid.IntRange(1, 300).Draw(t, "width")), span: rapid.Bool().Draw(t, "span")}
		}), 0, 8).Draw(t, "flags")
		spots, rows := placeFlags(flags, 0, 600)
		for i, s := range spots {
			if f := flags[i]; s.row < 0 || s.row >= rows || s.left < 0 || s.left+f.width > 600 || !f.span && (s.left > f.x || s.left+f.width < f.x) {
				t.Fatalf("flag %d of %v at %v, %d rows", i, flags, s, rows)
			}
			for j, o := range spots[:i] {
				if o.row == s.row && s.left < o.left+flags[j].width && o.left < s.left+flags[i].width {
					t.Fatalf("flags %d and %d of %v overlap: %v", j, i, flags, spots)
				}
			}
		}
	})
}

func TestFlagsTakeOneRowWhereTheyCan(t *testing.T) {
	for _, c := range []struct {
		flags []flag
		rows  int
	}{
		{nil, 0},
		{[]flag{{x: 100, width: 80}, {x: 300, width: 80}}, 1},
		{[]flag{{x: 300, width: 80}, {x: 320, width: 80}}, 1}, // one to each side
		{[]flag{{x: 590, width: 80}, {x: 570, width: 80}}, 2}, // at the edge
		{[]flag{{x: 300, width: 80}, {x: 300, width: 80}}, 2},
	} {
		if _, rows := placeFlags(c.flags, 0, 600); rows != c.rows {
			t.Errorf("%v: %d rows, not %d", c.flags, rows, c.rows)
		}
	}
}

// seen is a colour as Lab, to somebody with a colour blindness: the matrices
// of Machado, Oliveira and Fernandes (2009) at full severity, on linear RGB.
func seen(r, g, b uint8, m [9]float64) [3]float64 {
	lin := func(v uint8) float64 {
		if c := float64(v) / 255; c > 0.04045 {
			return math.Pow((c+0.055)/1.055, 2.4)
		} else {
			return c / 12.92
		}
	}
	in := [3]float64{lin(r), lin(g), lin(b)}
	var o [3]float64
	for i := range o {
		o[i] = min(1, max(0, m[3*i]*in[0]+m[3*i+1]*in[1]+m[3*i+2]*in[2]))
	}
	f := func(t float64) float64 {
		if t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return (24389.0/27*t + 16) / 116
	}
	x := f((0.4124*o[0] + 0.3576*o[1] + 0.1805*o[2]) / 0.9505)
	y := f(0.2126*o[0] + 0.7152*o[1] + 0.0722*o[2])
	z := f((0.0193*o[0] + 0.1192*o[1] + 0.9505*o[2]) / 1.089)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

func TestColoursDifferForEverybody(t *testing.T) {
	eyes := map[string][9]float64{
		"normal":       {1, 0, 0, 0, 1, 0, 0, 0, 1},
		"protanopia":   {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
		"deuteranopia": {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
		"tritanopia":   {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900},
	}
	all := append([]color.NRGBA{wrong, paper}, palette...)
	for eye, m := range eyes {
		for i, a := range all {
			for _, b := range all[:i] {
				p, q := seen(a.R, a.G, a.B, m), seen(b.R, b.G, b.B, m)
				if d := math.Sqrt((p[0]-q[0])*(p[0]-q[0]) + (p[1]-q[1])*(p[1]-q[1]) + (p[2]-q[2])*(p[2]-q[2])); d < 15 {
					t.Errorf("%s: %v and %v are %.0f apart", eye, a, b, d)
				}
			}
		}
	}
}

func TestCurvesDiffer(t *testing.T) {
	styles := map[string]bool{}
	for i := range len(palette) * len(dashes) {
		styles[fmt.Sprint(curveStyle(i))] = true
	}
	if len(styles) != 30 {
		t.Errorf("%d styles", len(styles))
	}
}
