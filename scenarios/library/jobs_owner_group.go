package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/gauges"
	"github.com/groundhogsim/groundhog/scenarios/sources"
)

// Jobs whose partitions are handed out by the group protocol: they move while
// the operators' state stays.

const byEnumerator = "enumerator"

// groupManagedState is fact 6: what came after the last complete checkpoint is
// in the operators' state, and the partition's next reader begins at that
// checkpoint. Flink's enumerator never moves a partition but with a restore of
// the job.
func groupManagedState() []*scenarios.Scenario {
	right := sources.Group("orders")
	spec := func(s scenarios.Spec, m mover) scenarios.Spec {
		s.Script, s.Gauges = m.plan, jobHarm()
		return s
	}
	m := movers[0]
	out := []*scenarios.Scenario{
		{Name: "fact-6", Refs: []string{"fact-6", "B17"}, Expect: scenarios.Fail, Anomaly: model.DuplicateInState, Seeds: 10,
			Title: "a group hands out the partitions of a checkpointing job: " + m.name, Spec: spec(groupJob(memberships[0], right), m)},
		{Name: "fact-6-enumerator", Refs: []string{"fact-6"}, Expect: scenarios.Hold, Seeds: 10,
			Title: "the enumerator hands out the partitions of a checkpointing job: " + m.name, Spec: spec(ownedJob(), m)},
	}
	all := &scenarios.Scenario{Name: "fact-6-matrix", Refs: []string{"fact-6", "B17"},
		Title: "who hands out the partitions of a checkpointing job × what makes them move"}
	for i, m := range movers {
		for _, as := range memberships {
			c := scenarios.Case{Row: m.name, Column: as.name, Runs: 2, Spec: spec(groupJob(as, right), m)}
			if as.eager() || i == 1 { // else nothing is handed over
				c.Expect, c.Anomaly = scenarios.Fail, model.DuplicateInState
			}
			all.Cases = append(all.Cases, c)
		}
		all.Cases = append(all.Cases, scenarios.Case{Row: m.name, Column: byEnumerator, Runs: 2, Spec: spec(ownedJob(), m)})
	}
	all.Claims = []scenarios.Claim{{Ref: "fact-6", Text: "the group protocol may hand out a job's partitions, for positions are in the checkpoint", Expect: scenarios.Refuted, Judge: judgeGroupManaged}}
	return append(out, all)
}

func judgeGroupManaged(r *scenarios.Result) (scenarios.Ruling, string) {
	twice, runs := int64(0), 0
	for _, as := range memberships {
		n, of := sumOf(r, twiceInState, as.name)
		twice, runs = twice+n, runs+of
	}
	none, of := sumOf(r, twiceInState, byEnumerator)
	text := fmt.Sprintf("%d records are in the state twice in %d runs in which a group moved partitions and the job did not restart; under the same luck %d in %d runs with the enumerator",
		twice, runs, none, of)
	if twice > 0 && none == 0 {
		return scenarios.Refuted, text
	}
	return scenarios.Confirmed, text
}

// snapshotsInRebalances is A15: the union of the sources' states is all
// partitions, whatever is being handed over when the barrier comes.
func snapshotsInRebalances() *scenarios.Scenario {
	right := sources.Group("orders")
	s := &scenarios.Scenario{Name: "A15", Refs: []string{"A15"}, Title: "snapshots while partitions change hands: each partition is in one source's part, or in none, or in two"}
	for i, m := range movers {
		for _, as := range memberships {
			c := scenarios.Case{Row: m.name, Column: as.name, Runs: 5, Spec: snapshotOften(groupJob(as, right), m.plan)}
			switch {
			case i == 1 && as.profile == client.Java:
				// It takes part in a rebalance when it is polled, and is not while the
				// other one's operator holds up its source: what a cut shows is chance.
				continue
			case i == 1: // it stores what is another's already
				c.Expect, c.Anomaly = scenarios.Fail, model.PartitionInTwoSources
			case as.eager(): // in the rebalance nobody has them
				c.Expect, c.Anomaly = scenarios.Fail, model.PartitionInNoSource
			} // else: two new partitions, one for each, and nothing is handed over
			s.Cases = append(s.Cases, c)
		}
		s.Cases = append(s.Cases, scenarios.Case{Row: m.name, Column: byEnumerator, Runs: 3, Spec: snapshotOften(ownedJob(), m.plan)})
	}
	return s
}

