package model

import "slices"

// Instances watches static membership (KIP-345): of the member ids of one
// group.instance.id the newest alone is alive. instance-not-fenced is when an
// older one is too, live-member-fenced when the newest is refused for another
// (I-C5).
//
// Which id is the newest is certain when a process asked to join after another
// id of its instance had been assigned something, and then was assigned
// something itself: its id is on record, whatever happens to coordinators. For
// live-member-fenced the coordinator must tell whom it admits: a request to
// join that comes late may take the place of its own sender.
type Instances struct {
	Groups map[string]*instances
	Calls  []instanceCall // commits under way, of static members
	Static bool           // there are static members
	Told   bool           // coordinators tell whom they admit
}

// instances are those of one group.
type instances struct {
	Of     map[string]string    // by member id
	Known  map[string]*instance // by instance id
	Formed map[string]bool      // who is in the newest generation
	Number int32                // its number
}

// instance is what is known of the member ids of one instance.
type instance struct {
	Assigned []staticID // who was assigned something and was not superseded then
	Past     []staticID // who is superseded, and by whom
	Joining  []joinAsks // processes that ask to join
	Admitted string     // the id that the coordinator admitted last; empty if it does not tell
}

type staticID struct {
	Member     string
	Generation int32 // that it was last assigned; for one of the past, in which its successor was
	By         string
}

// joinAsks is a process that asked to join, and whom it will succeed.
type joinAsks struct {
	Client string
	After  []string
}

type instanceCall struct {
	Client, Group, Instance, Member string
	Op                              int64  `canon:"-"`
	By                              string // who had succeeded it when it was called
	Newest                          bool   // it had been assigned something
}

// Describe implements Monitor.
func (s *Instances) Describe() Description {
	return Description{"instances", Finite, []string{InstanceNotFenced, LiveMemberFenced},
		"events of static members carry their instance and member id; an instance id belongs to one process at a time"}
}

// watched lists the kinds of events that concern this monitor.
func (s *Instances) watched() []Kind {
	return []Kind{Joining, Assigned, Admitted, Formed, Lost, Stopped, Started, Commit, CommitDone, GroupDeleted, Truncated}
}

// Observe implements Monitor.
func (s *Instances) Observe(i int, e *Event, report func(Anomaly)) {
	switch e.Kind {
	case Formed:
		s.formed(i, e, report)
	case Commit:
		s.call(e)
	case CommitDone:
		s.done(i, e, report)
	case Started, Stopped, Lost:
		if e.Error == fencedInstance && e.Instance != "" && e.Member != "" {
			s.fenced(i, e, e.Instance, e.Member, report)
		}
		if e.Kind != Lost {
			s.Calls = slices.DeleteFunc(s.Calls, func(c instanceCall) bool { return c.Client == e.Client })
		}
	case GroupDeleted:
		delete(s.Groups, e.Group)
	case Truncated:
		if e.Topic == OffsetsTopic && e.Cause == CauseUnclean {
			*s = Instances{Static: s.Static, Told: s.Told} // what was on record may be so no more
		}
	}
	if e.Instance == "" || e.Group == "" {
		return
	}
	s.Static = true
	g := entry(&s.Groups, e.Group)
	in := entry(&g.Known, e.Instance)
	switch e.Kind {
	case Joining:
		in.joining(e)
	case Admitted:
		s.Told, in.Admitted = true, e.Member
	case Assigned:
		in.assigned(i, e, report)
	}
	g.know(i, e, report)
}

const fencedInstance = "FENCED_INSTANCE_ID"

// joining takes note whom a process will succeed: those that are known when it
// asks, for it has no id yet.
func (in *instance) joining(e *Event) {
	in.Joining = slices.DeleteFunc(in.Joining, func(j joinAsks) bool { return j.Client == e.Client })
	ask := joinAsks{Client: e.Client}
	for _, id := range in.Assigned {
		ask.After = append(ask.After, id.Member)
	}
	in.Joining = append(in.Joining, ask)
}

