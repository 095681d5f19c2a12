package library

import (
	"testing"

	"github.com/groundhogsim/groundhog/scenarios"
)

// BenchmarkMillionJob is A25 in full: 1,000,000 records through a job with a
// checkpoint every ten seconds, ten crashes and two rescalings, exactly once
// up to the sink, all linear monitors on.
func BenchmarkMillionJob(b *testing.B) {
	s := DefaultStress
	s.Messages = 1_000_000
	benchJob(b, s.JobScenario().Cases[0].Spec, func(o *scenarios.Outcome) bool {
		n := o.Number(sinkCount)
		return len(n) == 1 && n[0] == 1_000_000 && o.Report.Summary.Job.Restarts >= 12
	})
}

// BenchmarkSmallJob is two slots, two partitions, twenty records, three
// checkpoints and a crash, monitors and all.
func BenchmarkSmallJob(b *testing.B) {
	benchJob(b, smallJob(), func(o *scenarios.Outcome) bool {
		j := o.Report.Summary.Job
		return j.Completed >= 3 && j.Restarts >= 1 && j.Applied >= 20
	})
}

func benchJob(b *testing.B, spec scenarios.Spec, right func(*scenarios.Outcome) bool) {
	b.ReportAllocs()
	var steps uint64
	for i := 0; b.Loop(); i++ {
		trial, err := scenarios.NewTrial(&spec, uint64(i))
		if err != nil {
			b.Fatal(err)
		}
		o, err := scenarios.Simulate(trial, scenarios.Play{})
		if err != nil || len(o.Broken()) > 0 || !o.Settled {
			b.Fatal(err, o.Findings, o.Why)
		}
		if !right(o) {
			b.Fatalf("%+v %+v", o.Report.Summary.Job, o.Numbers)
		}
		steps += o.Steps
	}
	b.ReportMetric(float64(steps)/float64(b.N), "steps/run")
}
