package library

import (
	"slices"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// strikes is how often the job, or a part of it, went on from a checkpoint: no
// sample where nothing was struck, or not in the middle of what it was to be
// struck in.
func strikes(role crashRole, earlier int, m *crashMatrix) scenarios.Gauge {
	return scenarios.Gauge{Name: "restarts", New: func(*scenarios.Trial) scenarios.Meter {
		return &struck{role: role, earlier: earlier, target: m.target, beside: m.beside, pending: map[int64]string{}}
	}}
}

// struck watches for one strike.
type struck struct {
	role     crashRole
	earlier  int    // how many alike do not count
	target   int64  // the checkpoint that it is about
	beside   string // the cause of another one that must be under way; empty: none need be
	pending  map[int64]string
	hit      bool
	restarts int64
}

// Observe implements scenarios.Meter.
func (s *struck) Observe(e *model.Event) {
	switch e.Kind {
	case model.CheckpointTriggered:
		s.pending[e.Op] = e.Cause
	case model.CheckpointCompleted, model.CheckpointAborted:
		delete(s.pending, e.Op)
	case model.Fault:
		if e.Cause != s.role.action() {
			return
		}
		if s.earlier--; s.earlier == -1 {
			s.hit = s.beside == "" || s.isBeside()
		}
	case model.JobRestored:
		if e.Op > 0 {
			s.restarts++
		}
	}
}

func (s *struck) isBeside() bool {
	var causes []string
	for id, cause := range s.pending { //ordered: only whether there is one matters
		if id != s.target {
			causes = append(causes, cause)
		}
	}
	return slices.Contains(causes, s.beside)
}

// Read implements scenarios.Meter.
func (s *struck) Read(*scenarios.Outcome) []int64 {
	if !s.hit {
		return nil
	}
	return []int64{s.restarts}
}

// inJob is a gauge of a number that the judge takes of a job.
func matrixNumber(name string, read func(model.JobNumbers) int64) scenarios.Gauge {
	return scenarios.Reading(name, "records", func(o *scenarios.Outcome) []int64 { return []int64{read(o.Report.Summary.Job)} })
}

func crashTwiceInState() scenarios.Gauge {
	return matrixNumber("twice in state", func(n model.JobNumbers) int64 { return n.DuplicatesInState })
}

func crashTwiceInSink() scenarios.Gauge {
	return matrixNumber("twice in sink", func(n model.JobNumbers) int64 { return n.DuplicatesInSink })
}

func crashLostFromState() scenarios.Gauge {
	return matrixNumber("lost from state", func(n model.JobNumbers) int64 { return n.LostFromState })
}

func crashLostFromSink() scenarios.Gauge {
	return matrixNumber("lost from sink", func(n model.JobNumbers) int64 { return n.LostFromSink })
}

func crashReadAgain() scenarios.Gauge {
	return matrixNumber("read again", func(n model.JobNumbers) int64 { return n.Replayed })
}
