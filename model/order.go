package model

// Order watches that a member, as long as it has a partition, processes its
// records once and in order: reprocessed-within-ownership and
// nonmonotonic-processing. A new assignment or a seek begins anew.
type Order struct {
	Seats map[seat]*Intervals // what each has processed since it began
}

// Describe implements Monitor.
func (o *Order) Describe() Description {
	return Description{"order", Finite, []string{ReprocessedWithinOwnership, NonmonotonicProcessing},
		"processed is written when the work on the records is done, in the order in which it was done"}
}

// Observe implements Monitor.
func (o *Order) Observe(i int, e *Event, report func(Anomaly)) {
	switch e.Kind {
	case Started, Stopped:
		dropClient(o.Seats, e.Client)
	case Assigned:
		for _, p := range e.Partitions {
			delete(o.Seats, seat{e.Client, e.Group, p.TopicPartition})
		}
	case Positioned:
		if e.Cause == CauseSeek {
			delete(o.Seats, seat{e.Client, e.Group, e.TopicPartition})
		}
	case Processed:
		o.processed(i, e, report)
	case Truncated: // what stands at these offsets next is new
		for _, k := range sortedKeys(o.Seats) {
			if k.TopicPartition == e.TopicPartition && e.Cause == CauseUnclean {
				o.Seats[k].Remove(e.From, e.To)
			}
		}
	}
}

// watched lists the kinds of events that concern this monitor.
func (o *Order) watched() []Kind {
	return []Kind{Started, Stopped, Assigned, Positioned, Processed, Truncated}
}

func (o *Order) processed(i int, e *Event, report func(Anomaly)) {
	done := entry(&o.Seats, seat{e.Client, e.Group, e.TopicPartition})
	if furthest := done.End(); e.From < furthest {
		to := min(e.To, furthest)
		if again := done.Within(e.From, to); len(again) > 0 {
			report(found(ReprocessedWithinOwnership, i, e, e.TopicPartition).over(again).describe(
				"processed twice by " + e.Client + " within one ownership"))
		}
		if late := done.Missing(e.From, to); len(late) > 0 {
			report(found(NonmonotonicProcessing, i, e, e.TopicPartition).over(late).describe(
				"processed by " + e.Client + " after offset " + itoa(furthest-1)))
		}
	}
	done.Add(e.From, e.To)
}

// Finish implements Monitor.
func (o *Order) Finish(func(Anomaly)) {}
