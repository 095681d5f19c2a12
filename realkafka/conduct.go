package realkafka

import (
	"context"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

// conduct makes the environment do what the trial plans, ends the faults, and
// waits until the group has settled: why says what kept it, empty if nothing
// did. The error is that of ctx.
func (p *play) conduct(ctx context.Context) (why string, err error) {
	calm := p.trial.Spec.Warmup + p.trial.Spec.Faulty
	for _, e := range p.trial.Plan {
		if e.At.Duration() > calm {
			break
		}
		if e.At == 0 && e.Action.Kind == sim.Start && p.trial.IsBroker(e.Action.Node) {
			continue // the cluster runs already
		}
		if goesOn, err := p.until(ctx, e.At.Duration()); err != nil || !goesOn {
			return "", err
		}
		p.act(e.Action)
	}
	if goesOn, err := p.until(ctx, calm); err != nil || !goesOn {
		return "", err
	}
	p.heal()
	return p.settle(ctx, calm+p.trial.Spec.Settle())
}

// until waits for a time of the run. It does not go on if the run broke.
func (p *play) until(ctx context.Context, at time.Duration) (goesOn bool, err error) {
	t := time.NewTimer(at - time.Since(p.began))
	defer t.Stop()
	select {
	case <-t.C:
		return true, nil
	case <-p.failed:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// heal ends the faults: what is cut is joined, what stands still goes on, what
// is down comes up.
func (p *play) heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.chronicle.Calm(p.now())
	for len(p.cuts) > 0 {
		p.perform(sim.Action{Kind: sim.Heal, Node: p.cuts[0][0], Peer: p.cuts[0][1]})
	}
	for _, kind := range []sim.Kind{sim.Resume, sim.Start} {
		for _, m := range p.machines {
			a := sim.Action{Kind: kind, Peer: sim.Nobody}
			if m == nil {
				continue
			}
			if kind == sim.Start && slices.Contains(p.trial.Retired, m.id) {
				continue
			}
			if a.Node = m.id; p.possible(a) {
				p.perform(a)
			}
		}
	}
}

// look is the time between two looks at whether the group has settled.
const look = 50 * time.Millisecond

// quiet is how long nothing must have happened for the run to end: long enough
// for handlers that write out what they keep when they are idle.
const quiet = 2 * scenarios.IdleAfter

// settle waits until the group is settled and nothing has happened for the quiet
// time, or until time is up.
func (p *play) settle(ctx context.Context, end time.Duration) (why string, err error) {
	for {
		why := p.unsettled()
		if p.jobHasFailed() {
			return why, nil
		}
		if why == "" && p.now().Duration()-p.stirred() >= quiet || time.Since(p.began) > end {
			return why, nil
		}
		if goesOn, err := p.until(ctx, time.Since(p.began)+look); err != nil || !goesOn {
			return "", err
		}
	}
}

// jobHasFailed tells whether nothing more will come of a job.
func (p *play) jobHasFailed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.jobs != nil && p.jobs.nodes.Failed()
}

// stirred is when something last happened.
func (p *play) stirred() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.chronicle.Stirred().Duration()
}
