package library

import (
	"fmt"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// Who reads what in a job, and what becomes of its state when that changes.

// jobsOwner are the rows on partitions that change hands, and on what a job
// goes on from.
func jobsOwner() []*scenarios.Scenario {
	return slices.Concat(groupManagedState())
}

// groupJob is a job whose partitions are handed out by the group protocol:
// two subtasks with two partitions each.
func groupJob() scenarios.Spec {
	spec := ownedJob()
	spec.Job.Assignment = checkpoint.ByGroup
	spec.Job.Source = sources.Group("orders")
	return spec
}

// ownedJob is the same job with its partitions handed out by the enumerator.
func ownedJob() scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 4}}, Group: scenarios.Classic("order-job", assignor.Range), Members: 2,
		Load: scenarios.Load{Count: 90, Pattern: "customer-%d", Keys: 9, PerTick: 3, Every: time.Second},
		Client: scenarios.ClientConfig{SessionTimeout: 6 * time.Second, HeartbeatInterval: 2 * time.Second, RebalanceTimeout: 10 * time.Second,
			MetadataMaxAge: 5 * time.Second, FetchMaxWait: time.Second},
		Job: &scenarios.Job{Interval: 4 * time.Second, Source: sources.Kafka, Discovery: 5 * time.Second, TolerableFailures: 5,
			HeartbeatInterval: 5 * time.Second, HeartbeatTimeout: 30 * time.Second},
		Promise: scenarios.ExactlyOnceState(),
		Warmup:  8 * time.Second, Faulty: 24 * time.Second,
	}
}

// groupManagedState is fact 6: the state of a job whose partitions move by the
// group protocol, without a restore of the job.
func groupManagedState() []*scenarios.Scenario {
	stands := func(spec scenarios.Spec) scenarios.Spec {
		spec.Script = standStill
		return spec
	}
	return []*scenarios.Scenario{
		{Name: "fact-6", Refs: []string{"fact-6"}, Title: "partitions by the group protocol, state by checkpoints", Expect: scenarios.Fail, Anomaly: "duplicate-in-state",
			Seeds: 20, Spec: stands(groupJob())},
		{Name: "fact-6-enumerator", Refs: []string{"fact-6"}, Title: "the same by the enumerator", Expect: scenarios.Hold,
			Seeds: 20, Spec: stands(ownedJob())},
	}
}

// standStill stops tm2 for longer than its session, and for less than its
// JobManager waits: the group has it out, the job does not.
func standStill(p *scenarios.Planner) {
	startTasks(p)
	at := p.Spec().Warmup + p.Draw("still-at", 0, 8*time.Second)
	p.At(at, sim.Pause, "tm2")
	p.At(at+8*time.Second+p.Draw("still-for", 0, 4*time.Second), sim.Resume, "tm2")
}

// startTasks starts all TaskManagers within a second.
func startTasks(p *scenarios.Planner) {
	for i := range p.Spec().Members {
		p.At(p.Draw("start", i, time.Second), sim.Start, fmt.Sprintf("tm%d", i+1))
	}
}
