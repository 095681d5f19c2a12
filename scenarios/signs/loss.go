package signs

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// held is what one poll brought, and what became of its reader.
type held struct {
	model.Interval
	client     string
	at         int64
	event      int
	generation int32
	kept       bool   // the reader has the partition in a later generation, too
	over       bool   // its reader committed beyond records of it that were not done, while it had the partition
	ended      string // crash, leave, revoked, lost; empty while it has it
	furthest   int64  // the offset behind the furthest record that the reader did
}

// lossSigns tells of every lost record how its last reader came to leave it.
type lossSigns struct{ partitions }

// Describe implements model.Monitor.
func (*lossSigns) Describe() model.Description {
	return model.Description{Name: "loss-signs", Class: model.Ledger,
		Anomalies: []string{LostInCrash, LostInHole, LostAtRevoke, LostAtRebalance, LostWhileOwned}}
}

// Observe implements model.Monitor.
func (l *lossSigns) Observe(i int, e *model.Event, _ func(model.Anomaly)) {
	switch e.Kind {
	case model.Polled:
		p := l.of(e.TopicPartition)
		p.held = append(p.held, held{Interval: model.Interval{From: e.From, To: e.To}, client: e.Client, at: e.At, event: i, generation: e.Generation})
	case model.Processed:
		p := l.of(e.TopicPartition)
		p.done.Add(e.From, e.To)
		for j := range p.held {
			if h := &p.held[j]; h.client == e.Client && h.ended == "" {
				h.furthest = max(h.furthest, e.To)
			}
		}
	case model.CommitDone:
		for _, o := range e.Partitions {
			if e.Error == "" {
				l.of(o.TopicPartition).commit(e.Client, o.Offset)
			}
		}
	case model.Assigned:
		l.each(e.Client, func(_ scenarios.Partition, h *held) { h.kept = h.kept || e.Generation > h.generation })
	case model.Revoked, model.Lost:
		l.each(e.Client, func(p scenarios.Partition, h *held) {
			if slices.ContainsFunc(e.Partitions, func(o model.PartitionOffset) bool { return o.TopicPartition == p }) {
				h.ended = string(e.Kind)
			}
		})
	case model.Stopped:
		l.each(e.Client, func(_ scenarios.Partition, h *held) { h.ended = cmp.Or(e.Cause, "crash") })
	}
}

// commit takes an acknowledged commit.
func (p *partition) commit(client string, offset int64) {
	p.committed = max(p.committed, offset)
	for j := range p.held {
		if h := &p.held[j]; h.client == client && h.ended == "" && len(p.done.Missing(h.From, min(h.To, offset))) > 0 {
			h.over = true
		}
	}
}

// each calls f for what a client has polled and still has.
func (l *lossSigns) each(client string, f func(scenarios.Partition, *held)) {
	for i, p := range l.parts {
		for j := range p.held {
			if h := &p.held[j]; h.client == client && h.ended == "" {
				f(l.names[i], h)
			}
		}
	}
}

// Finish implements model.Monitor.
func (l *lossSigns) Finish(report func(model.Anomaly)) {
	for i, p := range l.parts {
		seen := model.Intervals{} // by later polls
		for _, h := range slices.Backward(p.held) {
			gone := p.done.Missing(h.From, min(h.To, p.committed)).Minus(seen)
			seen.Add(h.From, h.To)
			if len(gone) == 0 {
				continue
			}
			name, how := h.sign(gone)
			report(model.Anomaly{Name: name, At: h.at, Event: h.event, Client: h.client, TopicPartition: l.names[i],
				From: gone[0].From, To: gone.End(), Offsets: gone,
				Text: fmt.Sprintf("%v %v committed, never processed: %s had polled that, %s", l.names[i], offsets(gone), h.client, how)})
		}
	}
}

// sign names a loss by what became of its reader.
func (h *held) sign(gone model.Intervals) (name, how string) {
	switch {
	case h.ended == "crash" && h.furthest > gone.End():
		return LostInHole, fmt.Sprintf("did others up to %d, and crashed", h.furthest-1)
	case h.ended == "crash":
		return LostInCrash, "and crashed before it was done"
	case h.ended == "revoked" && !h.over:
		return LostAtRevoke, "and gave the partition up"
	case h.kept:
		return LostAtRebalance, "kept the partition through a rebalance, and dropped it"
	}
	return LostWhileOwned, "and dropped it"
}

// offsets writes a set of offsets.
func offsets(set model.Intervals) string {
	if set.Count() == 1 {
		return "offset " + set.String()
	}
	return "offsets " + set.String()
}
