package realkafka

import (
	"context"
	"sync"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/realkafka/cluster"
	"github.com/groundhogsim/groundhog/scenarios"
)

// AllOptions say how PlayAll plays, and what it tells.
type AllOptions struct {
	Seed     uint64
	Together int // scenarios at a time; 0: all of them, for mostly they wait
	// History is told of every event, of each scenario one at a time.
	History func(s *scenarios.Scenario, e *model.Event)
	// Log is told what the plays do; from several goroutines.
	Log func(format string, args ...any)
	// Each is told of every result as it comes, one at a time.
	Each func(Result)
}

// Result is what came of one scenario.
type Result struct {
	Scenario *scenarios.Scenario
	Outcome  *scenarios.Outcome // nil if it could not be played
	Err      error              // see Play
}

// PlayAll plays one trial of each scenario, side by side on one cluster, each
// with topics and a group of its own, and gives the results in the order of
// the scenarios. Those that cannot run on Kafka have an error.
func PlayAll(ctx context.Context, c cluster.Cluster, list []*scenarios.Scenario, o AllOptions) []Result {
	results := make([]Result, len(list))
	together := o.Together
	if together <= 0 {
		together = max(1, len(list))
	}
	places := make(chan struct{}, together)
	var plays sync.WaitGroup
	var telling sync.Mutex
	for i, s := range list {
		plays.Go(func() {
			r := Result{Scenario: s}
			select {
			case places <- struct{}{}:
				r.Outcome, r.Err = playOne(ctx, c, s, o)
				<-places
			case <-ctx.Done():
				r.Err = ctx.Err()
			}
			results[i] = r
			telling.Lock()
			defer telling.Unlock()
			if o.Each != nil {
				o.Each(r)
			}
		})
	}
	plays.Wait()
	return results
}

// failWithin is how many trials a scenario that must fail has on a cluster,
// where luck is not to be had again.
const failWithin = 3

func playOne(ctx context.Context, c cluster.Cluster, s *scenarios.Scenario, o AllOptions) (*scenarios.Outcome, error) {
	one := Options{}
	if o.History != nil {
		one.History = func(e *model.Event) { o.History(s, e) }
	}
	if o.Log != nil {
		one.Log = func(format string, args ...any) { o.Log("%s: "+format, append([]any{s.Name}, args...)...) }
	}
	for nth := 0; ; nth++ {
		trial, err := trialOf(s, o.Seed, nth)
		if err != nil {
			return nil, err
		}
		out, err := Play(ctx, c, trial, one)
		if err != nil || s.Expect != scenarios.Fail || out.Shows(s.Anomaly) || nth+1 == failWithin {
			return out, err
		}
	}
}

// Simulated plays the trial that PlayAll plays of a scenario in the simulation,
// for Compare.
func Simulated(s *scenarios.Scenario, seed uint64) (*scenarios.Outcome, error) {
	trial, err := trialOf(s, seed, 0)
	if err != nil {
		return nil, err
	}
	return scenarios.Simulate(trial, scenarios.Play{})
}

// trialOf draws a trial of a scenario's Spec for a cluster; nth counts from 0
// those of a scenario that must fail.
func trialOf(s *scenarios.Scenario, seed uint64, nth int) (*scenarios.Trial, error) {
	if s.OnKafka == nil {
		return nil, &scenarios.SpecError{Field: "OnKafka", Want: s.Name + " cannot run on a real cluster"}
	}
	spec := s.OnKafka()
	trial, err := scenarios.NewTrial(&spec, seed)
	if err != nil || s.Expect != scenarios.Fail {
		return trial, err
	}
	// A wrong handler need not go wrong in every run: take one in which it does
	// in the simulation.
	for n := range scenarios.FailWithin {
		next, err := scenarios.NewTrial(&spec, scenarios.SeedOf(seed, n))
		if err != nil {
			return nil, err
		}
		o, err := scenarios.Simulate(next, scenarios.Play{})
		if err != nil {
			return nil, err
		}
		if !o.Shows(s.Anomaly) {
			continue
		}
		if nth--; nth < 0 {
			return next, nil
		}
	}
	return trial, nil
}
