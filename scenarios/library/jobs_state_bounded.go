package library

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// boundedSpec is a job that begins in the middle of a load, and ends where its
// partitions ended then. It writes a row for each record.
func boundedSpec(partitions int32, parallelism int) scenarios.Spec {
	spec := jobSpec(partitions, parallelism, 1)
	spec.Warmup, spec.Faulty = 10*time.Second, 20*time.Second
	spec.Load = scenarios.Load{Count: 300, Pattern: "customer-%d", Keys: 15, PerTick: 3, Every: 250 * time.Millisecond}
	spec.Job.Bounded, spec.Job.Pace = true, scenarios.Pace{Record: 100 * time.Millisecond}
	spec.Job.Source = sources.With(sources.Options{Batch: 5, Bounded: true})
	spec.Job.Sink = func() checkpoint.Sink { return checkpoint.Rows{} }
	spec.Promise = scenarios.ExactlyOnceEndToEnd()
	return spec
}

// startLate starts all TaskManagers within the tenth second.
func startLate(p *scenarios.Planner) {
	for i := range p.Spec().Members {
		p.At(9*time.Second+p.Draw("start", i, time.Second), sim.Start, fmt.Sprintf("tm%d", i+1))
	}
}

// boundedJobs is A29.
func boundedJobs() []*scenarios.Scenario {
	spec := boundedSpec(3, 2)
	spec.Script = func(p *scenarios.Planner) {
		startLate(p)
		failJob(p, 12*time.Second, 12*time.Second)
		if p.Pick("rescale", 0, 3) == 0 {
			p.Rescale(12*time.Second+p.Draw("rescale-at", 0, 8*time.Second), 1+p.Pick("to", 0, 3))
		}
	}
	same := &scenarios.Scenario{Name: "A29-prefix", Refs: []string{"A29"}, Title: "a bounded job writes what an unbounded one writes of the same offsets"}
	for _, v := range boundedVariants() {
		same.Cases = append(same.Cases, scenarios.Case{Row: v.name, Facts: v.facts})
	}
	gap := boundedSpec(3, 2)
	gap.Script = func(p *scenarios.Planner) {
		startLate(p)
		// The sources cannot read when their ends are looked up; when they can,
		// nothing is left below these.
		for i := range p.Spec().Members {
			p.Part(8*time.Second, 16*time.Second, fmt.Sprintf("tm%d", i+1), "b0")
		}
		for i := range int32(3) {
			p.DeleteRecords(15*time.Second, scenarios.Partition{Topic: "orders", Partition: i}, 1000)
		}
	}
	gap.Promise = scenarios.ExactlyOnceState()
	return []*scenarios.Scenario{
		{Name: "A29", Refs: []string{"A29"}, Title: "a bounded job ends, whatever fails, when it has read up to where its partitions ended", Expect: scenarios.Hold, Seeds: 20, Spec: spec,
			Sometimes: []scenarios.Sometimes{restartedJob(20)}},
		same,
		{Name: "A29-gap", Refs: []string{"A29"}, Title: "it ends, too, when there are no records any more before its end", Expect: scenarios.Hold, Seeds: 5, Spec: gap,
			Sometimes: []scenarios.Sometimes{{Name: "records below the end were gone", After: 5, Seen: func(o *scenarios.Outcome) bool {
				return o.Settled && o.Report.Summary.Job.Applied == 0
			}}}},
	}
}

// boundedVariant is a way in which the bounded job runs.
type boundedVariant struct {
	name        string
	partitions  int32
	parallelism int
	script      func(*scenarios.Planner)
}

func boundedVariants() []boundedVariant {
	restarted := func(id int64) func(*scenarios.Planner) {
		return func(p *scenarios.Planner) { p.CommandWhen(completes(id), "fail source", "tm1") }
	}
	return []boundedVariant{
		{"no failure", 3, 2, func(*scenarios.Planner) {}},
		{"no failure, readers without partitions", 2, 4, func(*scenarios.Planner) {}},
		{"restored from the first checkpoint", 3, 2, restarted(1)},
		{"restored, readers without partitions", 2, 4, restarted(1)},
		{"restored by another JobManager", 3, 2, func(p *scenarios.Planner) {
			p.When(completes(2), sim.Crash, "jm")
			p.When(completes(2), sim.Start, "jm").After(3 * time.Second)
		}},
	}
}

// facts runs the job bounded and unbounded with the same luck, and compares
// what they wrote.
func (v *boundedVariant) facts() ([]scenarios.Fact, error) {
	bounded := boundedSpec(v.partitions, v.parallelism)
	unbounded := boundedSpec(v.partitions, v.parallelism)
	bounded.Members, unbounded.Members = v.parallelism, v.parallelism
	job := *unbounded.Job
	job.Bounded, job.Source = false, sources.Kafka
	unbounded.Job = &job
	bounded.Script = func(p *scenarios.Planner) { startLate(p); v.script(p) }
	unbounded.Script = startLate
	const runs = 3
	finished, differ, beyond, prefix, restarts := 0, 0, 0, 0, 0
	for seed := range uint64(runs) {
		some, o, err := writes(&bounded, 1+seed)
		if err != nil {
			return nil, err
		}
		all, _, err := writes(&unbounded, 1+seed)
		if err != nil {
			return nil, err
		}
		if o.Settled {
			finished++
		}
		if o.Report.Summary.Job.Restarts > 0 {
			restarts++
		}
		ends := map[string]int64{}
		for row, value := range some {
			if all[row] != value {
				differ++
			}
			p, at := placeOf(row)
			ends[p] = max(ends[p], at+1)
		}
		rows := int64(0)
		for _, end := range ends {
			rows += end
		}
		beyond += int(rows) - len(some)
		if n := len(some); n > 100 && n < len(all) {
			prefix++
		}
	}
	facts := []scenarios.Fact{
		{Name: "runs that ended", Got: strconv.Itoa(finished), Want: strconv.Itoa(runs)},
		{Name: "rows that are not the unbounded job's", Got: strconv.Itoa(differ), Want: "0"},
		{Name: "rows left out below the ends", Got: strconv.Itoa(beyond), Want: "0"},
		{Name: "runs that ended in the middle of the load", Got: strconv.Itoa(prefix), Want: strconv.Itoa(runs)},
	}
	if strings.HasPrefix(v.name, "restored") {
		facts = append(facts, scenarios.Fact{Name: "runs that were restored", Got: strconv.Itoa(restarts), Want: strconv.Itoa(runs)})
	}
	return facts, nil
}

// placeOf takes a row's key apart: orders/3@17.
func placeOf(row string) (partition string, offset int64) {
	partition, at, _ := strings.Cut(row, "@")
	offset, _ = strconv.ParseInt(at, 10, 64)
	return partition, offset
}
