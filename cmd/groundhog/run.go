package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/realkafka"
	"github.com/groundhogsim/groundhog/realkafka/cluster"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

func runCommand() *cobra.Command {
	var seed uint64
	var on, logFile, historyFile string
	var kafka cluster.Choice
	c := &cobra.Command{
		Use:   "run NAME|FILE.yaml",
		Short: "One run of a scenario, with its trace",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := oneScenario(args[0])
			if err != nil {
				return err
			}
			if len(s.Cases) > 0 {
				return computeOne(c, s)
			}
			if on != "sim" {
				if err := kafka.Validate(); err != nil {
					return usageError{err}
				}
				realkafka.Use(kafka)
				return runOn(c, on, s, seed, historyFile)
			}
			run, err := scenarios.NewTrial(&s.Spec, seed)
			if err != nil {
				return err
			}
			return playOne(c, s, run, nil, logFile, historyFile)
		},
	}
	c.Flags().Uint64Var(&seed, "seed", 1, "the run's seed")
	c.Flags().StringVar(&on, "on", "sim", "the world: sim or kafka")
	kafkaFlags(c, &kafka)
	c.Flags().StringVar(&logFile, "log", "", "write the decision log to this file")
	c.Flags().StringVar(&historyFile, "history", "", "write the history (JSON lines) to this file")
	return c
}

func replayCommand() *cobra.Command {
	var on, historyFile string
	c := &cobra.Command{
		Use:   "replay FILE",
		Short: "A decision log again",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if on != "sim" {
				return usage("--on %s: decision logs are replayed in the simulation only; run NAME --on kafka plays a scenario there", on)
			}
			l, run, s, err := readRun(args[0])
			if err != nil {
				return err
			}
			return playOne(c, s, run, l, "", historyFile)
		},
	}
	c.Flags().StringVar(&on, "on", "sim", "the world")
	c.Flags().StringVar(&historyFile, "history", "", "write the history (JSON lines) to this file")
	return c
}

func shrinkCommand() *cobra.Command {
	var runs int
	var anomaly, file string
	c := &cobra.Command{
		Use:   "shrink FILE",
		Short: "Make a failing decision log smaller, keeping the same anomaly",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			l, run, s, err := readRun(args[0])
			if err != nil {
				return err
			}
			if anomaly == "" {
				anomaly = firstOf(l.Get("anomaly"), s.Anomaly)
			}
			if anomaly == "" {
				return usage("%s does not say which anomaly it shows; name it with --anomaly", args[0])
			}
			small, err := scenarios.Shrink(run, l, anomaly, runs)
			if err != nil {
				return err
			}
			scenarios.Label(small.Log, s)
			if file != "" {
				if err := create(file, func(w io.Writer) error { _, err := small.Log.WriteTo(w); return err }); err != nil {
					return err
				}
			}
			if asJSON(c) {
				return shrinkJSON(c, s, small, anomaly)
			}
			return explain(c.OutOrStdout(), small, anomaly, 1, 1, "groundhog replay "+firstOf(file, args[0]))
		},
	}
	c.Flags().IntVar(&runs, "runs", shrinkRuns, "the most candidates that are tried")
	c.Flags().StringVar(&anomaly, "anomaly", "", "the anomaly to keep (default: the one the log names)")
	c.Flags().StringVarP(&file, "output", "o", "", "write the smaller log to this file")
	return c
}

// readRun reads a decision log and finds the trial and the scenario that it is of.
func readRun(path string) (*sim.Log, *scenarios.Trial, *scenarios.Scenario, error) {
	l, err := readLog(path)
	if err != nil {
		return nil, nil, nil, err
	}
	run, s, err := scenarios.LogRun(l, findOne)
	if err != nil {
		return nil, nil, nil, usage("%s: %w", path, err)
	}
	return l, run, s, nil
}

func shrinkJSON(c *cobra.Command, s *scenarios.Scenario, small *scenarios.Shrunk, anomaly string) error {
	actions := []string{}
	for _, e := range small.Log.Entries {
		actions = append(actions, e.At.String()+" "+small.Log.Names.Print(e.Action))
	}
	line, err := json.Marshal(map[string]any{"scenario": s.Name, "anomaly": anomaly, "seed": small.Log.Seed,
		"from": small.From, "runs": small.Runs, "actions": actions})
	if err == nil {
		fmt.Fprintf(c.OutOrStdout(), "%s\n", line)
	}
	return err
}

