package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/caches"
	"github.com/groundhogsim/groundhog/sim"
)

// What E15 goes through.
const (
	noMoves      = "nothing moves"
	movesBack    = "A→B→A"
	ownerCrashes = "crash"
)

// localCaches are E15, a map in the process, and E16, one that is wrong.
func localCaches() []*scenarios.Scenario {
	right := caches.Options{Latency: cacheLatency, Work: cacheWork}
	kept := right
	kept.Kept = true
	return []*scenarios.Scenario{coldCache(right),
		kafkaToo(&scenarios.Scenario{Name: "E16", Title: "a local cache keeps what it has when its partition goes: when that comes back, somebody else has written", Refs: []string{"E16"},
			Expect: scenarios.Fail, Anomaly: model.StaleRead, Seeds: 6, Spec: cacheSpec(caches.Local(kept), thereAndBack)}),
		kafkaToo(&scenarios.Scenario{Name: "E16-invalidated", Title: "the same, invalidated on revoke", Refs: []string{"E16"},
			Expect: scenarios.Hold, Seeds: 8, Spec: cacheSpec(caches.Local(right), thereAndBack),
			Sometimes: []scenarios.Sometimes{{Name: "a partition came back", After: 5, Seen: func(o *scenarios.Outcome) bool { return len(o.Course.Generations) >= 3 }}}}),
		standstill(right), unblocked(right)}
}

// The cases of E16-standstill.
const (
	stillLocal     = "local"
	stillChangelog = "changelog"
	stillRemote    = "remote"
)

// standstill has right caches whose process stands still: whatever it is told
// when partitions go, it is told too late.
func standstill(o caches.Options) *scenarios.Scenario {
	o.Fenced, o.Restore = true, cacheRestore
	return &scenarios.Scenario{Name: "E16-standstill", Title: "right caches, fenced, whose process stands still in a poll's records: what it reads when it goes on", Refs: []string{"E16", "E17", "E18"},
		Cases: []scenarios.Case{
			failing(cacheCase(stillLocal, caches.Local(o), standsStill), model.StaleRead),
			failing(cacheCase(stillChangelog, caches.Changelog(o), standsStill), model.StaleRead),
			cacheCase(stillRemote, caches.Remote(o), standsStill),
		},
		Claims: []scenarios.Claim{{Ref: "E16", Text: "a local cache that is invalidated when partitions are revoked is never stale", Expect: scenarios.Refuted, Judge: judgeStandstill}},
		Sometimes: []scenarios.Sometimes{{Name: "a zombie worked on", After: 20, Seen: func(o *scenarios.Outcome) bool {
			return o.Report.Summary.ZombieProcessed > 0
		}}}}
}

// judgeStandstill: reads may be stale, but what comes of them does not stay.
func judgeStandstill(r *scenarios.Result) (scenarios.Ruling, string) {
	ruling, text := scenarios.Confirmed, "when a process goes on that has stood still past its session"
	for _, row := range []string{stillLocal, stillChangelog, stillRemote} {
		c := r.Case(row, "")
		stale := c.Measure("cache staleness")
		text += fmt.Sprintf("; %s: stale reads in %d of %d runs", row, c.Anomalies[model.StaleRead], c.Runs)
		if stale.N > 0 {
			ruling = scenarios.Refuted
			text += fmt.Sprintf(", of values overwritten up to %s before", quantity(stale.Max, "µs"))
		}
		text += fmt.Sprintf(", and %d newer values overwritten, %d records not counted", c.Measure(caches.Overwritten().Name).Sum, c.Measure(caches.Uncounted().Name).Sum)
	}
	return ruling, text + ": the fence keeps what comes of them out of the store"
}

// unblocked is a right cache in a world where callbacks come at any time. What
// its handler's commits do there is another matter (C07).
func unblocked(o caches.Options) *scenarios.Scenario {
	o.Fenced, o.Work = true, 200*time.Millisecond
	c := cacheCase("local, fenced", caches.Local(o), thereAndBack)
	c.Spec.Client.BlockRebalanceOnPoll = false
	return &scenarios.Scenario{Name: "E16-unblocked", Title: "a fenced local cache in franz-go without BlockRebalanceOnPoll: partitions go and come while a poll's records are in work", Refs: []string{"E16"},
		Cases: []scenarios.Case{promising(c, scenarios.Promise{}.Forbidding("reads are fresh, and what is written stays", model.StaleRead, caches.NewerOverwritten, caches.CountDiffers))},
		Sometimes: []scenarios.Sometimes{{Name: "a partition went while its records were in work", After: 10, Seen: func(o *scenarios.Outcome) bool {
			return o.Shows(model.ProcessingAfterRevoke)
		}}}}
}

// coldCache is E15.
func coldCache(o caches.Options) *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "E15", Title: "a map in each process: what is missed when partitions move, and how long it takes to have it again", Refs: []string{"E15"},
		Claims: []scenarios.Claim{{Ref: "E15", Text: "a local cache is cold for the partitions that move, and warms up again", Expect: scenarios.Qualified, Judge: judgeCold}}}
	for _, c := range []struct {
		name   string
		script func(*scenarios.Planner)
	}{{noMoves, startBoth}, {movesBack, thereAndBack}, {ownerCrashes, ownerDies}} {
		for _, a := range []assignor.Assignor{assignor.Range, assignor.CooperativeSticky} {
			spec := cacheSpec(caches.Local(o), c.script)
			spec.Group = scenarios.Classic("locations-service", a)
			s.Cases = append(s.Cases, onKafkaToo(scenarios.Case{Row: c.name, Column: a.Name(), Runs: 4, Spec: spec}))
		}
	}
	return s
}

// judgeCold holds the misses against the least that is possible, one for each
// key, and against one more for each key that moved.
func judgeCold(r *scenarios.Result) (scenarios.Ruling, string) {
	text, eager := "", ""
	warm := true
	for _, row := range []string{noMoves, movesBack, ownerCrashes} {
		for _, a := range []assignor.Assignor{assignor.Range, assignor.CooperativeSticky} {
			c := r.Case(row, a.Name())
			misses, rebuild := c.Measure("cache misses"), c.Measure("cache rebuild")
			text += fmt.Sprintf("; %s, %s: %s of the reads miss, a rebuild takes up to %v", row, a.Name(), scenarios.Quantity(misses.P50, "‰"), sim.Time(rebuild.Max).Duration().Round(time.Millisecond))
			// Once for each key and the store's latency: no key is missed twice.
			warm = warm && misses.N > 0 && rebuild.Max <= (cacheKeys*(cacheLatency+time.Millisecond)).Microseconds() && len(c.Anomalies) == 0
		}
		c := r.Case(row, assignor.Range.Name()).Measure("cache misses").P50 - r.Case(row, assignor.CooperativeSticky.Name()).Measure("cache misses").P50
		if c > 0 {
			eager = "with range what stays is cold, too: every rebalance revokes all"
		}
	}
	switch {
	case !warm:
		return scenarios.Refuted, text[2:]
	case eager != "":
		return scenarios.Qualified, eager + text
	}
	return scenarios.Confirmed, text[2:]
}
