package gauges

import "github.com/groundhogsim/groundhog/scenarios"

// TimeToReassign is the time from what struck a member, or from its leaving,
// until everything that it owned was assigned to others. A member that was back
// first gives no sample, and neither does one that owned nothing.
func TimeToReassign() scenarios.Gauge {
	return scenarios.Reading("time to reassign", "µs", func(o *scenarios.Outcome) []int64 {
		var out []int64
		for _, t := range o.Report.Takeovers {
			if t.Group == o.Trial.Spec.Group.Name && t.Begin >= o.Trial.Spec.Warmup.Microseconds() && t.End >= 0 && !t.Recovered {
				out = append(out, t.End-t.Begin)
			}
		}
		return out
	})
}

// Duplicates is how many records were processed more than once, and Lost how
// many never were.
func Duplicates() scenarios.Gauge {
	return scenarios.Reading("duplicates", "records", func(o *scenarios.Outcome) []int64 {
		return []int64{o.Report.Summary.ProcessedDuplicates}
	})
}

// Lost is how many records nobody ever processed.
func Lost() scenarios.Gauge {
	return scenarios.Reading("lost", "records", func(o *scenarios.Outcome) []int64 {
		return []int64{o.Report.Summary.Lost}
	})
}
