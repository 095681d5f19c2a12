package model

// Stuck watches that every rebalance goes on: stuck-rebalance (I-C4). A join
// phase ends with the next generation, a sync phase with an assignment, or
// with another rebalance; a member that keeps it waiting is removed in time.
//
// Faults of brokers, and coordinators that come and go, end the watch: the
// next phase begins a new one. Those of clients do not: the coordinator's
// timers are there for them.
type Stuck struct {
	Bound   int64             // µs that a phase may last: the longest rebalance timeout and session, and some way for messages; 0: not checked
	Midlife bool              // see Options: who was assigned something may not be in the history
	Groups  map[string]*phase // rebalances under way
	Seen    bool              // there are formed events
	Due     int64             // µs: when the first of them is over its bound
}

// phase is a rebalance under way.
type phase struct {
	Generation int32 // that was formed, and nobody is assigned yet; 0 in the join phase
	Since      int64 // µs
}

// Describe implements Monitor.
func (s *Stuck) Describe() Description {
	return Description{"stuck", Ledger, []string{StuckRebalance},
		"times mean something; rebalancing and formed are written for classic groups, faults of brokers without a client"}
}

// watched lists the kinds of events that concern this monitor; others come
// too, for the time they have.
func (s *Stuck) watched() []Kind {
	return []Kind{Rebalancing, Formed, Removed, Joining, Assigned, Revoked, Commit, Fault, CoordinatorLoaded, CoordinatorResigned, GroupDeleted, Stopped, Calm, End}
}

// Observe implements Monitor.
func (s *Stuck) Observe(i int, e *Event, report func(Anomaly)) {
	if s.Bound == 0 {
		return
	}
	if len(s.Groups) > 0 && e.At > s.Due {
		s.overdue(i, e.At, report)
	}
	switch e.Kind {
	case Rebalancing:
		s.begin(e.Group, phase{Since: e.At})
	case Formed:
		s.Seen = true
		if delete(s.Groups, e.Group); len(e.Members) > 0 && !s.Midlife {
			s.begin(e.Group, phase{e.Generation, e.At})
		}
	case Removed: // it did not wait any longer
		if p := s.Groups[e.Group]; p != nil {
			p.Since = e.At
		}
	case Assigned:
		if p := s.Groups[e.Group]; p != nil && p.Generation > 0 && e.Generation >= p.Generation {
			delete(s.Groups, e.Group)
		}
	case GroupDeleted:
		delete(s.Groups, e.Group)
	case Fault:
		if e.Client == "" {
			s.Groups = nil
		}
	case CoordinatorLoaded, CoordinatorResigned:
		if s.Groups = s.without(e.Group); len(s.Groups) == 0 {
			s.Groups = nil
		}
	}
}

func (s *Stuck) begin(group string, p phase) {
	*entry(&s.Groups, group) = p
	if due := p.Since + s.Bound; len(s.Groups) == 1 || due < s.Due {
		s.Due = due
	}
}

// without is what is left when a coordinator of one group, or of all, changes.
func (s *Stuck) without(group string) map[string]*phase {
	if group == "" {
		return nil
	}
	delete(s.Groups, group)
	return s.Groups
}

// overdue reports the phases that are over their bound, once each.
func (s *Stuck) overdue(i int, now int64, report func(Anomaly)) {
	s.Due = 1<<63 - 1
	for _, name := range sortedNames(s.Groups) {
		p := s.Groups[name]
		if now-p.Since <= s.Bound {
			s.Due = min(s.Due, p.Since+s.Bound)
			continue
		}
		what := "the join phase has"
		if p.Generation > 0 {
			what = generation(p.Generation) + " was formed and no member assigned anything, which has"
		}
		a := Anomaly{Name: StuckRebalance, At: now, Event: i, Group: name}
		report(a.describe("group " + name + ": " + what + " lasted " + duration(now-p.Since) + ", bound " + duration(s.Bound)))
		delete(s.Groups, name)
	}
}

// Finish implements Monitor.
func (s *Stuck) Finish(func(Anomaly)) {}

func (s *Stuck) unchecked() []NotChecked {
	switch {
	case s.Bound == 0:
		return []NotChecked{{StuckRebalance, "no bound given"}}
	case !s.Seen:
		return []NotChecked{{StuckRebalance, "the history has no formed events"}}
	case s.Midlife:
		return []NotChecked{{StuckRebalance, "phases of syncs: " + midlife}}
	}
	return nil
}
