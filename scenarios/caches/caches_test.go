package caches

import (
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

const latency = 4 * time.Millisecond

// spec is m1 and m2 over two partitions of "locations", 40 keys, ten records a
// second.
func spec(by handlers.Kind, script func(*scenarios.Planner)) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "locations", Partitions: 2}}, Group: scenarios.Classic("locations-service", assignor.Range), Members: 2,
		Handler: by, Script: script,
		Load:   scenarios.Load{Count: 600, Keys: 40, Pattern: "patient-%d", Every: 100 * time.Millisecond},
		Client: scenarios.ClientConfig{SessionTimeout: 6 * time.Second, HeartbeatInterval: time.Second, RebalanceTimeout: 10 * time.Second, BlockRebalanceOnPoll: true},
		Gauges: []scenarios.Gauge{Misses(), Latency(), Rebuild(), Staleness(), Overwritten(), Uncounted()},
		Assert: Check, Promise: scenarios.AtLeastOnce(),
		Warmup: 10 * time.Second, Faulty: 50 * time.Second,
	}
}

// thereAndBack: m1 has both partitions, m2 gets one, and gives it back.
func thereAndBack(p *scenarios.Planner) {
	p.At(p.Draw("start", 1, time.Second), sim.Start, "m1")
	p.At(20*time.Second+p.Draw("start", 2, time.Second), sim.Start, "m2")
	p.Command(40*time.Second+p.Draw("leave", 2, time.Second), "leave", "m2")
	p.Retire(43*time.Second, "m2")
}

// zombie: m1 stands still in the middle of a write, long enough to lose its
// partitions to m2, and goes on.
func zombie(p *scenarios.Planner) {
	p.At(0, sim.Start, "m1")
	p.At(0, sim.Start, "m2")
	p.When(func() func(*model.Event) bool {
		n := 0
		return func(e *model.Event) bool {
			if e.Kind == model.Write && e.Client == "m1" {
				n++
			}
			return n == 100 && e.Kind == model.Write
		}
	}, sim.Pause, "m1")
	p.At(50*time.Second, sim.Resume, "m1")
}

// crash: m1 dies for good.
func crash(p *scenarios.Planner) {
	p.At(0, sim.Start, "m1")
	p.At(0, sim.Start, "m2")
	p.Retire(40*time.Second+p.Draw("crash", 1, time.Second), "m1")
}

func run(t *testing.T, s scenarios.Spec, seed uint64) *scenarios.Outcome {
	t.Helper()
	trial, err := scenarios.NewTrial(&s, seed)
	if err != nil {
		t.Fatal(err)
	}
	o, err := scenarios.Simulate(trial, scenarios.Play{})
	if err != nil {
		t.Fatal(err)
	}
	if o.Error != nil {
		t.Fatal(o.Error)
	}
	for _, f := range o.Broken() {
		t.Errorf("seed %d: %s: %s", seed, f.Name, f.Text)
	}
	return o
}

func number(t *testing.T, o *scenarios.Outcome, name string) *scenarios.Measured {
	t.Helper()
	for _, n := range o.Numbers {
		if n.Name == name {
			return scenarios.NewMeasured(n)
		}
	}
	t.Fatalf("nothing measured %q", name)
	return nil
}

const seeds = 8

// E15: each handover makes misses, one for each key that is asked for.
func TestLocalCacheIsColdAfterAHandover(t *testing.T) {
	for seed := range uint64(seeds) {
		still := run(t, spec(Local(Options{Latency: latency}), func(p *scenarios.Planner) { p.At(0, sim.Start, "m1"); p.At(0, sim.Start, "m2") }), seed)
		moved := run(t, spec(Local(Options{Latency: latency}), thereAndBack), seed)
		if a, b := number(t, still, "cache misses"), number(t, moved, "cache misses"); a.Max > 80 || b.Max <= a.Max {
			t.Errorf("seed %d: misses %v without handovers, %v with two", seed, a, b)
		}
		if stale := number(t, moved, "cache staleness"); stale.N > 0 {
			t.Errorf("seed %d: %d stale reads", seed, stale.N)
		}
		if moved.Shows(NewerOverwritten) || moved.Shows(model.StaleRead) {
			t.Errorf("seed %d: %v", seed, moved.Findings)
		}
	}
}

