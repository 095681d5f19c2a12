package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/gauges"
)

// chiLimit is what χ² of four partitions (three degrees of freedom) exceeds by
// chance in one case of a hundred, in thousandths.
const chiLimit = 11345

// evenSpread is B12: 1000 records over four partitions, by their keys, without
// keys, and with keys of which some are frequent.
func evenSpread() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "B12", Refs: []string{"B12"}, Title: "1000 records over 4 partitions: with keys, without, and with some keys more frequent than others"}
	for _, l := range []struct {
		row  string
		runs int
		load scenarios.Load
	}{
		{"1000 keys", 1, scenarios.Load{Pattern: "key-%d", Keys: 1000}},
		{"20 keys", 1, scenarios.Load{Pattern: "key-%d", Keys: 20}},
		{"skewed keys", 1, scenarios.Load{Pattern: "key-%d", Skew: scenarios.Zipf(20)}},
		{"no keys", 20, scenarios.Load{NoKeys: true}},
		{"no keys, short batches", 20, scenarios.Load{NoKeys: true, Producing: client.Producing{BatchRecords: 4}}},
		{"no keys, librdkafka", 20, scenarios.Load{NoKeys: true, Partitioner: client.ConsistentRandom}},
	} {
		spec := managers(4, assignor.Range, client.Franz)
		l.load.Count, l.load.PerTick, l.load.Every = 1000, 25, 100*time.Millisecond
		spec.Load, spec.Warmup, spec.Faulty = l.load, 10*time.Second, 5*time.Second
		spec.Client.MaxPollRecords = 200
		spec.Gauges = []scenarios.Gauge{gauges.PerPartition(), gauges.ChiSquare()}
		s.Cases = append(s.Cases, scenarios.Case{Row: l.row, Spec: spec, Runs: l.runs})
	}
	s.Claims = []scenarios.Claim{{Ref: "B12", Text: "messages are spread evenly over the four partitions", Expect: scenarios.Qualified, Judge: judgeEven}}
	return s
}

func judgeEven(r *scenarios.Result) (scenarios.Ruling, string) {
	text, even, uneven := "", 0, 0
	for _, c := range r.Cases {
		each, chi := c.Measure("records a partition"), c.Measure("χ²")
		above := chi.Above(chiLimit)
		if above > chi.N/10 {
			uneven++
		} else {
			even++
		}
		text += fmt.Sprintf("%s: %d to %d a partition, χ² up to %d.%d, too uneven for chance in %d of %d runs; ", c.Row, each.Min, each.Max, chi.Max/1000, chi.Max/100%10, above, chi.N)
	}
	text += "above 11.3 it is not chance (1 %)"
	switch {
	case uneven == 0:
		return scenarios.Confirmed, text
	case even > 0:
		return scenarios.Qualified, text
	}
	return scenarios.Refuted, text
}
