package scenarios

import (
	"context"
	"fmt"
	"maps"
	"slices"
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

// Result is what a campaign says of one scenario; its JSON is published.
type Result struct {
	Scenario       string         `json:"scenario"`
	Refs           []string       `json:"refs"`
	Expect         Expect         `json:"expect"`
	Verdict        Verdict        `json:"verdict"`
	Seeds          int            `json:"seeds"`
	Steps          uint64         `json:"steps"`
	VirtualSeconds sim.Time       `json:"-"`
	Wall           time.Duration  `json:"-"`
	Rebalances     int            `json:"rebalances"`
	Lost           int64          `json:"lost"`
	Duplicates     int64          `json:"duplicates"`
	Anomalies      map[string]int `json:"anomalies"`
	Sometimes      map[string]int `json:"sometimes"`
	TraceHash      string         `json:"trace_hash"`

	Reasons []string `json:"-"` // why the verdict is fail
	First   *Outcome `json:"-"` // the first run that is not as a Hold expects, or that shows a Fail's anomaly
	FirstAt int      `json:"-"` // its number
	hash    uint64
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
				return nil, fmt.Errorf("%s, seed %#x: %w", s.Name, SeedOf(c.Seed, next.n), m.err)
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

func (c *Campaign) seeds(s *Scenario) int {
	if c.Seeds > 0 {
		return c.Seeds
	}
	return s.Seeds
}

// one makes a scenario's n-th run, and some of them twice.
func (c *Campaign) one(s *Scenario, n int) (*Outcome, error) {
	seed := SeedOf(c.Seed, n)
	o, err := simulateSeed(&s.Spec, seed)
	if err != nil || n >= c.Again {
		return o, err
	}
	again, err := simulateSeed(&s.Spec, seed)
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

func newResult(s *Scenario) *Result {
	r := &Result{Scenario: s.Name, Refs: s.Refs, Expect: s.Expect, Anomalies: map[string]int{}, Sometimes: map[string]int{}}
	for _, x := range s.Sometimes {
		r.Sometimes[x.Name] = 0
	}
	return r
}

func (r *Result) add(s *Scenario, n int, o *Outcome, wall time.Duration) {
	r.Seeds++
	r.Steps += o.Steps
	r.VirtualSeconds += sim.Span(o.Virtual)
	r.Wall += wall
	r.Rebalances += o.Report.Summary.Rebalances
	r.Lost += o.Report.Summary.Lost
	r.Duplicates += o.Report.Summary.ProcessedDuplicates
	names := map[string]bool{}
	for _, f := range o.Findings {
		names[f.Name] = true
	}
	for name := range names {
		r.Anomalies[name]++
	}
	for _, x := range s.Sometimes {
		if x.Seen(o) {
			r.Sometimes[x.Name]++
		}
	}
	if r.First == nil && (s.Expect == Hold && len(o.Broken()) > 0 || s.Expect == Fail && o.Shows(s.Anomaly)) {
		r.First, r.FirstAt = o, n
	}
	r.hash = sim.Hash(r.hash, fmt.Sprint(o.Hash))
	r.TraceHash = fmt.Sprintf("%#016x", r.hash)
}

// judge sets the verdict.
func (r *Result) judge(s *Scenario) {
	switch {
	case s.Expect == Hold && r.First != nil:
		f := r.First.Broken()[0]
		r.Reasons = append(r.Reasons, fmt.Sprintf("%s on seed %#x (run %d)", f.Name, r.First.Trial.Seed, r.FirstAt+1))
	case s.Expect == Fail && (r.First == nil || r.FirstAt >= FailWithin):
		r.Reasons = append(r.Reasons, fmt.Sprintf("%s must show within %d seeds, and does not", s.Anomaly, min(FailWithin, r.Seeds)))
	}
	for _, x := range s.Sometimes {
		if r.Seeds >= x.After && r.Sometimes[x.Name] == 0 {
			r.Reasons = append(r.Reasons, fmt.Sprintf("never reached in %d seeds: %s", r.Seeds, x.Name))
		}
	}
	r.Verdict = Passed
	if len(r.Reasons) > 0 {
		r.Verdict = Failed
	}
}

// AnomalyNames are the names of what a result found, sorted.
func (r *Result) AnomalyNames() []string { return slices.Sorted(maps.Keys(r.Anomalies)) }
