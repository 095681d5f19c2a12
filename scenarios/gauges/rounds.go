package gauges

import (
	"slices"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// Rounds is how many generations members were told of from the end of the
// warm-up until the faults stopped: every one is a round of JoinGroup and
// SyncGroup for all.
func Rounds() scenarios.Gauge {
	return metered("rounds", "generations", func(t *scenarios.Trial) scenarios.Meter {
		return &rounds{window: newWindow(t), read: func(r *rounds) []int64 { return []int64{int64(len(r.later))} }}
	})
}

// StartRounds is how many generations there were before the end of the
// warm-up.
func StartRounds() scenarios.Gauge {
	return metered("generations at the start", "generations", func(t *scenarios.Trial) scenarios.Meter {
		return &rounds{window: newWindow(t), read: func(r *rounds) []int64 { return []int64{int64(len(r.early))} }}
	})
}

// TimeToStable is the time from the first start of a member to the last news
// of an assignment before the end of the warm-up.
func TimeToStable() scenarios.Gauge {
	return metered("time to stable", "µs", func(t *scenarios.Trial) scenarios.Meter {
		return &rounds{window: newWindow(t), began: -1, read: func(r *rounds) []int64 {
			if r.began < 0 || len(r.early) == 0 {
				return nil
			}
			return []int64{r.last - r.began}
		}}
	})
}

type rounds struct {
	window
	early, later []int32
	began, last  int64 // µs
	read         func(*rounds) []int64
}

// Observe implements scenarios.Meter.
func (r *rounds) Observe(e *model.Event) {
	switch ours := r.window.observe(e); {
	case e.Kind == model.Started && r.began < 0:
		r.began = e.At
	case !ours || e.Kind != model.Assigned:
	case r.now < r.from:
		r.last = r.now
		if !slices.Contains(r.early, e.Generation) {
			r.early = append(r.early, e.Generation)
		}
	case r.open() && !slices.Contains(r.early, e.Generation) && !slices.Contains(r.later, e.Generation):
		r.later = append(r.later, e.Generation)
	}
}

// Read implements scenarios.Meter.
func (r *rounds) Read(*scenarios.Outcome) []int64 { return r.read(r) }
