package conform

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Config says what a campaign does.
type Config struct {
	Subject   Subject
	Seed      uint64
	Sequences int       // scripts to draw
	Scripts   []*Script // if there are any: these, in place of drawn ones
	Groups    int       // that play at once
	// Once plays each sequence once, and counts every difference, even where
	// time may be the reason: for subjects that are not judged.
	Once bool
	// Told is called with each result, in the order of their numbers.
	Told func(Result) error
}

// Result is what came of one sequence.
type Result struct {
	Number   int
	Script   *Script
	Requests int
	Verdict  *Verdict
	Record   *Recording // of a run that differed
	Runs     int        // how often it was played
}

// Outcome is match, mismatch or late.
func (r *Result) Outcome() string {
	switch {
	case len(r.Verdict.Mismatches) == 0:
		return "match"
	case r.Verdict.Close != "":
		return "late"
	}
	return "mismatch"
}

// Summary is what came of a campaign.
type Summary struct {
	Sequences, Requests   int
	Matched, Late, Differ int // sequences
	Rerun                 int // sequences that were late once, and played again
	Coverage              Coverage
	Wall                  time.Duration
}

// tries is how often a sequence is played at most: one that comes too near to a
// timer, or whose mismatch may come of a broker that stood still, plays again.
const tries = 5

// Run draws scripts and plays them, many at once.
func Run(ctx context.Context, c Config) (*Summary, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	begun := time.Now()
	if len(c.Scripts) > 0 {
		c.Sequences = len(c.Scripts)
	}
	results := make([]chan Result, c.Sequences)
	for i := range results {
		results[i] = make(chan Result, 1)
	}
	numbers := make(chan int)
	var players sync.WaitGroup
	for range min(c.Groups, c.Sequences) {
		players.Go(func() {
			for n := range numbers {
				r, err := c.one(ctx, n)
				if err != nil {
					cancel(err)
					return
				}
				results[n] <- *r
			}
		})
	}
	go func() {
		defer close(numbers)
		for n := range c.Sequences {
			select {
			case numbers <- n:
			case <-ctx.Done():
				return
			}
		}
	}()
	s := &Summary{Coverage: Coverage{}}
	err := s.gather(ctx, c, results)
	if err != nil {
		cancel(err)
	}
	players.Wait()
	s.Wall = time.Since(begun)
	return s, err
}

func (s *Summary) gather(ctx context.Context, c Config, results []chan Result) error {
	for _, next := range results {
		select {
		case r := <-next:
			s.add(&r)
			if c.Told != nil {
				if err := c.Told(r); err != nil {
					return err
				}
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

func (s *Summary) add(r *Result) {
	s.Sequences++
	s.Requests += r.Requests
	s.Coverage.Add(r.Verdict.Coverage)
	if r.Runs > 1 {
		s.Rerun++
	}
	switch r.Outcome() {
	case "match":
		s.Matched++
	case "late":
		s.Late++
	default:
		s.Differ++
	}
}

func (c *Config) script(n int) (*Script, error) {
	if len(c.Scripts) > 0 {
		return c.Scripts[n], nil
	}
	return Draw(c.Seed, uint64(n))
}

func (c *Config) one(ctx context.Context, n int) (*Result, error) {
	s, err := c.script(n)
	if err != nil {
		return nil, err
	}
	r, err := c.check(ctx, s)
	if r != nil {
		r.Number = n
	}
	return r, err
}

// check plays a script and compares. One that was late is played again.
func (c *Config) check(ctx context.Context, s *Script) (*Result, error) {
	plan, err := planned(s)
	if err != nil {
		return nil, err
	}
	r := &Result{Script: s}
	for _, step := range s.Steps {
		if step.Verb != verbWait {
			r.Requests++
		}
	}
	doubted := false // a mismatch was played again
	for r.Runs < tries {
		r.Runs++
		var died *Died
		r.Record, err = c.Subject.Play(ctx, s, plan)
		switch {
		case errors.As(err, &died):
			r.Verdict = &Verdict{Mismatches: []Mismatch{{Step: len(s.Steps), Kind: died.Error(), Subject: "died", Model: "lives"}}, Coverage: Coverage{}}
			return r, nil
		case err != nil:
			return nil, err
		}
		if r.Verdict, err = Judge(s, r.Record); err != nil {
			return nil, err
		}
		switch {
		case c.Once:
			r.Verdict.Close = ""
			return r.trimmed(), nil
		case r.Verdict.Late():
		case len(r.Verdict.Mismatches) > 0 && r.Verdict.Doubtful && !doubted:
			doubted = true
		default:
			return r.trimmed(), nil
		}
	}
	return r.trimmed(), nil
}

// trimmed drops the recording of what went well.
func (r *Result) trimmed() *Result {
	if len(r.Verdict.Mismatches) == 0 {
		r.Record = nil
	}
	return r
}

// ErrGone tells that a script no longer shows what it was shrunk for.
var ErrGone = errors.New("the mismatch did not come again")
