package library

import (
	"fmt"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// jobsState are the rows on a job's state: what it is kept in, how it counts,
// and how event time and what is read bound it.
func jobsState() []*scenarios.Scenario {
	return slices.Concat(countersOfJobs(), poison(), boundedJobs(), []*scenarios.Scenario{DefaultStress.JobScenario(), stateBackends(), eventTime(), withoutCheckpoints(), windowedAverage(), builtJobs(), observedJobs()})
}

// jobSpec is a job on partitions of one topic with a slot for each of its
// subtasks and more to spare, which takes a checkpoint every two seconds.
func jobSpec(partitions int32, parallelism, spare int) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: partitions}}, Group: scenarios.Classic("order-job", assignor.Range),
		Members: parallelism + spare,
		Job: &scenarios.Job{Parallelism: parallelism, Interval: 2 * time.Second, Timeout: 30 * time.Second, Discovery: -1,
			HeartbeatInterval: 2 * time.Second, HeartbeatTimeout: 8 * time.Second, TolerableFailures: 3, Source: sources.Kafka},
		Promise: scenarios.ExactlyOnceState(),
	}
}

// smallJob is two slots, two partitions, twenty records, and a crash between
// its second and its third checkpoint.
func smallJob() scenarios.Spec {
	spec := jobSpec(2, 2, 0)
	spec.Warmup, spec.Faulty = time.Second, 6*time.Second
	spec.Load = scenarios.Load{Count: 20, Pattern: "customer-%d", Keys: 5, Every: 300 * time.Millisecond}
	spec.Script = func(p *scenarios.Planner) {
		startJob(p, 200*time.Millisecond)
		p.At(5*time.Second, sim.Crash, "tm1")
		p.At(5500*time.Millisecond, sim.Start, "tm1")
	}
	return spec
}

// failJob plans one to three failures within a span: of a task, a TaskManager or
// the JobManager.
func failJob(p *scenarios.Planner, from, within time.Duration) {
	for i := range 1 + p.Pick("failures", 0, 3) {
		at := from + p.Draw("failure", i, within)
		switch p.Pick("which", i, 3) {
		case 0:
			p.FailTask(at, p.Member("whose", i), []string{"source", "operator", "sink"}[p.Pick("task", i, 3)])
		case 1:
			p.At(at, sim.Crash, "jm")
			p.At(at+2*time.Second, sim.Start, "jm")
		default:
			tm := p.Member("crashes", i)
			p.At(at, sim.Crash, tm)
			p.At(at+3*time.Second, sim.Start, tm)
		}
	}
}

// startJob starts all TaskManagers within a time.
func startJob(p *scenarios.Planner, within time.Duration) {
	for i := range p.Spec().Members {
		p.At(p.Draw("start", i, within), sim.Start, fmt.Sprintf("tm%d", i+1))
	}
}
