package gauges

import (
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// FirstAssigned is when a member of the group was first given a partition,
// counted from the beginning of the run.
func FirstAssigned() scenarios.Gauge {
	return first("first assignment", func(e *model.Event) bool { return e.Kind == model.Assigned && len(e.Partitions) > 0 })
}

// FirstProcessed is when the first record was done.
func FirstProcessed() scenarios.Gauge {
	return first("first record", func(e *model.Event) bool { return e.Kind == model.Processed })
}

func first(name string, is func(*model.Event) bool) scenarios.Gauge {
	return metered(name, "µs", func(t *scenarios.Trial) scenarios.Meter {
		return &firstTime{window: newWindow(t), is: is}
	})
}

type firstTime struct {
	window
	is   func(*model.Event) bool
	seen []int64
}

// Observe implements scenarios.Meter.
func (f *firstTime) Observe(e *model.Event) {
	if ours := f.window.observe(e); ours && len(f.seen) == 0 && f.is(e) {
		f.seen = append(f.seen, e.At)
	}
}

// Read implements scenarios.Meter.
func (f *firstTime) Read(*scenarios.Outcome) []int64 { return f.seen }
