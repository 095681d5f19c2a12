package library

import (
	"fmt"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// Anomalies of the crash-point matrix.
const (
	PointMissed = "point-missed" // nothing was struck, or not where the case says
	CellDiffers = "cell-differs" // a strike does not do what the case says
)

// jobsMatrix has every crash point × everybody who can crash there, for jobs of
// all kinds; and the tables that are made of crashes.
func jobsMatrix() []*scenarios.Scenario {
	var out []*scenarios.Scenario
	for _, m := range crashMatrices() {
		out = append(out, m.scenario())
	}
	return out
}

// crashMatrix is one kind of job, struck at every point by everybody.
type crashMatrix struct {
	name, title string
	job         func(*scenarios.Job)
	promise     scenarios.Promise
	script      func(*scenarios.Planner, *crashMatrix)
	points      []crashPoint
	before      int64 // the checkpoint that is complete when the points begin
	target      int64 // the one that they are of
	commits     int   // of the struck source, up to that for the target
	beside      string
	// repeats tells whether records must come to be in the state twice, given
	// how often the strike restarted the job.
	repeats func(role crashRole, restarts int64) bool
	claims  func() []scenarios.Claim
}

func crashMatrices() []*crashMatrix {
	all := slices.Concat(crashPoints(), restorePoints())
	never := func(crashRole, int64) bool { return false }
	whenRestarted := func(_ crashRole, restarts int64) bool { return restarts > 0 }
	once := scenarios.ExactlyOnceEndToEnd().CommitsFollowCheckpoints()
	return []*crashMatrix{
		{name: "keyed", title: "exactly-once, records go where their keys belong", points: all, before: 2, target: 3, commits: 3,
			job: func(*scenarios.Job) {}, promise: once, script: skewed, repeats: never},
		{name: "forward", title: "exactly-once, each source feeds its own slot, only what failed restarts", points: all, before: 2, target: 3, commits: 3,
			job: func(j *scenarios.Job) { j.Forward, j.RestartRegions = true, true }, promise: once, script: skewed, repeats: never},
		{name: "at-least-once", title: "barriers are not aligned, operators have two inputs", points: all, before: 2, target: 3, commits: 3,
			job: func(j *scenarios.Job) { j.Mode = checkpoint.AtLeastOnce }, promise: scenarios.AtLeastOnceState(), script: skewed, repeats: whenRestarted},
		{name: "by-group", title: "the group decides who reads what, only what failed restarts", points: all, before: 2, target: 3, commits: 3,
			job: func(j *scenarios.Job) {
				j.Forward, j.RestartRegions, j.Assignment, j.Source = true, true, checkpoint.ByGroup, sources.Group("orders")
			}, promise: scenarios.AtLeastOnceState(), script: skewed, repeats: whenRestarted},
		{name: "concurrent", title: "exactly-once, two checkpoints at a time", points: crashPoints(), before: 2, target: 5, commits: 5, beside: "periodic",
			job: func(j *scenarios.Job) {
				j.MaxConcurrent, j.Interval, j.Storage.Write = 2, 400*time.Millisecond, 350*sim.Millisecond
			}, promise: once, script: skewed, repeats: never},
		{name: "savepoint", title: "exactly-once, a savepoint is under way", points: crashPoints(), before: 2, target: 4, commits: 3, beside: model.CauseSavepoint,
			job: func(*scenarios.Job) {}, promise: once, script: withSavepoint, repeats: never},
	}
}

// scenario enumerates the matrix.
func (m *crashMatrix) scenario() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "crash-points-" + m.name, Refs: []string{"flink-4.7"}, Title: "every crash point × who crashes: " + m.title}
	for _, at := range m.points {
		for _, role := range crashRoles() {
			s.Cases = append(s.Cases, scenarios.Case{Row: at.name, Column: role.name, Spec: m.spec(at, role)})
		}
	}
	s.Claims = m.rulings()
	return s
}

func (m *crashMatrix) spec(at crashPoint, role crashRole) scenarios.Spec {
	earlier := 0
	if at.first != nil && role.task == "operator" {
		earlier = 1
	}
	s := pointSpec()
	m.job(s.Job)
	s.Promise = m.promise.Forbidding("each strike is where the case says, and does what it says", PointMissed, CellDiffers)
	s.Gauges = []scenarios.Gauge{strikes(role, earlier, m), inState(), readAgain()}
	s.Script = func(p *scenarios.Planner) {
		m.script(p, m)
		role.strike(p, m, at)
	}
	s.Assert = func(o *scenarios.Outcome) []scenarios.Finding { return m.findings(o, role) }
	return s
}

