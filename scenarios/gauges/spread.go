package gauges

import (
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// PerPartition is how many records of the first topic each of its partitions
// got: a sample for each, over the whole run.
func PerPartition() scenarios.Gauge {
	return metered("records a partition", "records", func(t *scenarios.Trial) scenarios.Meter {
		return &spread{topic: t.Spec.Topics[0].Name, of: make([]int64, t.Spec.Topics[0].Partitions)}
	})
}

// ChiSquare is Pearson's χ² of the records of the first topic's partitions
// against all being alike, in thousandths.
func ChiSquare() scenarios.Gauge {
	return metered("χ²", "/1000", func(t *scenarios.Trial) scenarios.Meter {
		return &spread{topic: t.Spec.Topics[0].Name, of: make([]int64, t.Spec.Topics[0].Partitions), chi: true}
	})
}

type spread struct {
	topic string
	of    []int64
	chi   bool
}

// Observe implements scenarios.Meter.
func (s *spread) Observe(e *model.Event) {
	if e.Kind == model.Produced && e.Topic == s.topic && int(e.Partition) < len(s.of) {
		s.of[e.Partition] += e.To - e.From
	}
}

// Read implements scenarios.Meter.
func (s *spread) Read(*scenarios.Outcome) []int64 {
	if !s.chi {
		return s.of
	}
	return []int64{chiSquare(s.of)}
}

// chiSquare is Σ(n−e)²/e with e = N/k, that is kΣn²/N − N.
func chiSquare(of []int64) int64 {
	var sum, squares int64
	for _, n := range of {
		sum += n
		squares += n * n
	}
	if sum == 0 {
		return 0
	}
	return 1000*int64(len(of))*squares/sum - 1000*sum
}
