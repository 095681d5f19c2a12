package main

import (
	"io"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/groundhogsim/groundhog/internal/answers"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/library"
)

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
			return answers.Pictures(filepath.Join(args[0], "plots"), results)
		},
	}
}
