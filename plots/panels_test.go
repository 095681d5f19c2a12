package plots

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// An area is what counting partition by partition and tick by tick gives.
func TestLanesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pauses := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Pause {
			from := rapid.IntRange(0, 20).Draw(t, "from")
			return Pause{rapid.SampledFrom([]string{"m1", "m2"}).Draw(t, "member"), float64(from),
				float64(from + rapid.IntRange(-1, 9).Draw(t, "length")), rapid.IntRange(0, 4).Draw(t, "partitions")}
		}), 0, 8).Draw(t, "pauses")
		ls := lanes(Pauses{Members: []string{"m2", "m3"}, Pauses: pauses})
		if ls[0].member != "m2" || ls[1].member != "m3" || len(ls[1].stairs) != 0 {
			t.Fatalf("%+v", ls)
		}
		for _, l := range ls {
			area, stop, longest := 0, 0, 0
			for tick := 0.0; tick < 40; tick++ {
				n := 0
				for _, p := range pauses {
					if p.Member == l.member && p.From <= tick && tick < p.To {
						n += p.Partitions
					}
				}
				area += n
				if stop++; n == 0 {
					stop = 0
				}
				longest = max(longest, stop)
			}
			if l.area() != float64(area) || l.longest() != float64(longest) {
				t.Fatalf("%s: %v and %v, not %d and %d", l.member, l.area(), l.longest(), area, longest)
			}
		}
	})
}

func TestBinsHoldAllPoints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := finitePoints(rapid.SliceOf(rapid.Custom(func(t *rapid.T) Point {
			return Point{rapid.Float64Range(-20, 20).Draw(t, "x"), rapid.Float64Range(0, 9).Draw(t, "y")}
		})).Draw(t, "points"))
		n := 0
		for _, b := range binned(points, 0.5) {
			var in []float64
			for _, p := range points {
				if b.from <= p.X && p.X < b.to {
					in = append(in, p.Y)
				}
			}
			slices.Sort(in)
			if len(in) != b.n || b.p50 != quantile(in, 0.5) || b.p99 != quantile(in, 0.99) {
				t.Fatalf("%+v holds %v", b, in)
			}
			n += b.n
		}
		if n != len(points) {
			t.Fatalf("%d of %d points are in bins", n, len(points))
		}
	})
}

func TestAroundComparesBeforeAndAfter(t *testing.T) {
	var p Points
	for i := range 100 {
		p.Points = append(p.Points, Point{-1 + float64(i)/100, 0.01 + float64(i)/10000}, Point{2.5, 3}, Point{6, 0.02})
	}
	p.Points = append(p.Points, Point{5, math.NaN()}, Point{5, -1})
	got := words(t, svgOf(t, LatencyAround("l", 1, []Points{p}, nil)))
	for _, w := range []string{"300", "14.9 ms", "19.8 ms", "3.0 s", "2.0 s", "Each step is a bin of 1 s."} {
		if !slices.Contains(got, w) {
			t.Errorf("%q is missing among %q", w, got)
		}
	}
}

func TestMovedShareIsWhatCountingGives(t *testing.T) {
	for from := 1; from < 14; from++ {
		for to := 1; to < 14; to++ {
			moved := 0
			for h := range from * to {
				if h%from != h%to {
					moved++
				}
			}
			if want := float64(moved) / float64(from*to); math.Abs(MovedShare(from, to)-want) > 1e-12 {
				t.Errorf("%d to %d: %v, not %v", from, to, MovedShare(from, to), want)
			}
		}
	}
	if MovedShare(6, 8) != 0.75 || MovedShare(0, 8) != 0 {
		t.Error(MovedShare(6, 8), MovedShare(0, 8))
	}
}

func TestCampaignChartsHoldTheirWords(t *testing.T) {
	for name, want := range map[string][]string{
		"rebalance-latency": {"crash", "graceful", "pause of 60 s", "session − heartbeat = 20 s", "session + heartbeat = 40 s", "claim: session = 30 s, refuted",
			"claim: session = 30 s, holds here", "from an owner's stop to the new owners (s)", "60 runs for each curve; groundhog check B08 --seeds 60"},
		"stop-the-world":   {"eager (range): 23.8 partition-seconds", "cooperative (cooperative-sticky): 5.3 partition-seconds", "m4 joins", "longest stop", "10.6"},
		"paused-area":      {"partitions that stand still × time (partition-seconds)", "median", "eager"},
		"commit-interval":  {"1 of 201", "0 of 200"},
		"latency-around":   {"end-to-end latency (s, log)", "time since the rebalance began (s)", "a member joins", "−10"},
		"throughput":       {"6 partitions", "consumers", "throughput (records/s)", "ideal: linear up to the number of partitions, then flat"},
		"lost":             {"records lost (log above 1)", "0", "1000", "possible at the most", "runs over"},
		"resharding":       {"expected of an even hash = 75 %", "share of keys (%)", "inversions (records)", "75.3"},
		"slowest-survivor": {"pause = processing time", "pause (s)"},
		"unowned":          {"12.5 s", "session timeout = 30 s", "over it", "time without an owner (s)"},
		"no-campaign":      {"no data", "Nothing was run"},
	} {
		got := words(t, svgOf(t, samples()[name]()))
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("%s: %q is missing among %q", name, w, got)
			}
		}
	}
}

// What is at its bound keeps it; what has none is not judged.
func TestStripsJudge(t *testing.T) {
	s := Strip{Name: "latest", Values: []float64{3, 34, 34, 35, math.NaN()}, Bound: new(34.0)}
	if s.broken() != 1 {
		t.Errorf("%d of %v are over %v", s.broken(), s.Values, *s.Bound)
	}
	got := words(t, svgOf(t, Lost("l", []Strip{s, {Name: "earliest", Values: []float64{0, 0}}})))
	for _, w := range []string{"35", "runs over", "over it", "not judged", "–"} {
		if !slices.Contains(got, w) {
			t.Errorf("%q is missing among %q", w, got)
		}
	}
}
