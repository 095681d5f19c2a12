package model

// AfterRevoke watches what members do with partitions of which they know that
// they have them no more: processing-after-revoke, commit-after-revoke,
// commit-after-lost. What a zombie does before it learns is not its business.
//
// A partition given up may be processed and committed until the callback is
// over; a lost one from the first moment not.
type AfterRevoke struct {
	Roster roster
}

// Describe implements Monitor.
func (a *AfterRevoke) Describe() Description {
	return Description{"after-revoke", Finite, []string{ProcessingAfterRevoke, CommitAfterRevoke, CommitAfterLost},
		"revoked, lost and revoke-done are written when the application is told"}
}

// Observe implements Monitor.
func (a *AfterRevoke) Observe(i int, e *Event, report func(Anomaly)) {
	switch e.Kind {
	case Processed:
		var what string
		switch a.Roster.standing(e, e.TopicPartition) {
		case revoked:
			what = "processed by " + e.Client + " after its revoke was done"
		case lost:
			what = "processed by " + e.Client + " after it had lost the partition"
		default:
			return
		}
		report(found(ProcessingAfterRevoke, i, e, e.TopicPartition).over(span(e.From, e.To)).describe(what))
	case Commit:
		for _, p := range e.Partitions {
			a.commit(i, e, p, report)
		}
	default:
		a.Roster.apply(e)
	}
}

// watched lists the kinds of events that concern this monitor.
func (a *AfterRevoke) watched() []Kind { return append([]Kind{Processed, Commit}, rosterKinds...) }

func (a *AfterRevoke) commit(i int, e *Event, p PartitionOffset, report func(Anomaly)) {
	what := "commit of " + itoa(p.Offset) + " called by " + e.Client
	switch a.Roster.standing(e, p.TopicPartition) {
	case revoked:
		report(foundAt(CommitAfterRevoke, i, e, p).describe(what + " after its revoke was done"))
	case lost:
		report(foundAt(CommitAfterLost, i, e, p).describe(what + " after it had lost the partition"))
	}
}

// Finish implements Monitor.
func (a *AfterRevoke) Finish(func(Anomaly)) {}
