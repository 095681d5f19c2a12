package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/caches"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// E19: which cache, by how often the group rebalances.

// CacheRates are how many rebalances a minute E19 goes through.
var CacheRates = []int{0, 2, 6, 12}

// sweepRecords is how many records E19 has in its minute.
const sweepRecords = 480

// stillColumn is the column of E19 in which a process stands still once.
const stillColumn = "stands still"

// cacheStrategy is one of the caches that E19 compares.
type cacheStrategy struct {
	name  string
	by    handlers.Kind
	in    assignor.Assignor
	wrong bool // it may be stale, though everything goes in good order
	// local: it answers from the process, and so may be stale when that stands still.
	local bool
}

func cacheStrategies() []cacheStrategy {
	o := caches.Options{Latency: cacheLatency, Work: cacheWork, Restore: cacheRestore, Fenced: true}
	kept, stands := o, o
	kept.Kept = true
	stands.Standby = bothLocations()
	return []cacheStrategy{
		{name: "local, range", by: caches.Local(o), in: assignor.Range, local: true},
		{name: "local, cooperative", by: caches.Local(o), in: assignor.CooperativeSticky, local: true},
		{name: "local, never invalidated", by: caches.Local(kept), in: assignor.Range, local: true, wrong: true},
		{name: "remote", by: caches.Remote(o), in: assignor.Range},
		{name: "changelog", by: caches.Changelog(o), in: assignor.Range, local: true},
		{name: "changelog, cooperative", by: caches.Changelog(o), in: assignor.CooperativeSticky, local: true},
		{name: "changelog with standby", by: caches.Changelog(stands), in: assignor.Range, local: true},
	}
}

func rateColumn(rate int) string { return fmt.Sprintf("%d a minute", rate) }

func cacheColumns() (out []string) {
	for _, rate := range CacheRates {
		out = append(out, rateColumn(rate))
	}
	return append(out, stillColumn)
}

func cacheSweep() []*scenarios.Scenario {
	s := &scenarios.Scenario{Name: "E19", Title: "caches compared: what misses, what is stale, what a read and a rebuild take, by how often the group rebalances", Refs: []string{"E19", "E15", "E16", "E17", "E18"},
		Claims: []scenarios.Claim{
			{Ref: "E19", Text: "a local cache is for few rebalances, a remote one for many", Expect: scenarios.Refuted, Judge: judgeFewOrMany},
			{Ref: "E19", Text: "with the right habits a cache is never stale", Expect: scenarios.Qualified, Judge: judgeStale},
		}}
	for _, c := range cacheStrategies() {
		for _, rate := range CacheRates {
			// At two a minute no partition comes back to a process that lives on.
			s.Cases = append(s.Cases, sweepCase(c, rateColumn(rate), rejoins(rate), rate > 2))
		}
		s.Cases = append(s.Cases, sweepCase(c, stillColumn, standsStill, true))
	}
	return []*scenarios.Scenario{s}
}

// sweepCase is one cell; returns: a partition comes back to a process that has
// had it.
func sweepCase(c cacheStrategy, column string, script func(*scenarios.Planner), returns bool) scenarios.Case {
	spec := cacheSpec(c.by, script)
	spec.Group = scenarios.Classic("locations-service", c.in)
	spec.Load.Count, spec.Load.PerTick, spec.Faulty = sweepRecords, 8, time.Minute
	out := scenarios.Case{Row: c.name, Column: column, Runs: 1, Spec: spec}
	switch {
	case c.wrong && returns:
		out.Expect, out.Anomaly = scenarios.Fail, model.StaleRead
	case c.local && column == stillColumn:
		out.Spec.Promise = nothingStays()
	}
	return out
}

// rejoins lets m2 leave and come back so often that the group rebalances at a
// rate: each of the two is one.
func rejoins(rate int) func(*scenarios.Planner) {
	return func(p *scenarios.Planner) {
		startBoth(p)
		for i := range rate / 2 {
			every := 2 * time.Minute / time.Duration(rate)
			at := p.Spec().Warmup + time.Duration(i)*every + p.Draw("leave", i, time.Second)
			p.Command(at, "leave", "m2")
			p.At(at+every/2, sim.Start, "m2")
		}
	}
}

