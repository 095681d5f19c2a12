package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/caches"
	"github.com/groundhogsim/groundhog/sim"
)

// cacheRestore is how long reading one entry of a changelog takes.
const cacheRestore = 2 * time.Millisecond

// ChangelogLengths are what E18-length goes through.
var ChangelogLengths = []int{50, 100, 200, 400}

// The columns of E18-length.
const (
	alone        = "read when assigned"
	withStandby  = "with a standby"
	cacheRebuild = "cache rebuild"
)

// changelogCaches are E18: a map in the process, and a log of its changes
// outside, as Kafka Streams has it.
func changelogCaches() []*scenarios.Scenario {
	o := caches.Options{Latency: cacheLatency, Work: cacheWork, Restore: cacheRestore}
	fenced := o
	fenced.Fenced = true
	stands := fenced
	stands.Standby = bothLocations()
	return []*scenarios.Scenario{{Name: "E18", Title: "a map with a changelog: after a crash the state is the changelog's, and a fence ends the log of a zombie", Refs: []string{"E18", "E17"},
		Cases: []scenarios.Case{
			cacheCase("its owner crashes", caches.Changelog(fenced), ownerDies),
			cacheCase("its owner crashes, with a standby", caches.Changelog(stands), ownerDies),
			failing(cacheCase("a zombie writes on, no fence", caches.Changelog(o), writesLate), caches.NewerOverwritten),
			promising(cacheCase("a zombie writes on, fenced", caches.Changelog(fenced), writesLate), nothingStays()),
		},
		Sometimes: []scenarios.Sometimes{{Name: "a partition was taken over", After: 20, Seen: func(o *scenarios.Outcome) bool { return len(o.Course.Handovers) > 0 }}},
	}, changelogLengths(fenced)}
}

func bothLocations() []scenarios.Partition {
	return []scenarios.Partition{{Topic: "locations", Partition: 0}, {Topic: "locations", Partition: 1}}
}

// changelogLengths is the curve of E18: m1 crashes when it has written so many
// entries, and m2, which had nothing to do, takes over.
func changelogLengths(o caches.Options) *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "E18-length", Title: "how long a changelog takes to be restored, by its length", Refs: []string{"E18"},
		Claims: []scenarios.Claim{{Ref: "E18", Text: "restoring takes as long as the changelog is", Expect: scenarios.Qualified, Judge: judgeLengths}}}
	o.Work = 0
	for _, n := range ChangelogLengths {
		for _, column := range []string{alone, withStandby} {
			o.Standby = nil
			if column == withStandby {
				o.Standby = bothLocations()[:1]
			}
			spec := cacheSpec(caches.Changelog(o), writesSoMany(n))
			spec.Topics[0].Partitions = 1
			spec.Load = scenarios.Load{Count: n + 40, Keys: cacheKeys, Pattern: "patient-%d", Every: 25 * time.Millisecond, From: 8 * time.Second}
			s.Cases = append(s.Cases, scenarios.Case{Row: fmt.Sprintf("%d entries", n), Column: column, Runs: 1, Spec: spec})
		}
	}
	return s
}

func writesSoMany(n int) func(*scenarios.Planner) {
	return func(p *scenarios.Planner) {
		p.At(0, sim.Start, "m1")
		p.At(5*time.Second, sim.Start, "m2")
		p.When(func() func(*model.Event) bool {
			done := 0
			return func(e *model.Event) bool {
				if e.Kind == model.WriteDone {
					done++
				}
				return e.Kind == model.WriteDone && done == n
			}
		}, sim.Crash, "m1")
		p.Retire(p.Spec().Warmup+p.Spec().Faulty, "m1") // it is not to come back
	}
}

// judgeLengths: in proportion, but for a standby.
func judgeLengths(r *scenarios.Result) (scenarios.Ruling, string) {
	ruling, text := scenarios.Qualified, ""
	for _, n := range ChangelogLengths {
		row := fmt.Sprintf("%d entries", n)
		bare := r.Case(row, alone)
		cold, warm := bare.Measure(cacheRebuild), r.Case(row, withStandby).Measure(cacheRebuild)
		text += fmt.Sprintf("; %s: %s, with a standby %s", row, quantity(cold.Max, "µs"), quantity(warm.Max, "µs"))
		// One restore a run is of this length. Besides its entries a log has a few
		// marks, and each read costs a call.
		least := int64(n) * cacheRestore.Microseconds()
		switch most := (least + 5*cacheRestore.Microseconds()) * 21 / 20; {
		case cold.Above(least-1) != bare.Runs || cold.Max > most:
			return scenarios.Refuted, text[2:]
		case warm.Max*2 > cold.Max:
			ruling = scenarios.Confirmed
		}
	}
	return ruling, fmt.Sprintf("in proportion, %v an entry, where nobody stands by", cacheRestore) + text
}
