package plots

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestECDFRisesToOne(t *testing.T) {
	value := rapid.OneOf(rapid.Float64Range(-1e6, 1e6), rapid.Map(rapid.IntRange(0, 9), func(i int) float64 { return float64(i) }))
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(value).Draw(t, "values")
		steps := ECDF(values)
		if len(values) == 0 {
			if steps != nil {
				t.Fatalf("%v of nothing", steps)
			}
			return
		}
		if last := steps[len(steps)-1]; last.Share != 1 || last.X != slices.Max(values) {
			t.Fatalf("ends at %v", last)
		}
		for i, s := range steps {
			atMost := 0
			for _, v := range values {
				if v <= s.X {
					atMost++
				}
			}
			if s.Share != float64(atMost)/float64(len(values)) {
				t.Fatalf("%v: %d of %d are at most that", s, atMost, len(values))
			}
			if i > 0 && (s.X <= steps[i-1].X || s.Share <= steps[i-1].Share) {
				t.Fatalf("%v after %v", s, steps[i-1])
			}
		}
	})
}

func TestECDFOfWhatNeverHappenedAndOfNoNumbers(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   []Step
	}{
		{[]float64{2, math.Inf(1), 1, math.NaN(), 2, math.Inf(-1)}, []Step{{1, 0.25}, {2, 0.75}}},
		{[]float64{math.Inf(1)}, nil},
		{[]float64{math.NaN()}, nil},
		{[]float64{0, math.Copysign(0, -1)}, []Step{{0, 1}}},
	} {
		if got := ECDF(c.values); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, not %v", c.values, got, c.want)
		}
	}
}

func TestThinStaysClose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := ECDF(rapid.SliceOfN(rapid.Float64Range(0, 100), 1, 300).Draw(t, "values"))
		most := rapid.IntRange(1, 50).Draw(t, "most")
		kept := thin(steps, most)
		if len(kept) > most+2 || kept[0] != steps[0] || kept[len(kept)-1] != steps[len(steps)-1] {
			t.Fatalf("%d steps of at most %d: %v of %v", len(kept), most, kept, steps)
		}
		j := 0
		for _, s := range steps {
			for j+1 < len(kept) && kept[j+1].X <= s.X {
				j++
			}
			if off := s.Share - kept[j].Share; off < 0 || off > 1/float64(most) {
				t.Fatalf("at %v the kept curve is off by %v", s, off)
			}
		}
	})
}

func TestQuantileIsNearestRank(t *testing.T) {
	ten := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for q, want := range map[float64]float64{0: 1, 0.1: 1, 0.11: 2, 0.5: 5, 0.99: 10, 1: 10} {
		if got := quantile(ten, q); got != want {
			t.Errorf("%v: %v, not %v", q, got, want)
		}
	}
}

func TestSeconds(t *testing.T) {
	if got := Seconds([]time.Duration{1500 * time.Millisecond, 0}); !slices.Equal(got, []float64{1.5, 0}) {
		t.Error(got)
	}
}

func TestUnits(t *testing.T) {
	for seconds, want := range map[float64]string{0: "0.0 s", 2e-6: "2.0 µs", 0.25: "250.0 ms", 34.84: "34.8 s", 300: "300.0 s", 1800: "30.0 min", 86400: "24.0 h", -3: "−3.0 s"} {
		if got := unitFor(seconds).short(seconds); got != want {
			t.Errorf("%v: %q, not %q", seconds, got, want)
		}
	}
	u := unitFor(30)
	for _, c := range [][2]string{{u.exact(30), "30 s"}, {u.exact(7.25), "7.25 s"}, {u.short(0.01), "< 0.1 s"}, {u.label("latency"), "latency (s)"},
		{u.label("latency (s)"), "latency (s)"}, {grouped(9999), "9999"}, {grouped(1234567), "1 234 567"}, {grouped(-12345), "-12 345"}} {
		if c[0] != c[1] {
			t.Errorf("%q, not %q", c[0], c[1])
		}
	}
}

func TestClaimsAreJudged(t *testing.T) {
	values := []float64{5, 29, 30, 31}
	for _, c := range []struct {
		law   Law
		n     int
		label string
	}{
		{Law{Name: "30 s", Low: 30, High: 30, Claim: true}, 1, "claim: 30 s, refuted"},
		{Law{Name: "session timeout", Low: 31, High: 31, Claim: true}, 0, "claim: session timeout = 31 s, holds here"},
		{Law{Name: "claim of B", Low: 20, High: 30, Claim: true}, 2, "claim of B, 20–30 s, refuted"},
		{Law{Name: "at last", Low: 30, High: math.Inf(1), Claim: true}, 2, "claim: at last, ≥ 30 s, refuted"},
		{Law{Low: 30, High: 30}, 1, "30 s"},
	} {
		b := &cdf{series: []Series{{"", values}}, x: scale{unit: unitFor(30)}}
		if n, label := c.law.broken(values), b.mark(c.law).label; n != c.n || label != c.label {
			t.Errorf("%+v: %d, %q", c.law, n, label)
		}
	}
}