// assigned makes a member the newest, if it is certain that it is.
func (in *instance) assigned(i int, e *Event, report func(Anomaly)) {
	if e.Member == "" {
		return
	}
	for _, p := range in.Past {
		if p.Member == e.Member {
			if e.Generation > p.Generation {
				report(found(InstanceNotFenced, i, e, TopicPartition{}).describe("instance " + e.Instance + ": " + e.Member +
					" assigned in " + generation(e.Generation) + " though " + p.By + " had taken its place in " + generation(p.Generation)))
			}
			return
		}
	}
	at := slices.IndexFunc(in.Joining, func(j joinAsks) bool { return j.Client == e.Client })
	if at >= 0 {
		for _, old := range in.Joining[at].After {
			if old != e.Member {
				in.Past = append(in.Past, staticID{old, e.Generation, e.Member})
				in.Assigned = slices.DeleteFunc(in.Assigned, func(id staticID) bool { return id.Member == old })
			}
		}
		in.Joining = slices.Delete(in.Joining, at, at+1)
		in.Past = slices.Delete(in.Past, 0, max(0, len(in.Past)-8))
	}
	if k := slices.IndexFunc(in.Assigned, func(id staticID) bool { return id.Member == e.Member }); k >= 0 {
		in.Assigned[k].Generation = e.Generation
	} else {
		in.Assigned = append(in.Assigned, staticID{Member: e.Member, Generation: e.Generation})
	}
}

// know takes note which instance a member id is of.
func (g *instances) know(i int, e *Event, report func(Anomaly)) {
	if e.Member == "" || g.Of[e.Member] != "" {
		return
	}
	if g.Of == nil {
		g.Of = map[string]string{}
	}
	g.Of[e.Member] = e.Instance
	g.twice(i, e, e.Instance, report)
}

// formed looks for an instance that is in a generation twice.
func (s *Instances) formed(i int, e *Event, report func(Anomaly)) {
	g := s.Groups[e.Group]
	if g == nil {
		g = entry(&s.Groups, e.Group)
	}
	g.Number, g.Formed = e.Generation, map[string]bool{}
	for _, m := range e.Members {
		g.Formed[m] = true
	}
	var seen []string
	for _, m := range e.Members {
		in := g.Of[m]
		if in == "" {
			continue
		}
		if slices.Contains(seen, in) {
			g.twice(i, e, in, report)
		}
		seen = append(seen, in)
	}
}

// twice reports an instance of which two member ids are in the generation that
// was formed last.
func (g *instances) twice(i int, e *Event, in string, report func(Anomaly)) {
	var ids []string
	for _, m := range sortedNames(g.Formed) {
		if g.Of[m] == in {
			ids = append(ids, m)
		}
	}
	if len(ids) > 1 {
		a := Anomaly{Name: InstanceNotFenced, At: e.At, Event: i, Group: e.Group}
		report(a.describe("instance " + in + ": " + ids[0] + " and " + ids[1] + " are both in " + generation(g.Number)))
	}
}

func (s *Instances) call(e *Event) {
	g := s.Groups[e.Group]
	if g == nil || e.Member == "" || len(g.Of) == 0 {
		return
	}
	name := g.Of[e.Member]
	if name == "" {
		name = e.Instance
	}
	in := g.Known[name]
	if in == nil {
		return
	}
	c := instanceCall{Client: e.Client, Group: e.Group, Instance: name, Member: e.Member, Op: e.Op}
	for _, p := range in.Past {
		if p.Member == e.Member {
			c.By = p.By
		}
	}
	c.Newest = slices.ContainsFunc(in.Assigned, func(id staticID) bool { return id.Member == e.Member })
	s.Calls = append(s.Calls, c)
}

func (s *Instances) done(i int, e *Event, report func(Anomaly)) {
	at := slices.IndexFunc(s.Calls, func(c instanceCall) bool { return c.Client == e.Client && c.Op == e.Op })
	if at < 0 {
		return
	}
	c := s.Calls[at]
	switch {
	case e.Error == "" && c.By != "":
		report(found(InstanceNotFenced, i, e, TopicPartition{}).describe("instance " + c.Instance + ": commit of " + c.Member +
			" accepted though " + c.By + " had taken its place"))
	case e.Error == fencedInstance && c.Newest:
		s.fenced(i, e, c.Instance, c.Member, report)
	}
	s.Calls = slices.Delete(s.Calls, at, at+1)
}

// fenced takes the refusal of a member: rightly, if its instance has a newer.
func (s *Instances) fenced(i int, e *Event, name, member string, report func(Anomaly)) {
	for _, group := range sortedNames(s.Groups) {
		in := s.Groups[group].Known[name]
		if group != e.Group && e.Group != "" || in == nil || in.Admitted != member {
			continue
		}
		if slices.ContainsFunc(in.Assigned, func(id staticID) bool { return id.Member == member }) {
			a := found(LiveMemberFenced, i, e, TopicPartition{})
			a.Group = group
			report(a.describe("instance " + name + ": " + member + " refused as fenced, though nobody was admitted after it"))
		}
	}
}

// Finish implements Monitor.
func (s *Instances) Finish(func(Anomaly)) {}

func (s *Instances) unchecked() []NotChecked {
	if s.Static && !s.Told {
		return []NotChecked{{LiveMemberFenced, "coordinators do not tell whom they admit"}}
	}
	return nil
}
