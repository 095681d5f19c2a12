package scenarios

import (
	"time"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Outcome is what came of a run.
type Outcome struct {
	Trial    *Trial
	World    string // sim, kafka
	Report   model.Report
	Course   *Course
	Findings []Finding // anomalies: those of the monitors, then those of the Spec
	Numbers  []Number  // what the Spec's gauges read
	Facts    []Fact    // of a case that has no run
	Settled  bool
	Why      string // what kept it from settling
	Skipped  int    // planned actions that were not possible

	Steps   uint64
	Virtual time.Duration
	Hash    uint64
	Log     *sim.Log // where one was asked for
	Error   error    // the handler panicked, or the world could not go on
}

// Finding is an anomaly of a run.
type Finding = model.Anomaly

// Broken are the findings that the Spec's promise forbids.
func (o *Outcome) Broken() []Finding {
	var out []Finding
	for _, f := range o.Findings {
		if o.Trial.Spec.Promise.Forbids(f.Name) {
			out = append(out, f)
		}
	}
	return out
}

// Shows tells whether an anomaly of that name is among the findings.
func (o *Outcome) Shows(name string) bool {
	for _, f := range o.Findings {
		if f.Name == name {
			return true
		}
	}
	return false
}
