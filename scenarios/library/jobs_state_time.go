package library

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

// WatermarkDiffers: a source's watermark is not the least of its active
// partitions', or event time does not get as far as it must.
const WatermarkDiffers = "watermark-differs"

// epochMillis is the event time at which worlds begin, in milliseconds.
var epochMillis = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// disorder is how far records of A20 lie behind the latest at the most.
const disorder = time.Minute

// unordered is the event time of the i-th record: two seconds for each, less
// anything up to the disorder.
func unordered(i int) time.Duration {
	return disorder + time.Duration(i)*2*time.Second - time.Duration(sim.Hash(uint64(i), "disorder")%uint64(disorder/time.Second+1))*time.Second
}

// eventTime is A20: watermarks over four partitions with records out of order.
func eventTime() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "A20", Refs: []string{"A20"},
		Title: "event time: the watermark is the least of the active partitions', never goes back, and what is behind it is told to be late"}
	for _, c := range []struct {
		row         string
		bound, idle time.Duration
		empty       bool // a partition that gets no record
		late, stuck bool
		strikes     int
	}{
		{row: "bound 60 s", bound: disorder},
		{row: "bound 60 s, failures", bound: disorder, strikes: 3},
		{row: "bound 2 s", bound: 2 * time.Second, late: true},
		{row: "a partition without records", bound: disorder, empty: true, stuck: true},
		{row: "a partition without records, withIdleness", bound: disorder, idle: 4 * time.Second, empty: true},
	} {
		spec := jobSpec(4, 2, 1)
		spec.Warmup, spec.Faulty = 2*time.Second, 20*time.Second
		spec.Load = scenarios.Load{Count: 240, Pattern: "sensor-%d", Keys: 12, EventTime: unordered}
		if c.empty {
			spec.Load.Pattern, spec.Load.Keys = filledBut(4, 3, 12), 12
		}
		spec.Job.Watermarks = scenarios.Watermarks{On: true, OutOfOrderness: c.bound, Idle: c.idle}
		spec.Job.Operator = func() checkpoint.Operator { return &checkpoint.Average{Size: 10 * sim.Second} }
		// In any order that delays allow the producer would write some records
		// again, and the times of what stands where would not be known.
		spec.Script = func(p *scenarios.Planner) {
			startJob(p, time.Second)
			strike(p, c.strikes)
		}
		spec.Promise = spec.Promise.Forbidding("event time", model.WatermarkRegressed, model.LateNotLate, WatermarkDiffers)
		spec.Gauges = []scenarios.Gauge{lateRecords, watermarksChecked(), watermarksWrong()}
		spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
			late, checked, wrong, text := o.Number("late")[0], o.Number("watermarks checked")[0], o.Number("watermarks wrong")[0], ""
			switch {
			case wrong > 0:
				text = fmt.Sprintf("%d of %d watermarks are not the least of the active partitions'", wrong, checked)
			case c.stuck && checked > 0:
				text = fmt.Sprintf("%d watermarks passed the operators, though a partition has no record", checked)
			case !c.stuck && checked == 0:
				text = "no watermark passed the operators"
			case c.late != (late > 0):
				text = fmt.Sprintf("%d records were late", late)
			}
			if text == "" {
				return nil
			}
			return []scenarios.Finding{{Name: WatermarkDiffers, Text: text}}
		}
		s.Cases = append(s.Cases, scenarios.Case{Row: c.row, Spec: spec, Runs: 5})
	}
	return s
}

// filledBut is a pattern of keys of which none, filled with 0 to keys-1, is in
// a partition.
func filledBut(partitions, empty int32, keys int) string {
	for n := 0; ; n++ {
		pattern, ok := fmt.Sprintf("sensor%d-%%d", n), true
		for i := 0; i < keys && ok; i++ {
			ok = assignor.PartitionForKey(fmt.Sprintf(pattern, i), partitions) != empty
		}
		if ok {
			return pattern
		}
	}
}

// strike fails tasks, TaskManagers and the JobManager at drawn moments.
func strike(p *scenarios.Planner, times int) {
	for i := range times {
		at := p.Spec().Warmup + p.Draw("strike-at", i, p.Spec().Faulty-5*time.Second)
		node := "jm"
		switch p.Pick("strike-kind", i, 3) {
		case 0:
			p.FailTask(at, p.Member("strike", i), "source")
			continue
		case 1:
			node = p.Member("strike", i)
		}
		p.At(at, sim.Crash, node)
		p.At(at+time.Second+p.Draw("strike-for", i, 3*time.Second), sim.Start, node)
	}
}

