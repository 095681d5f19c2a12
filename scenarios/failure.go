package scenarios

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// The lines of a log's header that this package reads.
const (
	metaScenario = "scenario" // the name of a scenario of the library
	metaTest     = "test"     // the name of a user's test, and
	metaPackage  = "package"  // the package that it is in
	metaSpec     = "spec"     // what the Spec was, without its functions
	metaCalm     = "calm"     // how many lines come before the faults stop
	metaAnomaly  = "anomaly"  // what the run shows
)

// plain is what of a Spec can be written down; two Specs with the same plain
// form and handler give the same runs.
func (s *Spec) plain() string {
	d := s.withDefaults()
	var faults []string
	for _, f := range d.Faults {
		faults = append(faults, f.Name)
	}
	type crowd struct {
		Group     string
		Assignors []string
		Members   int
		Client    *ClientConfig
		Topics    []string
	}
	var beside []crowd
	for _, c := range d.Beside {
		beside = append(beside, crowd{c.Group.Name, c.Group.Assignors(), c.Members, c.Client, c.Topics})
	}
	text, err := json.Marshal(struct {
		Topics    []Topic
		Group     string
		Assignors []string
		Members   int
		Beside    []crowd `json:",omitzero"`
		Brokers   int
		Job       *Job `json:",omitzero"`
		Load      Load
		Loads     []Load `json:",omitzero"`
		Faults    []string
		Client    ClientConfig
		Broker    BrokerConfig
		Warmup    string
		Faulty    string
	}{d.Topics, d.Group.Name, d.Group.Assignors(), d.Members, beside, d.Brokers, d.Job, d.Load, d.Loads, faults, d.Client, d.Broker, d.Warmup.String(), d.Faulty.String()})
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Recorded plays a run again with its decision log kept.
func Recorded(run *Trial, replay *sim.Log, history func(*model.Event)) (*Outcome, error) {
	o, err := Simulate(run, Play{Record: true, Replay: replay, History: history})
	if err != nil {
		return nil, err
	}
	o.Log.Set(metaSpec, run.Spec.plain())
	return o, nil
}

// Shrunk is a failure made small.
type Shrunk struct {
	Log     *sim.Log // follows sim.Timed
	Outcome *Outcome // of the small log
	From    int      // decisions before
	Runs    int      // candidates tried
}

// Shrink makes the decisions of a run fewer while it shows the same anomaly,
// trying at most runs candidates. base is the run's own log where it was
// replayed from one, else nil.
func Shrink(run *Trial, base *sim.Log, anomaly string, runs int) (*Shrunk, error) {
	full, err := Recorded(run, base, nil)
	if err != nil {
		return nil, err
	}
	if !full.Shows(anomaly) {
		return nil, fmt.Errorf("the run does not show %s", anomaly)
	}
	before, err := calm(full.Log)
	if err != nil {
		return nil, err
	}
	decided := sim.Decisions(full.Log.Entries[:before])
	small := &Shrunk{From: len(decided)}
	// Broker and producer are there in every world, however small.
	given := func(e sim.Entry) bool {
		return e.Action.Kind == sim.Start && !run.isMember(e.Action.Node) && e.At == sim.Span(run.startOf(e.Action.Node))
	}
	var always []sim.Entry
	decided = slices.DeleteFunc(decided, func(e sim.Entry) bool {
		if given(e) {
			always = append(always, e)
		}
		return given(e)
	})
	logOf := func(follow sim.Follow, list []sim.Entry) *sim.Log {
		l := &sim.Log{Seed: run.Seed, Follow: follow, Names: run.Names, Entries: list}
		l.Set(metaSpec, run.Spec.plain())
		l.Set(metaAnomaly, anomaly)
		return l
	}
	shows := func(l *sim.Log) bool {
		o, err := Simulate(run, Play{Replay: l})
		return err == nil && o.Shows(anomaly)
	}
	timed := func(list []sim.Entry) *sim.Log { return logOf(sim.Timed, slices.Concat(always, list)) }
	s := sim.Shrinker{Runs: runs, Fails: func(list []sim.Entry) bool { return shows(timed(list)) }}
	if !run.Untimed || s.Fails(decided) {
		small.Log = timed(s.Shrink(decided))
	} else {
		// What went before what matters: every action is a decision.
		all := full.Log.Entries[:before]
		small.From = len(all)
		s.Fails = func(list []sim.Entry) bool { return shows(logOf(sim.Then, list)) }
		small.Log = logOf(sim.Then, s.Shrink(all))
	}
	small.Runs = s.Tried
	if small.Outcome, err = Simulate(run, Play{Replay: small.Log}); err != nil {
		return nil, err
	}
	small.Log.Hash, small.Log.Steps = small.Outcome.Hash, small.Outcome.Steps
	return small, nil
}

// calm is how many of a log's entries come before the faults stop.
func calm(l *sim.Log) (int, error) {
	n, err := strconv.Atoi(l.Get(metaCalm))
	if err != nil || n < 0 || n > len(l.Entries) {
		return 0, &sim.LogError{Line: 1, Want: fmt.Sprintf("the header's line \"calm N\" must say how many of the %d lines come before the faults stop", len(l.Entries))}
	}
	return n, nil
}

// LogRun finds the run that a log is of; find knows scenarios by name. An
// error tells what to do where its Spec is in a user's test.
func LogRun(l *sim.Log, find func(name string) (*Scenario, error)) (*Trial, *Scenario, error) {
	name := l.Get(metaScenario)
	if name == "" {
		if test := l.Get(metaTest); test != "" {
			return nil, nil, fmt.Errorf("this log is of a test with a handler of its own; replay it there:\n  go test %s -run '^%s$' -groundhog.file=FILE", l.Get(metaPackage), test)
		}
		return nil, nil, &sim.LogError{Line: 1, Want: "the header names neither a scenario nor a test"}
	}
	s, err := find(name)
	if err != nil {
		return nil, nil, err
	}
	run, err := NewTrial(&s.Spec, l.Seed)
	if err != nil {
		return nil, nil, err
	}
	return run, s, fits(run, l)
}

// fits tells whether a log was made with this Spec.
func fits(run *Trial, l *sim.Log) error {
	if was := l.Get(metaSpec); was != "" && was != run.Spec.plain() {
		return fmt.Errorf("the log was made with another Spec:\n  then %s\n  now  %s", was, run.Spec.plain())
	}
	return nil
}

// Label names in a log's header the scenario that it is of.
func Label(l *sim.Log, s *Scenario) { l.Set(metaScenario, s.Name) }
