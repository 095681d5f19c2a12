package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/gauges"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
)

// C01: a partition has one owner in a group. Entitled to it, that is: one that
// has been replaced and does not know yet works on, but cannot commit.

func oneOwner() []*scenarios.Scenario {
	var out []*scenarios.Scenario
	for _, c := range []struct {
		name, title string
		by          assignor.Assignor
		profile     client.Profile
	}{
		{"C01", "members crash, pause and part: no partition ever has two entitled owners", assignor.Range, client.Franz},
		{"C01-cooperative", "the same with cooperative-sticky", assignor.CooperativeSticky, client.Franz},
		{"C01-java", "the same with Java's consumers", assignor.Range, client.Java},
		{"C01-java-cooperative", "the same with Java's consumers and cooperative-sticky", assignor.CooperativeSticky, client.Java},
	} {
		spec := oneOwnerSpec(c.by, c.profile)
		s := &scenarios.Scenario{Name: c.name, Title: c.title, Refs: []string{"C01"}, Expect: scenarios.Hold, Seeds: 40, Spec: spec,
			Claims: []scenarios.Claim{{Ref: "C01", Text: "a partition is read by one consumer of a group at a time", Expect: scenarios.Qualified, After: 40, Judge: judgeOneOwner}},
			Sometimes: []scenarios.Sometimes{
				{Name: "a zombie worked on", After: 40, Seen: func(o *scenarios.Outcome) bool { return o.Report.Summary.ZombieProcessed > 0 }},
				{Name: "a zombie's commit was fenced", After: 40, Seen: func(o *scenarios.Outcome) bool { return o.Course.Fenced > 0 }},
			}}
		if c.profile == client.Franz {
			s.OnKafka = func() scenarios.Spec { return onKafka(spec) }
		}
		out = append(out, s)
	}
	return out
}

// The numbers of C01, by name.
const (
	zombieRecords = "processed by zombies"
	fencedCommits = "commits fenced"
)

func oneOwnerSpec(by assignor.Assignor, profile client.Profile) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 3}}, Group: scenarios.Classic("order-service", by), Members: 3,
		Handler: slowBatches,
		Load:    scenarios.Load{Count: 180, Pattern: "customer-%d", Keys: 18, PerTick: 6},
		Client: scenarios.ClientConfig{Profile: profile, Reset: client.Earliest, SessionTimeout: 6 * time.Second, HeartbeatInterval: 2 * time.Second,
			RebalanceTimeout: 10 * time.Second, MaxPollRecords: 6, BlockRebalanceOnPoll: true},
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke().NoProcessingAfterRevoke(),
		Faults:  scenarios.AnyOf(scenarios.Pause, scenarios.Cut, scenarios.Crash, scenarios.Leave, scenarios.Join, scenarios.Disconnect),
		Warmup:  8 * time.Second, Faulty: 25 * time.Second,
		Gauges: []scenarios.Gauge{
			scenarios.Reading(zombieRecords, "records", func(o *scenarios.Outcome) []int64 { return []int64{o.Report.Summary.ZombieProcessed} }),
			scenarios.Reading(fencedCommits, "commits", func(o *scenarios.Outcome) []int64 { return []int64{int64(o.Course.Fenced)} }),
			gauges.Lost(),
		},
	}
}

// slowBatches is busy most of the time, so that faults strike it at work.
func slowBatches(env scenarios.Env) scenarios.Handler {
	return handlers.Func(func(records []scenarios.Record) {
		for _, r := range records {
			env.Sleep(150 * time.Millisecond)
			env.Emit(r)
		}
		env.Commit(records...)
	})
}

func judgeOneOwner(r *scenarios.Result) (scenarios.Ruling, string) {
	zombies, fenced := r.Measure(zombieRecords), r.Measure(fencedCommits)
	text := fmt.Sprintf("entitled to it is one: two in %d of %d runs; but members that had been replaced processed %d records in %d runs before they knew, of their commits %d were refused and those of %d runs accepted",
		r.Anomalies[model.DualEntitlement], r.Seeds, zombies.Sum, zombies.Above(0), fenced.Sum, r.Anomalies[model.ZombieCommitAccepted])
	switch {
	case r.Anomalies[model.DualEntitlement]+r.Anomalies[model.ZombieCommitAccepted] > 0:
		return scenarios.Refuted, text
	case zombies.Sum > 0:
		return scenarios.Qualified, text
	}
	return scenarios.Confirmed, text
}
