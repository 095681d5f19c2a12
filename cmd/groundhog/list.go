package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/library"
)

func listCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list [NAME…]",
		Short: "The scenarios, what each answers, and where it can run",
		RunE: func(c *cobra.Command, names []string) error {
			found, err := library.Find(names...)
			if err != nil {
				return usageError{err}
			}
			if asJSON(c) {
				return listJSON(c, found)
			}
			t := tabwriter.NewWriter(c.OutOrStdout(), 0, 4, 2, ' ', 0)
			fmt.Fprintln(t, "name\tanswers\texpect\truns on\ttitle")
			for _, s := range found {
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", s.Name, strings.Join(s.Refs, " "), expectation(s), strings.Join(worlds(s), " "), s.Title)
			}
			return t.Flush()
		},
	}
}

func expectation(s *scenarios.Scenario) string {
	if s.Expect == scenarios.Fail {
		return "fail: " + s.Anomaly
	}
	return "hold"
}

func worlds(s *scenarios.Scenario) []string {
	if s.OnKafka != nil {
		return []string{"sim", "kafka"}
	}
	return []string{"sim"}
}

func listJSON(c *cobra.Command, found []*scenarios.Scenario) error {
	for _, s := range found {
		sometimes := []string{}
		for _, x := range s.Sometimes {
			sometimes = append(sometimes, x.Name)
		}
		line, err := json.Marshal(struct {
			Name      string           `json:"name"`
			Title     string           `json:"title"`
			Refs      []string         `json:"refs"`
			Expect    scenarios.Expect `json:"expect"`
			Anomaly   string           `json:"anomaly,omitempty"`
			Sometimes []string         `json:"sometimes"`
			On        []string         `json:"on"`
		}{s.Name, s.Title, s.Refs, s.Expect, s.Anomaly, sometimes, worlds(s)})
		if err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "%s\n", line)
	}
	return nil
}