// snapshotOften takes checkpoints so often that some are in every rebalance,
// and gives up those in which somebody stands still.
func snapshotOften(s scenarios.Spec, plan func(*scenarios.Planner)) scenarios.Spec {
	s.Script = plan
	s.Job.Interval, s.Job.Timeout, s.Job.TolerableFailures = 250*time.Millisecond, 2*time.Second, 30
	s.Promise = scenarios.Promise{}.Forbidding("each partition is in one source's part", model.PartitionInNoSource, model.PartitionInTwoSources).
		Forbidding("settles", scenarios.NotSettled, scenarios.HandlerPanic, scenarios.HandlerDiverges)
	return s
}

// commitsAfterRevoke is A16: a source is told that a checkpoint is complete
// after a partition of it went to another.
func commitsAfterRevoke() *scenarios.Scenario {
	const interval = 8 * time.Second
	before, after := interval-500*time.Millisecond, interval+500*time.Millisecond // the next checkpoint's notification
	const columnBefore, columnAfter = "told before the next one", "told after the next one"
	s := &scenarios.Scenario{Name: "A16", Refs: []string{"A16"}, Title: "a checkpoint's completion is told after its partitions have moved to another source"}
	for _, c := range []struct {
		row, column string
		source      func(checkpoint.Env) checkpoint.Source
		late        time.Duration
		fails       string
	}{
		{"it leaves them out", columnBefore, sources.Group("orders"), before, ""},
		{"it leaves them out", columnAfter, sources.Group("orders"), after, ""},
		{commitsThem, columnBefore, sources.GroupWith(sources.CommitsRevoked, "orders"), before, model.CommitAfterRevoke},
		{commitsThem, columnAfter, sources.GroupWith(sources.CommitsOutOfOrder, "orders"), after, model.CommitRegression},
	} {
		one := scenarios.Case{Row: c.row, Column: c.column, Runs: 4, Spec: lateNotice(c.source, interval, c.late)}
		if c.fails != "" {
			one.Expect, one.Anomaly = scenarios.Fail, c.fails
		}
		s.Cases = append(s.Cases, one)
	}
	s.Claims = []scenarios.Claim{{Ref: "A16", Text: "the broker fences such commits by their generation", Expect: scenarios.Refuted, Judge: judgeUnfenced}}
	return s
}

const commitsThem = "it commits them"

// lateNotice tells of the first checkpoint so much late; partitions are added
// as soon as it is complete.
func lateNotice(source func(checkpoint.Env) checkpoint.Source, interval, late time.Duration) scenarios.Spec {
	spec := groupJob(memberships[0], source)
	spec.Job.Interval, spec.Client.MetadataMaxAge = interval, 3*time.Second
	spec.Promise = scenarios.Promise{}.NoCommitAfterRevoke().MonotoneCommits().
		Forbidding("settles", scenarios.NotSettled, scenarios.HandlerPanic, scenarios.HandlerDiverges)
	spec.Script = func(p *scenarios.Planner) {
		startTasks(p)
		p.JobManager(2*time.Second, fmt.Sprintf("late-complete 1 %v", late))
		p.CommandWhen(func() func(*model.Event) bool {
			return func(e *model.Event) bool { return e.Kind == model.CheckpointCompleted && e.Op == 1 }
		}, "add-partitions orders 6", "b0")
	}
	spec.Gauges = []scenarios.Gauge{gauges.Callbacks(model.Revoked),
		scenarios.Reading(fencedCommits, "commits", func(o *scenarios.Outcome) []int64 { return []int64{int64(o.Course.Fenced)} })}
	return spec
}

