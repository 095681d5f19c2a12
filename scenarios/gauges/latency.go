package gauges

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// Latency is the time of each record from the acknowledgement of its producer
// to the first time that it was processed, of those acknowledged in a span of
// time counted from the first thing that happened to the group after the
// warm-up: a member that starts, or that something strikes. Records that nobody
// processed give no sample.
func Latency(name string, from, to time.Duration) scenarios.Gauge {
	return metered(name, "µs", func(t *scenarios.Trial) scenarios.Meter {
		return &latency{window: newWindow(t), begin: from.Microseconds(), end: to.Microseconds(), shock: -1, of: map[scenarios.Partition]*journeys{}}
	})
}

// LatencyAround has a gauge for each step of a span of time around that moment:
// "latency from -1s", "latency from 0s"…
func LatencyAround(from, to, step time.Duration) (out []scenarios.Gauge) {
	for at := from; at < to; at += step {
		out = append(out, Latency(LatencyFrom(at), at, at+step))
	}
	return out
}

// LatencyFrom is the name of the gauge of LatencyAround whose step begins then.
func LatencyFrom(at time.Duration) string { return fmt.Sprintf("latency from %v", at) }

type latency struct {
	window
	begin, end int64
	shock      int64 // -1: not yet
	of         map[scenarios.Partition]*journeys
	order      []*journeys
}

// journeys are the records of one partition, by offset; 0 is not known.
type journeys struct{ acked, done []int64 }

func mark(at []int64, from, to, now int64) []int64 {
	for int64(len(at)) < to {
		at = append(at, 0)
	}
	for ; from < to; from++ {
		if at[from] == 0 {
			at[from] = now
		}
	}
	return at
}

// Observe implements scenarios.Meter.
func (l *latency) Observe(e *model.Event) {
	ours := l.window.observe(e)
	if l.shock < 0 && l.open() && (e.Kind == model.Started || e.Kind == model.Fault) && e.Client != "" {
		l.shock = e.At
	}
	if !ours || e.Kind != model.Produced && e.Kind != model.Processed {
		return
	}
	j := l.of[e.TopicPartition]
	if j == nil {
		j = &journeys{}
		l.of[e.TopicPartition] = j
		l.order = append(l.order, j)
	}
	if e.Kind == model.Produced {
		j.acked = mark(j.acked, e.From, e.To, e.At)
	} else {
		j.done = mark(j.done, e.From, e.To, e.At)
	}
}

// Read implements scenarios.Meter.
func (l *latency) Read(*scenarios.Outcome) (out []int64) {
	if l.shock < 0 {
		return nil
	}
	for _, j := range l.order {
		for i, at := range j.acked {
			if at >= l.shock+l.begin && at < l.shock+l.end && i < len(j.done) && j.done[i] > 0 {
				out = append(out, max(j.done[i]-at, 0))
			}
		}
	}
	return out
}
