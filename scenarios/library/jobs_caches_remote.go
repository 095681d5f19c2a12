package library

import (
	"fmt"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/caches"
)

// remoteCaches are E17: a store outside that all processes read and write, and a
// write under way when its writer stood still.
func remoteCaches() []*scenarios.Scenario {
	o := caches.Options{Latency: cacheLatency, Work: cacheWork}
	fenced := o
	fenced.Fenced = true
	return []*scenarios.Scenario{
		kafkaToo(&scenarios.Scenario{Name: "E17", Title: "a shared store without a fence: a zombie's write comes after its successor's", Refs: []string{"E17"},
			Expect: scenarios.Fail, Anomaly: caches.NewerOverwritten, Seeds: 6, Spec: cacheSpec(caches.Remote(o), writesLate)}),
		kafkaToo(&scenarios.Scenario{Name: "E17-fenced", Title: "the same, and the store refuses writes of earlier generations", Refs: []string{"E17"},
			Expect: scenarios.Hold, Seeds: 10, Spec: cacheSpec(caches.Remote(fenced), writesLate),
			Sometimes: []scenarios.Sometimes{{Name: "a zombie worked on", After: 10, Seen: func(o *scenarios.Outcome) bool { return o.Report.Summary.ZombieProcessed > 0 }}},
			Claims:    []scenarios.Claim{{Ref: "E17", Text: "a distributed cache survives rebalances, for the price of its latency", Expect: scenarios.Confirmed, After: 10, Judge: judgeRemote}}}),
	}
}

func judgeRemote(r *scenarios.Result) (scenarios.Ruling, string) {
	misses, latency, stale := r.Measure("cache misses"), r.Measure("cache read latency"), r.Measure("cache staleness")
	over, lost := r.Measure(caches.Overwritten().Name), r.Measure(caches.Uncounted().Name)
	text := fmt.Sprintf("fenced by generation, where a read raises the fence, too: %d stale reads, %d newer values overwritten, %d records not counted in %d runs with a zombie; each read takes the store's latency, %s at the median, none is answered from the process",
		stale.N, over.Sum, lost.Sum, r.Seeds, quantity(latency.P50, "µs"))
	if stale.N+int(over.Sum+lost.Sum) == 0 && misses.Min == 1000 && latency.P50 >= cacheLatency.Microseconds() {
		return scenarios.Confirmed, text
	}
	return scenarios.Refuted, text
}
