package signs

import (
	"fmt"
	"slices"

	"github.com/groundhogsim/groundhog/model"
)

// foreignCommits watches for commits that are accepted for partitions which
// another member has, when the commit is called and when it is answered.
type foreignCommits struct {
	partitions
	calls []foreignCall
}

type foreignCall struct {
	client string
	op     int64
	of     model.PartitionOffset
	owner  string
}

// Describe implements model.Monitor.
func (*foreignCommits) Describe() model.Description {
	return model.Description{Name: "foreign-commits", Class: model.Ledger, Anomalies: []string{ForeignCommit}}
}

// Observe implements model.Monitor.
func (f *foreignCommits) Observe(i int, e *model.Event, report func(model.Anomaly)) {
	f.own(e)
	switch e.Kind {
	case model.Commit:
		for _, o := range e.Partitions {
			if owner := f.of(o.TopicPartition).owner; owner != "" && owner != e.Client {
				f.calls = append(f.calls, foreignCall{e.Client, e.Op, o, owner})
			}
		}
	case model.CommitDone:
		f.calls = slices.DeleteFunc(f.calls, func(c foreignCall) bool {
			if c.client != e.Client || c.op != e.Op {
				return false
			}
			if e.Error == "" && f.of(c.of.TopicPartition).owner == c.owner {
				report(model.Anomaly{Name: ForeignCommit, At: e.At, Event: i, Client: e.Client, TopicPartition: c.of.TopicPartition, From: c.of.Offset, To: c.of.Offset,
					Text: fmt.Sprintf("%v commit of %d by %s accepted, while %s has the partition", c.of.TopicPartition, c.of.Offset, e.Client, c.owner)})
			}
			return true
		})
	case model.Stopped:
		f.calls = slices.DeleteFunc(f.calls, func(c foreignCall) bool { return c.client == e.Client })
	}
}

// Finish implements model.Monitor.
func (*foreignCommits) Finish(func(model.Anomaly)) {}
