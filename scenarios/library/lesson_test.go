package library

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

func TestScaleKeysGoToPartitionsOfTheirOwn(t *testing.T) {
	var got []int32
	for i := range scalePartitions {
		got = append(got, assignor.PartitionForKey(fmt.Sprintf(scaleKeys, i), scalePartitions))
	}
	slices.Sort(got)
	if !slices.Equal(got, []int32{0, 1, 2, 3, 4, 5}) {
		t.Errorf("the keys go to partitions %v", got)
	}
}

// specOf is the Spec of a scenario, or of a case by its whole name.
func specOf(t *testing.T, name string) scenarios.Spec {
	t.Helper()
	s, err := One(name)
	if err != nil {
		t.Fatal(err)
	}
	return s.Spec
}

// everything assigns all partitions to each member.
type everything struct{ assignor.Assignor }

func (e everything) Assign(in assignor.Input) [][]assignor.TopicPartition {
	var all []assignor.TopicPartition
	for _, ps := range e.Assignor.Assign(in) {
		all = append(all, ps...)
	}
	out := make([][]assignor.TopicPartition, len(in.Members))
	for i := range out {
		out[i] = slices.Clone(all)
	}
	return out
}

// Each row of the lesson is red when what it is about is broken.
func TestLessonTurnsRed(t *testing.T) {
	for _, c := range []struct {
		scenario string
		anomaly  string
		edit     func(*scenarios.Spec)
	}{
		{"C01", model.DualEntitlement, func(s *scenarios.Spec) {
			s.Group = scenarios.Classic("order-service", everything{assignor.Range})
		}},
		{"C02#4 consumers/franz", OffTheCurve, func(s *scenarios.Spec) {
			s.Handler = slowBatches
		}},
		{"C02#4 consumers/franz", OffTheCurve, func(s *scenarios.Spec) { s.Members = 6 }},
		{"C03", RedeliveryMismatch, func(s *scenarios.Spec) { s.Handler = handlers.CommitLastOffset }},
		{"C03", ReassignOutsideLaw, func(s *scenarios.Spec) { // the survivors are busy when they are to take over
			s.Handler = func(env scenarios.Env) scenarios.Handler {
				return handlers.Func(func(rs []scenarios.Record) { env.Emit(rs...); env.Sleep(4 * time.Second); env.Commit(rs...) })
			}
		}},
		{"C04-java#after the batch/mid-batch", MatrixDiffers, func(s *scenarios.Spec) { s.Handler = commitAfterPoll }},
		{"C04-java#after the poll/mid-batch", MatrixDiffers, func(s *scenarios.Spec) { s.Handler = commitAfterBatch }},
		{"C04-java#auto/after the poll", MatrixDiffers, func(s *scenarios.Spec) { s.Client.AutoCommit = false }},
		{"C04-java#after each record/all processed", MatrixDiffers, func(s *scenarios.Spec) { s.Script = startBoth }}, // nobody is struck
		{"C05#the coordinator loads its log/latest, java", WrongStart, func(s *scenarios.Spec) { // nothing is loaded
			s.Script = func(p *scenarios.Planner) {
				p.At(0, sim.Start, "m1")
				p.Retire(13*time.Second, "m1")
				p.At(22*time.Second, sim.Start, "m2")
			}
		}},
		{"C05#the group is empty for longer/latest, franz", WrongStart, func(s *scenarios.Spec) { s.Broker.OffsetsRetention = time.Hour }},
		{"C06#cooperative-sticky/join, java", WrongStop, func(s *scenarios.Spec) { s.Group = scenarios.Classic("order-service", assignor.Range) }},
		{"C06#range/leave, franz", WrongStop, func(s *scenarios.Spec) {
			s.Group = scenarios.Classic("order-service", assignor.CooperativeSticky)
		}},
		{"C08#no commit, franz/latest", WrongStart, func(s *scenarios.Spec) { s.Client.Reset = "earliest" }},
		{"C08#committed, java/none", WrongStart, func(s *scenarios.Spec) {
			s.Handler = func(env scenarios.Env) scenarios.Handler { return &beginner{env: env, commits: beginCommit + 1} }
		}},
		{"C09#in the sync phase, comes back/range, java", CoordinatorSpared, func(s *scenarios.Spec) {
			s.Script = func(p *scenarios.Planner) { startAll(p, time.Second) }
		}},
		{"C12#after the batch/java, a crash", MatrixDiffers, func(s *scenarios.Spec) { s.Handler = commitAfterPoll }},
	} {
		spec := specOf(t, c.scenario)
		c.edit(&spec)
		shown, findings := false, ""
		for seed := uint64(1); seed <= 20 && !shown; seed++ {
			trial, err := scenarios.NewTrial(&spec, seed)
			if err != nil {
				t.Fatalf("%s: %v", c.scenario, err)
			}
			o, err := scenarios.Simulate(trial, scenarios.Play{})
			if err != nil {
				t.Fatalf("%s: %v", c.scenario, err)
			}
			for _, f := range o.Broken() {
				shown = shown || f.Name == c.anomaly
				findings += " " + f.Name
			}
		}
		if !shown {
			t.Errorf("%s shows no %s though it is broken, only:%s", c.scenario, c.anomaly, findings)
		}
	}
}

// The table of C04 says of its cells what their runs showed.
func TestCommitTable(t *testing.T) {
	found, err := Find("C04-java")
	if err != nil {
		t.Fatal(err)
	}
	c := &scenarios.Campaign{Scenarios: found, Seed: 1, Workers: 2}
	r, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	table := CommitTable(r[0])
	for at, want := range map[[2]string]string{
		{"after the poll", "mid-batch"}:                "lost 3",
		{"after the poll", "commit answered"}:          "lost 6",
		{"before each record", "commit answered"}:      "lost 1",
		{"after the batch", "mid-batch"}:               "twice 3",
		{"after the batch", "rebalance, no crash"}:     "–",
		{"on revocation only", "all processed"}:        "twice 90",
		{"on revocation only", "commit sent"}:          "",
		{"after each record", "before the poll's end"}: "–",
	} {
		row := slices.IndexFunc(table, func(line []string) bool { return line[0] == at[0] })
		column := slices.Index(table[0], at[1])
		if row < 0 || column < 0 || len(table[row]) != len(table[0]) {
			t.Fatalf("no cell %v in\n%v", at, table)
		}
		if got := table[row][column]; got != want {
			t.Errorf("%v is %q, must be %q", at, got, want)
		}
	}
}

// Claims come out otherwise when the numbers are others.
func TestLessonClaimsCanFail(t *testing.T) {
	r := &scenarios.Result{Seeds: 100}
	if ruling, _ := judgeCommitAfter(r); ruling != scenarios.Confirmed {
		t.Errorf("nothing came twice, and C10 is %s", ruling)
	}
	r.Duplicates = 1
	if ruling, _ := judgeCommitAfter(r); ruling != scenarios.Refuted {
		t.Errorf("something came twice, and C10 is %s", ruling)
	}
}
