package library

import (
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// jobsSource are the rows on what a checkpointing job's source must do: A01 to
// A07, A09 to A14 and A28.
func jobsSource() []*scenarios.Scenario {
	return slices.Concat(restorePositions(), restoreRaces(), snapshotPositions(), committedInState(),
		commitsWithoutCheckpoints(), commitsOfCompleted(), commitsThatFail(), lateNotifications(), overlappingCheckpoints(),
		[]*scenarios.Scenario{configProfile(), pollTimeouts()}, migrations())
}

// source makes a subtask's source.
type source = func(checkpoint.Env) checkpoint.Source

// sourceSpec is the job that these rows share: one topic of four partitions,
// two subtasks, a checkpoint every ten seconds, two records a second. Its
// records last for ten seconds less than its faults.
func sourceSpec(of source) scenarios.Spec {
	spec := jobSpec(4, 2, 0)
	spec.Job.Source, spec.Job.Interval = of, 10*time.Second
	spec.Load = scenarios.Load{Count: 100, Pattern: "customer-%d", Keys: 12, Every: 500 * time.Millisecond}
	spec.Client = scenarios.ClientConfig{SessionTimeout: 6 * time.Second, HeartbeatInterval: 2 * time.Second, RebalanceTimeout: 10 * time.Second}
	spec.Promise = spec.Promise.CommitsFollowCheckpoints().Forbidding("counters tell the truth", model.MetricDiffers)
	spec.Warmup, spec.Faulty = 5*time.Second, 55*time.Second
	none := time.Duration(0)
	spec.Broker.InitialRebalanceDelay = &none
	spec.Script = startSources
	return spec
}

// startSources starts the TaskManagers alone, at any phase of the load.
func startSources(p *scenarios.Planner) { startJob(p, time.Second) }

// ofTask tells whether an event is of a job's TaskManager.
func ofTask(e *model.Event) bool { return len(e.Client) > 2 && e.Client[:2] == "tm" }

// first tells once of an event.
func first(of func(*model.Event) bool) func() func(*model.Event) bool {
	return func() func(*model.Event) bool { return of }
}

// total is what a gauge read in one run, summed up.
func total(o *scenarios.Outcome, gauge string) (n int64) {
	for _, v := range o.Number(gauge) {
		n += v
	}
	return n
}

// eventMeter reads a number of a run's events.
type eventMeter struct {
	n    int64
	take func(*model.Event) int64
}

// Observe implements scenarios.Meter.
func (m *eventMeter) Observe(e *model.Event) { m.n += m.take(e) }

// Read implements scenarios.Meter.
func (m *eventMeter) Read(*scenarios.Outcome) []int64 { return []int64{m.n} }

// summed is a gauge that adds up what it takes of each event.
func summed(name, unit string, take func(*model.Event) int64) scenarios.Gauge {
	return scenarios.Gauge{Name: name, Unit: unit, New: func(*scenarios.Trial) scenarios.Meter { return &eventMeter{take: take} }}
}

// counted is a gauge that counts events.
func counted(name string, of func(*model.Event) bool) scenarios.Gauge {
	return summed(name, "", func(e *model.Event) int64 {
		if of(e) {
			return 1
		}
		return 0
	})
}

// The gauges that several rows read.
const (
	taskCommits     = "offset commits"
	commitsRefused  = "commits that failed"
	failuresCounted = "failures counted"
	attempts        = "attempts"
)

// commitGauges count what the job's clients commit, and how often it starts.
func commitGauges() []scenarios.Gauge {
	return []scenarios.Gauge{
		counted(taskCommits, func(e *model.Event) bool { return e.Kind == model.Commit && ofTask(e) }),
		counted(commitsRefused, func(e *model.Event) bool { return e.Kind == model.CommitDone && ofTask(e) && e.Error != "" }),
		summed(failuresCounted, "", func(e *model.Event) int64 {
			if e.Kind == model.Metric && e.Cause == model.MetricCommitsFailed {
				return e.To
			}
			return 0
		}),
		counted(attempts, func(e *model.Event) bool { return e.Kind == model.JobRestored }),
	}
}