// pointSpec is the job that is struck: two slots that have more to read than
// they can, so that a source is at work on records whenever it hears of
// something.
func pointSpec() scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 2}}, Group: scenarios.Classic("orders-job", assignor.Range), Members: 2,
		Load: scenarios.Load{Count: 260, Keys: 24, Pattern: "customer-%d", PerTick: 40, Every: 10 * time.Millisecond},
		Job: &scenarios.Job{
			Interval: time.Second, Timeout: 10 * time.Second, RestartDelay: 200 * time.Millisecond, Discovery: -1,
			HeartbeatInterval: time.Second, HeartbeatTimeout: 4 * time.Second, Poll: 200 * time.Millisecond,
			Pace: scenarios.Pace{Batch: 70 * time.Millisecond, Record: 10 * time.Millisecond}, Work: time.Millisecond,
			Storage: checkpoint.StorageConfig{Read: 10 * sim.Millisecond, Write: 30 * sim.Millisecond},
			Store:   checkpoint.StoreConfig{Latency: 3 * sim.Millisecond},
			Sink:    func() checkpoint.Sink { return checkpoint.Rows{} },
			Source:  sources.With(sources.Options{Batch: 3}),
		},
		Client: scenarios.ClientConfig{SessionTimeout: 6 * time.Second, HeartbeatInterval: time.Second, MaxPollRecords: 20, FetchMaxWait: 500 * time.Millisecond},
		Warmup: 500 * time.Millisecond, Faulty: 12 * time.Second,
	}
}

// skewed lets the other TaskManager's barriers come late: it stands still for a
// while when a checkpoint begins, and the first one goes on.
func skewed(p *scenarios.Planner, m *crashMatrix) {
	for i := range p.Spec().Members {
		p.At(p.Draw("start", i, 50*time.Millisecond), sim.Start, fmt.Sprintf("tm%d", i+1))
	}
	for id := int64(1); id <= m.target; id++ {
		p.When(triggered(id), sim.Pause, "tm2")
		p.When(triggered(id), sim.Resume, "tm2").After(300 * time.Millisecond)
	}
}

func triggered(id int64) func() func(*model.Event) bool {
	return happens(func(e *model.Event) bool { return e.Kind == model.CheckpointTriggered && e.Op == id })
}

// withSavepoint asks for a savepoint when the second checkpoint is complete; it
// takes long to be written.
func withSavepoint(p *scenarios.Planner, m *crashMatrix) {
	skewed(p, m)
	p.Storage(0, "slow-writes 3s 6 chk-3/")
	p.CommandWhen(happens(func(e *model.Event) bool { return e.Kind == model.CheckpointCompleted && e.Op == m.before }), "savepoint", "jm")
}

// findings compares a run with its cell.
func (m *crashMatrix) findings(o *scenarios.Outcome, role crashRole) []scenarios.Finding {
	restarts := o.Number("restarts")
	if len(restarts) == 0 {
		return []scenarios.Finding{{Name: PointMissed, Text: fmt.Sprintf("%s did not happen, or not while another checkpoint was under way (%q)", role.action(), m.beside)}}
	}
	twice := o.Number("twice in state")[0]
	if want := m.repeats(role, restarts[0]); want != (twice > 0) {
		return []scenarios.Finding{{Name: CellDiffers, Text: fmt.Sprintf("%d records are in the state twice after %d restarts; must be some: %v", twice, restarts[0], want)}}
	}
	return nil
}

// rulings count the cells.
func (m *crashMatrix) rulings() []scenarios.Claim {
	points, roles := len(m.points), len(crashRoles())
	claims := []scenarios.Claim{{Ref: "flink-4.7", Text: "every crash point was struck by everybody", Expect: scenarios.Confirmed, After: points * roles,
		Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
			reached := r.Seeds - r.Anomalies[PointMissed]
			text := fmt.Sprintf("%d points × %d roles = %d; %d skipped", points, roles, points*roles, points*roles-reached)
			if reached == points*roles {
				return scenarios.Confirmed, text
			}
			return scenarios.Refuted, text
		}}}
	if m.claims != nil {
		claims = append(claims, m.claims()...)
	}
	return claims
}
