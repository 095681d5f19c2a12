package model

import (
	"slices"
	"strings"
)

// Generations watches that a classic group's generations only grow, and that
// none stands for two sets of members: generation-reuse (I-C1).
//
// A generation that was formed is not on record yet: a coordinator may fail
// before the leader has sent its assignment, and the next one rightly forms
// the same generation with other members. One that a member was assigned is on
// record, and every coordinator that begins later knows it. An earlier one
// that has not noticed may still form what it likes: nobody will be assigned it.
type Generations struct {
	Midlife bool // see Options: a group's first generation in the history may have had others
	Groups  map[string]*generations
	Told    bool // coordinators tell when they begin
	Seen    bool // there are formed events
}

// generations is what is known of one group's.
type generations struct {
	Formed   []formation   // of the newest generations, as they came
	Floors   []floor       // by coordinator
	Assigned []memberships // of the newest generations, ascending
	Since    int32         // the first generation in the history, when that began in mid-life; it is not looked at
	Static   bool          // it has static members, whose ids may be replaced in a generation
}

// formation is a generation as a coordinator formed it.
type formation struct {
	Generation int32
	Node       string
	Members    []string // ascending
}

// floor is what a coordinator may not go below.
type floor struct {
	Node       string
	Generation int32
	Exclusive  bool // it must be higher: it was assigned before this coordinator began
}

// memberships are the members that were assigned a generation.
type memberships struct {
	Generation int32
	Members    []string
}

// generationsKept is how many of the newest are remembered: members may learn
// of their assignment when the group has moved on.
const generationsKept = 4

// Describe implements Monitor.
func (g *Generations) Describe() Description {
	return Description{"generations", Finite, []string{GenerationReuse},
		"formed and assigned carry member ids; events of static members their instance; formed is written for classic groups only"}
}

// Observe implements Monitor.
func (g *Generations) Observe(i int, e *Event, report func(Anomaly)) {
	switch e.Kind {
	case Formed:
		g.Seen = true
		gs := entry(&g.Groups, e.Group)
		if g.Midlife && gs.Since == 0 {
			gs.Since = e.Generation
		}
		if e.Generation != gs.Since || !g.Midlife {
			gs.formed(i, e, g.Told, report)
		}
	case Assigned, Admitted, Joining:
		if e.Instance != "" {
			entry(&g.Groups, e.Group).Static = true
		}
		if gs := g.Groups[e.Group]; e.Kind == Assigned && gs != nil {
			gs.assigned(i, e, g.Told, report)
		}
	case CoordinatorLoaded:
		g.Told = true
		for _, name := range sortedNames(g.Groups) {
			if e.Group == "" || e.Group == name {
				g.Groups[name].loaded(e.Node)
			}
		}
	case GroupDeleted:
		delete(g.Groups, e.Group)
	case Truncated:
		if e.Topic == OffsetsTopic && e.Cause == CauseUnclean {
			g.Groups = nil // what was on record may be so no more
		}
	}
}

// watched lists the kinds of events that concern this monitor.
func (g *Generations) watched() []Kind {
	return []Kind{Formed, Assigned, Admitted, Joining, CoordinatorLoaded, GroupDeleted, Truncated}
}

func (g *generations) formed(i int, e *Event, told bool, report func(Anomaly)) {
	f := formation{e.Generation, e.Node, slices.Sorted(slices.Values(e.Members))}
	known := slices.ContainsFunc(g.Formed, func(o formation) bool {
		return o.Generation == f.Generation && slices.Equal(o.Members, f.Members)
	})
	if fl := g.floor(e.Node); fl != nil {
		what := ""
		switch {
		case f.Generation < fl.Generation:
			what = " formed after " + itoa(int64(fl.Generation))
		case f.Generation > fl.Generation, known, g.Static && !fl.Exclusive:
		default:
			what = " formed again, with other members"
		}
		if what != "" {
			a := Anomaly{Name: GenerationReuse, At: e.At, Event: i, Group: e.Group}
			report(a.describe("group " + e.Group + ": " + generation(f.Generation) + what))
		}
	}
	if !known {
		g.Formed = append(g.Formed, f)
	}
	if told {
		g.raise(e.Node, f.Generation, false)
	}
	g.forget()
}

