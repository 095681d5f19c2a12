package scenarios

import (
	"fmt"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// BenchmarkSmallJob is a run as campaigns make thousands of: two slots, two
// partitions, twenty records, three checkpoints, a crash.
func BenchmarkSmallJob(b *testing.B) {
	spec := jobSpec(func(s *Spec) {
		s.Load = Keyed(20, "customer-%d", 7)
		s.Warmup, s.Faulty = 500*time.Millisecond, 2500*time.Millisecond
		s.Job.RestartDelay = 100 * time.Millisecond
		s.Job.Interval = 800 * time.Millisecond
		s.Script = func(p *Planner) {
			p.At(0, sim.Start, "tm1")
			p.At(0, sim.Start, "tm2")
			p.When(nth(model.CheckpointCompleted, 2), sim.Crash, "tm1")
			p.When(nth(model.CheckpointCompleted, 2), sim.Start, "tm1").After(200 * time.Millisecond)
		}
	})
	benchmarkJob(b, spec, 3)
}

// BenchmarkMillionJob is A25: a million records, a checkpoint every ten
// seconds, ten crashes.
func BenchmarkMillionJob(b *testing.B) {
	const records, perTick = 1_000_000, 1000
	spec := jobSpec(func(s *Spec) {
		s.Topics = []Topic{{Name: "flinkdotnet.sample.topic", Partitions: 4}}
		s.Members = 4
		s.Load = Keyed(records, "key-%d", 1000)
		s.Load.PerTick, s.Load.Every = perTick, 200*time.Millisecond
		s.Warmup, s.Faulty = 5*time.Second, 200*time.Second
		s.Job.Interval = 10 * time.Second
		s.Client.MaxPollRecords = 2000
		s.Script = func(p *Planner) {
			for i := range 4 {
				p.At(0, sim.Start, fmt.Sprintf("tm%d", 1+i))
			}
			for i := range 10 {
				m := fmt.Sprintf("tm%d", 1+i%4)
				at := 8*time.Second + time.Duration(i)*19*time.Second + p.Draw("crash", i, 10*time.Second)
				p.At(at, sim.Crash, m)
				p.At(at+time.Second, sim.Start, m)
			}
		}
	})
	benchmarkJob(b, spec, 11)
}

// benchmarkJob runs a job that must come to rest with every record in its
// state once, after restores and some checkpoints.
func benchmarkJob(b *testing.B, spec Spec, checkpoints int) {
	b.ReportAllocs()
	var steps uint64
	for i := range b.N {
		completed, restored := 0, 0
		run, err := NewTrial(&spec, SeedOf(1, i))
		if err != nil {
			b.Fatal(err)
		}
		o, err := Simulate(run, Play{History: func(e *model.Event) {
			switch e.Kind {
			case model.CheckpointCompleted:
				completed++
			case model.JobRestored:
				restored++
			}
		}})
		if err != nil {
			b.Fatal(err)
		}
		if !o.Settled || len(o.Broken()) > 0 || completed < checkpoints || restored < 2 {
			b.Fatalf("seed %#x: %s, %v, %d checkpoints, %d attempts", run.Seed, o.Why, o.Broken(), completed, restored)
		}
		steps += o.Steps
	}
	b.ReportMetric(float64(steps)/float64(b.N), "steps/op")
}

// nth is the condition of a trigger: the n-th event of a kind.
func nth(kind model.Kind, n int) func() func(*model.Event) bool {
	return func() func(*model.Event) bool {
		seen := 0
		return func(e *model.Event) bool {
			if e.Kind == kind {
				seen++
			}
			return e.Kind == kind && seen == n
		}
	}
}
