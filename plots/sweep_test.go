package plots

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"
)

var anyNumber = rapid.OneOf(rapid.Float64Range(0, 50), rapid.Float64Range(-5, 1e6), rapid.Float64(), rapid.SampledFrom([]float64{0, 1, 1e-9, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64}))

func pointsOf(t *rapid.T) Points {
	return Points{names.Draw(t, "name"), rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Point {
		return Point{anyNumber.Draw(t, "x"), anyNumber.Draw(t, "y")}
	}), 0, 20).Draw(t, "points")}
}

func lawOfAny(t *rapid.T) Law {
	l := Law{Name: names.Draw(t, "name"), Low: anyNumber.Draw(t, "low"), Claim: rapid.Bool().Draw(t, "claim")}
	l.High = l.Low
	if rapid.Bool().Draw(t, "band") {
		l.High = anyNumber.Draw(t, "high")
	}
	return l
}

func axisOfAny(t *rapid.T) Axis {
	return Axis{names.Draw(t, "label"), rapid.SampledFrom([]string{"", "s", "records/s", "%"}).Draw(t, "unit"), rapid.Bool().Draw(t, "log")}
}

func TestTextsOfAnySweepsStandApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sweeps := rapid.SliceOfN(rapid.Custom(pointsOf), 0, 5).Draw(t, "sweeps")
		refs := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Reference {
			p := pointsOf(t)
			return Reference{p.Name, p.Points, rapid.Bool().Draw(t, "limit")}
		}), 0, 3).Draw(t, "references")
		laws := rapid.SliceOfN(rapid.Custom(lawOfAny), 0, 4).Draw(t, "laws")
		checkTexts(t, Sweeps("Some title", axisOfAny(t), axisOfAny(t), sweeps, refs, laws))
	})
}

func TestTextsOfAnyStripsStandApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		strips := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Strip {
			s := Strip{Group: names.Draw(t, "group"), Name: names.Draw(t, "name"), Values: rapid.SliceOfN(anyNumber, 0, 20).Draw(t, "values")}
			if rapid.Bool().Draw(t, "bounded") {
				s.Bound = new(anyNumber.Draw(t, "bound"))
			}
			return s
		}), 0, 12).Draw(t, "strips")
		laws := rapid.SliceOfN(rapid.Custom(lawOfAny), 0, 4).Draw(t, "laws")
		checkTexts(t, Strips("Some title", axisOfAny(t), names.Draw(t, "bound"), strips, laws))
	})
}

func TestTextsOfAnyPanelsStandApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		laws := rapid.SliceOfN(rapid.Custom(lawOfAny), 0, 4).Draw(t, "laws")
		cases := rapid.SliceOfN(rapid.Custom(pointsOf), 0, 4).Draw(t, "cases")
		checkTexts(t, Around("Some title", "time", "latency", anyNumber.Draw(t, "bin"), cases, laws))
		pauses := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Pauses {
			return Pauses{Name: names.Draw(t, "name"), Pauses: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Pause {
				return Pause{names.Draw(t, "member"), anyNumber.Draw(t, "from"), anyNumber.Draw(t, "to"), rapid.IntRange(-1, 9).Draw(t, "partitions")}
			}), 0, 10).Draw(t, "pauses")}
		}), 0, 3).Draw(t, "protocols")
		checkTexts(t, StopTheWorld("Some title", "time", pauses, laws))
	})
}

// A logarithmic scale rises, gives back what it was given, and keeps 0 at the
// start of its linear part.
func TestScaleHasAnInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0, 1e6), 2, 20).Draw(t, "values")
		s := newScale(Axis{Unit: rapid.SampledFrom([]string{"", "s"}).Draw(t, "unit"), Log: true}, values)
		if s.at(0) != 0 || s.above <= 0 {
			t.Fatalf("0 is at %v, logarithmic above %v", s.at(0), s.above)
		}
		slices.Sort(values)
		for i, v := range values {
			if back := s.value(s.at(v)); math.Abs(back-v) > 1e-9*v {
				t.Fatalf("%v comes back as %v", v, back)
			}
			if i > 0 && v > values[i-1]*(1+1e-9) && s.at(v) <= s.at(values[i-1]) {
				t.Fatalf("%v stands at %v, %v at %v", values[i-1], s.at(values[i-1]), v, s.at(v))
			}
			if v > s.hi {
				t.Fatalf("%v is beyond the end, %v", v, s.hi)
			}
		}
	})
}

func TestTicksOfALogScale(t *testing.T) {
	var labels []string
	for _, tick := range newScale(Axis{Log: true}, []float64{0, 854}).ticks(400, 8, across) {
		if !tick.IsMinor() {
			labels = append(labels, tick.Label)
		}
	}
	if want := []string{"0", "1", "10", "100"}; !slices.Equal(labels[:4], want) {
		t.Errorf("%q, not %q…", labels, want)
	}
}

func TestSwarmKeepsDotsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.IntRange(0, 300), 0, 60).Draw(t, "places")
		half := vg.Length(rapid.IntRange(0, 20).Draw(t, "half"))
		var places []vg.Length
		for _, p := range raw {
			places = append(places, vg.Length(p)/3)
		}
		offsets, keep := swarm(places, half)
		kept := 0
		for i := range places {
			if offsets[i] > half+1e-9 || offsets[i] < -half-1e-9 {
				t.Fatalf("offset %v of %v", offsets[i], half)
			}
			if keep[i] {
				kept++
			}
			for j := range places[:i] {
				if half > 0 && keep[i] && keep[j] && places[i] == places[j] && offsets[i] == offsets[j] {
					t.Fatalf("dots %d and %d lie on each other at %v", j, i, places[i])
				}
			}
		}
		if kept < min(len(places), mostDeep) {
			t.Fatalf("%d of %d dots are drawn", kept, len(places))
		}
	})
}

func TestReferencesJudge(t *testing.T) {
	r := Reference{Points: []Point{{0, 0}, {10, 500}}, Limit: true}
	for _, c := range []struct {
		p     Point
		above bool
	}{{Point{2, 100}, false}, {Point{2, 101}, true}, {Point{10, 500}, false}, {Point{0, 1}, true}, {Point{11, 9999}, false}} {
		if got := r.above(c.p); got != c.above {
			t.Errorf("%v: %v", c.p, got)
		}
	}
	r.Limit = false
	if r.above(Point{2, 101}) {
		t.Error("a line that is no limit judges")
	}
}

// The medians of a sweep do not depend on the order of its points, and a run
// over the bound is counted in words.
func TestSweepsSayWhatBreaksTheBound(t *testing.T) {
	runs := []Points{{"auto-commit", []Point{{5, 10}, {1, 60}, {1, 3}, {5, 250}, {math.NaN(), 4}}}}
	got := words(t, svgOf(t, DuplicatesByInterval("d", runs, 50)))
	slices.Reverse(runs[0].Points)
	if again := words(t, svgOf(t, DuplicatesByInterval("d", runs, 50))); !slices.Equal(got, again) {
		t.Error("the order of runs shows")
	}
	for _, w := range []string{"1 of 4", "over rate × interval", "bound: rate × interval", "commit interval (s)", "duplicates (records)"} {
		if !slices.Contains(got, w) {
			t.Errorf("%q is missing among %q", w, got)
		}
	}
}