// watermarksChecked counts the watermarks that operators passed on, and
// watermarksWrong those of sources that are not what their records make them.
func watermarksChecked() scenarios.Gauge {
	return scenarios.Gauge{Name: "watermarks checked", New: func(t *scenarios.Trial) scenarios.Meter {
		return newEventClock(t, func(c *eventClock) int64 { return c.passed })
	}}
}

func watermarksWrong() scenarios.Gauge {
	return scenarios.Gauge{Name: "watermarks wrong", New: func(t *scenarios.Trial) scenarios.Meter {
		return newEventClock(t, func(c *eventClock) int64 { return c.wrong })
	}}
}

// eventClock works out of the history and the load what each source's
// watermark must be.
type eventClock struct {
	read          func(*eventClock) int64
	bound, idle   int64              // ms, µs
	times         map[int32][]int64  // by partition and offset, ms
	parts         map[string][]int32 // of the tasks' clients, in this attempt
	latest        map[int32][2]int64 // of a partition in this attempt: event time in ms, and when it was read in µs
	marks         map[string]int64   // of the sources, in this attempt
	restored      int64              // when the attempt began
	passed, wrong int64
}

func newEventClock(t *scenarios.Trial, read func(*eventClock) int64) *eventClock {
	w, load := t.Spec.Job.Watermarks, t.Spec.Load
	c := &eventClock{read: read, bound: w.OutOfOrderness.Milliseconds(), idle: w.Idle.Microseconds(), times: map[int32][]int64{}}
	n := t.Spec.Topics[0].Partitions
	for i := range load.Count { // one producer without faults writes them in order
		p := assignor.PartitionForKey(load.Key(i), n)
		c.times[p] = append(c.times[p], epochMillis+load.EventTime(i).Milliseconds())
	}
	c.begin(0)
	return c
}

func (c *eventClock) begin(at int64) {
	c.parts, c.latest, c.marks, c.restored = map[string][]int32{}, map[int32][2]int64{}, map[string]int64{}, at
}

// Observe implements scenarios.Meter.
func (c *eventClock) Observe(e *model.Event) {
	switch e.Kind {
	case model.JobRestored:
		c.begin(e.At)
	case model.Positioned:
		if !slices.Contains(c.parts[e.Client], e.Partition) {
			c.parts[e.Client] = append(c.parts[e.Client], e.Partition)
		}
	case model.Emitted:
		l, ok := c.latest[e.Partition]
		if !ok {
			l[0] = math.MinInt64
		}
		for o := e.From; o < e.To; o++ {
			l[0] = max(l[0], c.times[e.Partition][o])
		}
		c.latest[e.Partition] = [2]int64{l[0], e.At}
	case model.Watermarked:
		if e.Member[0] == 'o' {
			c.passedOn(e)
			return
		}
		if want, sure := c.want(e); sure && want != e.To {
			c.wrong++
		}
		c.marks[e.Member] = e.To
	}
}

// want is a source's watermark: the least over its partitions that are not
// idle. It is not sure of it while one may be just becoming so.
func (c *eventClock) want(e *model.Event) (mark int64, sure bool) {
	const slack = 500_000 // µs: two looks at the clock, and some
	mark, sure = math.MaxInt64, true
	for _, p := range c.parts[e.Client] {
		l, seen := c.latest[p]
		if !seen {
			l = [2]int64{math.MinInt64 + c.bound + 1, c.restored}
		}
		switch quiet := e.At - l[1]; {
		case c.idle > 0 && quiet > c.idle+slack:
			continue
		case c.idle > 0 && quiet > c.idle-slack:
			sure = false
		}
		mark = min(mark, l[0]-c.bound-1)
	}
	return mark, sure
}

// passedOn takes an operator's watermark, which is none of the sources' own
// yet to come.
func (c *eventClock) passedOn(e *model.Event) {
	c.passed++
	for _, mark := range c.marks {
		if e.To > mark {
			c.wrong++
		}
	}
}

// Read implements scenarios.Meter.
func (c *eventClock) Read(*scenarios.Outcome) []int64 { return []int64{c.read(c)} }
