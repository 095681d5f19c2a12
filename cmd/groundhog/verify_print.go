package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/groundhogsim/groundhog/model"
)

// found is an anomaly as --json prints it.
type found struct {
	Name      string `json:"name"`
	Us        int64  `json:"us"`
	Event     int    `json:"event"`
	At        string `json:"at"`
	Client    string `json:"client,omitempty"`
	Group     string `json:"group,omitempty"`
	Partition string `json:"partition,omitempty"`
	From      int64  `json:"from"`
	To        int64  `json:"to"`
	Text      string `json:"text"`
	Allowed   bool   `json:"allowed,omitempty"`
}

func (v *verdict) found(list []model.Anomaly) []found {
	out := []found{}
	for _, a := range list {
		f := found{Name: a.Name, Us: a.At, Event: a.Event, At: v.place(a.Event), Client: a.Client, Group: a.Group,
			From: a.From, To: a.To, Text: a.Text, Allowed: v.allowed(a.Name)}
		if a.Topic != "" {
			f.Partition = a.TopicPartition.String()
		}
		out = append(out, f)
	}
	return out
}

func (v *verdict) json(c *cobra.Command) error {
	unchecked, violations, result := []string{}, []string{}, "fail"
	for _, n := range v.NotChecked {
		unchecked = append(unchecked, n.Check+": "+n.Why)
	}
	for _, x := range v.Violations {
		violations = append(violations, v.place(x.Event)+": "+x.Text)
	}
	if v.pass() {
		result = "pass"
	}
	s := v.Summary
	line, err := json.Marshal(struct {
		Verdict    string         `json:"verdict"`
		Anomalies  []found        `json:"anomalies"`
		Counts     map[string]int `json:"counts"`
		Unsure     []found        `json:"unsure"`
		Violations []string       `json:"violations"`
		NotChecked []string       `json:"not_checked"`
		Notes      []string       `json:"notes"`
		Events     int            `json:"events"`
		Processes  int            `json:"processes"`
		Rebalances int            `json:"rebalances"`
		Processed  int64          `json:"processed"`
		Lost       int64          `json:"lost"`
		Duplicates int64          `json:"duplicates"`
		Legal      int64          `json:"legal_duplicates"`
	}{result, v.found(v.Anomalies), v.Counts, v.found(v.unsure), violations, unchecked, append([]string{}, v.notes...),
		s.Events, v.processes, s.Rebalances, s.Distinct, s.Lost, s.ProcessedDuplicates, s.LegalBound})
	if err == nil {
		fmt.Fprintf(c.OutOrStdout(), "%s\n", line)
	}
	return err
}

func (v *verdict) print(c *cobra.Command) {
	w, s := c.OutOrStdout(), v.Summary
	several := "es"
	if v.processes == 1 {
		several = ""
	}
	fmt.Fprintf(w, "%s of %d process%s, %s; processed %d, lost %d, duplicates %d (legal: %d)\n", plural(s.Events, "event"), v.processes, several,
		plural(s.Rebalances, "rebalance"), s.Distinct, s.Lost, s.ProcessedDuplicates, s.LegalBound)
	for _, n := range v.notes {
		fmt.Fprintf(w, "note: %s\n", n)
	}
	for _, x := range v.Violations {
		fmt.Fprintf(w, "the history contradicts itself (%s): %s\n", v.place(x.Event), x.Text)
	}
	for _, b := range some(w, v.Rewinds, "rewind") {
		fmt.Fprintf(w, "%v: %s went back to %d of %d (%s): %d of %d may be processed again, %d were; beyond that %d\n",
			b.TopicPartition, b.Client, b.Start, b.Reached, b.Why, b.Window(), b.Reached-b.Start, b.Legal, b.Illegal)
	}
	for _, s := range some(w, v.Skips, "skip") {
		fmt.Fprintf(w, "%v: offsets %v left out: %s\n", s.TopicPartition, s.Offsets, skipCause(s))
	}
	for _, n := range byReason(v.NotChecked) {
		fmt.Fprintf(w, "not checked: %s: %s\n", n.Check, n.Why)
	}
	for _, a := range some(w, v.unsure, "finding") {
		fmt.Fprintf(w, "depends on exact clocks: %s (%s): %s\n", a.Name, v.place(a.Event), a.Text)
	}
	kept := map[string]int{}
	for _, a := range v.Anomalies {
		if kept[a.Name]++; kept[a.Name] > printed {
			continue
		}
		word := "ANOMALY"
		if v.allowed(a.Name) {
			word = "allowed:"
		}
		fmt.Fprintf(w, "%s %s (%s): %s\n", word, a.Name, v.place(a.Event), a.Text)
	}
	for _, name := range v.Names() {
		if more := v.Counts[name] - min(kept[name], printed); more > 0 {
			fmt.Fprintf(w, "%d more of %s\n", more, name)
		}
	}
	switch {
	case len(v.Anomalies)+len(v.Violations) > 0:
	case len(v.unsure) > 0:
		fmt.Fprintln(w, "no anomaly but what depends on exact clocks")
	default:
		fmt.Fprintln(w, "no anomaly")
	}
}

// printed is how many of each thing are printed in full.
const printed = 10

// some gives the first of a list, and says how many there are beside them.
func some[T any](w io.Writer, list []T, what string) []T {
	if more := len(list) - printed; more > 0 {
		fmt.Fprintf(w, "the first %d of %s\n", printed, plural(len(list), what))
		return list[:printed]
	}
	return list
}

// byReason puts what was not checked for one reason on one line.
func byReason(list []model.NotChecked) (out []model.NotChecked) {
	for _, n := range list {
		at := slices.IndexFunc(out, func(o model.NotChecked) bool { return o.Why == n.Why })
		switch {
		case at < 0:
			out = append(out, n)
		case !slices.Contains(strings.Split(out[at].Check, ", "), n.Check):
			out[at].Check += ", " + n.Check
		}
	}
	return out
}

// skipCause says why records were left out, and whether that was legal.
func skipCause(s model.Skip) string {
	why := map[string]string{
		"committed": "below a committed offset", model.CauseLatest: s.Client + " began at the end of the log",
		model.CauseSeek: "the application sought over them", "": "nobody came to them",
	}[s.Cause]
	if s.Legal {
		return why + " (legal)"
	}
	return why
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
