package realkafka

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/realkafka/cluster"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/library"
)

// chosen are the scenarios that every test run plays: of enumerations the
// first two cases.
func chosen() []*scenarios.Scenario {
	var out []*scenarios.Scenario
	cases := map[string]int{}
	for _, s := range library.OnKafka() {
		name, _, isCase := strings.Cut(s.Name, "#")
		if isCase {
			if cases[name]++; cases[name] > 2 {
				continue
			}
		}
		out = append(out, s)
	}
	return out
}

// TestLibrary plays the named scenarios on Kafka and in the simulation, and
// prints what they came to side by side (go test -v): the verdicts must be the
// same.
func TestLibrary(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	c := kafka(t)
	list := chosen()
	if os.Getenv("GROUNDHOG_KAFKA_ALL") == "1" {
		list = library.OnKafka()
	}
	began := time.Now()
	table := agreeing(t, c, list)
	t.Logf("played in %v\n%s", time.Since(began).Round(time.Second), table)
}

// agreeing plays scenarios on a cluster and in the simulation, and gives what
// they came to side by side; a verdict that differs is an error.
func agreeing(t *testing.T, c cluster.Cluster, list []*scenarios.Scenario) string {
	t.Helper()
	var rows []Row
	for _, r := range PlayAll(t.Context(), c, list, AllOptions{Seed: 1, Together: 24}) {
		if r.Err != nil {
			t.Errorf("%s: %v", r.Scenario.Name, r.Err)
			continue
		}
		simulated, err := Simulated(r.Scenario, 1)
		if err != nil {
			t.Fatal(err)
		}
		row := Compare(r.Scenario, simulated, r.Outcome)
		if rows = append(rows, row); row.Agree() {
			continue
		}
		t.Errorf("%s: %s in the simulation, %s on Kafka: settled %v %q, skipped %d", r.Scenario.Name, row.Sim.Verdict, row.Kafka.Verdict,
			r.Outcome.Settled, r.Outcome.Why, r.Outcome.Skipped)
		for _, f := range r.Outcome.Findings {
			t.Logf("  %s: %s", f.Name, f.Text)
		}
		for _, v := range r.Outcome.Report.Violations {
			t.Logf("  violation: %s", v.Text)
		}
	}
	return Table(rows)
}
