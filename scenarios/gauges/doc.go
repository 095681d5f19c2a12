// Package gauges has what several scenarios measure. A gauge reads the history
// alone, and so takes the same numbers in every world. Unless it says
// otherwise it looks at the Spec's own group, from the end of the warm-up until
// the faults stop.
package gauges

import (
	"time"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// window is the part of a run that a gauge looks at.
type window struct {
	group string
	from  int64 // the end of the warm-up, µs
	now   int64
	over  bool // the faults have stopped
}

func newWindow(t *scenarios.Trial) window {
	return window{group: t.Spec.Group.Name, from: t.Spec.Warmup.Microseconds()}
}

// observe takes the next event; it tells whether it concerns the group.
func (w *window) observe(e *model.Event) bool {
	w.now = e.At
	if e.Kind == model.Calm {
		w.over = true
	}
	return e.Group == "" || e.Group == w.group
}

// open tells whether the present moment is looked at.
func (w *window) open() bool { return w.now >= w.from && !w.over }

// metered makes a gauge of what makes its meter.
func metered(name, unit string, make func(*scenarios.Trial) scenarios.Meter) scenarios.Gauge {
	return scenarios.Gauge{Name: name, Unit: unit, New: make}
}

// millis is µs as whole milliseconds.
func millis(us int64) int64 { return us / time.Millisecond.Microseconds() }
