package realkafka

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/groundhogsim/groundhog/scenarios"
)

// Row sets what one scenario came to in both worlds side by side.
type Row struct {
	Scenario   string
	Sim, Kafka Side
}

// Side is what one trial came to in one world.
type Side struct {
	Verdict    scenarios.Verdict // of this one trial; empty if there was none
	Anomalies  []string          // names, each once, sorted
	Rebalances int
	Lost       int64                 // records
	Duplicates int64                 // records processed again
	Numbers    []*scenarios.Measured // what the Spec's gauges read
	Takeover   time.Duration         // the longest from a member's end to its partitions' new owners; 0 without any
}

// Agree tells whether both worlds pass, or both do not.
func (r Row) Agree() bool { return r.Sim.Verdict != "" && r.Sim.Verdict == r.Kafka.Verdict }

// Compare sets the outcomes of one scenario's trials side by side; a nil one
// leaves its side empty.
func Compare(s *scenarios.Scenario, sim, kafka *scenarios.Outcome) Row {
	return Row{Scenario: s.Name, Sim: sideOf(s, sim), Kafka: sideOf(s, kafka)}
}

func sideOf(s *scenarios.Scenario, o *scenarios.Outcome) Side {
	if o == nil {
		return Side{}
	}
	sum := o.Report.Summary
	side := Side{Verdict: scenarios.Failed, Rebalances: sum.Rebalances, Lost: sum.Lost, Duplicates: sum.ProcessedDuplicates,
		Takeover: time.Duration(sum.LongestTakeover) * time.Microsecond}
	if s.Expect == scenarios.Hold && len(o.Broken()) == 0 || s.Expect == scenarios.Fail && o.Shows(s.Anomaly) {
		side.Verdict = scenarios.Passed
	}
	for _, n := range o.Numbers {
		side.Numbers = append(side.Numbers, scenarios.NewMeasured(n))
	}
	for _, f := range o.Findings {
		side.Anomalies = append(side.Anomalies, f.Name)
	}
	slices.Sort(side.Anomalies)
	side.Anomalies = slices.Compact(side.Anomalies)
	return side
}

// Table prints rows for people, a scenario a line; each column has the
// simulation's value, then Kafka's.
func Table(rows []Row) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "scenario\tverdict sim | kafka\trebalances\tlost\tduplicates\ttakeover\tanomalies")
	for _, r := range rows {
		mark := ""
		if !r.Agree() {
			mark = "  ←"
		}
		fmt.Fprintf(w, "%s\t%s | %s%s\t%d | %d\t%d | %d\t%d | %d\t%v | %v\t%s | %s\n", r.Scenario,
			orDash(string(r.Sim.Verdict)), orDash(string(r.Kafka.Verdict)), mark, r.Sim.Rebalances, r.Kafka.Rebalances,
			r.Sim.Lost, r.Kafka.Lost, r.Sim.Duplicates, r.Kafka.Duplicates,
			r.Sim.Takeover.Round(10*time.Millisecond), r.Kafka.Takeover.Round(10*time.Millisecond),
			orDash(strings.Join(r.Sim.Anomalies, ",")), orDash(strings.Join(r.Kafka.Anomalies, ",")))
	}
	w.Flush()
	return b.String()
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
