package gauges

import (
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// Repeats is how many records were processed again until the faults stopped:
// what comes of the healing does not count.
func Repeats() scenarios.Gauge {
	return metered("processed again", "records", func(t *scenarios.Trial) scenarios.Meter {
		return &repeats{window: newWindow(t), done: map[scenarios.Partition]*model.Intervals{}}
	})
}

type repeats struct {
	window
	done map[scenarios.Partition]*model.Intervals
	n    int64
}

// Observe implements scenarios.Meter.
func (r *repeats) Observe(e *model.Event) {
	if !r.window.observe(e) || r.over || e.Kind != model.Processed {
		return
	}
	done := r.done[e.TopicPartition]
	if done == nil {
		done = &model.Intervals{}
		r.done[e.TopicPartition] = done
	}
	r.n += e.To - e.From - done.Add(e.From, e.To)
}

// Read implements scenarios.Meter.
func (r *repeats) Read(*scenarios.Outcome) []int64 { return []int64{r.n} }
