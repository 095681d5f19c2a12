package library

import (
	"fmt"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// Who reads what in a job, and what becomes of its state when that changes.

// jobsOwner are the rows on partitions that change hands, and on what a job
// goes on from.
func jobsOwner() []*scenarios.Scenario {
	return slices.Concat(groupManagedState(), restores(), reliability(), []*scenarios.Scenario{
		snapshotsInRebalances(), commitsAfterRevoke(), partitionsLost(), errorHandling(), ownedByFormula(), balance(), standards()})
}

// ownedJob is a job of two subtasks whose four partitions are handed out by the
// enumerator.
func ownedJob() scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 4}}, Group: scenarios.Classic("order-job", assignor.Range), Members: 2,
		Load: scenarios.Load{Count: 90, Pattern: "customer-%d", Keys: 9, PerTick: 3, Every: time.Second},
		Client: scenarios.ClientConfig{SessionTimeout: 6 * time.Second, HeartbeatInterval: 2 * time.Second, RebalanceTimeout: 10 * time.Second,
			MetadataMaxAge: 5 * time.Second, FetchMaxWait: time.Second, Reset: client.Earliest},
		Job: &scenarios.Job{Interval: 4 * time.Second, Source: sources.Kafka, Discovery: 5 * time.Second, TolerableFailures: 5,
			HeartbeatInterval: 5 * time.Second, HeartbeatTimeout: 30 * time.Second},
		Promise: scenarios.ExactlyOnceState(),
		Warmup:  8 * time.Second, Faulty: 24 * time.Second,
	}
}

// membership is how a job's sources are members of a group.
type membership struct {
	name    string
	by      assignor.Assignor
	profile client.Profile
}

var memberships = []membership{
	{"eager, franz-go", assignor.Range, client.Franz},
	{"cooperative, franz-go", assignor.CooperativeSticky, client.Franz},
	{"eager, Java", assignor.Range, client.Java},
	{"cooperative, Java", assignor.CooperativeSticky, client.Java},
}

// eager tells whether all give up everything in a rebalance.
func (m membership) eager() bool { return m.by != assignor.CooperativeSticky }

// groupJob is the same job with its partitions handed out by the group
// protocol.
func groupJob(as membership, source func(checkpoint.Env) checkpoint.Source) scenarios.Spec {
	spec := ownedJob()
	spec.Group, spec.Client.Profile = scenarios.Classic("order-job", as.by), as.profile
	spec.Job = &scenarios.Job{}
	*spec.Job = *ownedJob().Job
	spec.Job.Assignment, spec.Job.Source = checkpoint.ByGroup, source
	return spec
}

// startTasks starts all TaskManagers within a second.
func startTasks(p *scenarios.Planner) {
	for i := range p.Spec().Members {
		p.At(p.Draw("start", i, time.Second), sim.Start, fmt.Sprintf("tm%d", i+1))
	}
}

// mover makes partitions change hands in a group, and what stands for it where
// there is none.
type mover struct {
	name string
	plan func(*scenarios.Planner)
}

// movers: one has no failure at all in it, and the other none of the job's.
var movers = []mover{
	{"partitions are added", func(p *scenarios.Planner) {
		startTasks(p)
		p.AddPartitions(p.Spec().Warmup+p.Draw("grow-at", 0, 8*time.Second), "orders", 6)
	}},
	{"a TaskManager stands still", standStill},
}

// standStill stops tm2 for longer than its session, and for less than its
// JobManager waits: the group has it out, the job does not.
func standStill(p *scenarios.Planner) {
	startTasks(p)
	at := p.Spec().Warmup + p.Draw("still-at", 0, 8*time.Second)
	p.At(at, sim.Pause, "tm2")
	p.At(at+10*time.Second+p.Draw("still-for", 0, 4*time.Second), sim.Resume, "tm2")
}

// ofJob reads a number of the job from each run.
func ofJob(name, unit string, read func(model.JobNumbers) int64) scenarios.Gauge {
	return scenarios.Reading(name, unit, func(o *scenarios.Outcome) []int64 { return []int64{read(o.Report.Summary.Job)} })
}

const (
	twiceInState  = "twice in state"
	lostFromState = "lost from state"
	jobRestarted  = "restarts of the job"
)

// jobHarm are the numbers that tell whether a job was right.
func jobHarm() []scenarios.Gauge {
	return []scenarios.Gauge{
		ofJob(twiceInState, "records", func(n model.JobNumbers) int64 { return n.DuplicatesInState }),
		ofJob(lostFromState, "records", func(n model.JobNumbers) int64 { return n.LostFromState }),
		ofJob(jobRestarted, "restarts", func(n model.JobNumbers) int64 { return int64(n.Restarts) }),
	}
}

// sumOf is the sum of a measure over the cases of some rows or columns, none for
// all, and over how many runs it is.
func sumOf(r *scenarios.Result, measure string, of ...string) (sum int64, runs int) {
	if len(r.Cases) == 0 {
		if m := r.Measure(measure); m != nil {
			return m.Sum, m.N
		}
	}
	for _, c := range r.Cases {
		if m := c.Measure(measure); m != nil && (len(of) == 0 || slices.Contains(of, c.Row) || slices.Contains(of, c.Column)) {
			sum, runs = sum+m.Sum, runs+m.N
		}
	}
	return sum, runs
}
