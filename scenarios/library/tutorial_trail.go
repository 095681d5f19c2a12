package library

import (
	"slices"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// trail is which consumer did the work on which record of which key, and when.
// Keys are in the history where the promise needs them (PerKeyOrder).
type trail struct {
	sent  map[scenarios.Partition][]sending
	seq   int64
	steps []worked
	owner map[scenarios.Partition]tenure
	until int64 // the longest that an owner and the one before it both worked, µs
}

// sending is a record as its producer knows it: seq counts over all partitions.
type sending struct {
	key         string
	offset, seq int64
}

// worked is the work on one record.
type worked struct {
	client string
	scenarios.Partition
	offset int64
	sending
}

type tenure struct {
	client string
	since  int64 // µs
}

// following is a gauge that reads its samples off the trail of a run.
func following(name, unit string, read func(*trail) []int64) scenarios.Gauge {
	return scenarios.Gauge{Name: name, Unit: unit, New: func(*scenarios.Trial) scenarios.Meter {
		return &follower{trail{sent: map[scenarios.Partition][]sending{}, owner: map[scenarios.Partition]tenure{}}, read}
	}}
}

type follower struct {
	trail
	read func(*trail) []int64
}

// Observe implements scenarios.Meter.
func (m *follower) Observe(e *model.Event) {
	switch e.Kind {
	case model.Produced:
		for i, key := range e.Keys {
			m.sent[e.TopicPartition] = append(m.sent[e.TopicPartition], sending{key, e.From + int64(i), m.seq})
			m.seq++
		}
	case model.Assigned:
		for _, p := range e.Partitions {
			if m.owner[p.TopicPartition].client != e.Client {
				m.owner[p.TopicPartition] = tenure{e.Client, e.At}
			}
		}
	case model.Processed:
		for at := e.From; at < e.To; at++ {
			m.steps = append(m.steps, worked{client: e.Client, Partition: e.TopicPartition, offset: at})
		}
		if o := m.owner[e.TopicPartition]; o.client != e.Client {
			m.until = max(m.until, e.At-o.since)
		}
	}
}

// Read implements scenarios.Meter. A record may have been processed before its
// producer heard of it: only now are all keys known.
func (m *follower) Read(*scenarios.Outcome) []int64 {
	for i := range m.steps {
		s := &m.steps[i]
		sent := m.sent[s.Partition]
		if at := slices.IndexFunc(sent, func(x sending) bool { return x.offset == s.offset }); at >= 0 {
			s.sending = sent[at]
		}
	}
	return m.read(&m.trail)
}

// byKey is the work on each key's records, in the order of the keys.
func (t *trail) byKey() [][]worked {
	of := map[string]int{}
	var out [][]worked
	for _, s := range t.steps {
		i, ok := of[s.key]
		if !ok {
			i = len(out)
			of[s.key] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], s)
	}
	return out
}

// affinity is how many of 1000 keys had one consumer only.
func (t *trail) affinity() []int64 {
	keys := t.byKey()
	return permille(keys, func(steps []worked) bool {
		return !slices.ContainsFunc(steps, func(s worked) bool { return s.client != steps[0].client })
	})
}

// moved is how many of 1000 keys were in more than one partition.
func (t *trail) moved() []int64 {
	return permille(t.byKey(), func(steps []worked) bool {
		return slices.ContainsFunc(steps, func(s worked) bool { return s.Partition != steps[0].Partition })
	})
}

func permille(keys [][]worked, is func([]worked) bool) []int64 {
	n := int64(0)
	for _, steps := range keys {
		if is(steps) {
			n++
		}
	}
	if len(keys) == 0 {
		return nil
	}
	return []int64{n * 1000 / int64(len(keys))}
}

// inversions are records that were processed, for the first time, after a
// record of their key that had been sent later.
func (t *trail) inversions() []int64 {
	n := int64(0)
	for _, steps := range t.byKey() {
		last, seen := int64(-1), map[int64]bool{}
		for _, s := range steps {
			if !seen[s.seq] && s.seq < last {
				n++
			}
			seen[s.seq] = true
			last = max(last, s.seq)
		}
	}
	return []int64{n}
}

// overlap is how long somebody still worked on a partition that had another
// owner, µs.
func (t *trail) overlap() []int64 { return []int64{t.until} }
