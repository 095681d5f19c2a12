package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/gauges"
	"github.com/groundhogsim/groundhog/sim"
)

// C12: the ways to commit of C04, with what each costs and what it risks: how
// many commits a record, how fast a backlog is worked off, and what a crash at
// any record does.

// The columns of C12, after the client's name.
const (
	undisturbed12 = ", undisturbed"
	crashed12     = ", a crash"
)

// commitsAHundred is how many commits go out for a hundred records processed.
const commitsAHundred = "commits a hundred records"

func commitCosts() []*scenarios.Scenario {
	s := &scenarios.Scenario{Name: "C12", Title: "ways to commit: what each costs, and what a crash at any record does", Refs: []string{"C12", "C04"},
		Claims: []scenarios.Claim{{Ref: "C12", Text: "auto-commit is simpler and cheaper, committing by hand gives control over loss and duplicates", Expect: scenarios.Confirmed, Judge: judgeCosts}}}
	for _, m := range commitModes() {
		for _, profile := range []client.Profile{client.Franz, client.Java} {
			s.Cases = append(s.Cases,
				scenarios.Case{Row: m.name, Column: string(profile) + undisturbed12, Spec: costSpec(m, profile, false)},
				scenarios.Case{Row: m.name, Column: string(profile) + crashed12, Runs: 5, Spec: costSpec(m, profile, true)})
		}
	}
	return []*scenarios.Scenario{s}
}

func costSpec(m commitMode, profile client.Profile, crash bool) scenarios.Spec {
	at := crashStep{name: "at some record", crash: crash, plan: func(p *scenarios.Planner) {
		startBoth(p)
		if crash {
			n := int64(5*matrixBatch + p.Pick("crash-at", 0, 12*matrixBatch))
			p.When(func() func(*model.Event) bool {
				return func(e *model.Event) bool { return e.Kind == model.Processed && e.From <= n && n < e.To }
			}, sim.Crash, "m1")
		}
	}}
	spec := matrixSpec(m, at, m.anyCrash(), profile, true)
	if crash {
		return spec
	}
	spec.Load.PerTick = matrixCount // a backlog, all at once
	spec.Gauges = append(spec.Gauges,
		scenarios.Gauge{Name: commitsAHundred, Unit: "commits", New: func(*scenarios.Trial) scenarios.Meter { return &commitRate{} }},
		scenarios.Gauge{Name: throughput, Unit: "records/1000 s", New: func(*scenarios.Trial) scenarios.Meter { return &drain{from: -1, scale: 1000} }})
	return spec
}

// anyCrash is what a crash at the end of any record's work may cost. What is
// committed before the work is lost but for the record itself.
func (m *commitMode) anyCrash() crashCell {
	out := m.cells[0]
	for _, c := range m.cells[:4] {
		out.lost[1], out.again[1] = max(out.lost[1], c.lost[1]), max(out.again[1], c.again[1])
	}
	if out.lost[1] > 0 {
		out.lost[1] = matrixBatch
	}
	if m.cells[commitSent].noCommit {
		out.again[1] = matrixCount
	}
	if m.auto { // while a backlog is worked off, without a pause between polls
		out.again[1] = int64(5*time.Second/matrixWork) + 2*matrixBatch
	}
	out.lost[0], out.again[0] = 0, 0
	return out
}

// commitRate counts commits until the faults stop.
type commitRate struct {
	commits, records int64
	calm             bool
}

// Observe implements scenarios.Meter.
func (c *commitRate) Observe(e *model.Event) {
	c.calm = c.calm || e.Kind == model.Calm
	switch {
	case c.calm:
	case e.Kind == model.Commit:
		c.commits++
	case e.Kind == model.Processed:
		c.records += e.To - e.From
	}
}

// Read implements scenarios.Meter.
func (c *commitRate) Read(*scenarios.Outcome) []int64 {
	if c.records == 0 {
		return nil
	}
	return []int64{(c.commits*100 + c.records - 1) / c.records}
}

func judgeCosts(r *scenarios.Result) (scenarios.Ruling, string) {
	say := func(row string) (commits, speed, lost, again int64, text string) {
		idle, crash := r.Case(row, string(client.Java)+undisturbed12), r.Case(row, string(client.Java)+crashed12)
		commits, speed = idle.Measure(commitsAHundred).Max, idle.Measure(throughput).P50
		lost, again = crash.Measure(gauges.Lost().Name).Max, crash.Measure(gauges.Repeats().Name).Max
		return commits, speed, lost, again, fmt.Sprintf("%s: %d commits, %d.%d records/s, up to %d lost and %d twice", row, commits, speed/1000, speed%1000/100, lost, again)
	}
	auto, autoSpeed, _, autoAgain, one := say("auto")
	batch, _, batchLost, batchAgain, two := say("after the batch")
	each, eachSpeed, eachLost, eachAgain, three := say("after each record")
	text := fmt.Sprintf("for 100 records of %v each, and a crash (Java): %s; %s; %s", matrixWork, one, two, three)
	cheaper := auto < batch && batch < each && eachSpeed < autoSpeed
	safer := batchLost == 0 && eachLost == 0 && eachAgain <= 1 && batchAgain < autoAgain
	if cheaper && safer {
		return scenarios.Confirmed, text
	}
	return scenarios.Refuted, text
}

// CommitTable is the matrix of C04 from a result of one of its scenarios: a
// first line with the steps, then a line for each way to commit, whose cells
// say what is lost and what is processed twice.
func CommitTable(r *scenarios.Result) [][]string {
	head := []string{"commits"}
	for _, s := range crashSteps() {
		head = append(head, s.name)
	}
	table := [][]string{head}
	for _, m := range commitModes() {
		line := []string{m.name}
		for _, s := range crashSteps() {
			line = append(line, harmOf(r.Case(m.name, s.name)))
		}
		table = append(table, line)
	}
	return table
}

// harmOf is a cell: "lost 6", "twice 1…5", "–" for no harm; empty where there is
// no such step.
func harmOf(c *scenarios.CaseResult) string {
	if c == nil {
		return ""
	}
	out := ""
	for _, x := range []struct{ word, measure string }{{"lost", gauges.Lost().Name}, {"twice", gauges.Repeats().Name}} {
		m := c.Measure(x.measure)
		if m == nil || m.Max == 0 {
			continue
		}
		if out != "" {
			out += ", "
		}
		out += fmt.Sprintf("%s %d", x.word, m.Min)
		if m.Min != m.Max {
			out += fmt.Sprintf("…%d", m.Max)
		}
	}
	if out == "" {
		return "–"
	}
	return out
}
