package main

import (
	"fmt"
	"io"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/groundhogsim/groundhog/internal/answers"
	"github.com/groundhogsim/groundhog/realkafka"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/library"
)

// docsKafkaCommand writes the page of both worlds; make docs-kafka calls it.
func docsKafkaCommand() *cobra.Command {
	return &cobra.Command{
		Use: "docs-kafka FILE", Short: "Write the table of the scenarios in both worlds", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cl, err := realkafka.Shared(c.Context(), 0)
			if err != nil {
				return err
			}
			defer realkafka.Shutdown()
			rows, failed := []realkafka.Row{}, false
			for _, r := range realkafka.PlayAll(c.Context(), cl, library.OnKafka(), realkafka.AllOptions{Seed: 1, Together: 24}) {
				if r.Err != nil {
					return fmt.Errorf("%s: %w", r.Scenario.Name, r.Err)
				}
				simulated, err := realkafka.Simulated(r.Scenario, 1)
				if err != nil {
					return err
				}
				row := realkafka.Compare(r.Scenario, simulated, r.Outcome)
				if rows = append(rows, row); !row.Agree() {
					failed = true
					fmt.Fprintf(c.ErrOrStderr(), "%s differs: sim %v %v, Kafka %v %v\n", row.Scenario, row.Sim.Verdict, row.Sim.Anomalies, row.Kafka.Verdict, row.Kafka.Anomalies)
					for _, f := range r.Outcome.Findings {
						fmt.Fprintf(c.ErrOrStderr(), "  %s: %s\n", f.Name, f.Text)
					}
				}
			}
			err = create(args[0], func(w io.Writer) error {
				_, err := io.WriteString(w, realkafka.Markdown(rows, cl.Version(), nil))
				return err
			})
			if err == nil && failed {
				err = errVerdict
			}
			return err
		},
	}
}

// docsCommand writes the pages that are made of results; make docs calls it.
func docsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "docs FOLDER", Short: "Write the pages and plots that are made of results", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			campaign := &scenarios.Campaign{Scenarios: library.All(), Seed: 1, Workers: runtime.GOMAXPROCS(0)}
			results, err := campaign.Run(c.Context())
			if err != nil {
				return err
			}
			page, err := answers.Page(results)
			if err != nil {
				return err
			}
			err = create(filepath.Join(args[0], "answers.md"), func(w io.Writer) error { _, err := io.WriteString(w, page); return err })
			if err != nil {
				return err
			}
			flink, err := answers.Flink(results)
			if err != nil {
				return err
			}
			err = create(filepath.Join(args[0], "flink-and-offsets.md"), func(w io.Writer) error { _, err := io.WriteString(w, flink); return err })
			if err != nil {
				return err
			}
			return answers.Pictures(filepath.Join(args[0], "plots"), results)
		},
	}
}
