package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/groundhogsim/groundhog/assignor/vectors"
)

func assignCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "assign FILE…",
		Short: "Hold the assignors against golden vectors of Kafka's own (.jsonl or .jsonl.gz)",
		Args:  cobra.MinimumNArgs(1),
		RunE:  assign,
	}
}

// assign goes through all files even when one is bad: what cannot be read
// outweighs what does not match.
func assign(c *cobra.Command, paths []string) error {
	var (
		unreadable []error
		differ     bool
	)
	for _, path := range paths {
		r, err := assignFile(path)
		if err != nil {
			unreadable = append(unreadable, err)
		}
		differ = differ || len(r.Mismatches) > 0
		if asJSON(c) {
			if err := assignJSON(c, r, err); err != nil {
				return err
			}
		} else if err == nil {
			printAssign(c, r)
		}
	}
	switch {
	case len(unreadable) > 0:
		return usageError{errors.Join(unreadable...)}
	case differ:
		return errVerdict
	}
	return nil
}

func assignFile(path string) (vectors.Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return vectors.Report{File: path}, err
	}
	defer f.Close()
	return vectors.Check(path, f)
}

// shownMismatches is how many of a file's are printed for people.
const shownMismatches = 5

func printAssign(c *cobra.Command, r vectors.Report) {
	w := c.OutOrStdout()
	fmt.Fprintf(w, "%s: %d rounds, %d mismatches\n", r.File, r.Rounds, len(r.Mismatches))
	for i, m := range r.Mismatches {
		if i == shownMismatches {
			fmt.Fprintf(w, "  and %d more (--json gives all)\n", len(r.Mismatches)-i)
			break
		}
		fmt.Fprintf(w, "  %v\n", m)
	}
}

func assignJSON(c *cobra.Command, r vectors.Report, failed error) error {
	out := struct {
		File       string             `json:"file"`
		Rounds     int                `json:"rounds"`
		Mismatches int                `json:"mismatches"`
		Details    []vectors.Mismatch `json:"details"`
		Error      string             `json:"error,omitempty"`
	}{File: r.File, Rounds: r.Rounds, Mismatches: len(r.Mismatches), Details: r.Mismatches}
	if out.Details == nil {
		out.Details = []vectors.Mismatch{}
	}
	if failed != nil {
		out.Error = failed.Error()
	}
	line, err := json.Marshal(out)
	if err == nil {
		fmt.Fprintf(c.OutOrStdout(), "%s\n", line)
	}
	return err
}
