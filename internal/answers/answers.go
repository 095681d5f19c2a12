// Package answers writes what a campaign's results say of documents' claims
// and of people's questions: docs/answers.md and the plots beside it.
package answers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/scenarios"
)

// Page is docs/answers.md for a campaign's results.
func Page(results []*scenarios.Result) (string, error) {
	p := &page{results: results}
	p.say("# Answers\n\n" +
		"Written by `make docs` from a run of all scenarios; CI writes it again and compares.\n" +
		"Every number is of the simulation unless it says otherwise, and comes again with the\n" +
		"command beside it. What real Apache Kafka says to the same scenarios: [real-kafka-table.md](real-kafka-table.md).\n" +
		"More on checkpointing jobs: [flink-and-offsets.md](flink-and-offsets.md).\n")
	p.questions()
	p.claims()
	p.tables()
	if err := p.exhibits(); err != nil {
		return "", err
	}
	p.rows()
	return p.String(), nil
}

// page is a page in the making.
type page struct {
	strings.Builder
	results []*scenarios.Result
}

func (p *page) say(format string, args ...any) { fmt.Fprintf(p, format, args...) }

// about are the claims made of a requirement, with the scenario that rules.
func (p *page) about(ref string) (out []ruled) {
	for _, r := range p.results {
		for _, c := range r.Claims {
			if c.Ref == ref {
				out = append(out, ruled{c, r.Scenario})
			}
		}
	}
	return out
}

type ruled struct {
	scenarios.Ruled
	scenario string
}

func (r ruled) command() string { return "`groundhog check " + r.scenario + "`" }

// claims is the table of all claims, by requirement.
func (p *page) claims() {
	var all []ruled
	for _, r := range p.results {
		for _, c := range r.Claims {
			all = append(all, ruled{c, r.Scenario})
		}
	}
	slices.SortStableFunc(all, func(a, b ruled) int { return strings.Compare(a.Ref, b.Ref) })
	p.say("\n## Claims\n\n| row | claim | ruling | the number | command |\n|---|---|---|---|---|\n")
	for _, c := range all {
		p.say("| %s | %s | **%s** | %s | %s |\n", c.Ref, cell(c.Text), c.Ruling, cell(c.Number), c.command())
	}
}

// cell is text that can stand in a table.
func cell(text string) string { return strings.NewReplacer("|", "\\|", "\n", " ").Replace(text) }

// rows lists the requirements with the scenarios that answer them.
func (p *page) rows() {
	by := map[string][]string{}
	var refs []string
	for _, r := range p.results {
		for _, ref := range r.Refs {
			if !slices.Contains(refs, ref) {
				refs = append(refs, ref)
			}
			by[ref] = append(by[ref], fmt.Sprintf("%s (%s, %s)", r.Scenario, r.Expect, r.Verdict))
		}
	}
	slices.Sort(refs)
	p.say("\n## Rows and scenarios\n\n| row | scenarios |\n|---|---|\n")
	for _, ref := range refs {
		p.say("| %s | %s |\n", ref, strings.Join(by[ref], ", "))
	}
}
