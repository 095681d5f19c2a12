package library

import (
	"time"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

// crashPoint is a place in the life of a checkpoint at which something is
// struck: right after an event of the history, or after a step of the world.
type crashPoint struct {
	name string
	// event gives the condition for a matrix's checkpoints, counting anew for
	// every playing.
	event func(m *crashMatrix) func() func(*model.Event) bool
	step  func(m *crashMatrix) scenarios.Step
	first func(*scenarios.Planner, *crashMatrix) // what must fail before, so that there is such a point
	// committed: the group has the offsets of the checkpoint that a restart goes
	// on from.
	committed bool
}

// crashPoints are the points of Flink's contract, in their order: eleven in the
// course of a checkpoint, as the first TaskManager sees it.
func crashPoints() []crashPoint {
	task := func(kind model.Kind, name string) crashPoint {
		return crashPoint{name: name, event: func(m *crashMatrix) func() func(*model.Event) bool {
			return happens(func(e *model.Event) bool {
				return e.Kind == kind && e.Op == m.target && (e.Member == "source-0" || e.Client == "jm")
			})
		}}
	}
	then := func(name string, kinds ...model.Kind) crashPoint {
		return crashPoint{name: name, committed: len(kinds) > 1, event: func(m *crashMatrix) func() func(*model.Event) bool {
			are := []func(*model.Event) bool{m.notified(m.target)}
			for _, kind := range kinds {
				are = append(are, ofStruck(kind))
			}
			return inTurn(are...)
		}}
	}
	return []crashPoint{
		{name: "poll returned", event: func(m *crashMatrix) func() func(*model.Event) bool { return m.midway(model.SourcePolled) }},
		{name: "emitted", event: func(m *crashMatrix) func() func(*model.Event) bool { return m.midway(model.Emitted) }},
		task(model.BarrierInjected, "barrier injected"),
		task(model.SnapshotTaken, "snapshot taken"),
		task(model.StateDurable, "state durable"),
		task(model.CheckpointCompleted, "checkpoint completed"),
		task(model.Notified, "notified"),
		then("commit sent", model.Commit),
		{name: "commit applied", step: func(m *crashMatrix) scenarios.Step {
			return scenarios.Step{Name: "OffsetCommit", From: struckManager, To: "b0", Nth: m.commits}
		}, committed: true},
		then("commit answered", model.Commit, model.CommitDone),
		then("next poll", model.Commit, model.CommitDone, model.SourcePolled),
	}
}

// restorePoints are those of a restore: an operator has failed between two
// checkpoints.
func restorePoints() []crashPoint {
	return []crashPoint{
		{name: "restore began", first: failMidway, step: func(*crashMatrix) scenarios.Step {
			return scenarios.Step{Name: "Deploy", To: struckManager, Nth: 2}
		}},
		{name: "state fetched", first: failMidway, step: func(*crashMatrix) scenarios.Step {
			return scenarios.Step{Name: "Content", To: struckManager, Nth: 2}
		}},
		{name: "ready", first: failMidway, step: func(*crashMatrix) scenarios.Step {
			return scenarios.Step{Name: "Ready", From: struckManager, To: "jm", Nth: 2}
		}},
	}
}

// struckManager is the TaskManager that is struck: it has subtask 0.
const struckManager = "tm1"

func failMidway(p *scenarios.Planner, m *crashMatrix) {
	p.CommandWhen(m.midway(model.Emitted), "fail operator", struckManager)
}

// happens is the condition of a first event of a kind.
func happens(is func(*model.Event) bool) func() func(*model.Event) bool { return inTurn(is) }

// inTurn is the condition of events that must come one after the other: it holds
// of the last one.
func inTurn(are ...func(*model.Event) bool) func() func(*model.Event) bool {
	return func() func(*model.Event) bool {
		at := 0
		return func(e *model.Event) bool {
			if at < len(are) && are[at](e) {
				at++
				return at == len(are)
			}
			return false
		}
	}
}

func ofStruck(kind model.Kind) func(*model.Event) bool {
	return func(e *model.Event) bool { return e.Kind == kind && e.Client == struckManager }
}

// notified tells when the struck source learns that a checkpoint is complete.
func (m *crashMatrix) notified(id int64) func(*model.Event) bool {
	return func(e *model.Event) bool {
		return e.Kind == model.Notified && e.Member == "source-0" && e.Op == id && e.Cause == model.CauseCompleted
	}
}

// midway is when the struck source is at its third poll, or has emitted it,
// after it has heard of the checkpoint before the target: what it reads then is
// in no checkpoint.
func (m *crashMatrix) midway(kind model.Kind) func() func(*model.Event) bool {
	poll := ofStruck(model.SourcePolled)
	are := []func(*model.Event) bool{m.notified(m.before), poll, poll, poll}
	if kind != model.SourcePolled {
		are = append(are, ofStruck(kind))
	}
	return inTurn(are...)
}

// crashRole is who is struck: a node's process, or one task in it.
type crashRole struct{ name, node, task string }

func crashRoles() []crashRole {
	return []crashRole{
		{"source task", struckManager, "source"}, {"operator task", struckManager, "operator"}, {"sink task", struckManager, "sink"},
		{"TaskManager", struckManager, ""}, {"JobManager", "jm", ""}, {"broker", "b0", ""}, {"storage", "fs", ""}, {"store", "store", ""},
	}
}

// action is the strike as the history tells it.
func (r crashRole) action() string {
	if r.task != "" {
		return "fail " + r.node + " " + r.task
	}
	return "crash " + r.node
}

// downFor is how long a process is gone.
const downFor = 500 * time.Millisecond

// strike plans the strike at a point.
func (r crashRole) strike(p *scenarios.Planner, m *crashMatrix, at crashPoint) {
	if at.first != nil {
		at.first(p, m)
	}
	command := "fail " + r.task
	switch {
	case at.step != nil && r.task != "":
		p.CommandWhenStep(at.step(m), command, r.node)
	case at.step != nil:
		p.WhenStep(at.step(m), sim.Crash, r.node)
		p.WhenStep(at.step(m), sim.Start, r.node).After(downFor)
	case r.task != "":
		p.CommandWhen(at.event(m), command, r.node)
	default:
		p.When(at.event(m), sim.Crash, r.node)
		p.When(at.event(m), sim.Start, r.node).After(downFor)
	}
}
