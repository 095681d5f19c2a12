package library

import (
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// countersOfJobs is A19: what document A's counters say, and what happened.
func countersOfJobs() []*scenarios.Scenario {
	told := "counters are what happened"
	spec := jobSpec(4, 2, 1)
	spec.Warmup, spec.Faulty = 5*time.Second, 30*time.Second
	spec.Load = scenarios.Load{Count: 120, Pattern: "customer-%d", Keys: 12, PerTick: 4, Every: time.Second}
	spec.Faults = scenarios.AnyOf(scenarios.TaskFailure, scenarios.JobManagerCrash, scenarios.LoseNotifications, scenarios.BrokerCrash, scenarios.StorageFails)
	spec.Promise = spec.Promise.CommitsFollowCheckpoints().Forbidding(told, model.MetricDiffers)

	// Rebalances are those of a group, which has a member out that stands still;
	// the job waits for it.
	group := jobSpec(4, 3, 0)
	group.Group = scenarios.Classic("order-job", assignor.CooperativeSticky)
	group.Warmup, group.Faulty = 5*time.Second, 30*time.Second
	group.Load = spec.Load
	group.Client = scenarios.ClientConfig{SessionTimeout: 6 * time.Second, HeartbeatInterval: time.Second, RebalanceTimeout: 10 * time.Second}
	group.Job.HeartbeatTimeout = 20 * time.Second
	group.Job.Assignment, group.Job.Source = checkpoint.ByGroup, sources.Group("orders")
	group.Promise = scenarios.Promise{}.Forbidding("settles", scenarios.NotSettled).Forbidding(told, model.MetricDiffers)
	group.Script = func(p *scenarios.Planner) {
		startJob(p, 3*time.Second)
		p.At(12*time.Second, sim.Pause, "tm2")
		p.At(21*time.Second, sim.Resume, "tm2")
	}
	counts := group
	job := *group.Job
	job.Source = sources.GroupCountingPartitions("orders")
	counts.Job = &job
	return []*scenarios.Scenario{
		{Name: "A19", Refs: []string{"A19"}, Expect: scenarios.Hold, Seeds: 10, Spec: spec,
			Title: "document A's counters of records, checkpoints and commits are what happened",
			Sometimes: []scenarios.Sometimes{
				restartedJob(10),
				{Name: "a checkpoint was aborted", After: 10, Seen: func(o *scenarios.Outcome) bool { return o.Report.Summary.Job.Aborted > 0 }},
			}},
		{Name: "A19-rebalances", Refs: []string{"A19"}, Expect: scenarios.Hold, Seeds: 5, Spec: group,
			Title:     "the counter of rebalances goes up by one for each, with the group protocol",
			Sometimes: []scenarios.Sometimes{{Name: "two rebalances", After: 5, Seen: func(o *scenarios.Outcome) bool { return o.Report.Summary.Rebalances >= 2 }}}},
		{Name: "A19-assignment-count", Refs: []string{"A19"}, Expect: scenarios.Fail, Anomaly: model.MetricDiffers, Seeds: 2, Spec: counts,
			Title: "document A's text counts assigned partitions as rebalances"},
	}
}
