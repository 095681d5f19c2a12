package signs

import (
	"fmt"

	"github.com/groundhogsim/groundhog/model"
)

// revokeSigns watches for what members leave behind when their revoked
// callback is over: work that is done and not committed, or with late set,
// records that are finished only afterwards and that the next owner does, too.
type revokeSigns struct {
	partitions
	late bool
	left []leftover
}

// leftover is a record finished too late.
type leftover struct {
	model.Anomaly
	again bool
}

// Describe implements model.Monitor.
func (r *revokeSigns) Describe() model.Description {
	return model.Description{Name: "revoke-signs", Class: model.Ledger, Anomalies: []string{UncommittedRevoke, RedoneInFlight}}
}

// Observe implements model.Monitor.
func (r *revokeSigns) Observe(i int, e *model.Event, report func(model.Anomaly)) {
	switch e.Kind {
	case model.Processed:
		p := r.of(e.TopicPartition)
		if p.owner == e.Client || p.owner == "" {
			p.processed = max(p.processed, e.To)
		}
		r.finished(i, e, p)
	case model.CommitDone:
		for _, o := range e.Partitions {
			if e.Error == "" {
				p := r.of(o.TopicPartition)
				p.committed = max(p.committed, o.Offset)
			}
		}
	case model.RevokeDone:
		for _, o := range e.Partitions {
			p := r.of(o.TopicPartition)
			if !r.late && p.owner == "" && p.processed > p.committed {
				from := max(p.committed, 0)
				report(model.Anomaly{Name: UncommittedRevoke, At: e.At, Event: i, Client: e.Client, TopicPartition: o.TopicPartition, From: from, To: p.processed,
					Text: fmt.Sprintf("%v given up by %s with offsets %d..%d done and not committed", o.TopicPartition, e.Client, from, p.processed-1)})
			}
		}
	}
	if r.own(e); e.Kind == model.Lost { // nobody can commit these
		for _, o := range e.Partitions {
			r.of(o.TopicPartition).processed = -1
		}
	}
}

// finished takes note of work by somebody who has given the partition up, and
// of its being done again.
func (r *revokeSigns) finished(i int, e *model.Event, p *partition) {
	for j := range r.left {
		l := &r.left[j]
		if l.TopicPartition == e.TopicPartition && l.Client != e.Client && e.From <= l.From && l.From < e.To {
			l.again = true
		}
	}
	if r.late && p.owner != "" && p.owner != e.Client {
		r.left = append(r.left, leftover{again: p.done.CountWithin(e.From, e.To) > 0, Anomaly: model.Anomaly{
			Name: RedoneInFlight, At: e.At, Event: i, Client: e.Client, TopicPartition: e.TopicPartition, From: e.From, To: e.To,
			Text: fmt.Sprintf("%v offset %d done by %s after it had given the partition up, and by %s too", e.TopicPartition, e.From, e.Client, p.owner)}})
	}
	p.done.Add(e.From, e.To)
}

// Finish implements model.Monitor.
func (r *revokeSigns) Finish(report func(model.Anomaly)) {
	for _, l := range r.left {
		if l.again {
			report(l.Anomaly)
		}
	}
}
