package model

import "slices"

// Fencing watches whether the coordinator refuses the commits of the past:
// zombie-commit-accepted (I-C3, I-O1).
//
// A commit is of the past when, before it was called, another member had the
// partition in a later generation. In a group with formed events, which only
// classic groups have, any assignment of a later generation ends the earlier
// ones. That a generation was formed is not enough: until its assignment is
// stored a coordinator may fail, and the next one go on with the old.
type Fencing struct {
	Classic   map[string]bool       // groups that have formed events
	Delivered map[string]int32      // by group: the newest generation that a member was assigned
	Newest    map[groupPart][]claim // the newest claim of each of the two clients that came last, newest last
	Suspects  []suspectCommit       // commits of the past without an answer yet
}

// suspectCommit is a commit under way that must not succeed for a partition.
type suspectCommit struct {
	Client     string
	Op         int64 `canon:"-"`
	Generation int32
	Partition  PartitionOffset
	Newer      claim // Client is empty where it is the whole group that moved on
}

// Describe implements Monitor.
func (f *Fencing) Describe() Description {
	return Description{"fencing", Finite, []string{ZombieCommitAccepted},
		"commits carry the generation they were sent with; formed events are written for classic groups only"}
}

// Observe implements Monitor.
func (f *Fencing) Observe(i int, e *Event, report func(Anomaly)) {
	switch e.Kind {
	case Formed:
		if f.Classic == nil {
			f.Classic = map[string]bool{}
		}
		f.Classic[e.Group] = true
	case Assigned:
		f.assigned(e)
	case Commit:
		f.call(e)
	case CommitDone:
		f.done(i, e, report)
	case Started, Stopped:
		f.Suspects = slices.DeleteFunc(f.Suspects, func(s suspectCommit) bool { return s.Client == e.Client })
	}
}

func (f *Fencing) assigned(e *Event) {
	if f.Delivered == nil {
		f.Delivered, f.Newest = map[string]int32{}, map[groupPart][]claim{}
	}
	f.Delivered[e.Group] = max(f.Delivered[e.Group], e.Generation)
	for _, p := range e.Partitions {
		k := groupPart{e.Group, p.TopicPartition}
		list := slices.DeleteFunc(f.Newest[k], func(c claim) bool { return c.Client == e.Client })
		list = append(list, claim{Generation: e.Generation, Client: e.Client})
		slices.SortStableFunc(list, func(a, b claim) int { return int(a.Generation) - int(b.Generation) })
		f.Newest[k] = list[max(0, len(list)-2):]
	}
}

func (f *Fencing) call(e *Event) {
	if e.Generation <= 0 {
		return // not as a member: nothing to compare with
	}
	for _, p := range e.Partitions {
		s := suspectCommit{Client: e.Client, Op: e.Op, Generation: e.Generation, Partition: p}
		for _, c := range f.Newest[groupPart{e.Group, p.TopicPartition}] {
			if c.Client != e.Client && c.Generation > e.Generation {
				s.Newer = c
			}
		}
		if d := f.Delivered[e.Group]; s.Newer.Generation == 0 && f.Classic[e.Group] && d > e.Generation {
			s.Newer.Generation = d
		}
		if s.Newer.Generation > 0 {
			f.Suspects = append(f.Suspects, s)
		}
	}
}

func (f *Fencing) done(i int, e *Event, report func(Anomaly)) {
	kept := f.Suspects[:0]
	for _, s := range f.Suspects {
		switch {
		case s.Client != e.Client || s.Op != e.Op,
			len(e.Partitions) > 0 && !mentions(e.Partitions, s.Partition.TopicPartition):
			kept = append(kept, s)
		case e.Error == "":
			report(foundAt(ZombieCommitAccepted, i, e, s.Partition).describe(s.text()))
		}
	}
	f.Suspects = kept
}

func (s suspectCommit) text() string {
	text := "commit of " + itoa(s.Partition.Offset) + " by " + s.Client + " in " + generation(s.Generation) + " accepted although "
	if s.Newer.Client == "" {
		return text + generation(s.Newer.Generation) + " had begun"
	}
	return text + s.Newer.Client + " had the partition in " + generation(s.Newer.Generation)
}

// Finish implements Monitor.
func (f *Fencing) Finish(func(Anomaly)) {}
