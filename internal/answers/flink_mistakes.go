package answers

import (
	"fmt"
	"strings"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/library"
)

const (
	// mistakeRuns is how many candidates the shrinking of a mistake may try.
	mistakeRuns = 80
	// mistakeActions is how many decisions a shrunk mistake may have: more are no
	// story that somebody can follow.
	mistakeActions = 15
)

// mistakes is the table of wrong sources, sinks, assignments and caches: what
// each loses or doubles in a run that shows it, and how small that run gets.
func (p *page) mistakes() error {
	p.say("\n## What goes wrong, by whom\n\n" +
		"Each is found by the anomaly named, and shrinks to the number of decisions beside it; the right\n" +
		"twin stands under the same id.\n\n" +
		"| scenario | wherein | anomaly | what it loses or doubles, shrunk | decisions, shrunk |\n|---|---|---|---|---|\n")
	for _, s := range library.Jobs() {
		r := p.result(s.Name)
		if r == nil {
			continue // what the page cannot do without is asked for elsewhere
		}
		if s.Expect == scenarios.Fail {
			if err := p.mistake(s.Name, s.Title, s.Anomaly, r.First); err != nil {
				return err
			}
		}
		for i := range s.Cases {
			c := &s.Cases[i]
			if c.Expect != scenarios.Fail {
				continue
			}
			if err := p.mistake(s.Name+"#"+c.Name(), s.Title, c.Anomaly, r.Cases[i].First); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *page) mistake(name, title, anomaly string, shown *scenarios.Outcome) error {
	if shown == nil {
		return fmt.Errorf("%s: no run shows %s", name, anomaly)
	}
	small, err := scenarios.Shrink(shown.Trial, nil, anomaly, mistakeRuns)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	n := len(small.Log.Entries)
	if n > mistakeActions {
		return fmt.Errorf("%s: shrunk to %d decisions, more than %d", name, n, mistakeActions)
	}
	p.say("| %s | %s | %s | %s | %d → %d |\n", cell(name), cell(strings.TrimPrefix(title, "wrong: ")), anomaly,
		cell(damage(small.Outcome, anomaly)), small.From, n)
	return nil
}

// damage says what a run lost or doubled; where it did neither, what the
// anomaly says.
func damage(o *scenarios.Outcome, anomaly string) string {
	s := &o.Report.Summary
	var parts []string
	for _, x := range []struct {
		n    int64
		what string
	}{
		{s.Job.LostFromState, "lost from state"}, {s.Job.DuplicatesInState, "twice in state"},
		{s.Job.LostFromSink, "lost from the sink"}, {s.Job.DuplicatesInSink, "twice in the sink"},
		{s.Lost, "lost"}, {s.ProcessedDuplicates, "processed twice"},
	} {
		if x.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", x.n, x.what))
		}
	}
	if len(parts) > 0 && strings.Contains("duplicate-in-state lost-from-state duplicate-in-sink lost-from-sink sink-overwritten inconsistent-cut", anomaly) {
		return strings.Join(parts, ", ")
	}
	for _, f := range o.Findings {
		if f.Name == anomaly {
			text, _, _ := strings.Cut(f.Text, "\n")
			parts = append([]string{text}, parts...)
			break
		}
	}
	return strings.Join(parts, "; ")
}
