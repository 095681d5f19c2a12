package model

// Order watches that a member, as long as it has a partition, processes its
// records once and in order: reprocessed-within-ownership and
// nonmonotonic-processing. A new assignment or a seek begins anew.
type Order struct {
	Midlife bool                // see Options
	Seats   map[seat]*Intervals // what each has processed since it began
	// Floors are the offsets at which the history met readers that had begun
	// before it: what they did below them it does not say.
	Floors map[seat]int64
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
		dropClient(o.Floors, e.Client)
	case Assigned:
		for _, p := range e.Partitions {
			o.begin(seat{e.Client, e.Group, p.TopicPartition})
		}
	case Positioned:
		if e.Cause == CauseSeek {
			o.begin(seat{e.Client, e.Group, e.TopicPartition})
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

// begin begins a reader anew, in the history's sight.
func (o *Order) begin(k seat) {
	delete(o.Seats, k)
	if o.Midlife {
		delete(o.Floors, k)
		entry(&o.Seats, k)
	}
}

func (o *Order) processed(i int, e *Event, report func(Anomaly)) {
	k := seat{e.Client, e.Group, e.TopicPartition}
	if o.Midlife && o.Seats[k] == nil {
		if o.Floors == nil {
			o.Floors = map[seat]int64{}
		}
		o.Floors[k] = e.From
	}
	done := entry(&o.Seats, k)
	if furthest := done.End(); e.From < furthest {
		to := min(e.To, furthest)
		if again := done.Within(e.From, to); len(again) > 0 {
			report(found(ReprocessedWithinOwnership, i, e, e.TopicPartition).over(again).describe(
				"processed twice by " + e.Client + " within one ownership"))
		}
		if late := done.Missing(max(e.From, o.Floors[k]), to); len(late) > 0 {
			report(found(NonmonotonicProcessing, i, e, e.TopicPartition).over(late).describe(
				"processed by " + e.Client + " after offset " + itoa(furthest-1)))
		}
	}
	done.Add(e.From, e.To)
}

// Finish implements Monitor.
func (o *Order) Finish(func(Anomaly)) {}