// E16: the map that is kept is stale when the partition comes back.
func TestKeptCacheIsStale(t *testing.T) {
	for seed := range uint64(seeds) {
		o := run(t, spec(Local(Options{Latency: latency, Kept: true}), thereAndBack), seed)
		if stale := number(t, o, "cache staleness"); stale.N == 0 || !o.Shows(model.StaleRead) {
			t.Errorf("seed %d: %d stale reads, and the checker says %v", seed, stale.N, o.Shows(model.StaleRead))
		}
	}
}

// E17: a write under way when its writer stood still lands over what its
// successor wrote, unless the store looks at the generation.
func TestZombieWrite(t *testing.T) {
	found := 0
	for seed := range uint64(seeds) {
		if o := run(t, spec(Remote(Options{Latency: latency}), zombie), seed); o.Shows(NewerOverwritten) {
			found++
		}
		o := run(t, spec(Remote(Options{Latency: latency, Fenced: true}), zombie), seed)
		if o.Shows(NewerOverwritten) || o.Shows(model.StaleRead) {
			t.Errorf("seed %d: fenced, and %v", seed, o.Findings)
		}
		if m := number(t, o, "cache misses"); m.Min != 1000 {
			t.Errorf("seed %d: %v misses of a cache that keeps nothing", seed, m)
		}
		if l := number(t, o, "cache read latency"); l.P50 < latency.Microseconds() {
			t.Errorf("seed %d: reads take %v", seed, l)
		}
	}
	if found == 0 {
		t.Error("no zombie has overwritten anything")
	}
}

// E18: restoring takes as long as the changelog is; a standby has only its end
// to read. What is restored is never stale.
func TestChangelogIsRestored(t *testing.T) {
	standby := []scenarios.Partition{{Topic: "locations", Partition: 0}, {Topic: "locations", Partition: 1}}
	for seed := range uint64(seeds) {
		var longest [2]int64
		for i, o := range []Options{{}, {Standby: standby}} {
			o.Latency, o.Restore, o.Fenced = latency, 10*time.Millisecond, true
			out := run(t, spec(Changelog(o), crash), seed)
			longest[i] = number(t, out, "cache rebuild").Max
			if n := number(t, out, "cache staleness").N; n > 0 || out.Shows(NewerOverwritten) || out.Shows(model.StaleRead) {
				t.Errorf("seed %d: %d stale reads after a restore; %v", seed, n, out.Findings)
			}
		}
		// Some 200 entries at 10 ms, when m1 has crashed.
		if longest[0] < 1_500_000 || longest[1]*3 > longest[0] {
			t.Errorf("seed %d: restored in at most %d µs, with a standby in %d", seed, longest[0], longest[1])
		}
	}
}

// Without a fence a zombie's entries come behind its successor's.
func TestChangelogZombie(t *testing.T) {
	found := 0
	for seed := range uint64(seeds) {
		if o := run(t, spec(Changelog(Options{Latency: latency}), zombie), seed); o.Shows(NewerOverwritten) {
			found++
		}
		if o := run(t, spec(Changelog(Options{Latency: latency, Fenced: true}), zombie), seed); o.Shows(NewerOverwritten) {
			t.Errorf("seed %d: fenced, and a newer value was overwritten", seed)
		}
	}
	if found == 0 {
		t.Error("no zombie has overwritten anything")
	}
}

func TestEntries(t *testing.T) {
	e, isNew := none.after(scenarios.Record{Offset: 0})
	if !isNew || e != (Entry{1, 0}) || parse(e.String()) != e {
		t.Errorf("the first record makes %v, %v", e, isNew)
	}
	if same, isNew := e.after(scenarios.Record{Offset: 0}); isNew || same != e {
		t.Errorf("the same record again makes %v, %v", same, isNew)
	}
	for _, s := range []string{"", "3", "@", "3@", "x@1"} {
		if parse(s) != none {
			t.Errorf("%q is read as %v", s, parse(s))
		}
	}
	if g, e := unfence(fence(4, Entry{3, 17})); g != 4 || e != (Entry{3, 17}) {
		t.Errorf("generation %d, %v", g, e)
	}
	if g, e := unfence("3@17"); g != -1 || e != (Entry{3, 17}) {
		t.Errorf("generation %d, %v of an entry without one", g, e)
	}
}
