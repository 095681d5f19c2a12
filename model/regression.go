package model

// Regression watches that acknowledged commits do not go back:
// commit-regression. The broker promises nothing of the kind (I-C6); members
// that read, process and commit do (I-O4).
//
// A commit is compared with the last one acknowledged before it was called. A
// member that seeks back may commit what it then reads.
type Regression struct {
	Book  commitBook
	Seeks map[seat]int64 // the lowest offset that a member sought since its assignment
}

// Describe implements Monitor.
func (r *Regression) Describe() Description {
	return Description{"regression", Finite, []string{CommitRegression},
		"the lines are in the order of real time: a return stands before the calls made after it"}
}

// Observe implements Monitor.
func (r *Regression) Observe(i int, e *Event, report func(Anomaly)) {
	switch e.Kind {
	case Positioned:
		if e.Cause == CauseSeek {
			r.seek(e)
		}
	case Assigned:
		for _, p := range e.Partitions {
			delete(r.Seeks, seat{e.Client, e.Group, p.TopicPartition})
		}
	case Started, Stopped:
		dropClient(r.Seeks, e.Client)
	}
	for _, a := range r.Book.apply(e) {
		if to, ok := r.Seeks[seat{e.Client, a.Group, a.TopicPartition}]; ok && a.Offset >= to {
			continue
		}
		if a.Offset < a.Prev {
			x := foundAt(CommitRegression, i, e, PartitionOffset{a.TopicPartition, a.Offset})
			x.Group = a.Group
			report(x.describe("commit goes back from " + itoa(a.Prev) + " to " + itoa(a.Offset) + ", by " + e.Client))
		}
	}
}

// watched lists the kinds of events that concern this monitor.
func (r *Regression) watched() []Kind { return append([]Kind{Positioned, Assigned}, bookKinds...) }

func (r *Regression) seek(e *Event) {
	k := seat{e.Client, e.Group, e.TopicPartition}
	if to, ok := r.Seeks[k]; ok && to <= e.To {
		return
	}
	if r.Seeks == nil {
		r.Seeks = map[seat]int64{}
	}
	r.Seeks[k] = e.To
}

// Finish implements Monitor.
func (r *Regression) Finish(func(Anomaly)) {}
