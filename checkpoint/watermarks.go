package checkpoint

import (
	"math"
	"slices"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

const (
	noWatermark   int64 = math.MinInt64 // before the first one: event time has not begun
	lastWatermark int64 = math.MaxInt64 // at the end of a bounded input: nothing is waited for (Watermark.MAX_WATERMARK)
)

// Watermarks says how sources tell how far event time has come
// (WatermarkStrategy.forBoundedOutOfOrderness).
type Watermarks struct {
	On             bool     // else there are none, and nothing is ever late
	OutOfOrderness sim.Time // how far records may lie behind the latest of their partition
	// Idle is how long a partition may bring nothing before the watermark no
	// longer waits for it (withIdleness); 0: it waits for ever.
	Idle  sim.Time
	Every sim.Time // pipeline.auto-watermark-interval, 200 ms
}

// WithDefaults fills what is zero.
func (w Watermarks) WithDefaults() Watermarks {
	if w.On && w.Every == 0 {
		w.Every = 200 * sim.Millisecond
	}
	return w
}

func (w *Watermarks) check() error {
	switch {
	case w.OutOfOrderness < 0:
		return &ConfigError{"Watermarks.OutOfOrderness", "it cannot be negative"}
	case w.OutOfOrderness%sim.Millisecond != 0:
		return &ConfigError{"Watermarks.OutOfOrderness", "event time has whole milliseconds"}
	case w.Idle < 0:
		return &ConfigError{"Watermarks.Idle", "it cannot be negative; 0 means that partitions never count as idle"}
	case w.Every < 0:
		return &ConfigError{"Watermarks.Every", "it cannot be negative; 0 means 200 ms"}
	}
	return nil
}

// marker is a source subtask's watermark: one for each partition, combined to
// the least of those that are not idle (WatermarkOutputMultiplexer,
// CombinedWatermarkStatus). All are looked at by the clock only, every
// Watermarks.Every.
type marker struct {
	// behind is how far a watermark stays behind the latest record,
	// milliseconds: one more than the disorder, since another record of that
	// very time may come (BoundedOutOfOrdernessWatermarks).
	behind int64
	after  sim.Time `canon:"-"` // Watermarks.Idle
	splits []splitMark
	// reader is the idleness of the subtask as such. It never sees a record,
	// and keeps a subtask without partitions from counting as idle before
	// Watermarks.Idle is over, or at all without it (FLINK-25818).
	reader idleness
	waited bool  // the splits, taken together, are not idle
	told   int64 // the watermark that was emitted last
	isIdle bool  // and whether the subtask was said to be idle since
}

// splitMark is the watermark of one partition.
type splitMark struct {
	model.TopicPartition
	latest int64 // event time of the latest record
	mark   int64
	idleness
}

func newMarker(w *Watermarks) *marker {
	return &marker{behind: int64(w.OutOfOrderness/sim.Millisecond) + 1, after: w.Idle, told: noWatermark}
}

func (m *marker) find(p model.TopicPartition) int {
	return slices.IndexFunc(m.splits, func(s splitMark) bool { return s.TopicPartition == p })
}

// add makes the watermark wait for a partition; it begins before all time.
func (m *marker) add(p model.TopicPartition) {
	if m.find(p) < 0 {
		m.splits = append(m.splits, splitMark{TopicPartition: p, latest: noWatermark + m.behind, mark: noWatermark})
	}
}

// remove lets it no longer wait: the partition is finished, or given away.
func (m *marker) remove(p model.TopicPartition) {
	if i := m.find(p); i >= 0 {
		m.splits = slices.Delete(m.splits, i, i+1)
	}
}

// saw takes a record that was emitted. A partition of which nobody has said
// that it is read, such as one that a group assigned, is waited for from its
// first record on.
func (m *marker) saw(r *Record, _ sim.Time) {
	i := m.find(r.TopicPartition)
	if i < 0 {
		i = len(m.splits)
		m.add(r.TopicPartition)
	}
	s := &m.splits[i]
	s.latest = max(s.latest, r.Timestamp, noWatermark+m.behind)
	s.seen = true
}

// mark is called every Watermarks.Every. It gives what is to be emitted: the
// watermark, or that the subtask is idle; changed is false when that is
// nothing new.
func (m *marker) mark(now sim.Time) (t int64, idle, changed bool) {
	for i := range m.splits {
		s := &m.splits[i]
		if !s.idleness.tick(m.after, now) {
			s.mark = max(s.mark, s.latest-m.behind)
		}
	}
	t, splitsIdle := m.combined()
	readerIdle := m.reader.tick(m.after, now)
	switch {
	case t > m.told:
		m.told, m.isIdle, m.waited = t, false, true
		return t, false, true
	case splitsIdle:
		m.waited = false
	}
	if !m.waited && readerIdle && !m.isIdle {
		m.isIdle = true
		return m.told, true, true
	}
	return m.told, m.isIdle, false
}

// combined is the least watermark of the splits that are not idle. When all
// are it is the greatest, whichever became idle first.
func (m *marker) combined() (t int64, idle bool) {
	least, greatest, active := int64(math.MaxInt64), noWatermark, false
	for i := range m.splits {
		s := &m.splits[i]
		greatest = max(greatest, s.mark)
		if !s.idle {
			least, active = min(least, s.mark), true
		}
	}
	if active {
		return least, false
	}
	return greatest, len(m.splits) > 0
}

// idleness finds out that nothing comes (WatermarksWithIdleness.IdlenessTimer):
// the time counts from the first tick that nothing came before.
type idleness struct {
	seen  bool // something came since the last tick
	timed bool
	since sim.Time `canon:"rel"`
	idle  bool
}

func (n *idleness) tick(after, now sim.Time) bool {
	switch {
	case after == 0:
	case n.seen:
		n.timed, n.idle = false, false
	case !n.timed:
		n.timed, n.since = true, now
	default:
		n.idle = n.idle || now-n.since > after
	}
	n.seen = false
	return n.idle
}