func firstOf(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

func oneScenario(name string) (*scenarios.Scenario, error) {
	s, err := findOne(name)
	if err != nil {
		return nil, err
	}
	if len(s.Cases) > 0 && !strings.Contains(name, "#") {
		known := ""
		for i := range s.Cases {
			known += "\n  " + s.Name + "#" + s.Cases[i].Name()
		}
		return nil, usage("%s is an enumeration; name one of its cases:%s", s.Name, known)
	}
	return s, nil
}

// computeOne prints the facts of a case that needs no world.
func computeOne(c *cobra.Command, s *scenarios.Scenario) error {
	campaign := scenarios.Campaign{Scenarios: []*scenarios.Scenario{s}, Seed: 1}
	results, err := campaign.Run(c.Context())
	if err != nil {
		return err
	}
	if asJSON(c) {
		line, err := json.Marshal(resultLine{results[0]})
		if err == nil {
			fmt.Fprintf(c.OutOrStdout(), "%s\n", line)
		}
		return err
	}
	printResults(c.OutOrStdout(), results, true)
	if results[0].Verdict != scenarios.Passed {
		return errVerdict
	}
	return nil
}

// playOne makes one run in the simulation and prints what came of it; replay
// is the log to follow, nil for a run by seed.
func playOne(c *cobra.Command, s *scenarios.Scenario, run *scenarios.Trial, replay *sim.Log, logFile, historyFile string) error {
	var events []model.Event
	o, err := scenarios.Recorded(run, replay, func(e *model.Event) { events = append(events, *e) })
	if err != nil {
		return err
	}
	scenarios.Label(o.Log, s)
	if logFile != "" {
		if err := create(logFile, func(w io.Writer) error { _, err := o.Log.WriteTo(w); return err }); err != nil {
			return err
		}
	}
	return reportOne(c, s, o, events, historyFile)
}

func reportOne(c *cobra.Command, s *scenarios.Scenario, o *scenarios.Outcome, events []model.Event, historyFile string) error {
	if historyFile != "" {
		if err := create(historyFile, func(w io.Writer) error { return writeHistory(w, o.Trial, events) }); err != nil {
			return err
		}
	}
	if asJSON(c) {
		if err := printOneJSON(c, s, o); err != nil {
			return err
		}
	} else {
		printOne(c.OutOrStdout(), s, o, events)
	}
	if len(o.Findings) > 0 {
		return errVerdict
	}
	return nil
}

func writeHistory(w io.Writer, run *scenarios.Trial, events []model.Event) error {
	h := model.NewWriter(w, scenarios.HistoryHeader(run))
	for i := range events {
		if err := h.Write(&events[i]); err != nil {
			return err
		}
	}
	return h.Flush()
}

func printOneJSON(c *cobra.Command, s *scenarios.Scenario, o *scenarios.Outcome) error {
	findings := []string{}
	for _, f := range o.Findings {
		findings = append(findings, f.Name+": "+f.Text)
	}
	line, err := json.Marshal(map[string]any{
		"scenario": s.Name, "world": o.World, "seed": o.Trial.Seed, "options": o.Trial.Options, "settled": o.Settled,
		"steps": o.Steps, "virtual_seconds": seconds(o.Virtual), "rebalances": o.Report.Summary.Rebalances,
		"lost": o.Report.Summary.Lost, "duplicates": o.Report.Summary.ProcessedDuplicates, "legal_duplicates": o.Report.Summary.LegalBound,
		"anomalies": findings, "trace_hash": fmt.Sprintf("%#016x", o.Hash),
	})
	if err == nil {
		fmt.Fprintf(c.OutOrStdout(), "%s\n", line)
	}
	return err
}

// runOn plays a scenario in a world that has registered itself.
func runOn(c *cobra.Command, world string, s *scenarios.Scenario, seed uint64, historyFile string) error {
	var events []model.Event
	ctx, cancel := context.WithTimeout(c.Context(), 10*time.Minute)
	defer cancel()
	fmt.Fprintf(c.ErrOrStderr(), "%s on %s: this takes real time\n", s.Name, world)
	o, err := scenarios.PlayOn(ctx, world, s, seed, func(e *model.Event) { events = append(events, *e) })
	if err != nil {
		return err
	}
	return reportOne(c, s, o, events, historyFile)
}
