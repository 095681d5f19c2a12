package group

import (
	"slices"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/sim/explore"
)

var strategies = []struct {
	name string
	explore.Options
}{
	{"dfs1", explore.Options{Strategy: explore.DepthFirst}},
	{"bfs1", explore.Options{Strategy: explore.BreadthFirst}},
	{"bfs2", explore.Options{Strategy: explore.BreadthFirst, Workers: 2}},
}

// BenchmarkGroup searches GROUP(2, 2, 2, 1), which has 1,154,182 states.
func BenchmarkGroup(b *testing.B) {
	for _, s := range strategies {
		b.Run(s.name, func(b *testing.B) {
			b.ReportAllocs()
			var r explore.Result
			for b.Loop() {
				r = mustExplore(b, Default(), s.Options)
			}
			b.ReportMetric(float64(r.States)*float64(b.N)/b.Elapsed().Seconds(), "states/s")
			b.ReportMetric(r.BytesPerState(), "bytes/state")
		})
	}
}

// BenchmarkWorkers takes turns between one worker and two, and reports how much faster two are: the
// median over the turns, and the shortest time of the one against the shortest of the other. Run it
// with -benchtime 10x or more, and two processors that have nothing else to do.
func BenchmarkWorkers(b *testing.B) {
	one, two := strategies[1].Options, strategies[2].Options
	var times [2][]time.Duration
	var ratios []float64
	for b.Loop() {
		for i, o := range []explore.Options{one, two} {
			start := time.Now()
			mustExplore(b, Default(), o)
			times[i] = append(times[i], time.Since(start))
		}
		n := len(times[0]) - 1
		ratios = append(ratios, times[0][n].Seconds()/times[1][n].Seconds())
	}
	slices.Sort(ratios)
	best := slices.Min(times[0]).Seconds() / slices.Min(times[1]).Seconds()
	b.ReportMetric(ratios[len(ratios)/2], "median-speedup")
	b.ReportMetric(best, "best-speedup")
}

func mustExplore(t testing.TB, p Params, o explore.Options) explore.Result {
	t.Helper()
	r, err := Explore(p, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
