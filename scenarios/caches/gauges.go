package caches

import (
	"fmt"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// Misses is how many of a run's reads were not answered from the process.
func Misses() scenarios.Gauge {
	return metered("cache misses", "‰", func(w *watch) []int64 {
		if w.reads == 0 {
			return nil
		}
		return []int64{w.misses * 1000 / w.reads}
	})
}

// Latency is how long each read took.
func Latency() scenarios.Gauge {
	return metered("cache read latency", "µs", func(w *watch) []int64 { return w.latency })
}

// Rebuild is how long a process spent, each time it was assigned partitions,
// on reading what it had not: changelogs, and what it missed until the next
// assignment.
func Rebuild() scenarios.Gauge {
	return metered("cache rebuild", "µs", func(w *watch) []int64 { return w.spells })
}

// Staleness is how long the value of each stale read had been overwritten when
// it was asked for; reads that were not stale have no sample.
func Staleness() scenarios.Gauge {
	return metered("cache staleness", "µs", func(w *watch) []int64 { return w.stale })
}

// Overwritten is how many writes put an earlier record's value in the place of
// a later one's.
func Overwritten() scenarios.Gauge {
	return metered(overwritten, "writes", func(w *watch) []int64 { return []int64{int64(len(w.older))} })
}

// Uncounted is how many records the keys' values do not count in the end;
// negative when more were counted than produced.
func Uncounted() scenarios.Gauge {
	return metered(uncounted, "records", func(w *watch) []int64 {
		n := w.produced
		//ordered: a sum of whole numbers
		for _, r := range w.keys {
			n -= int64(parse(r.value).Count)
		}
		return []int64{n}
	})
}

const (
	overwritten = "newer values overwritten"
	uncounted   = "records not counted"
)

// CountDiffers is the anomaly of values that in the end do not count each
// record exactly once.
const CountDiffers = "count-differs"

// NewerOverwritten is the anomaly of a write that put an earlier record's value
// in the place of a later one's: a zombie's, as a rule.
const NewerOverwritten = "newer-overwritten"

// Check is a Spec's Assert that finds NewerOverwritten and CountDiffers; the Spec
// needs the gauges Overwritten and Uncounted.
func Check(o *scenarios.Outcome) (out []scenarios.Finding) {
	for _, n := range o.Number(overwritten) {
		if n > 0 {
			out = append(out, scenarios.Finding{Name: NewerOverwritten, Text: fmt.Sprintf("%d writes put an earlier record's value in the place of a later one's", n)})
		}
	}
	for _, n := range o.Number(uncounted) {
		if n != 0 && o.Settled {
			out = append(out, scenarios.Finding{Name: CountDiffers, Text: fmt.Sprintf("of %d records the values in the end do not count %d", o.Report.Summary.Produced, n)})
		}
	}
	return out
}

func metered(name, unit string, read func(*watch) []int64) scenarios.Gauge {
	return scenarios.Gauge{Name: name, Unit: unit, New: func(*scenarios.Trial) scenarios.Meter {
		return &watch{read: read, open: map[call]opened{}, keys: map[string]*register{}, current: map[string]int{}}
	}}
}

// watch follows the calls of a run.
type watch struct {
	read     func(*watch) []int64
	open     map[call]opened
	keys     map[string]*register
	reads    int64
	misses   int64
	produced int64
	latency  []int64
	stale    []int64
	older    []int64 // when each was answered
	spells   []int64 // what each assignment cost
	current  map[string]int
}

type call struct {
	client string
	op     int64
}

// opened is a call that has not returned.
type opened struct {
	at    int64
	value string
}

// register is what a key's writes, as they returned, have made of it.
type register struct {
	value string
	last  int64            // the latest record's offset
	ended map[string]int64 // when a value was overwritten
}

// Observe implements scenarios.Meter.
func (w *watch) Observe(e *model.Event) {
	switch at := (call{e.Client, e.Op}); e.Kind {
	case model.Assigned:
		if len(e.Partitions) > 0 {
			w.spells = append(w.spells, 0)
			w.current[e.Client] = len(w.spells) // one more than its place
		}
	case model.Produced:
		w.produced += e.To - e.From
	case model.Read:
		w.open[at] = opened{at: e.At}
	case model.Write:
		w.open[at] = opened{e.At, e.Values[0]}
	case model.ReadDone:
		w.answered(e, w.open[at])
		delete(w.open, at)
	case model.WriteDone:
		if e.Error == "" {
			w.written(e, w.open[at].value)
		}
		delete(w.open, at)
	}
}

func (w *watch) answered(e *model.Event, asked opened) {
	took := e.At - asked.at
	if n := w.current[e.Client]; n > 0 && e.Cause != hit {
		w.spells[n-1] += took
	}
	if e.Cause == restore {
		return
	}
	w.reads++
	w.latency = append(w.latency, took)
	if e.Cause == miss {
		w.misses++
	}
	if r := w.keys[e.Keys[0]]; r != nil && len(e.Values) > 0 {
		if ended, over := r.ended[e.Values[0]]; over && ended < asked.at {
			w.stale = append(w.stale, asked.at-ended)
		}
	}
}

// written takes a write that was answered. An answer may come late, to a process
// that stood still: an earlier record's value is the key's only if the store
// has put it over a later one's.
func (w *watch) written(e *model.Event, value string) {
	r := w.keys[e.Keys[0]]
	if r == nil {
		r = &register{last: none.Last, ended: map[string]int64{}}
		w.keys[e.Keys[0]] = r
	}
	last := parse(value).Last
	switch {
	case e.Cause == older:
		w.older = append(w.older, e.At)
	case last < r.last:
		return
	}
	if r.value != "" && r.value != value {
		r.ended[r.value] = e.At
	}
	delete(r.ended, value)
	r.value, r.last = value, max(r.last, last)
}

// Read implements scenarios.Meter.
func (w *watch) Read(*scenarios.Outcome) []int64 { return w.read(w) }
