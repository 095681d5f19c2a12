package scenarios

import (
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Chronicle is the history of one run in the making, whatever world it runs
// in: events go to the monitors as they come, and to a listener; a run's
// triggers are watched for. It is not safe for use by several goroutines: a
// world in real time locks around it.
type Chronicle struct {
	run      *Trial
	judge    *model.Judge
	course   *Course
	listen   func(*model.Event)
	meters   []Meter
	triggers []armed
	onSteps  []steppedOn
	fired    []Firing
	last     int64
	stirred  int64 // when something last happened that is more than routine
}

// armed is a trigger that has not gone off.
type armed struct {
	when func(*model.Event) bool
	Firing
}

// steppedOn is one that waits for a step.
type steppedOn struct {
	when func(sim.Action) bool
	Firing
}

// Firing is what a trigger sets off: an action, at once or after a while.
type Firing struct {
	Action sim.Action
	Delay  time.Duration
}

// NewChronicle begins the history of a run. listen, where given, is told of
// every event; the event is valid during the call only.
func NewChronicle(run *Trial, listen func(*model.Event)) *Chronicle {
	c := &Chronicle{run: run, judge: model.NewJudge(judging(run)), course: newCourse(), listen: listen}
	for _, g := range run.Spec.Gauges {
		c.meters = append(c.meters, g.New(run))
	}
	for _, t := range run.Triggers {
		f := Firing{t.Action, t.Delay}
		if t.Step != nil {
			c.onSteps = append(c.onSteps, steppedOn{t.Step(), f})
		} else {
			c.triggers = append(c.triggers, armed{t.When(), f})
		}
	}
	return c
}

// judging says what the monitors may take for granted of a run: franz-go
// sends a commit again by itself, and a settled run has read all there is. A
// phase of a rebalance lasts no longer than its timeout, once more if nobody
// had come by then, and what messages and late timers need.
func judging(run *Trial) model.Options {
	spec := run.Spec
	settle := int64(sim.Span(spec.Settle()))
	var slowest time.Duration
	spec.eachConfig(func(_ int, c ClientConfig) { slowest = max(slowest, c.RebalanceTimeout) })
	phase := 2*sim.Span(slowest) + 10*sim.Second
	o := model.Options{Fresh: true, HiddenRetries: true, LagBound: 1, UnownedBound: settle, SettleBound: settle}
	if !run.Untimed { // else the span of a phase says nothing
		o.RebalanceBound = int64(phase)
	}
	return o
}

// Emit takes the next event. Times never go backwards.
func (c *Chronicle) Emit(e *model.Event) {
	e.At = max(e.At, c.last)
	c.last = e.At
	if !routine(e.Kind) {
		c.stirred = e.At
	}
	c.judge.Observe(e)
	c.course.observe(e)
	for _, m := range c.meters {
		m.Observe(e)
	}
	if c.listen != nil {
		c.listen(e)
	}
	c.triggers = slices.DeleteFunc(c.triggers, func(t armed) bool {
		if !t.when(e) {
			return false
		}
		c.fired = append(c.fired, t.Firing)
		return true
	})
}

// routine tells the events that may go on for ever where nothing is left to
// do: commits of some handlers, and a job's checkpoints and watermarks.
func routine(k model.Kind) bool {
	switch k {
	case model.Commit, model.CommitDone, model.FetchOffsets, model.OffsetsTold,
		model.CheckpointTriggered, model.CheckpointCompleted, model.BarrierInjected, model.AlignmentStarted,
		model.SnapshotTaken, model.StateDurable, model.Notified, model.Watermarked, model.Metric:
		return true
	}
	return false
}

// Fired takes the next action that a trigger has set off.
func (c *Chronicle) Fired() (f Firing, ok bool) {
	if len(c.fired) == 0 {
		return f, false
	}
	f, c.fired = c.fired[0], c.fired[1:]
	return f, true
}

// Stirred is when something last happened that is more than routine.
func (c *Chronicle) Stirred() sim.Time { return sim.Time(c.stirred) }

// Disarm takes the triggers away: the environment does nothing any more.
func (c *Chronicle) Disarm() { c.triggers, c.onSteps, c.fired = nil, nil, nil }

// Acting tells the history what the environment is about to do to a node. A
// process has stopped with its crash, and has started before its first step.
// What a step sets off happens after it.
func (c *Chronicle) Acting(at sim.Time, a sim.Action) {
	if len(c.onSteps) > 0 {
		c.onSteps = slices.DeleteFunc(c.onSteps, func(t steppedOn) bool {
			if !t.when(a) {
				return false
			}
			c.fired = append(c.fired, t.Firing)
			return true
		})
	}
	if !a.IsFault() && a.Kind != sim.Start && a.Kind != sim.Command {
		return
	}
	e := model.Event{At: int64(at), Kind: model.Fault, Cause: c.run.Names.Print(a)}
	process := !c.run.IsBroker(a.Node)
	if process {
		e.Client = c.run.Names.Name(a.Node)
	}
	if a.Kind != sim.Start {
		c.Emit(&e)
	}
	switch {
	case !process:
	case a.Kind == sim.Start:
		c.Emit(&model.Event{At: int64(at), Kind: model.Started, Client: e.Client})
	case a.Kind == sim.Crash || a.Kind == sim.Vanish:
		c.Emit(&model.Event{At: int64(at), Kind: model.Stopped, Client: e.Client, Cause: "crash"})
	}
}

// Observe implements sim.Observer: it stamps what nodes observe with time and
// place.
func (c *Chronicle) Observe(at sim.Time, node sim.NodeID, event any) {
	e, ok := event.(*model.Event)
	if !ok {
		return
	}
	e.At = int64(at)
	if c.run.IsBroker(node) {
		e.Node = c.run.Names.Name(node)
	} else {
		e.Client = c.run.Names.Name(node)
	}
	c.Emit(e)
}

// Calm tells the history that the faults have stopped.
func (c *Chronicle) Calm(at sim.Time) {
	c.Disarm()
	c.Emit(&model.Event{At: int64(at), Kind: model.Calm})
}

// Close ends the history and judges the run: why, when not empty, is what
// keeps the group from having settled, and failed what broke the run itself.
func (c *Chronicle) Close(at sim.Time, world, why string, failed error) *Outcome {
	c.Emit(&model.Event{At: int64(at), Kind: model.End})
	o := &Outcome{Trial: c.run, World: world, Course: c.course, Settled: why == "", Why: why, Error: failed, Virtual: at.Duration()}
	o.Report = c.judge.Finish()
	o.Findings = o.Report.Anomalies
	switch {
	case failed != nil:
		o.Findings = append(o.Findings, Finding{Name: HandlerPanic, At: int64(at), Text: failed.Error()})
	case why != "":
		o.Findings = append(o.Findings, Finding{Name: NotSettled, At: int64(at), Text: why})
	}
	for i, g := range c.run.Spec.Gauges {
		o.Numbers = append(o.Numbers, Number{g.Name, g.Unit, c.meters[i].Read(o)})
	}
	if c.run.Spec.Assert != nil {
		o.Findings = append(o.Findings, c.run.Spec.Assert(o)...)
	}
	return o
}
