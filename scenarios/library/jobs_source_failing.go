package library

import (
	"fmt"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// Commits that fail (A04, A12): they are for people to look at, and the job
// does without.

// CommitKillsJob: a task has failed because of a commit.
const CommitKillsJob = "commit-kills-job"

// refusal is a way in which a job's commits fail.
type refusal struct {
	name string
	set  func(*scenarios.Spec)
	plan func(*scenarios.Planner)
}

// joinedByAnother has another member of the group, which commits nothing.
func joinedByAnother(s *scenarios.Spec) {
	s.Faulty, s.Load.Count = 35*time.Second, 60
	s.Beside = []scenarios.Crowd{{Group: s.Group, Members: 1, Handler: func(env scenarios.Env) scenarios.Handler {
		return handlers.Func(func(records []scenarios.Record) { emitAll(env, records) })
	}}}
}

var refusals = []refusal{
	// A member of the group makes the coordinator refuse whoever is none
	// (ClassicGroup.validateOffsetCommit): UNKNOWN_MEMBER_ID.
	{"the group has a member", joinedByAnother, func(p *scenarios.Planner) { p.At(0, sim.Start, "m3") }},
	// Too few replicas of __consumer_offsets: what the coordinator cannot write it
	// answers with COORDINATOR_NOT_AVAILABLE, for as long as the client tries.
	{"the coordinator cannot write", func(s *scenarios.Spec) {
		s.Brokers, s.Broker.MinInsyncReplicas = 3, 2
		s.Load.Producing = client.Producing{Acks: client.AcksLeader}
		s.Faulty = 100 * time.Second
	}, func(p *scenarios.Planner) {
		p.At(9*time.Second, sim.Crash, "b1")
		p.At(9*time.Second, sim.Crash, "b2")
	}},
}

// refusedLater is a member that comes after the first checkpoint, whose commits
// succeed.
var refusedLater = refusal{"the group gets a member", joinedByAnother, func(p *scenarios.Planner) { p.At(15*time.Second, sim.Start, "m3") }}

func (x *refusal) spec(of source) scenarios.Spec {
	s := sourceSpec(of)
	x.set(&s)
	s.Gauges = commitGauges()
	s.Promise = s.Promise.Forbidding("commits fail, and nothing else does", CommitKillsJob, NothingShown)
	s.Script = func(p *scenarios.Planner) {
		startSources(p)
		x.plan(p)
	}
	s.Assert = onlyCommitsFail
	return s
}

// onlyCommitsFail checks that commits have failed and the job has not.
func onlyCommitsFail(o *scenarios.Outcome) []scenarios.Finding {
	switch failed, begun := total(o, commitsRefused), total(o, attempts); {
	case failed == 0:
		return []scenarios.Finding{{Name: NothingShown, Text: "no commit has failed"}}
	case begun != 1:
		return []scenarios.Finding{{Name: CommitKillsJob, Text: fmt.Sprintf("the job was started %d times; a commit that fails must not stop it", begun)}}
	}
	return nil
}

// commitsThatFail are A04 and A12.
func commitsThatFail() []*scenarios.Scenario {
	a04 := &scenarios.Scenario{Name: "A04", Refs: []string{"A04", "C13"},
		Title:  "every commit fails: the job goes on, its state is right, and the failures are counted",
		Claims: []scenarios.Claim{{Ref: "A04", Text: "commits are for monitoring only", Expect: scenarios.Confirmed, Judge: judgeRefused}}}
	for _, x := range refusals {
		a04.Cases = append(a04.Cases, scenarios.Case{Row: x.name, Spec: x.spec(sources.Kafka), Runs: 4})
	}
	with := func(v sources.Variant) scenarios.Spec {
		return refusedLater.spec(sources.With(sources.Options{Variant: v}))
	}
	return []*scenarios.Scenario{a04,
		{Name: "A12", Refs: []string{"A12"}, Title: "wrong: a commit that nobody waits for fails, and nobody counts it",
			Expect: scenarios.Fail, Anomaly: model.MetricDiffers, Spec: with(sources.SwallowsFailures), Seeds: 5},
		{Name: "A12-twins", Refs: []string{"A12"}, Title: "a commit's failure is counted and stops nothing; or the next poll throws it", Cases: []scenarios.Case{
			{Row: "counted", Spec: with(sources.Right), Runs: 4},
			{Row: "thrown", Spec: with(sources.FailsOnCommit), Expect: scenarios.Fail, Anomaly: CommitKillsJob, Runs: 2}}}}
}

func judgeRefused(r *scenarios.Result) (scenarios.Ruling, string) {
	var parts []string
	ok := true
	for _, c := range r.Cases {
		failed, counted, all, starts := c.Measure(commitsRefused), c.Measure(failuresCounted), c.Measure(taskCommits), c.Measure(attempts)
		ok = ok && failed.Sum > 0 && counted.Sum == failed.Sum && starts.Max == 1
		parts = append(parts, fmt.Sprintf("%s: %d of %d commits failed, %d were counted, and no job was restarted", c.Row, failed.Sum, all.Sum, counted.Sum))
	}
	if !ok {
		return scenarios.Refuted, strings.Join(parts, "; ")
	}
	return scenarios.Confirmed, strings.Join(parts, "; ")
}