func (g *generations) floor(node string) *floor {
	if at := slices.IndexFunc(g.Floors, func(f floor) bool { return f.Node == node }); at >= 0 {
		return &g.Floors[at]
	}
	return nil
}

// raise lifts the floor of a coordinator.
func (g *generations) raise(node string, generation int32, exclusive bool) {
	f := g.floor(node)
	if f == nil {
		g.Floors = append(g.Floors, floor{Node: node})
		slices.SortFunc(g.Floors, func(a, b floor) int { return strings.Compare(a.Node, b.Node) })
		f = g.floor(node)
	}
	if generation > f.Generation || generation == f.Generation && exclusive {
		f.Generation, f.Exclusive = generation, exclusive
	}
}

// loaded is a coordinator that has read the log: it knows every generation
// that was assigned, and may form any that was not.
func (g *generations) loaded(node string) {
	g.Floors = slices.DeleteFunc(g.Floors, func(f floor) bool { return f.Node == node })
	if n := len(g.Assigned); n > 0 {
		g.raise(node, g.Assigned[n-1].Generation, true)
	}
}

// assigned takes note that a member has a generation: one formation of it must
// have had all members that have it.
func (g *generations) assigned(i int, e *Event, told bool, report func(Anomaly)) {
	if e.Member == "" || !slices.ContainsFunc(g.Formed, func(f formation) bool { return f.Generation == e.Generation }) {
		return
	}
	at, ok := slices.BinarySearchFunc(g.Assigned, e.Generation, func(m memberships, n int32) int { return int(m.Generation) - int(n) })
	if !ok {
		g.Assigned = slices.Insert(g.Assigned, at, memberships{Generation: e.Generation})
	}
	m := &g.Assigned[at]
	if e.Instance == "" && !slices.Contains(m.Members, e.Member) {
		if !g.together(e.Generation, m.Members, e.Member) {
			report(found(GenerationReuse, i, e, TopicPartition{}).describe("group " + e.Group + ": " + generation(e.Generation) +
				" assigned to " + e.Member + ", who was not in it when it was formed with " + g.with(e.Generation, m.Members)))
		} else {
			m.Members = append(m.Members, e.Member)
			slices.Sort(m.Members)
		}
	}
	if !told { // whoever formed it has it on record
		for _, f := range g.Formed {
			if f.Generation == e.Generation && f.has(m.Members) {
				g.raise(f.Node, f.Generation, false)
			}
		}
	}
	g.forget()
}

// together tells whether one formation had all of these.
func (g *generations) together(generation int32, members []string, one string) bool {
	return slices.ContainsFunc(g.Formed, func(f formation) bool {
		return f.Generation == generation && slices.Contains(f.Members, one) && f.has(members)
	})
}

func (f *formation) has(members []string) bool {
	return !slices.ContainsFunc(members, func(m string) bool { return !slices.Contains(f.Members, m) })
}

// with names somebody else that a generation was formed with.
func (g *generations) with(generation int32, assigned []string) string {
	if len(assigned) > 0 {
		return assigned[0]
	}
	for _, f := range g.Formed {
		if f.Generation == generation && len(f.Members) > 0 {
			return f.Members[0]
		}
	}
	return "nobody"
}

// forget drops what is too old for anybody to ask.
func (g *generations) forget() {
	var newest int32
	for _, f := range g.Formed {
		newest = max(newest, f.Generation)
	}
	g.Formed = slices.DeleteFunc(g.Formed, func(f formation) bool { return f.Generation <= newest-generationsKept })
	n := len(g.Assigned)
	g.Assigned = slices.Delete(g.Assigned, 0, max(0, n-generationsKept))
}

// Finish implements Monitor.
func (g *Generations) Finish(func(Anomaly)) {}

func (g *Generations) unchecked() []NotChecked {
	if !g.Seen {
		return []NotChecked{{GenerationReuse, "the history has no formed events"}}
	}
	return nil
}
