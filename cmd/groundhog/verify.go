package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/groundhogsim/groundhog/model"
)

func verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify HISTORY.jsonl",
		Short: "Check somebody's history",
		Args:  cobra.ExactArgs(1),
		RunE:  func(c *cobra.Command, args []string) error { return verify(c, args[0]) },
	}
}

func verify(c *cobra.Command, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	history, err := model.NewReader(f)
	if err != nil {
		return usage("%s: %w", path, err)
	}
	judge := model.NewJudge(model.Options{Fresh: history.Header.Fresh})
	var e model.Event
	for err = history.Next(&e); err == nil; err = history.Next(&e) {
		judge.Observe(&e)
	}
	if err != io.EOF {
		return usage("%s: %w", path, err)
	}
	r := judge.Finish()
	if asJSON(c) {
		if err := verifyJSON(c, r); err != nil {
			return err
		}
	} else {
		printVerify(c, r)
	}
	if len(r.Anomalies) > 0 {
		return errVerdict
	}
	return nil
}

// found is an anomaly as --json prints it.
type found struct {
	Name      string `json:"name"`
	Us        int64  `json:"us"`
	Event     int    `json:"event"`
	Client    string `json:"client,omitempty"`
	Group     string `json:"group,omitempty"`
	Partition string `json:"partition,omitempty"`
	From      int64  `json:"from"`
	To        int64  `json:"to"`
	Text      string `json:"text"`
}

func verifyJSON(c *cobra.Command, r model.Report) error {
	anomalies, unchecked := []found{}, []string{}
	for _, a := range r.Anomalies {
		f := found{Name: a.Name, Us: a.At, Event: a.Event, Client: a.Client, Group: a.Group, From: a.From, To: a.To, Text: a.Text}
		if a.Topic != "" {
			f.Partition = a.TopicPartition.String()
		}
		anomalies = append(anomalies, f)
	}
	for _, n := range r.NotChecked {
		unchecked = append(unchecked, n.Check+": "+n.Why)
	}
	line, err := json.Marshal(struct {
		Anomalies  []found        `json:"anomalies"`
		Counts     map[string]int `json:"counts"`
		NotChecked []string       `json:"not_checked"`
		Events     int            `json:"events"`
		Rebalances int            `json:"rebalances"`
		Lost       int64          `json:"lost"`
		Duplicates int64          `json:"duplicates"`
		Legal      int64          `json:"legal_duplicates"`
	}{anomalies, r.Counts, unchecked, r.Summary.Events, r.Summary.Rebalances, r.Summary.Lost, r.Summary.ProcessedDuplicates, r.Summary.LegalBound})
	if err == nil {
		fmt.Fprintf(c.OutOrStdout(), "%s\n", line)
	}
	return err
}

func printVerify(c *cobra.Command, r model.Report) {
	w := c.OutOrStdout()
	s := r.Summary
	fmt.Fprintf(w, "%s; lost %d, duplicates %d (legal: %d)\n", plural(s.Rebalances, "rebalance"), s.Lost, s.ProcessedDuplicates, s.LegalBound)
	for _, v := range r.Violations {
		fmt.Fprintf(w, "the history contradicts itself (event %d): %s\n", v.Event, v.Text)
	}
	for _, b := range r.Rewinds {
		fmt.Fprintf(w, "%v: %s went back to %d of %d (%s): %d of %d may be processed again, %d were; beyond that %d\n",
			b.TopicPartition, b.Client, b.Start, b.Reached, b.Why, b.Window(), b.Reached-b.Start, b.Legal, b.Illegal)
	}
	for _, s := range r.Skips {
		fmt.Fprintf(w, "%v: offsets %v left out: %s\n", s.TopicPartition, s.Offsets, skipCause(s))
	}
	for _, n := range r.NotChecked {
		fmt.Fprintf(w, "not checked: %s: %s\n", n.Check, n.Why)
	}
	for _, a := range r.Anomalies {
		fmt.Fprintf(w, "ANOMALY %s (event %d): %s\n", a.Name, a.Event, a.Text)
	}
	if len(r.Anomalies) == 0 {
		fmt.Fprintln(w, "no anomaly")
	}
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
