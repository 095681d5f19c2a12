package model

import (
	"slices"
	"strings"
)

// Fencing watches whether the coordinator refuses the commits of the past:
// zombie-commit-accepted (I-C3, I-O1).
//
// A commit is of the past when, before it was called, another member had the
// partition in a later generation. In a group with formed events, which only
// classic groups have, any assignment of a later generation ends the earlier
// ones. That a generation was formed is not enough: until its assignment is
// stored a coordinator may fail, and the next one go on with the old. But where
// coordinators tell when they begin, it is as long as none has: and so is that
// the member was removed.
type Fencing struct {
	Classic   map[string]bool       // groups that have formed events
	Delivered map[string]int32      // by group: the newest generation that a member was assigned
	Newest    map[groupPart][]claim // the newest claim of each of the two clients that came last, newest last
	Suspects  []suspectCommit       // commits of the past without an answer yet

	Node   string           // the coordinator that began last; empty: unknown
	Formed map[string]int32 // by group: the newest generation that Node formed
	Gone   []pastMember     // whom Node removed from the newest generation
}

// pastMember is a member that its coordinator removed.
type pastMember struct{ Group, Member, Cause string }

// suspectCommit is a commit under way that must not succeed for a partition.
type suspectCommit struct {
	Client     string
	Group      string
	Op         int64 `canon:"-"`
	Generation int32
	Partition  PartitionOffset
	Newer      claim  // Client is empty where it is the whole group that moved on
	Gone       string // why the member is none any more
	Standing   bool   // it is of the past only for the coordinator that there is now
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
		if f.Node != "" && e.Node == f.Node {
			f.Formed[e.Group] = e.Generation
			f.Gone = slices.DeleteFunc(f.Gone, func(p pastMember) bool { return p.Group == e.Group })
		}
	case Removed:
		// A static member's new id can be taken back (GroupMetadataManager).
		if f.Node != "" && e.Node == f.Node && !strings.HasPrefix(e.Cause, "replaced") {
			f.Gone = append(f.Gone, pastMember{e.Group, e.Member, e.Cause})
		}
	case CoordinatorLoaded:
		f.coordinator(e.Node)
	case CoordinatorResigned:
		if e.Node == f.Node {
			f.coordinator("")
		}
	case GroupDeleted:
		f.deleted(e.Group)
	case Assigned:
		f.assigned(e)
	case Commit:
		f.call(e)
	case CommitDone:
		f.done(i, e, report)
	case Truncated:
		if e.Topic == OffsetsTopic && e.Cause == CauseUnclean {
			*f = Fencing{Classic: f.Classic} // what was on record may be so no more
		}
	case Started, Stopped:
		f.Suspects = slices.DeleteFunc(f.Suspects, func(s suspectCommit) bool { return s.Client == e.Client })
	}
}

// watched lists the kinds of events that concern this monitor.
func (f *Fencing) watched() []Kind {
	return []Kind{Formed, Removed, CoordinatorLoaded, CoordinatorResigned, GroupDeleted, Assigned, Commit, CommitDone, Started, Stopped, Truncated}
}

// coordinator is that node, or nobody, answers from here on: what the one
// before had not put on record may be forgotten.
func (f *Fencing) coordinator(node string) {
	f.Node, f.Formed, f.Gone = node, map[string]int32{}, nil
	f.Suspects = slices.DeleteFunc(f.Suspects, func(s suspectCommit) bool { return s.Standing })
}

// deleted forgets a group: one of the same name begins anew.
func (f *Fencing) deleted(group string) {
	delete(f.Delivered, group)
	delete(f.Formed, group)
	f.Gone = slices.DeleteFunc(f.Gone, func(p pastMember) bool { return p.Group == group })
	f.Suspects = slices.DeleteFunc(f.Suspects, func(s suspectCommit) bool { return s.Group == group })
	for _, k := range sortedKeys(f.Newest) {
		if k.Group == group {
			delete(f.Newest, k)
		}
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
		s := suspectCommit{Client: e.Client, Group: e.Group, Op: e.Op, Generation: e.Generation, Partition: p}
		for _, c := range f.Newest[groupPart{e.Group, p.TopicPartition}] {
			if c.Client != e.Client && c.Generation > e.Generation {
				s.Newer = c
			}
		}
		if d := f.Delivered[e.Group]; s.Newer.Generation == 0 && f.Classic[e.Group] && d > e.Generation {
			s.Newer.Generation = d
		}
		if s.Newer.Generation == 0 {
			f.standing(e, &s)
		}
		if s.Newer.Generation > 0 || s.Standing {
			f.Suspects = append(f.Suspects, s)
		}
	}
}

// standing looks at what only the coordinator that there is now can know.
func (f *Fencing) standing(e *Event, s *suspectCommit) {
	if g := f.Formed[e.Group]; g > e.Generation {
		s.Newer.Generation, s.Standing = g, true
		return
	}
	at := slices.IndexFunc(f.Gone, func(p pastMember) bool { return p.Group == e.Group && p.Member == e.Member })
	if at >= 0 && e.Member != "" {
		s.Gone, s.Standing = f.Gone[at].Cause, true
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
	if s.Gone != "" {
		return text + "the member had been removed: " + s.Gone
	}
	if s.Newer.Client == "" {
		return text + generation(s.Newer.Generation) + " had begun"
	}
	return text + s.Newer.Client + " had the partition in " + generation(s.Newer.Generation)
}

// Finish implements Monitor.
func (f *Fencing) Finish(func(Anomaly)) {}
