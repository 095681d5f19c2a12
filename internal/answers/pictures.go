package answers

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/plots"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/library"
)

// picture is a chart of the page, by the name of its files.
type picture struct {
	file string
	of   string // the scenario whose cases it shows
	draw func(*scenarios.Result) *plots.Chart
}

var pictures = []picture{
	{"rebalance-latency", "B09-assignors", rebalanceLatency},
	{"stop-the-world", "A23", stopTheWorld},
	{"duplicates-by-interval", "C12-interval", duplicatesByInterval},
	{"latency-around-rebalance", "C11", latencyAround},
	{"throughput", "C02", throughput},
	{"late-start-loss", "E14", lateStartLoss},
	{"keys-moved", "E11", keysMoved},
}

// Pictures draws the page's charts into a folder, as PNG and SVG.
func Pictures(dir string, results []*scenarios.Result) error {
	p := &page{results: results}
	for _, x := range pictures {
		r := p.result(x.of)
		if r == nil {
			return fmt.Errorf("%s: there is no result of %s", x.file, x.of)
		}
		chart := x.draw(r).Note(fmt.Sprintf("%d simulated runs; groundhog check %s", r.Seeds, x.of))
		if err := chart.Save(dir, x.file); err != nil {
			return err
		}
	}
	return nil
}

// samples are what a case measured, in units of which there are so many in one
// of the measure's.
func samples(c *scenarios.CaseResult, name string, scale float64) (out []float64) {
	if m := c.Measure(name); m != nil {
		for _, v := range m.Samples {
			out = append(out, float64(v)/scale)
		}
	}
	return out
}

const perSecond = 1e6 // µs

func rebalanceLatency(r *scenarios.Result) *plots.Chart {
	var causes []plots.Cause
	for _, cause := range rowsOf(r) {
		c := plots.Cause{Name: cause}
		for _, a := range columnsOf(r) {
			c.Assignors = append(c.Assignors, plots.Series{Name: a, Values: samples(r.Case(cause, a), "time to reassign", perSecond)})
		}
		if cause == "crash" {
			c.Laws = plots.SessionLaws(30, 10)
		} else {
			c.Laws = []plots.Law{{Name: "heartbeat", Low: 10, High: 10}}
		}
		causes = append(causes, c)
	}
	return plots.RebalanceLatency("From an owner's stop to the new owners of its partitions", "time to reassign", causes)
}

func stopTheWorld(r *scenarios.Result) *plots.Chart {
	var strips []plots.Strip
	for _, column := range columnsOf(r) {
		for _, a := range rowsOf(r) {
			if c := r.Case(a, column); c != nil {
				strips = append(strips, plots.Strip{Group: strings.Replace(column, "/", ", ", 1), Name: a, Values: samples(c, "pause area", 1000)})
			}
		}
	}
	return plots.PausedArea("What stands still when a member joins or leaves", strips)
}

func duplicatesByInterval(r *scenarios.Result) *plots.Chart {
	runs := plots.Points{Name: "auto-commit, Java's client"}
	for i, c := range r.Cases {
		for _, v := range samples(c, "duplicates", 1) {
			runs.Points = append(runs.Points, plots.Point{X: library.CommitIntervals[i].Seconds(), Y: v})
		}
	}
	return plots.DuplicatesByInterval("Records that come again after a crash", []plots.Points{runs}, library.IntervalRate)
}

// latencyAround takes the steps of time that C11 measures with four members.
func latencyAround(r *scenarios.Result) *plots.Chart {
	const column, prefix = "crash, 4 members, 5ms", "latency from "
	var assignors []plots.Points
	for _, a := range rowsOf(r) {
		points := plots.Points{Name: a}
		if c := r.Case(a, column); c != nil {
			for _, m := range c.Measures {
				text, ok := strings.CutPrefix(m.Name, prefix)
				at, err := time.ParseDuration(text)
				if !ok || err != nil {
					continue
				}
				for _, v := range m.Samples {
					points.Points = append(points.Points, plots.Point{X: at.Seconds() + 0.5, Y: float64(v) / perSecond})
				}
			}
		}
		assignors = append(assignors, points)
	}
	return plots.LatencyAround("From produced to processed, around a crash of one of four members", 1, assignors, nil)
}

func throughput(r *scenarios.Result) *plots.Chart {
	var runs []plots.Points
	perConsumer, partitions := 0.0, 6
	for _, profile := range columnsOf(r) {
		points := plots.Points{Name: profile}
		for _, row := range rowsOf(r) {
			words, _, _ := strings.Cut(row, " ")
			n, err := strconv.Atoi(words)
			if err != nil {
				continue
			}
			for _, v := range samples(r.Case(row, profile), "throughput", 1) {
				points.Points = append(points.Points, plots.Point{X: float64(n), Y: v})
				if n == 1 {
					perConsumer = max(perConsumer, v)
				}
			}
		}
		runs = append(runs, points)
	}
	return plots.Throughput("Six partitions: throughput against consumers", runs, perConsumer, partitions)
}

func lateStartLoss(r *scenarios.Result) *plots.Chart {
	var strips []plots.Strip
	for _, policy := range rowsOf(r) {
		for _, interval := range columnsOf(r) {
			if c := r.Case(policy, interval); c != nil {
				strips = append(strips, plots.Strip{Group: policy, Name: interval, Values: samples(c, "records left out", 1)})
			}
		}
	}
	return plots.Lost("Two partitions are added: records never read, by reset policy and metadata age", strips)
}

func keysMoved(r *scenarios.Result) *plots.Chart {
	moved := []plots.Strip{}
	var inversions []plots.Strip
	for _, c := range r.Cases {
		for _, f := range c.Facts {
			if n, err := strconv.Atoi(f.Got); err == nil && strings.HasPrefix(f.Name, "keys of 10000 that move from 6 to 8") {
				moved = append(moved, plots.Strip{Name: "murmur2, 10,000 keys", Values: []float64{float64(n) / 100}})
			}
		}
		if v := samples(c, "keys in two partitions", 10); len(v) > 0 && len(inversions) == 0 {
			moved = append(moved, plots.Strip{Name: "live keys, seen in two partitions", Values: v})
		}
		if v := samples(c, "records behind a later one of their key", 1); len(v) > 0 {
			inversions = append(inversions, plots.Strip{Name: c.Row, Values: v})
		}
	}
	return plots.Resharding("From six partitions to eight", 6, 8, moved, inversions)
}
