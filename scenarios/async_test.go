package scenarios

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Callbacks of commits come in order, one for each. kgo's come while the
// handler works on, Java's only in its next commit or poll.
func TestCommitAsync(t *testing.T) {
	profiled(t, func(t *testing.T, profile client.Profile) {
		var trail []string
		working, during := false, 0
		spec := world(func(env Env) Handler {
			n := 0
			return &lines{Env: env, process: func(records []Record) {
				for _, r := range records {
					env.Emit(r)
					n++
					env.CommitAsync(func(err error) {
						if err != nil {
							t.Errorf("commit %d: %v", n, err)
						}
						trail = append(trail, fmt.Sprintf("%v@%d", r.Partition, r.Offset))
						if working {
							during++
						}
					}, r)
					working = true
					env.Sleep(50 * time.Millisecond)
					working = false
				}
			}}
		})
		spec.Client.Profile, spec.Client.Reset = profile, client.Earliest
		o := play(t, spec)
		o.holds(t)
		if len(trail) != 40 {
			t.Errorf("%d of 40 callbacks came", len(trail))
		}
		for _, p := range o.Course.Progress {
			if p.Committed != p.Processed {
				t.Errorf("%v: committed %d of %d", p.Partition, p.Committed, p.Processed)
			}
		}
		if during > 0 != (profile == client.Franz) {
			t.Errorf("%d callbacks came while the handler worked", during)
		}
	})
}

// A commit that nobody waits for does not survive its process, and its
// callback does not come in the next.
func TestCommitAsyncOfACrashedProcess(t *testing.T) {
	profiled(t, func(t *testing.T, profile client.Profile) {
		late := 0
		starts := 0
		spec := world(func(env Env) Handler {
			starts++
			mine := starts
			return &lines{Env: env, process: func(records []Record) {
				env.Emit(records...)
				env.CommitAsync(func(error) {
					if mine != starts {
						late++
					}
				}, records...)
			}}
		})
		spec.Client.Profile, spec.Client.Reset = profile, client.Earliest
		script := spec.Script
		spec.Script = func(p *Planner) {
			script(p)
			p.When(func() func(*model.Event) bool {
				return func(e *model.Event) bool { return e.Kind == model.Commit && e.At > 8_000_000 }
			}, sim.Crash, "m1")
			p.At(15*time.Second, sim.Start, "m1")
		}
		o := play(t, spec)
		o.holds(t)
		if starts != 2 || late > 0 {
			t.Errorf("%d processes, %d callbacks in the wrong one", starts, late)
		}
	})
}

// A callback may itself call Env: Java's holds the handler up meanwhile, kgo's
// does not.
func TestCommitCallbackUsesEnv(t *testing.T) {
	profiled(t, func(t *testing.T, profile client.Profile) {
		inside, beside, ran := false, 0, 0
		spec := world(func(env Env) Handler {
			return &lines{Env: env, process: func(records []Record) {
				if inside {
					beside++
				}
				env.Emit(records...)
				env.CommitAsync(func(error) {
					inside = true
					env.Sleep(400 * time.Millisecond)
					inside = false
					ran++
				}, records...)
			}}
		})
		spec.Client.Profile, spec.Client.Reset = profile, client.Earliest
		o := play(t, spec)
		o.holds(t)
		if ran == 0 || beside > 0 != (profile == client.Franz) {
			t.Errorf("%d callbacks; %d polls while one ran", ran, beside)
		}
	})
}

func TestPauseSeekOwnedCommitted(t *testing.T) {
	profiled(t, func(t *testing.T, profile client.Profile) {
		first, second := Partition{Topic: "orders", Partition: 0}, Partition{Topic: "orders", Partition: 1}
		var owned [][]Partition
		var committed []Offset
		var before []int64 // offsets of the first partition, until it is resumed
		resumed, sought := false, false
		spec := world(func(env Env) Handler {
			return &lines{Env: env,
				assigned: func([]Partition) { owned = append(owned, env.Owned()) },
				process: func(records []Record) {
					for _, r := range records {
						if r.Partition == first && !resumed {
							before = append(before, r.Offset)
						}
					}
					env.Emit(records...)
					if err := env.Commit(records...); err != nil {
						t.Error(err)
					}
					now := env.Now().Sub(epoch)
					switch {
					case len(before) > 0 && now < 6*time.Second:
						env.Pause(first)
						before = nil
					case now > 7*time.Second && !resumed:
						resumed = true
						var err error
						if committed, err = env.Committed(first, second); err != nil {
							t.Error(err)
						}
						env.Resume(first)
					case now > 8*time.Second && !sought:
						sought = true
						env.Seek(Offset{second, 3})
					}
				}}
		})
		spec.Client.Profile, spec.Client.Reset, spec.Client.MaxPollRecords = profile, client.Earliest, 2
		spec.Promise = Promise{}
		o := play(t, spec)
		if !slices.EqualFunc(owned, [][]Partition{{first, second}}, slices.Equal) {
			t.Errorf("owned %v", owned)
		}
		if len(before) > 0 {
			t.Errorf("while it was paused, %v came of %v", before, first)
		}
		if len(committed) != 2 || committed[0].At < 1 || committed[1].At < 1 || committed[0].Partition != first {
			t.Errorf("committed %v", committed)
		}
		seeks := 0
		for _, e := range o.find(model.Positioned, "m1") {
			if e.Cause == model.CauseSeek && e.TopicPartition == second && e.To == 3 {
				seeks++
			}
		}
		if seeks != 1 || o.Report.Summary.ProcessedDuplicates == 0 {
			t.Errorf("%d seeks, %d records again", seeks, o.Report.Summary.ProcessedDuplicates)
		}
		if !o.Settled || o.Report.Summary.Lost > 0 {
			t.Errorf("settled: %q; lost %d", o.Why, o.Report.Summary.Lost)
		}
	})
}

// Java heeds a seek in the Assigned callback, kgo does not: it does not know
// the position of what it has just been assigned.
func TestSeekWhenAssigned(t *testing.T) {
	profiled(t, func(t *testing.T, profile client.Profile) {
		p := Partition{Topic: "orders", Partition: 0}
		spec := world(func(env Env) Handler {
			return &lines{Env: env, assigned: func([]Partition) { env.Seek(Offset{p, 2}) }}
		})
		spec.Load.Every = 10 * time.Millisecond
		spec.Client.Profile, spec.Client.Reset = profile, client.Earliest
		o := play(t, spec)
		var first []string
		for _, e := range o.find(model.Positioned, "m1") {
			if e.TopicPartition == p {
				first = append(first, fmt.Sprintf("%s %d", e.Cause, e.To))
			}
		}
		want := []string{"earliest 0"}
		if profile == client.Java {
			want = []string{"seek 2"}
		}
		if !slices.Equal(first, want) {
			t.Errorf("positions: %v, want %v", first, want)
		}
	})
}
