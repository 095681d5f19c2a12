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
		line, err := json.Marshal(r)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "%s\n", line)
	} else {
		printVerify(c, r)
	}
	if len(r.Anomalies) > 0 {
		return errVerdict
	}
	return nil
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
