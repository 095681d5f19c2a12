package answers

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/scenarios"
)

// shown are the enumerations that the page has as tables: those whose cells
// answer by themselves. Of the others a claim says what they come to.
var shown = []string{"A21", "A22", "A23", "B04", "B07", "B15", "C04", "C05", "C06", "C08", "C09", "C12", "E01", "E02", "E05", "E13", "E14", "E19", "E20", "E21", "E23"}

// tables prints enumerations: those with two dimensions as a matrix, the others
// as a list.
func (p *page) tables() {
	p.say("\n## Tables\n")
	for _, r := range p.results {
		if len(r.Cases) == 0 || !slices.ContainsFunc(shown, func(name string) bool { return r.Scenario == name || strings.HasPrefix(r.Scenario, name+"-") }) {
			continue
		}
		p.say("\n### %s (`groundhog check %s`)\n\n", r.Scenario, r.Scenario)
		if table := textTables[r.Scenario]; table != nil {
			p.rowsOfText(table(r))
			continue
		}
		if columns := columnsOf(r); len(columns) > 1 && !hasFacts(r) {
			p.matrix(r, columns)
		} else {
			p.list(r)
		}
	}
}

// rowsOfText is a table whose first row has its heads.
func (p *page) rowsOfText(table [][]string) {
	for i, row := range table {
		p.say("|")
		for _, text := range row {
			p.say(" %s |", cell(text))
		}
		p.say("\n")
		if i == 0 {
			p.say("|%s\n", strings.Repeat("---|", len(row)))
		}
	}
}

func columnsOf(r *scenarios.Result) (out []string) {
	for _, c := range r.Cases {
		if !slices.Contains(out, c.Column) {
			out = append(out, c.Column)
		}
	}
	return out
}

func rowsOf(r *scenarios.Result) (out []string) {
	for _, c := range r.Cases {
		if !slices.Contains(out, c.Row) {
			out = append(out, c.Row)
		}
	}
	return out
}

func hasFacts(r *scenarios.Result) bool {
	return slices.ContainsFunc(r.Cases, func(c *scenarios.CaseResult) bool { return len(c.Facts) > 0 })
}

func (p *page) matrix(r *scenarios.Result, columns []string) {
	p.say("| |")
	for _, c := range columns {
		p.say(" %s |", cell(c))
	}
	p.say("\n|---|%s\n", strings.Repeat("---|", len(columns)))
	for _, row := range rowsOf(r) {
		p.say("| %s |", cell(row))
		for _, column := range columns {
			p.say(" %s |", cell(inCell(r.Case(row, column))))
		}
		p.say("\n")
	}
}

func (p *page) list(r *scenarios.Result) {
	p.say("| case | runs | outcome |\n|---|---|---|\n")
	for _, c := range r.Cases {
		name := strings.TrimSuffix(c.Row+", "+c.Column, ", ")
		outcome := inCell(c)
		var facts []string
		for _, f := range c.Facts {
			facts = append(facts, f.Name+": "+f.Got)
		}
		if len(facts) > 0 {
			outcome = strings.Join(facts, "; ")
		}
		p.say("| %s | %d | %s |\n", cell(name), c.Runs, cell(outcome))
	}
}

// inCell is a case in short: what was lost and repeated, what was measured,
// and which anomalies showed.
func inCell(c *scenarios.CaseResult) string {
	if c == nil {
		return "–"
	}
	var out []string
	if len(c.Measures) == 0 {
		out = append(out, fmt.Sprintf("lost %d, again %d", c.Lost, c.Duplicates))
	}
	for _, m := range c.Measures {
		if m.N > 0 {
			out = append(out, fmt.Sprintf("%s %v", m.Name, m))
		}
	}
	if names := slices.Sorted(maps.Keys(c.Anomalies)); len(names) > 0 {
		out = append(out, "*"+strings.Join(names, ", ")+"*")
	}
	return strings.Join(out, "; ")
}
