package answers

import (
	"strings"
	"testing"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/library"
)

// flinkResults are those that the page rests on, of the matrices one.
func flinkResults(t *testing.T, workers int) []*scenarios.Result {
	t.Helper()
	found, err := library.Find("A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A09", "A10", "A11", "A27", "A30", "E28", "crash-points-forward")
	if err != nil {
		t.Fatal(err)
	}
	// An exact name leaves its variants out, on which answers rest as well.
	for _, s := range library.All() {
		if row, _, ok := strings.Cut(s.Name, "-"); ok && len(row) == 3 && row >= "A01" && row <= "A11" {
			found = append(found, s)
		}
	}
	results, err := (&scenarios.Campaign{Scenarios: found, Seed: 1, Seeds: 20, Workers: workers}).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// The page is the same whoever runs it, links the scenarios that it rests on,
// and is not written when one of them does not pass, or is not there.
func TestFlinkPage(t *testing.T) {
	results := flinkResults(t, 1)
	page, err := Flink(results)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"`groundhog check A01`", "`groundhog check A11`", "| checkpointed | its last checkpoint |", "end-to-end at-least-once", "| commit applied |"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q:\n%s", want, page)
		}
	}
	if again, err := Flink(flinkResults(t, 3)); err != nil || again != page {
		t.Errorf("another run's page differs (%v)", err)
	}
	if _, err := Flink(results[1:]); err == nil {
		t.Error("a page was written though a scenario is missing")
	}
	for _, r := range results {
		if r.Scenario == "A10" {
			r.Verdict = scenarios.Failed
		}
	}
	if _, err := Flink(results); err == nil || !strings.Contains(err.Error(), "A10") {
		t.Errorf("a page was written though A10 has failed (%v)", err)
	}
}
