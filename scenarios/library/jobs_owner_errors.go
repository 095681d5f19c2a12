package library

import (
	"errors"
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// A18: errors that pass by themselves, and such after which a client is of no
// use any more.

// RestartDiffers: a job restarted though nothing had failed that would not pass,
// or did not though something had.
const RestartDiffers = "restart-differs"

// onError is what a source's error handler does.
type onError struct{ failTransient, failFatal bool }

var rightOnError = onError{failFatal: true}

var (
	errTransient = errors.New("the coordinator is not available")
	errFatal     = errors.New("this client has been fenced")
)

// erring is a source whose client tells an error, once, ten seconds after the
// job began: as librdkafka does, which says of each whether it is fatal. After
// such a one the client brings nothing any more.
type erring struct {
	checkpoint.Source
	env    checkpoint.Env
	handle onError
	err    error
	due    time.Time
	dead   bool
}

func erringWith(err error, handle onError) func(checkpoint.Env) checkpoint.Source {
	return func(env checkpoint.Env) checkpoint.Source {
		e := &erring{Source: sources.Kafka(env), env: env, handle: handle, due: env.Now().Add(10 * time.Second)}
		if env.Attempt() == 1 && env.Subtask() == 0 {
			e.err = err
		}
		return e
	}
}

// Poll implements checkpoint.Source.
func (e *erring) Poll(timeout time.Duration) ([]checkpoint.Record, error) {
	if e.err != nil && e.env.Now().After(e.due) {
		err := e.err
		fatal := errors.Is(err, errFatal)
		e.err, e.dead = nil, fatal
		if fatal && e.handle.failFatal || !fatal && e.handle.failTransient {
			return nil, err
		}
	}
	if e.dead {
		e.env.Sleep(timeout)
		return nil, nil
	}
	return e.Source.Poll(timeout)
}

func errorHandling() *scenarios.Scenario {
	job := func(source func(checkpoint.Env) checkpoint.Source, restarts int64, plan func(*scenarios.Planner)) scenarios.Spec {
		spec := ownedJob()
		spec.Job.Source, spec.Gauges = source, jobHarm()
		spec.Promise = spec.Promise.Forbidding("restarts for what is fatal only", RestartDiffers)
		spec.Script = func(p *scenarios.Planner) {
			startTasks(p)
			if plan != nil {
				plan(p)
			}
		}
		spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
			if n := o.Number(jobRestarted)[0]; n != restarts {
				return []scenarios.Finding{{Name: RestartDiffers, Text: fmt.Sprintf("the job restarted %d times, must be %d", n, restarts)}}
			}
			return nil
		}
		return spec
	}
	s := &scenarios.Scenario{Name: "A18", Refs: []string{"A18"}, Title: "errors that pass are tried again, fatal ones restart the job from its checkpoint; nothing is lost"}
	add := func(row string, source func(checkpoint.Env) checkpoint.Source, restarts int64, plan func(*scenarios.Planner, time.Duration)) {
		s.Cases = append(s.Cases, scenarios.Case{Row: row, Runs: 2, Spec: job(source, restarts, func(p *scenarios.Planner) {
			if plan != nil {
				plan(p, p.Spec().Warmup+p.Draw("error-at", 0, 8*time.Second))
			}
		})})
	}
	add("the broker restarts", sources.Kafka, 0, func(p *scenarios.Planner, at time.Duration) {
		p.At(at, sim.Crash, "b0")
		p.At(at+5*time.Second, sim.Start, "b0")
	})
	add("the coordinator loads again", sources.Kafka, 0, func(p *scenarios.Planner, at time.Duration) { p.Command(at, "reload-coordinator", "b0") })
	add("the broker is cut off", sources.Kafka, 0, func(p *scenarios.Planner, at time.Duration) {
		p.At(at, sim.Cut, "b0")
		p.At(at+4*time.Second, sim.Heal, "b0")
	})
	add("the client tells of one that passes", erringWith(errTransient, rightOnError), 0, nil)
	add("the client tells of a fatal one", erringWith(errFatal, rightOnError), 1, nil)
	s.Cases = append(s.Cases,
		scenarios.Case{Row: "the client tells of one that passes", Column: "every error is fatal", Runs: 2, Expect: scenarios.Fail, Anomaly: RestartDiffers,
			Spec: job(erringWith(errTransient, onError{true, true}), 0, nil)},
		scenarios.Case{Row: "the client tells of a fatal one", Column: "it is logged", Runs: 1, Expect: scenarios.Fail, Anomaly: scenarios.NotSettled,
			Spec: job(erringWith(errFatal, onError{}), 1, nil)})
	return s
}

// A26: four claims on reliability, each with the checkers that would refute it.
type invariant struct {
	name, text string
	checkers   []string
	wrong      func(*scenarios.Spec) // what breaks it
	shows      string
	runs       int // in which it must show
}