func judgeUnfenced(r *scenarios.Result) (scenarios.Ruling, string) {
	fenced, of := sumOf(r, fencedCommits, commitsThem)
	runs := r.Anomalies[model.CommitAfterRevoke]
	text := fmt.Sprintf("a source committed what was another's in %d of %d runs, and the coordinator refused %d of these commits: it knows the member and its generation, and does not ask who owns the partition; only a generation that is over is fenced",
		runs, of, fenced)
	if runs > 0 && fenced == 0 {
		return scenarios.Refuted, text
	}
	return scenarios.Confirmed, text
}

// partitionsLost is A17: one that stood still finds out that the group went on
// without it.
func partitionsLost() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "A17", Refs: []string{"A17"}, Title: "a source that stood still is told that its partitions are lost, not revoked: it forgets them and commits nothing, or takes no notice"}
	for _, as := range memberships {
		s.Cases = append(s.Cases,
			scenarios.Case{Row: as.name, Column: "forgets them", Runs: 2, Spec: stoodStill(as, sources.Group("orders"))},
			scenarios.Case{Row: as.name, Column: "takes no notice", Runs: 3, Expect: scenarios.Fail, Anomaly: model.CommitAfterLost,
				Spec: stoodStill(as, sources.GroupWith(sources.IgnoresLost, "orders"))})
	}
	return s
}

func stoodStill(as membership, source func(checkpoint.Env) checkpoint.Source) scenarios.Spec {
	spec := groupJob(as, source)
	spec.Promise = scenarios.Promise{}.NoCommitAfterRevoke().MonotoneCommits().
		Forbidding("lost, not revoked", WrongCallback).
		Forbidding("settles", scenarios.NotSettled, scenarios.HandlerPanic, scenarios.HandlerDiverges)
	spec.Script = standStill
	// The client sends a commit when the one before it is answered: the next one
	// comes later than that.
	spec.Job.MinPause = 2 * time.Second
	spec.Gauges = []scenarios.Gauge{toldOf("tm2", model.Lost), toldOf("tm2", model.Revoked)}
	spec.Assert = func(o *scenarios.Outcome) (out []scenarios.Finding) {
		lost, revoked := o.Number("lost")[0], o.Number("revoked")[0]
		if o.Course.Hit("tm2", 0) && (lost != 1 || revoked != 0) {
			out = append(out, scenarios.Finding{Name: WrongCallback, Client: "tm2",
				Text: fmt.Sprintf("tm2 was told %d times of lost partitions and %d times of revoked ones, must be 1 and 0", lost, revoked)})
		}
		return out
	}
	return spec
}

// toldOf is how often a client was told of partitions that it lost, or gave up,
// until it had some again, from when it first stood still.
func toldOf(client string, kind model.Kind) scenarios.Gauge {
	return scenarios.Gauge{Name: string(kind), Unit: "callbacks", New: func(*scenarios.Trial) scenarios.Meter { return &told{client: client, kind: kind} }}
}

type told struct {
	client string
	kind   model.Kind
	phase  int // 1: it has stood still; 2: it has partitions again
	n      int64
}

// Observe implements scenarios.Meter.
func (t *told) Observe(e *model.Event) {
	switch {
	case e.Client != t.client:
	case e.Kind == model.Fault:
		t.phase = max(t.phase, 1)
	case t.phase == 1 && e.Kind == t.kind && len(e.Partitions) > 0:
		t.n++
	case t.phase == 1 && e.Kind == model.Assigned && len(e.Partitions) > 0:
		t.phase = 2
	}
}

// Read implements scenarios.Meter.
func (t *told) Read(*scenarios.Outcome) []int64 { return []int64{t.n} }
