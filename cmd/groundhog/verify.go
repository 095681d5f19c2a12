package main

import (
	"encoding/json"
	"fmt"
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
	judge := model.NewJudge(model.Options{})
	if err := model.ReadHistory(f, func(e *model.Event) error { judge.Observe(e); return nil }); err != nil {
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