var invariants = []invariant{
	{"exactly-once", "every record affects the state exactly once", []string{model.DuplicateInState, model.LostFromState},
		func(s *scenarios.Spec) {
			s.Job.Mode = checkpoint.AtLeastOnce
		}, model.DuplicateInState, 16},
	{"offsets", "offsets are committed for completed checkpoints alone, and never go back",
		[]string{model.CommitWithoutCheckpoint, model.CommitOfAbortedCheckpoint, model.CommitBehindSubsumed},
		func(s *scenarios.Spec) {
			s.Job.Source = sources.With(sources.Options{Variant: sources.CommitsPosition})
		}, model.CommitWithoutCheckpoint, 2},
	{"consistency", "checkpoints are consistent over restarts",
		[]string{model.InconsistentCut, model.CompletedBeforeDurable, model.RestoredFromIncomplete, model.RestoredFromStale, model.PositionNotRestored},
		func(s *scenarios.Spec) {
			s.Job.Source = sources.With(sources.Options{Variant: sources.StoresPosition, Batch: 2})
		}, model.InconsistentCut, 2},
	{"rebalance", "each partition has one reader, whoever comes and goes", []string{model.PartitionInNoSource, model.PartitionInTwoSources, scenarios.NotSettled},
		func(s *scenarios.Spec) {
			s.Job.Assignment, s.Job.Source, s.Job.Interval = checkpoint.ByGroup, sources.Group("orders"), 500*time.Millisecond
		}, model.PartitionInNoSource, 3},
}

// reliableJob is a job under any faults.
func reliableJob() scenarios.Spec {
	spec := ownedJob()
	spec.Members, spec.Job.Parallelism, spec.Job.Timeout = 3, 2, 10*time.Second
	spec.Job.TolerableFailures = 2
	spec.Faults = scenarios.AnyOf(scenarios.Crash, scenarios.Vanish, scenarios.Pause, scenarios.Disconnect, scenarios.Cut, scenarios.TaskFailure,
		scenarios.JobManagerCrash, scenarios.StorageFails, scenarios.StorageSlow, scenarios.StorageTears, scenarios.LoseNotifications,
		scenarios.BrokerCrash, scenarios.CoordinatorReload, scenarios.AddPartitions(6), scenarios.Rescale(3), scenarios.Savepoint)
	spec.Promise = scenarios.Promise{}.Forbidding("no panic", scenarios.HandlerPanic, scenarios.HandlerDiverges)
	for _, i := range invariants {
		spec.Promise = spec.Promise.Forbidding(i.text, i.checkers...)
	}
	spec.Gauges = jobHarm()
	return spec
}

// keepBusy gives a job so much to do that there is always something between a poll
// and the state, and one source more than the other, so that their barriers come
// apart.
func keepBusy(spec *scenarios.Spec) {
	spec.Load = scenarios.Load{Count: 600, Pattern: "customer-%d", Skew: scenarios.Zipf(8), PerTick: 12, Every: 100 * time.Millisecond, From: spec.Warmup}
	spec.Job.Interval, spec.Job.Work = time.Second, 4*time.Millisecond
	spec.Job.Pace = scenarios.Pace{Batch: 5 * time.Millisecond, Record: 12 * time.Millisecond}
	spec.Members, spec.Faulty = 2, 10*time.Second
}

func reliability() []*scenarios.Scenario {
	right := &scenarios.Scenario{Name: "A26", Refs: []string{"A26"}, Expect: scenarios.Hold, Seeds: 30, Spec: reliableJob(),
		Title: "exactly once, offsets, consistent checkpoints, one reader: four invariants under any faults",
		Sometimes: []scenarios.Sometimes{
			{Name: "the job restarted", After: 20, Seen: func(o *scenarios.Outcome) bool { return o.Report.Summary.Job.Restarts > 0 }},
			{Name: "a checkpoint was aborted", After: 20, Seen: func(o *scenarios.Outcome) bool { return o.Report.Summary.Job.Aborted > 0 }},
			{Name: "records were read again", After: 20, Seen: func(o *scenarios.Outcome) bool { return o.Report.Summary.Job.Replayed > 0 }},
		}}
	wrong := &scenarios.Scenario{Name: "A26-broken", Refs: []string{"A26"}, Title: "jobs that break one of the four invariants each, and by which checker it is found"}
	for _, i := range invariants {
		right.Claims = append(right.Claims, scenarios.Claim{Ref: "A26", Text: i.text, Expect: scenarios.Confirmed, After: 20, Judge: i.judge})
		spec := reliableJob()
		spec.Faults = nil
		keepBusy(&spec)
		i.wrong(&spec)
		spec.Script = func(p *scenarios.Planner) {
			startTasks(p)
			at := p.Spec().Warmup + 2*time.Second + p.Draw("fault-at", 0, 4*time.Second)
			if i.name == "rebalance" {
				p.AddPartitions(at, "orders", 6)
			} else {
				p.At(at, sim.Crash, "tm1")
			}
		}
		wrong.Cases = append(wrong.Cases, scenarios.Case{Row: i.name, Runs: i.runs, Expect: scenarios.Fail, Anomaly: i.shows, Spec: spec})
	}
	return []*scenarios.Scenario{right, wrong}
}

func (i invariant) judge(r *scenarios.Result) (scenarios.Ruling, string) {
	broken := 0
	for _, name := range i.checkers {
		broken += r.Anomalies[name]
	}
	restarts, _ := sumOf(r, jobRestarted)
	text := fmt.Sprintf("%d findings of %v in %d runs with %d restarts", broken, i.checkers, r.Seeds, restarts)
	if broken > 0 {
		return scenarios.Refuted, text
	}
	return scenarios.Confirmed, text
}
