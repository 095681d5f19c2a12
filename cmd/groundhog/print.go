package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

// explain writes a shrunk failure under the scenario's name.
func explain(w io.Writer, small *scenarios.Shrunk, anomaly string, nth, of int, replay string) error {
	name := small.Log.Get("scenario")
	fmt.Fprintf(w, "\n--- %s\n", name)
	return scenarios.Explain(w, small, anomaly, nth, of, replay)
}

// printOne writes the trace of one run and what was found in it.
func printOne(w io.Writer, s *scenarios.Scenario, o *scenarios.Outcome, events []model.Event) {
	fmt.Fprintf(w, "%s: %s\nworld %s, seed %#x", s.Name, s.Title, o.World, o.Trial.Seed)
	for _, opt := range o.Trial.Options {
		fmt.Fprintf(w, "; %s", opt)
	}
	fmt.Fprintln(w)
	for i := range events {
		fmt.Fprintln(w, eventLine(&events[i]))
	}
	sum := o.Report.Summary
	fmt.Fprintf(w, "\n%d steps in %v virtual; %s; lost %d, duplicates %d (legal: %d)\n", o.Steps, o.Virtual,
		plural(sum.Rebalances, "rebalance"), sum.Lost, sum.ProcessedDuplicates, sum.LegalBound)
	for _, t := range o.Report.Takeovers {
		if t.End >= 0 && !t.Recovered {
			fmt.Fprintf(w, "%s stopped (%s): its partitions had new owners after %v\n", t.Client, t.Cause, sim.Time(t.End-t.Begin))
		}
	}
	for _, n := range o.Numbers {
		fmt.Fprintf(w, "%s: %s\n", n.Name, scenarios.NewMeasured(n))
	}
	if o.Skipped > 0 {
		fmt.Fprintf(w, "%s of the plan were not possible\n", plural(o.Skipped, "action"))
	}
	for _, n := range o.Report.NotChecked {
		fmt.Fprintf(w, "not checked: %s: %s\n", n.Check, n.Why)
	}
	for _, f := range o.Findings {
		fmt.Fprintf(w, "ANOMALY %s: %s\n", f.Name, f.Text)
	}
	if len(o.Findings) == 0 {
		fmt.Fprintln(w, "no anomaly")
	}
}

func eventLine(e *model.Event) string {
	who := e.Client
	if who == "" {
		who = e.Node
	}
	s := fmt.Sprintf("%10s  %-4s %s", sim.Time(e.At), who, e.Kind)
	if e.Topic != "" {
		s += " " + e.TopicPartition.String()
	}
	if e.Kind == model.Positioned {
		s += fmt.Sprintf(" at %d", e.To)
	} else if e.To > e.From {
		s += fmt.Sprintf(" [%d,%d)", e.From, e.To)
	}
	for _, p := range e.Partitions {
		s += " " + p.TopicPartition.String()
		if p.Offset >= 0 {
			s += fmt.Sprintf("@%d", p.Offset)
		}
	}
	if e.Generation > 0 {
		s += fmt.Sprintf("  generation %d", e.Generation)
	}
	if len(e.Members) > 0 && len(e.Members) <= 8 {
		s += " (" + strings.Join(e.Members, " ") + ")"
	}
	for _, word := range []string{e.Error, e.Cause} {
		if word != "" {
			s += "  " + word
		}
	}
	return s
}

// progress tells people on a terminal how far a campaign is.
type progress struct {
	on    bool
	total int
	done_ int
}

func newProgress(c *scenarios.Campaign) *progress {
	info, err := os.Stderr.Stat()
	p := &progress{on: err == nil && info.Mode()&os.ModeCharDevice != 0}
	for _, s := range c.Scenarios {
		p.total += s.RunsOf(c.Seeds)
	}
	return p
}

func (p *progress) step(s *scenarios.Scenario) {
	p.done_++
	if p.on && p.done_%10 == 0 {
		fmt.Fprintf(os.Stderr, "\r\x1b[K%d of %d runs  %s", p.done_, p.total, s.Name)
	}
}

func (p *progress) done() {
	if p.on {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
}
