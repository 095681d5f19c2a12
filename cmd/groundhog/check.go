package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/groundhogsim/groundhog/scenarios"
)

type checkFlags struct {
	seeds   int
	seed    uint64
	forTime time.Duration
	workers int
	out     string
}

func checkCommand() *cobra.Command {
	var f checkFlags
	c := &cobra.Command{
		Use:   "check [NAME|FILE.yaml…]",
		Short: "Run scenarios over many seeds: the main job",
		Long: "Runs the scenarios of the library, or those named, over many seeds, and says of each\n" +
			"whether it did what is expected of it. Failures are shrunk and saved.",
		RunE: func(c *cobra.Command, names []string) error { return check(c, f, names) },
	}
	c.Flags().IntVar(&f.seeds, "seeds", 0, "runs of each scenario (default: each scenario's own number)")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "the first run's seed; those of the others follow from it")
	c.Flags().DurationVar(&f.forTime, "for", 0, "go on with further seeds for so long")
	c.Flags().IntVar(&f.workers, "workers", runtime.GOMAXPROCS(0), "worlds that run side by side")
	c.Flags().StringVar(&f.out, "out", "", "a folder for results, plots and shrunk failures")
	return c
}

func check(c *cobra.Command, f checkFlags, names []string) error {
	if f.seeds < 0 || f.workers < 1 || f.forTime < 0 {
		return usage("--seeds and --for cannot be negative, and --workers must be at least 1")
	}
	chosen, err := find(names...)
	if err != nil {
		return err
	}
	out, err := openOut(f.out)
	if err != nil {
		return err
	}
	begun := time.Now()
	for round := uint64(0); ; round++ {
		campaign := &scenarios.Campaign{Scenarios: chosen, Seed: f.seed + round, Seeds: f.seeds, Workers: f.workers, Again: 1}
		if round > 0 {
			fmt.Fprintf(c.ErrOrStderr(), "round %d, seed %#x\n", round+1, campaign.Seed)
		}
		err := checkOnce(c, campaign, out)
		if err != nil || f.forTime == 0 || time.Since(begun) >= f.forTime {
			return err
		}
	}
}

func checkOnce(c *cobra.Command, campaign *scenarios.Campaign, out *outDir) error {
	progress := newProgress(campaign)
	campaign.Each = func(s *scenarios.Scenario, n int, o *scenarios.Outcome) {
		progress.step(s)
		out.take(s, o)
	}
	results, err := campaign.Run(c.Context())
	progress.done()
	if errors.Is(err, context.Canceled) {
		return usage("stopped before the end; nothing is concluded")
	}
	if err != nil {
		return err
	}
	failed := 0
	for i, r := range results {
		if r.Verdict != scenarios.Passed {
			failed++
		}
		if asJSON(c) {
			line, err := json.Marshal(resultLine{r})
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s\n", line)
		}
		if err := saveFailure(c, campaign.Scenarios[i], r, out); err != nil {
			return err
		}
	}
	if !asJSON(c) {
		printResults(c.OutOrStdout(), results, len(results) <= inFull)
	}
	if err := out.finish(results); err != nil {
		return err
	}
	if failed > 0 {
		return errVerdict
	}
	return nil
}

// resultLine is a result as --json prints it: times are sums of whole
// microseconds, and only wall_seconds differs from run to run.
type resultLine struct{ *scenarios.Result }

// MarshalJSON implements json.Marshaler.
func (r resultLine) MarshalJSON() ([]byte, error) {
	type plain scenarios.Result
	return json.Marshal(struct {
		*plain
		VirtualSeconds json.Number `json:"virtual_seconds"`
		WallSeconds    json.Number `json:"wall_seconds"`
	}{(*plain)(r.Result), seconds(r.VirtualSeconds.Duration()), seconds(r.Wall)})
}

func seconds(d time.Duration) json.Number {
	us := d.Microseconds()
	return json.Number(fmt.Sprintf("%d.%06d", us/1e6, us%1e6))
}

// saveFailure shrinks and saves the first run of a scenario that is not as
// expected, and prints what it shows.
func saveFailure(c *cobra.Command, s *scenarios.Scenario, r *scenarios.Result, out *outDir) error {
	unexpected := r.Expect == scenarios.Hold && r.First != nil
	if r.First == nil || r.First.Facts != nil || !unexpected && out == nil {
		return nil
	}
	if r.FirstOf != nil {
		s = s.Alone(r.FirstOf)
	}
	anomaly := s.Anomaly
	if unexpected {
		anomaly = r.First.Broken()[0].Name
	}
	small, err := scenarios.Shrink(r.First.Trial, nil, anomaly, shrinkRuns)
	if err != nil {
		return err
	}
	scenarios.Label(small.Log, s)
	dir := "groundhog-failures"
	if out != nil {
		dir = filepath.Join(out.dir, "failures")
	}
	file, err := writeLog(dir, fmt.Sprintf("%s-%x.log", strings.NewReplacer("#", "-", "/", "-", " ", "-").Replace(s.Name), small.Log.Seed), small.Log)
	if err != nil || !unexpected || asJSON(c) {
		return err
	}
	return explain(c.OutOrStdout(), small, anomaly, r.FirstAt+1, r.Seeds, "groundhog replay "+file)
}

const shrinkRuns = 400
