package answers

import (
	"fmt"
	"strings"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/scenarios/library"
)

// shrinkRuns is how many candidates the shrinking of an exhibit may try.
const shrinkRuns = 400

// exhibits is the table of wrong handlers: how each is known, how soon it is
// found, how small it shrinks, and what its right twin does.
func (p *page) exhibits() error {
	p.say("\n## Wrong handlers, and right ones\n\n" +
		"Each wrong handler is found by an anomaly of its own; the right one beside it differs in what\n" +
		"matters alone, runs under the same faults, and holds.\n\n" +
		"| wrong | wherein | anomaly | found in run | decisions, shrunk | right twin | its runs |\n|---|---|---|---|---|---|---|\n")
	for _, e := range library.Gallery() {
		wrong, right := p.result("C07-"+e.Name), p.result("C07-"+e.Name+"-right")
		if wrong == nil || wrong.First == nil || right == nil {
			return fmt.Errorf("C07-%s: no run shows %s", e.Name, e.Anomaly)
		}
		small, err := scenarios.Shrink(wrong.First.Trial, nil, e.Anomaly, shrinkRuns)
		if err != nil {
			return fmt.Errorf("C07-%s: %w", e.Name, err)
		}
		entry, err := handlers.Find(e.Right)
		if err != nil {
			return err
		}
		p.say("| %s | %s | %s | %d | %d → %d | %s: %s | %d, %s |\n", e.Name, cell(e.Title), e.Anomaly, wrong.FirstAt+1,
			small.From, len(small.Log.Entries), e.Right, cell(entry.Text), right.Seeds, right.Verdict)
	}
	return nil
}

// result finds a scenario's result.
func (p *page) result(name string) *scenarios.Result {
	for _, r := range p.results {
		if strings.EqualFold(r.Scenario, name) {
			return r
		}
	}
	return nil
}
