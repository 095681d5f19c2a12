package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
)

func listCommand() *cobra.Command {
	var kinds bool
	c := &cobra.Command{
		Use:   "list [NAME|FILE.yaml…]",
		Short: "The scenarios, what each answers, and where it can run",
		RunE: func(c *cobra.Command, names []string) error {
			if kinds {
				return listHandlers(c)
			}
			found, err := find(names...)
			if err != nil {
				return err
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
	c.Flags().BoolVar(&kinds, "handlers", false, "the kinds of handlers that scenario files can name, and their settings")
	return c
}

func listHandlers(c *cobra.Command) error {
	t := tabwriter.NewWriter(c.OutOrStdout(), 0, 4, 2, ' ', 0)
	for _, e := range handlers.Registry {
		var settings []string
		for _, p := range e.Params {
			settings = append(settings, fmt.Sprintf("%s=%v", p.Name, p.Default))
		}
		if asJSON(c) {
			line, err := json.Marshal(struct {
				Name     string   `json:"name"`
				Right    bool     `json:"right"`
				Text     string   `json:"text"`
				Settings []string `json:"settings"`
			}{e.Name, e.Right, e.Text, append([]string{}, settings...)})
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s\n", line)
			continue
		}
		right := map[bool]string{true: "right", false: "wrong"}[e.Right]
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", e.Name, right, strings.Join(settings, " "), e.Text)
	}
	return t.Flush()
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
