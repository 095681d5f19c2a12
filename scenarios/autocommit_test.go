package scenarios

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// emitOnly leaves commits to the client.
func emitOnly(env Env) Handler {
	return &lines{Env: env, process: func(records []Record) { env.Emit(records...) }}
}

// Auto-commit stores what was polled at its interval, and when the member
// leaves.
func TestAutoCommit(t *testing.T) {
	profiled(t, func(t *testing.T, profile client.Profile) {
		spec := world(emitOnly)
		spec.Client.Profile, spec.Client.Reset = profile, client.Earliest
		spec.Client.AutoCommit, spec.Client.AutoCommitInterval = true, 2*time.Second
		spec.Load.Every = 500 * time.Millisecond
		script := spec.Script
		spec.Script = func(p *Planner) {
			script(p)
			p.Command(12*time.Second+300*time.Millisecond, "leave", "m1")
			p.At(14*time.Second, sim.Start, "m1")
		}
		o := play(t, spec)
		o.holds(t)
		commits := o.find(model.CommitDone, "m1")
		var gaps []int64
		for i := 1; i < len(commits) && commits[i].At < 12_000_000; i++ {
			gaps = append(gaps, (commits[i].At-commits[i-1].At)/100_000)
		}
		if len(gaps) < 3 || slices.ContainsFunc(gaps, func(g int64) bool { return g < 19 || g > 26 }) {
			t.Errorf("commits follow one another after %v tenths of a second, want 2 s and the way to the next poll", gaps)
		}
		if n := o.Report.Summary.ProcessedDuplicates; n > 0 {
			t.Errorf("%d records came again though the member left in good order", n)
		}
		// A crash brings back what was polled since.
		spec.Script = func(p *Planner) {
			script(p)
			p.At(12*time.Second+300*time.Millisecond, sim.Crash, "m1")
			p.At(14*time.Second, sim.Start, "m1")
		}
		o = play(t, spec)
		o.holds(t)
		if n := o.Report.Summary.ProcessedDuplicates; n == 0 {
			t.Error("no record came again after a crash between two auto-commits")
		}
	})
}

// At a revocation Java commits in any case; kgo where the handler has no
// callback of its own for that.
func TestAutoCommitAtRevocation(t *testing.T) {
	profiled(t, func(t *testing.T, profile client.Profile) {
		for _, own := range []bool{false, true} {
			spec := world(func(env Env) Handler {
				h := lines{Env: env, process: func(records []Record) { env.Emit(records...) }, revoked: func([]Partition) {}}
				if own {
					return &revoking{h}
				}
				return &h
			})
			spec.Client.Profile, spec.Client.Reset = profile, client.Earliest
			spec.Client.AutoCommit, spec.Client.AutoCommitInterval = true, time.Hour
			spec.Members = 2
			spec.Script = func(p *Planner) {
				p.At(0, sim.Start, "m1")
				p.At(8*time.Second, sim.Start, "m2")
			}
			o := play(t, spec)
			want := profile == client.Java || !own
			if got := len(o.find(model.CommitDone, "m1")) > 0; got != want {
				t.Errorf("own callback %v: committed at the revocation: %v", own, got)
			}
			if got := o.Report.Summary.ProcessedDuplicates == 0; got != want {
				t.Errorf("own callback %v: %d records came again", own, o.Report.Summary.ProcessedDuplicates)
			}
		}
	})
}

// failing wants to know what its polls fail with.
type failing struct {
	lines
	failed func(error)
}

func (h *failing) Failed(err error) { h.failed(err) }

// Without a reset policy and a commit the handler is told; it can seek and go
// on. One that is no Failer makes a finding, and in Java closes.
func TestNoReset(t *testing.T) {
	profiled(t, func(t *testing.T, profile client.Profile) {
		var reasons []string
		spec := world(func(env Env) Handler {
			return &failing{lines{Env: env}, func(err error) {
				var e *PollError
				if !errors.As(err, &e) || len(e.Partitions) != 1 || e.Fatal != (profile == client.Java) {
					t.Errorf("failed by %v", err)
					return
				}
				reasons = append(reasons, string(e.Reason))
				env.Seek(Offset{e.Partitions[0], 0})
			}}
		})
		spec.Client.Profile, spec.Client.Reset = profile, client.None
		o := play(t, spec)
		o.holds(t)
		if !slices.Equal(reasons, []string{"no-offset", "no-offset"}) || o.Shows(ConsumerFailed) {
			t.Errorf("failed by %v; %v", reasons, o.Findings)
		}
		if o.Course.Progress[0].Processed == 0 || o.Report.Summary.Lost > 0 {
			t.Error("it did not go on after its seek")
		}
		spec.Handler = plainHandler
		o = play(t, spec)
		if !o.Shows(ConsumerFailed) {
			t.Error("nobody heard of the failure")
		}
		if left := len(o.find(model.Stopped, "m1")) > 0; left != (profile == client.Java) {
			t.Errorf("the consumer closed: %v", left)
		}
	})
}

// Java leaves its group when a handler is away from poll for longer than
// max.poll.interval.ms; kgo knows no such thing.
func TestMaxPollInterval(t *testing.T) {
	profiled(t, func(t *testing.T, profile client.Profile) {
		slow := true
		spec := world(func(env Env) Handler {
			return &lines{Env: env, process: func(records []Record) {
				if slow {
					slow = false
					env.Sleep(9 * time.Second)
				}
				env.Emit(records...)
				env.Commit(records...)
			}}
		})
		spec.Client.Profile, spec.Client.Reset, spec.Client.MaxPollInterval = profile, client.Earliest, 6*time.Second
		o := play(t, spec)
		if removed := len(o.find(model.Removed, "")) > 0; removed != (profile == client.Java) || !o.Settled {
			t.Errorf("removed: %v; settled: %q", removed, o.Why)
		}
	})
}