// cacheCell is what E19 measured in one case.
type cacheCell struct {
	misses         int64 // ‰, median
	read, readMost int64 // µs: the mean, and the most
	rebuild        int64 // µs, the most
	staleReads     int
	stale          int64 // µs, the most
	reads          int
}

func cellOf(r *scenarios.Result, row, column string) (out cacheCell, ok bool) {
	c := r.Case(row, column)
	if c == nil || c.Runs == 0 {
		return out, false
	}
	read, rebuild, stale := c.Measure("cache read latency"), c.Measure(cacheRebuild), c.Measure("cache staleness")
	out = cacheCell{misses: c.Measure("cache misses").P50, readMost: read.Max, rebuild: rebuild.Max, staleReads: stale.N, stale: stale.Max, reads: read.N}
	if read.N > 0 {
		out.read = read.Sum / int64(read.N)
	}
	return out, read.N > 0
}

// CacheTable is the table of caches from a result of E19: a first line with
// heads, then one for each cache and rate of rebalances.
func CacheTable(r *scenarios.Result) [][]string {
	table := [][]string{{"cache", "rebalances", "misses", "a read, mean", "a rebuild, at most", "stale reads", "stale by, at most"}}
	for _, s := range cacheStrategies() {
		for _, column := range cacheColumns() {
			c, ok := cellOf(r, s.name, column)
			if !ok {
				continue
			}
			again, stale, by := quantity(c.rebuild, "µs"), "none", "–"
			if c.misses == 1000 { // it has nothing to lose
				again = "–"
			}
			if c.staleReads > 0 {
				stale, by = fmt.Sprintf("%d of %d", c.staleReads, c.reads), quantity(c.stale, "µs")
			}
			table = append(table, []string{s.name, column, scenarios.Quantity(c.misses, "‰"), scenarios.Quantity(c.read, "µs"), again, stale, by})
		}
	}
	return table
}

// judgeFewOrMany compares reads at the highest rate.
func judgeFewOrMany(r *scenarios.Result) (scenarios.Ruling, string) {
	few, many := rateColumn(CacheRates[0]), rateColumn(CacheRates[len(CacheRates)-1])
	text, ruling := "", scenarios.Refuted
	remote, ok := cellOf(r, "remote", many)
	for _, name := range []string{"local, range", "local, cooperative", "changelog", "changelog with standby"} {
		at, has := cellOf(r, name, many)
		before, had := cellOf(r, name, few)
		if !ok || !has || !had {
			return scenarios.Open, "not all was measured"
		}
		// A rebuild of a map is its misses, and in the mean of the reads already.
		if at.read >= remote.read {
			ruling = scenarios.Confirmed
		}
		text += fmt.Sprintf("; %s: %s with %s, %s with %s, rebuilds at most %s", name, scenarios.Quantity(before.read, "µs"), few, scenarios.Quantity(at.read, "µs"), many, quantity(at.rebuild, "µs"))
	}
	return ruling, fmt.Sprintf("with %d reads of a key between two rebalances at %s the map is still the faster: the mean read of the store takes %s at any rate; of the others",
		sweepRecords/cacheKeys/CacheRates[len(CacheRates)-1], many, scenarios.Quantity(remote.read, "µs")) + text
}

// judgeStale: right habits keep reads fresh while processes run, and not when
// they stand still.
func judgeStale(r *scenarios.Result) (scenarios.Ruling, string) {
	moving, standing, remote, wrong := 0, 0, 0, 0
	var longest int64
	for _, s := range cacheStrategies() {
		for _, column := range cacheColumns() {
			c, ok := cellOf(r, s.name, column)
			switch {
			case !ok:
				return scenarios.Open, "not all was measured"
			case s.wrong:
				wrong += c.staleReads
			case !s.local:
				remote += c.staleReads
			case column == stillColumn:
				standing += c.staleReads
				longest = max(longest, c.stale)
			default:
				moving += c.staleReads
			}
		}
	}
	text := fmt.Sprintf("%d stale reads of the right caches in rebalances in good order, %d of the store's in any; %d of those that answer from the process when it has stood still past its session, by up to %s; never invalidated: %d",
		moving, remote, standing, quantity(longest, "µs"), wrong)
	switch {
	case moving+remote > 0 || wrong == 0:
		return scenarios.Refuted, text
	case standing > 0:
		return scenarios.Qualified, text
	}
	return scenarios.Confirmed, text
}
