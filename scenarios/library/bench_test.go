package library

import (
	"testing"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim/explore"
)

// BenchmarkB08 is one run of twenty members of which one crashes, monitors
// and all.
func BenchmarkB08(b *testing.B) {
	found, err := Find("B08-crash")
	if err != nil {
		b.Fatal(err)
	}
	var steps uint64
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		trial, err := scenarios.NewTrial(&found[0].Spec, uint64(i))
		if err != nil {
			b.Fatal(err)
		}
		o, err := scenarios.Simulate(trial, scenarios.Play{})
		if err != nil || len(o.Broken()) > 0 {
			b.Fatal(err, o.Findings)
		}
		steps += o.Steps
	}
	b.ReportMetric(float64(steps)/float64(b.N), "steps/run")
}

// BenchmarkScope searches the real broker and consumers exhaustively, without
// crashes: two members, one partition, two records.
func BenchmarkScope(b *testing.B) {
	scope, err := scenarios.ParseScope(map[string]string{"C": "1", "R": "1"})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var states uint64
	for b.Loop() {
		r, err := scope.Explore(explore.Options{Strategy: explore.BreadthFirst, MemoryBytes: 4 << 30})
		if err != nil || !r.Complete {
			b.Fatal(err, r.Stopped)
		}
		states += r.States
	}
	b.ReportMetric(float64(states)/b.Elapsed().Seconds(), "states/s")
}
