package gauges

import (
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// PauseArea is how long partitions had no owner, added up over all of them, in
// partition-milliseconds: what a rebalance costs in reading.
func PauseArea() scenarios.Gauge {
	return metered("pause area", "partition-ms", func(t *scenarios.Trial) scenarios.Meter {
		return &pauses{window: newWindow(t), owners: newOwners(), since: map[scenarios.Partition]int64{}, sum: true}
	})
}

// Unowned is how long a partition that had an owner had none, each time; a time
// that began while the faults went on counts to its end. A partition that never
// has an owner again counts to the end of the run.
func Unowned() scenarios.Gauge {
	return metered("time without an owner", "µs", func(t *scenarios.Trial) scenarios.Meter {
		return &pauses{window: newWindow(t), owners: newOwners(), since: map[scenarios.Partition]int64{}}
	})
}

type pauses struct {
	window
	owners
	sum    bool
	since  map[scenarios.Partition]int64
	area   int64 // µs
	spans  []int64
	closed bool
}

// Observe implements scenarios.Meter.
func (p *pauses) Observe(e *model.Event) {
	ours := p.window.observe(e)
	if p.over && !p.closed {
		p.closed = true
		if p.sum {
			p.end()
		}
	}
	if ours {
		p.owners.observe(e, p.changed)
	}
}

func (p *pauses) changed(at scenarios.Partition, before, after string) {
	switch since, paused := p.since[at]; {
	case after == "" && !p.over:
		p.since[at] = p.now
	case after != "" && paused:
		p.take(since)
		delete(p.since, at)
	}
}

// take adds a pause that is over now.
func (p *pauses) take(since int64) {
	switch {
	case p.sum:
		p.area += max(p.now-max(since, p.from), 0)
	case since >= p.from:
		p.spans = append(p.spans, p.now-since)
	}
}

// end ends what is open.
func (p *pauses) end() {
	for _, at := range p.order {
		if since, paused := p.since[at]; paused {
			p.take(since)
			delete(p.since, at)
		}
	}
}

// Read implements scenarios.Meter.
func (p *pauses) Read(*scenarios.Outcome) []int64 {
	p.end()
	if p.sum {
		return []int64{millis(p.area)}
	}
	return p.spans
}
