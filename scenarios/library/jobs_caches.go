package library

import (
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/caches"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// Document E's caches (E15–E19), and the counter that document B's sink keeps
// in Redis (B13).
func jobsCaches() []*scenarios.Scenario {
	return slices.Concat(localCaches(), remoteCaches(), changelogCaches(), cacheSweep(), sinkCounters())
}

const (
	cacheKeys    = 20
	cacheLatency = 4 * time.Millisecond // of the outside store
	cacheWork    = 20 * time.Millisecond
)

// cacheSpec is two members over two partitions, and a cache of what each key
// has. Records come four at a time, so that a poll gives several.
func cacheSpec(by handlers.Kind, script func(*scenarios.Planner)) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "locations", Partitions: 2}}, Group: scenarios.Classic("locations-service", assignor.Range), Members: 2,
		Handler: by, Script: script,
		Load:   scenarios.Load{Count: 120, Keys: cacheKeys, Pattern: "patient-%d", PerTick: 4},
		Client: scenarios.ClientConfig{SessionTimeout: 6 * time.Second, HeartbeatInterval: time.Second, RebalanceTimeout: 10 * time.Second, BlockRebalanceOnPoll: true},
		Gauges: []scenarios.Gauge{caches.Misses(), caches.Latency(), caches.Rebuild(), caches.Staleness(), caches.Overwritten(), caches.Uncounted()},
		Assert: caches.Check,
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke().NoProcessingAfterRevoke().
			Forbidding("reads see the latest write", model.StaleRead).
			Forbidding("the latest record's value stays", caches.NewerOverwritten).
			Forbidding("each record is counted once", caches.CountDiffers),
		Warmup: 8 * time.Second, Faulty: 30 * time.Second,
	}
}

// nothingStays is the promise of caches that may be read stale while their
// process is a zombie: the store takes nothing of what comes of it.
func nothingStays() scenarios.Promise {
	return scenarios.AtLeastOnce().Forbidding("what comes of stale reads does not stay", caches.NewerOverwritten, caches.CountDiffers)
}

// kafkaToo is a scenario that a real cluster can run.
func kafkaToo(s *scenarios.Scenario) *scenarios.Scenario {
	s.OnKafka = func() scenarios.Spec { return onKafka(s.Spec) }
	return s
}

// thereAndBack: m1 has both partitions, m2 gets one, and gives it back.
func thereAndBack(p *scenarios.Planner) {
	c := p.Spec().Client
	p.At(0, sim.Start, "m1")
	at := p.Spec().Warmup + p.Draw("join", 2, c.HeartbeatInterval)
	p.At(at, sim.Start, "m2")
	at += 2*c.SessionTimeout + p.Draw("leave", 2, c.HeartbeatInterval)
	p.Command(at, "leave", "m2")
	p.Retire(at+c.HeartbeatInterval, "m2")
}

// ownerDies: m1 dies for good, and m2 takes its partition over.
func ownerDies(p *scenarios.Planner) {
	startBoth(p)
	p.Retire(p.Spec().Warmup+10*time.Second+p.Draw("crash", 1, time.Second), "m1")
}

// standsStill: m1 stands still in the middle of a poll's records for so long
// that its partition is m2's when it goes on.
func standsStill(p *scenarios.Planner) {
	still(p, func(from int64) func(*model.Event) bool {
		return func(e *model.Event) bool { return e.Kind == model.Processed && e.Client == "m1" && e.At >= from }
	})
}

// writesLate: the same in the middle of a write that has not reached the store.
func writesLate(p *scenarios.Planner) {
	still(p, func(from int64) func(*model.Event) bool {
		return func(e *model.Event) bool { return e.Kind == model.Write && e.Client == "m1" && e.At >= from }
	})
}

func still(p *scenarios.Planner, when func(from int64) func(*model.Event) bool) {
	startBoth(p)
	at := p.Spec().Warmup + p.Draw("pause", 1, 4*time.Second)
	p.When(func() func(*model.Event) bool { return when(at.Microseconds()) }, sim.Pause, "m1")
	p.At(at+3*p.Spec().Client.SessionTimeout, sim.Resume, "m1")
}

// cacheCase is one case of an enumeration of caches. A real cluster can run it,
// too.
func cacheCase(row string, by handlers.Kind, script func(*scenarios.Planner)) scenarios.Case {
	return onKafkaToo(scenarios.Case{Row: row, Runs: 10, Spec: cacheSpec(by, script)})
}

// failing is a case that must show an anomaly.
func failing(c scenarios.Case, anomaly string) scenarios.Case {
	c.Expect, c.Anomaly = scenarios.Fail, anomaly
	return c
}

// promising is a case with another promise.
func promising(c scenarios.Case, p scenarios.Promise) scenarios.Case {
	c.Spec.Promise = p
	return onKafkaToo(c)
}
