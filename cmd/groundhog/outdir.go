package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/groundhogsim/groundhog/plots"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

// outDir gathers what a campaign leaves behind: results, failures and plots.
// Nil means that nobody asked for it.
type outDir struct {
	dir       string
	takeovers map[string][]float64 // by scenario, seconds
	laws      map[string][2]float64
	order     []string
	legal     map[string]int64
}

// openOut makes the folder, and finds out now whether it can be written to.
func openOut(dir string) (*outDir, error) {
	if dir == "" {
		return nil, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, environment("--out: %w; choose a folder that can be made and written to", err)
	}
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return nil, environment("--out: %w; choose a folder that can be written to", err)
	}
	probe.Close()
	os.Remove(probe.Name())
	return &outDir{dir: dir, takeovers: map[string][]float64{}, laws: map[string][2]float64{}, legal: map[string]int64{}}, nil
}

// take notes what the plots need of a run.
func (d *outDir) take(s *scenarios.Scenario, o *scenarios.Outcome) {
	if d == nil {
		return
	}
	d.legal[s.Name] += o.Report.Summary.LegalBound
	for _, t := range o.Report.Takeovers {
		if t.End < 0 || t.Recovered || t.Begin < int64(sim.Span(o.Trial.Spec.Warmup)) {
			continue
		}
		if _, seen := d.takeovers[s.Name]; !seen {
			d.order = append(d.order, s.Name)
		}
		d.takeovers[s.Name] = append(d.takeovers[s.Name], sim.Time(t.End-t.Begin).Seconds())
		c := o.Trial.Spec.Client
		d.laws[s.Name] = [2]float64{(c.SessionTimeout - c.HeartbeatInterval).Seconds(), (c.SessionTimeout + c.HeartbeatInterval).Seconds()}
	}
}

// finish writes results.jsonl and the plots.
func (d *outDir) finish(results []*scenarios.Result) error {
	if d == nil {
		return nil
	}
	err := create(filepath.Join(d.dir, "results.jsonl"), func(w io.Writer) error {
		for _, r := range results {
			line, err := json.Marshal(resultLine{r})
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "%s\n", line)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := d.latencies(); err != nil {
		return environment("--out: %w", err)
	}
	if err := d.duplicates(results); err != nil {
		return environment("--out: %w", err)
	}
	return nil
}

// latencies plots how long partitions were without their owner, with the law
// of the timeouts: one chart for each family of scenarios.
func (d *outDir) latencies() error {
	families := map[string][]plots.Series{}
	laws := map[string][2]float64{}
	var names []string
	for _, name := range d.order {
		if strings.Contains(name, "-commit-") { // the wrong twins stop in the same way
			continue
		}
		family, how := familyOf(name)
		if families[family] != nil && laws[family] != d.laws[name] {
			family, how = name, name // other timeouts, other law
		}
		if families[family] == nil {
			names = append(names, family)
		}
		families[family] = append(families[family], plots.Series{Name: how, Values: d.takeovers[name]})
		laws[family] = d.laws[name]
	}
	for _, family := range names {
		low, high := laws[family][0], laws[family][1]
		session := (low + high) / 2
		chart := plots.CDF(family+": how long partitions had no owner", "from an owner's stop to the new owners", families[family], []plots.Law{
			{Name: "crash: session − heartbeat to session + heartbeat", Low: low, High: high},
			{Name: fmt.Sprintf("claim: within the session timeout, %g s", session), Low: session, High: session, Claim: true},
		}).Note("Counted are stops after the warm-up that found new owners in the run; a run may have several.")
		if err := chart.Save(d.dir, "rebalance-latency-"+strings.ToLower(family)); err != nil {
			return err
		}
	}
	return nil
}

// familyOf is the id that a scenario's name begins with, and what follows it:
// B08 and crash. A name without an id is a family of its own.
func familyOf(name string) (family, how string) {
	family, how, _ = strings.Cut(name, "-")
	if !strings.ContainsAny(family, "0123456789") {
		return name, name
	}
	if how == "" {
		how = "crash"
	}
	return family, how
}

func (d *outDir) duplicates(results []*scenarios.Result) error {
	var rows []plots.DuplicateRow
	for _, r := range results {
		rows = append(rows, plots.DuplicateRow{Scenario: r.Scenario, Observed: int(r.Duplicates), Legal: int(d.legal[r.Scenario])})
	}
	return plots.Duplicates("Records processed again: observed and legal", rows).Save(d.dir, "duplicates")
}
