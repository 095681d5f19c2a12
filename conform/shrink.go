package conform

import (
	"context"
	"slices"
	"sync"
)

// The most candidates that shrinking plays, and how often each: what a broker
// draws can decide whether a mismatch shows.
const (
	maxCandidates = 150
	attempts      = 2
)

// Shrink makes a script smaller whose first mismatch has a kind, so that it
// still has one of that kind: fewer steps, then fewer operands. Candidates play
// side by side, in groups of their own. ErrGone tells that the mismatch did not
// come again at all.
func Shrink(ctx context.Context, c Config, s *Script, kind string) (*Result, error) {
	h := &shrinking{ctx: ctx, config: c, kind: kind}
	best, err := h.first([]*Script{s})
	if err != nil {
		return nil, err
	}
	if best == nil {
		return nil, ErrGone
	}
	for pass := 0; ; pass++ {
		before := best.Script.String()
		for _, make := range []func(*Script) [][]*Script{shorter, simpler} {
			for again := true; again; {
				again = false
				for _, candidates := range make(best.Script) {
					smaller, err := h.first(candidates)
					if err != nil {
						return best, err
					}
					if smaller != nil {
						best, again = smaller, true
						break
					}
				}
			}
		}
		if best.Script.String() == before || h.played >= maxCandidates {
			return best, nil
		}
	}
}

type shrinking struct {
	ctx    context.Context
	config Config
	kind   string
	played int
}

// first plays candidates side by side, and gives the first that still differs.
func (h *shrinking) first(candidates []*Script) (*Result, error) {
	if h.played >= maxCandidates {
		return nil, nil
	}
	h.played += len(candidates)
	results := make([]*Result, len(candidates))
	errs := make([]error, len(candidates))
	slots := make(chan struct{}, max(h.config.Groups, 1))
	var all sync.WaitGroup
	for i, s := range candidates {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			for range attempts {
				r, err := h.config.check(h.ctx, s)
				if err != nil {
					errs[i] = err
					return
				}
				if r.Outcome() == "mismatch" && slices.ContainsFunc(r.Verdict.Mismatches, func(m Mismatch) bool { return m.Kind == h.kind }) {
					results[i] = r
					return
				}
			}
		})
	}
	all.Wait()
	for i := range candidates {
		if results[i] != nil {
			return results[i], nil
		}
		if errs[i] != nil {
			return nil, errs[i]
		}
	}
	return nil, nil
}

// shorter gives scripts with fewer steps: in each round all that lack a run of
// some length; long runs first.
func shorter(s *Script) (rounds [][]*Script) {
	n := len(s.Steps)
	for size := (n + 1) / 2; size >= 1; size /= 2 {
		var round []*Script
		for from := (n - 1) / size * size; from >= 0; from -= size {
			c := &Script{Topics: s.Topics}
			c.Steps = append(slices.Clone(s.Steps[:from]), s.Steps[min(from+size, n):]...)
			if len(c.Steps) > 0 {
				round = append(round, c)
			}
		}
		rounds = append(rounds, round)
	}
	return rounds
}

// simpler gives scripts whose steps say less.
func simpler(s *Script) (rounds [][]*Script) {
	var round []*Script
	for i, step := range s.Steps {
		for _, o := range step.Opts {
			c := &Script{Topics: s.Topics, Steps: slices.Clone(s.Steps)}
			c.Steps[i] = step.without(o.Key)
			if c.Steps[i].check() == nil {
				round = append(round, c)
			}
		}
	}
	if len(s.Topics) > 1 {
		round = append(round, &Script{Topics: s.Topics[:1], Steps: s.Steps})
	}
	for len(round) > 0 {
		n := min(len(round), 16)
		rounds = append(rounds, round[:n])
		round = round[n:]
	}
	return rounds
}
