package signs

import (
	"fmt"
	"slices"

	"github.com/groundhogsim/groundhog/model"
)

// overtaken watches for commits that take back what the same member has
// committed since it has the partition.
type overtaken struct {
	partitions
	seats []committer // in the order of first mention
}

type committer struct {
	client string
	of     model.TopicPartition
	at     int64 // acknowledged last
}

// Describe implements model.Monitor.
func (*overtaken) Describe() model.Description {
	return model.Description{Name: "overtaken", Class: model.Ledger, Anomalies: []string{CommitOvertaken}}
}

// Observe implements model.Monitor.
func (o *overtaken) Observe(i int, e *model.Event, report func(model.Anomaly)) {
	o.own(e)
	switch {
	case e.Kind == model.Assigned:
		for _, p := range e.Partitions {
			o.seats = slices.DeleteFunc(o.seats, func(c committer) bool { return c.of == p.TopicPartition })
		}
	case e.Kind == model.CommitDone && e.Error == "":
		for _, p := range e.Partitions {
			if o.of(p.TopicPartition).owner == e.Client {
				o.committed(i, e, p, report)
			}
		}
	}
}

func (o *overtaken) committed(i int, e *model.Event, p model.PartitionOffset, report func(model.Anomaly)) {
	at := slices.IndexFunc(o.seats, func(c committer) bool { return c.client == e.Client && c.of == p.TopicPartition })
	if at < 0 {
		at = len(o.seats)
		o.seats = append(o.seats, committer{e.Client, p.TopicPartition, p.Offset})
	}
	if last := o.seats[at].at; p.Offset < last {
		report(model.Anomaly{Name: CommitOvertaken, At: e.At, Event: i, Client: e.Client, TopicPartition: p.TopicPartition, From: p.Offset, To: p.Offset,
			Text: fmt.Sprintf("%v commit of %d by %s takes effect after its own of %d", p.TopicPartition, p.Offset, e.Client, last)})
	}
	o.seats[at].at = p.Offset
}

// Finish implements model.Monitor.
func (*overtaken) Finish(func(model.Anomaly)) {}
