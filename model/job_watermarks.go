package model

import (
	"slices"
	"strconv"
)

// Watermarks watches event time: a task's watermark never goes back
// (StatusWatermarkValve, SourceOutputWithWatermarks), and no record is dropped
// as late that is not behind it: watermark-regressed, late-not-late.
type Watermarks struct {
	Tasks []taskMark // by name
	Mute  int64      // late records without an event time, or of a task that told no watermark
}

// taskMark is a task's last watermark, in milliseconds.
type taskMark struct {
	Task    string
	Attempt int32
	Mark    int64
}

// Describe implements Monitor.
func (w *Watermarks) Describe() Description {
	return Description{"watermarks", Finite, []string{WatermarkRegressed, LateNotLate},
		"a task writes watermark when it passes one on, and late with the records' event times as values"}
}

// watched lists the kinds of events that concern this monitor.
func (w *Watermarks) watched() []Kind { return []Kind{Watermarked, Late} }

// Observe implements Monitor.
func (w *Watermarks) Observe(i int, e *Event, report func(Anomaly)) {
	at := slices.IndexFunc(w.Tasks, func(t taskMark) bool { return t.Task == e.Member })
	if e.Kind == Late {
		w.late(i, e, at, report)
		return
	}
	switch {
	case at < 0:
		w.Tasks = append(w.Tasks, taskMark{e.Member, e.Generation, e.To})
	case e.Generation > w.Tasks[at].Attempt:
		w.Tasks[at] = taskMark{e.Member, e.Generation, e.To}
	case e.Generation < w.Tasks[at].Attempt: // a zombie's
	case e.To < w.Tasks[at].Mark:
		report(found(WatermarkRegressed, i, e, TopicPartition{}).describe("the watermark of " + e.Member + " goes back from " +
			itoa(w.Tasks[at].Mark) + " to " + itoa(e.To) + " ms"))
	default:
		w.Tasks[at].Mark = e.To
	}
}

func (w *Watermarks) late(i int, e *Event, at int, report func(Anomaly)) {
	if at < 0 || w.Tasks[at].Attempt != e.Generation {
		w.Mute++
		return
	}
	n := 0
	e.ranges(func(p TopicPartition, from, to int64) {
		for o := from; o < to; o, n = o+1, n+1 {
			if n >= len(e.Values) {
				w.Mute++
				continue
			}
			if ms, err := strconv.ParseInt(e.Values[n], 10, 64); err == nil && ms > w.Tasks[at].Mark {
				report(found(LateNotLate, i, e, p).over(span(o, o+1)).describe("dropped as late by " + e.Member + ": its time is " +
					itoa(ms) + " ms, the watermark " + itoa(w.Tasks[at].Mark)))
			}
		}
	})
}

// Finish implements Monitor.
func (w *Watermarks) Finish(func(Anomaly)) {}

func (w *Watermarks) unchecked() []NotChecked {
	if w.Mute > 0 {
		return []NotChecked{{LateNotLate, itoa(w.Mute) + " late records do not tell their event time, or their task no watermark"}}
	}
	return nil
}
