package scenarios

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/groundhogsim/groundhog/sim"
)

// Campaign runs scenarios over many seeds, whole worlds side by side. What it
// finds does not depend on the number of workers.
type Campaign struct {
	Scenarios []*Scenario
	Seed      uint64 // the first run's; those of later runs follow from it
	Seeds     int    // of each scenario; 0: the scenario's own number
	Workers   int
	// Each is told of every outcome, in order of scenario and run.
	Each func(s *Scenario, n int, o *Outcome)
	// Again is how many of a scenario's runs are made a second time, to catch
	// handlers that diverge.
	Again int
}

// SeedOf is the seed of a scenario's n-th run, counting from 0. The first
// run's is the campaign's own, so that a reported seed can be given as one.
func SeedOf(first uint64, n int) uint64 {
	if n == 0 {
		return first
	}
	return sim.Hash(first+uint64(n), "run") >> 16 // 48 bits read well
}

// job is one run to be made: a scenario by its place, and the run's number.
type job struct{ scenario, n int }

// made is a run that was made.
type made struct {
	job
	o    *Outcome
	err  error
	wall time.Duration
}

// Run runs the campaign and gives a result for each scenario, in order.
func (c *Campaign) Run(ctx context.Context) ([]*Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make([]*Result, len(c.Scenarios))
	for i, s := range c.Scenarios {
		results[i] = newResult(s)
	}
	// Outcomes are taken in order, so that sums, the first failure and what
	// Each is told are the same for any number of workers.
	early := map[job]made{}
	next := c.skipFull(job{})
	for m := range c.work(ctx) {
		early[m.job] = m
		for m, ok := early[next]; ok; m, ok = early[next] {
			delete(early, next)
			s := c.Scenarios[next.scenario]
			if m.err != nil {
				return nil, fmt.Errorf("%s, run %d: %w", s.Name, next.n+1, m.err)
			}
			results[next.scenario].add(s, next.n, m.o, m.wall)
			if c.Each != nil {
				c.Each(s, next.n, m.o)
			}
			next = c.skipFull(job{next.scenario, next.n + 1})
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for i, s := range c.Scenarios {
		results[i].judge(s)
	}
	return results, nil
}

// work makes all runs, side by side and in any order.
func (c *Campaign) work(ctx context.Context) <-chan made {
	jobs, done := make(chan job), make(chan made)
	var workers sync.WaitGroup
	for range max(c.Workers, 1) {
		workers.Go(func() {
			for j := range jobs {
				begun := time.Now()
				o, err := c.one(c.Scenarios[j.scenario], j.n)
				select {
				case done <- made{j, o, err, time.Since(begun)}:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	go func() {
		defer close(done)
		defer workers.Wait()
		defer close(jobs)
		for j := c.skipFull(job{}); j.scenario < len(c.Scenarios); j = c.skipFull(job{j.scenario, j.n + 1}) {
			select {
			case jobs <- j:
			case <-ctx.Done():
				return
			}
		}
	}()
	return done
}

// skipFull is the job itself, or the first of the next scenario when its own
// has all its runs.
func (c *Campaign) skipFull(j job) job {
	for j.scenario < len(c.Scenarios) && j.n >= c.seeds(c.Scenarios[j.scenario]) {
		j = job{j.scenario + 1, 0}
	}
	return j
}

func (c *Campaign) seeds(s *Scenario) int { return s.RunsOf(c.Seeds) }

// RunsOf is how many runs a campaign makes of the scenario when so many seeds
// are asked for; 0: the scenario's own number.
func (s *Scenario) RunsOf(seeds int) (n int) {
	for i := range s.Cases {
		n += s.Cases[i].runs()
	}
	if n > 0 {
		return n
	}
	if seeds > 0 {
		return seeds
	}
	return s.Seeds
}

// caseOf tells which case the n-th run of an enumeration is of, and which of
// that case's runs it is.
func (s *Scenario) caseOf(n int) (i, run int) {
	for n >= s.Cases[i].runs() {
		n -= s.Cases[i].runs()
		i++
	}
	return i, n
}

// one makes a scenario's n-th run, and some of them twice.
func (c *Campaign) one(s *Scenario, n int) (*Outcome, error) {
	spec := &s.Spec
	if len(s.Cases) > 0 {
		// The k-th runs of all cases have the same seed, and so the same luck.
		var i int
		if i, n = s.caseOf(n); s.Cases[i].Facts != nil {
			return s.Cases[i].compute()
		}
		spec = &s.Cases[i].Spec
	}
	seed := SeedOf(c.Seed, n)
	o, err := simulateSeed(spec, seed)
	if err != nil || n >= c.Again {
		return o, err
	}
	again, err := simulateSeed(spec, seed)
	if err == nil && again.Hash != o.Hash {
		o.Findings = append(o.Findings, Finding{Name: HandlerDiverges, Text: diverges})
	}
	return o, err
}

const diverges = "two runs of one seed differ: the handler depends on something besides its Env " +
	"(likely: a goroutine, the wall clock, map order, global randomness, a variable captured across runs)"

func simulateSeed(spec *Spec, seed uint64) (*Outcome, error) {
	run, err := NewTrial(spec, seed)
	if err != nil {
		return nil, err
	}
	return Simulate(run, Play{})
}
