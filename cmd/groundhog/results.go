package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/groundhogsim/groundhog/scenarios"
)

// inFull is up to how many results are printed with their cases and measures.
const inFull = 4

// printResults writes a line a scenario, what was made of claims, and why a
// verdict is fail; in full also what was measured.
func printResults(w io.Writer, results []*scenarios.Result, full bool) {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "scenario\texpect\tverdict\truns\trebalances\tlost\tduplicates\tanomalies")
	for _, r := range results {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\n", r.Scenario, r.Expect, r.Verdict, r.Seeds,
			r.Rebalances, r.Lost, r.Duplicates, counted(r.Anomalies))
	}
	t.Flush()
	if full {
		for _, r := range results {
			printMeasures(w, r)
		}
	}
	printClaims(w, results)
	for _, r := range results {
		for _, why := range r.Reasons {
			fmt.Fprintf(w, "FAIL %s: %s\n", r.Scenario, why)
		}
	}
}

func counted(anomalies map[string]int) string {
	var names []string
	for _, n := range slices.Sorted(maps.Keys(anomalies)) {
		names = append(names, fmt.Sprintf("%s %d", n, anomalies[n]))
	}
	return strings.Join(names, ", ")
}

func printMeasures(w io.Writer, r *scenarios.Result) {
	for _, m := range r.Measures {
		fmt.Fprintf(w, "%s: %s: %v\n", r.Scenario, m.Name, m)
	}
	if len(r.Cases) == 0 {
		return
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintf(t, "\n%s\t\truns\trebalances\tlost\tduplicates\tanomalies\tmeasured\n", r.Scenario)
	for _, c := range r.Cases {
		if len(c.Facts) > 0 {
			continue
		}
		var measured []string
		for _, m := range c.Measures {
			measured = append(measured, fmt.Sprintf("%s %v", m.Name, m))
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%d\t%s\t%s\n", c.Row, c.Column, c.Runs, c.Rebalances, c.Lost, c.Duplicates,
			counted(c.Anomalies), strings.Join(measured, "; "))
	}
	t.Flush()
	for _, c := range r.Cases {
		for _, f := range c.Facts {
			fmt.Fprintf(w, "%s: %s: %s: %s\n", r.Scenario, strings.TrimSpace(c.Row+" "+c.Column), f.Name, f.Got)
		}
	}
}

func printClaims(w io.Writer, results []*scenarios.Result) {
	first := true
	for _, r := range results {
		for _, c := range r.Claims {
			if first {
				fmt.Fprintln(w, "\nclaims")
				first = false
			}
			fmt.Fprintf(w, "%-5s %-9s “%s”: %s\n", c.Ref, c.Ruling, c.Text, c.Number)
		}
	}
}
