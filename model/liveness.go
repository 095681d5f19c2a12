package model

import (
	"cmp"
	"slices"
	"strings"
)

// Liveness watches that a group left in peace settles: unowned-gap,
// stuck-assignment and rebalance-livelock (I-C4, I-M5, I-M6), and that it
// finds the partitions that are added to its topics: orphan-partition (I-P3).
//
// It judges only after Calm and only groups with somebody in them. A process
// that starts or stops, or a further fault, begins the wait anew, but for
// processes that stop because the run ends. A zombie counts as an owner until
// it learns better, which in calm it soon must.
type Liveness struct {
	UnownedBound   int64 // µs that a partition may be without an owner; 0: not checked
	SettleBound    int64 // µs after which a group must have settled; 0: not checked
	DiscoveryBound int64 // µs after which a partition that was added must have an owner; 0: SettleBound
	Midlife        bool  // see Options: whether a partition has no owner is not known
	LivelockRounds int   // generations after SettleBound that make a livelock

	Groups map[string]*groupLife
	Topics map[string][]TopicPartition // produced ones, by topic, in order
	Since  map[TopicPartition]int64    // µs: when the partition was first heard of

	Calm    bool
	Quiet   int64 // µs: the last disturbance, or Calm
	Ended   bool
	EndAt   int64
	EndIx   int
	Skipped []NotChecked
}

// groupLife is who is in a group and who owns what.
type groupLife struct {
	Topics  []string         // that its members were assigned partitions of, in order
	Begun   map[string]int64 // µs: since when, by topic
	Members map[string]*life
	Owners  map[groupPart]*owners
	Classic bool  // it has formed events: a generation is every member's
	Live    int   // running members
	Since   int64 // µs: Live is above 0 since then
	Rounds  int   // generations begun after the bound
	Newest  int32 // the latest generation that a member was assigned
}

// life is a client's membership.
type life struct {
	Member     string
	Generation int32
	Joining    bool // it asked to join and has no answer
}

// owners are the clients that hold a partition in their own eyes.
type owners struct {
	Clients []string
	Since   int64 // µs: none since then
	New     bool  // the partition was added, and nobody has had it yet
}

// Describe implements Monitor.
func (l *Liveness) Describe() Description {
	return Description{"liveness", Ledger, []string{UnownedGap, StuckAssignment, OrphanPartition, RebalanceLivelock},
		"times mean something; assigned is written for empty assignments too; members subscribe alike"}
}

// Observe implements Monitor.
func (l *Liveness) Observe(i int, e *Event, report func(Anomaly)) {
	switch e.Kind {
	case Produced:
		l.heard(e.At, e.TopicPartition)
	case PartitionCount:
		for n := range e.To {
			l.heard(e.At, TopicPartition{e.Topic, int32(n)})
		}
	case GroupDeleted:
		delete(l.Groups, e.Group)
	case Started, Fault:
		l.Quiet = e.At
		if e.Kind == Started {
			l.stop(e)
		}
	case Stopped:
		if e.Cause != CauseEnd {
			l.Quiet = e.At
			l.stop(e)
		}
	case Joining:
		l.member(e).Joining = true
	case Assigned:
		l.assigned(i, e, report)
	case Revoked, Lost:
		g := l.group(e.Group)
		for _, p := range e.Partitions {
			g.release(e.Client, groupPart{e.Group, p.TopicPartition}, e.At)
		}
	case Formed:
		g := l.group(e.Group)
		g.Classic = true
		l.round(g, e)
	case Calm:
		l.Calm, l.Quiet = true, e.At
	case End:
		l.Ended, l.EndAt, l.EndIx = true, e.At, i
	}
}

// watched lists the kinds of events that concern this monitor.
func (l *Liveness) watched() []Kind {
	return []Kind{Produced, PartitionCount, GroupDeleted, Started, Fault, Stopped, Joining, Assigned, Revoked, Lost, Formed, Calm, End}
}

// heard takes note that a partition exists.
func (l *Liveness) heard(at int64, p TopicPartition) {
	if l.Topics == nil {
		l.Topics, l.Since = map[string][]TopicPartition{}, map[TopicPartition]int64{}
	}
	if _, known := l.Since[p]; known {
		return
	}
	l.Since[p] = at
	list := l.Topics[p.Topic]
	n, _ := slices.BinarySearchFunc(list, p, TopicPartition.Compare)
	l.Topics[p.Topic] = slices.Insert(list, n, p)
}

func (l *Liveness) group(name string) *groupLife {
	if l.Groups == nil {
		l.Groups = map[string]*groupLife{}
	}
	g := l.Groups[name]
	if g == nil {
		g = &groupLife{Members: map[string]*life{}, Owners: map[groupPart]*owners{}}
		l.Groups[name] = g
	}
	return g
}

func (l *Liveness) member(e *Event) *life {
	g := l.group(e.Group)
	m := g.Members[e.Client]
	if m == nil {
		m = &life{}
		g.Members[e.Client] = m
		if g.Live++; g.Live == 1 {
			g.Since = e.At
		}
	}
	return m
}

// stop takes a client out of all its groups.
func (l *Liveness) stop(e *Event) {
	for _, name := range sortedNames(l.Groups) {
		g := l.Groups[name]
		if g.Members[e.Client] == nil {
			continue
		}
		delete(g.Members, e.Client)
		g.Live--
		for _, k := range sortedKeys(g.Owners) {
			g.release(e.Client, k, e.At)
		}
	}
}

func (g *groupLife) release(client string, k groupPart, at int64) {
	o := g.Owners[k]
	if o == nil {
		return
	}
	if i := slices.Index(o.Clients, client); i >= 0 {
		if o.Clients = slices.Delete(o.Clients, i, i+1); len(o.Clients) == 0 {
			o.Since = at
		}
	}
}

func (l *Liveness) assigned(i int, e *Event, report func(Anomaly)) {
	m, g := l.member(e), l.group(e.Group)
	m.Member, m.Generation, m.Joining = e.Member, e.Generation, false
	if !g.Classic && e.Generation > g.Newest {
		l.round(g, e)
	}
	g.Newest = max(g.Newest, e.Generation)
	for _, p := range e.Partitions {
		if at, ok := slices.BinarySearch(g.Topics, p.Topic); !ok {
			g.Topics = slices.Insert(g.Topics, at, p.Topic)
			if g.Begun == nil {
				g.Begun = map[string]int64{}
			}
			g.Begun[p.Topic] = e.At
		}
		k := groupPart{e.Group, p.TopicPartition}
		o := g.Owners[k]
		if o == nil {
			o = &owners{Since: l.Since[p.TopicPartition], New: l.added(g, p.TopicPartition)}
			g.Owners[k] = o
		}
		if len(o.Clients) == 0 {
			l.gap(i, e.At, g, k, o.Since, o.New, report)
		}
		o.New = false
		if !slices.Contains(o.Clients, e.Client) {
			o.Clients = append(o.Clients, e.Client)
		}
	}
}

// round counts a generation that begins when the group should be at rest.
func (l *Liveness) round(g *groupLife, e *Event) {
	if l.Calm && l.SettleBound > 0 && e.At > l.Quiet+l.SettleBound {
		g.Rounds++
	} else {
		g.Rounds = 0
	}
}

// added tells whether a partition came to its topic when the group had begun
// to read that, so that it must find it first.
func (l *Liveness) added(g *groupLife, p TopicPartition) bool {
	begun, ok := g.Begun[p.Topic]
	return ok && l.Since[p] > begun
}

// gap reports that a partition was without an owner until now, if too long.
func (l *Liveness) gap(i int, now int64, g *groupLife, k groupPart, since int64, added bool, report func(Anomaly)) {
	since = max(since, l.Quiet, g.Since)
	bound := l.UnownedBound
	if added && bound > 0 {
		bound = max(bound, l.discovery())
	}
	if !l.Calm || l.Midlife || bound == 0 || now-since <= bound {
		return
	}
	a := Anomaly{Name: UnownedGap, At: now, Event: i, Group: k.Group, TopicPartition: k.TopicPartition}
	report(a.describe("without an owner for " + duration(now-since) + " in calm, bound " + duration(bound)))
}

// Finish implements Monitor.
func (l *Liveness) Finish(report func(Anomaly)) {
	if !l.Calm || !l.Ended {
		return
	}
	for _, name := range sortedNames(l.Groups) {
		g := l.Groups[name]
		if g.Live == 0 {
			continue
		}
		vacant := slices.DeleteFunc(l.vacant(name, g), func(v vacancy) bool { return l.orphan(g, v, report) })
		for _, v := range vacant {
			l.gap(l.EndIx, l.EndAt, g, v.groupPart, v.since, false, report)
		}
		l.settled(name, g, vacant, report)
	}
}

type vacancy struct {
	groupPart
	since int64
}

// vacant lists the partitions of the group's topics that nobody owns.
func (l *Liveness) vacant(name string, g *groupLife) []vacancy {
	var list []vacancy
	if l.Midlife {
		return nil
	}
	for _, k := range sortedKeys(g.Owners) {
		if o := g.Owners[k]; len(o.Clients) == 0 {
			list = append(list, vacancy{k, o.Since})
		}
	}
	for _, topic := range g.Topics {
		for _, p := range l.Topics[topic] {
			if k := (groupPart{name, p}); g.Owners[k] == nil {
				list = append(list, vacancy{k, l.Since[p]})
			}
		}
	}
	return list
}

func (l *Liveness) discovery() int64 { return cmp.Or(l.DiscoveryBound, l.SettleBound) }

// orphan tells whether a partition is vacant because the group has never found
// it, and reports it if there was time.
func (l *Liveness) orphan(g *groupLife, v vacancy, report func(Anomaly)) bool {
	if g.Owners[v.groupPart] != nil || !l.added(g, v.TopicPartition) {
		return false
	}
	waited, bound := l.EndAt-max(v.since, l.Quiet, g.Since), l.discovery()
	switch {
	case bound == 0:
		return true // unchecked says so
	case waited < bound:
		l.Skipped = append(l.Skipped, NotChecked{OrphanPartition, v.TopicPartition.String() + " was added " + duration(waited) +
			" before the end, or before that was disturbed, bound " + duration(bound)})
		return true
	}
	a := Anomaly{Name: OrphanPartition, At: l.EndAt, Event: l.EndIx, Group: v.Group, TopicPartition: v.TopicPartition}
	report(a.describe("added " + duration(l.EndAt-v.since) + " ago and never assigned, bound " + duration(bound)))
	return true
}

// settled reports a group that has not come to rest.
func (l *Liveness) settled(name string, g *groupLife, vacant []vacancy, report func(Anomaly)) {
	if l.SettleBound == 0 {
		return
	}
	a := Anomaly{At: l.EndAt, Event: l.EndIx, Group: name}
	waited := l.EndAt - max(l.Quiet, g.Since)
	switch why := g.restless(vacant); {
	case waited < l.SettleBound:
		if why != "" {
			why = "group " + name + ": the run ended " + duration(waited) + " after the last disturbance, bound " +
				duration(l.SettleBound) + ": " + why
			l.Skipped = append(l.Skipped, NotChecked{StuckAssignment, why}, NotChecked{RebalanceLivelock, why})
		}
	case g.Rounds >= max(1, l.LivelockRounds):
		a.Name = RebalanceLivelock
		report(a.describe("group " + name + " began " + itoa(int64(g.Rounds)) +
			" generations after the bound of " + duration(l.SettleBound)))
	case why != "":
		a.Name = StuckAssignment
		report(a.describe("group " + name + " not settled " + duration(waited) + " after the last disturbance: " + why))
	}
}

// restless says in what a group has not settled; empty when it has.
func (g *groupLife) restless(vacant []vacancy) string {
	var why []string
	if len(vacant) > 0 {
		text := vacant[0].TopicPartition.String()
		if n := len(vacant) - 1; n > 0 {
			text += " and " + itoa(int64(n)) + " more"
		}
		why = append(why, text+" without an owner")
	}
	for _, k := range sortedKeys(g.Owners) {
		if o := g.Owners[k]; len(o.Clients) > 1 {
			why = append(why, k.TopicPartition.String()+" held by "+strings.Join(slices.Sorted(slices.Values(o.Clients)), " and "))
		}
	}
	for _, client := range sortedNames(g.Members) {
		switch m := g.Members[client]; {
		case m.Joining:
			why = append(why, client+" is still joining")
		case g.Classic && m.Generation < g.Newest:
			why = append(why, client+" is in "+generation(m.Generation)+" of "+itoa(int64(g.Newest)))
		}
	}
	return strings.Join(why, "; ")
}

func (l *Liveness) unchecked() []NotChecked {
	var list []NotChecked
	all := func(why string) {
		for _, name := range l.Describe().Anomalies {
			list = append(list, NotChecked{name, why})
		}
	}
	switch {
	case !l.Calm:
		all("the faults did not stop before the end (no calm event)")
		return list
	case !l.Ended:
		all("the history is not told to its end (no end event)")
		return list
	}
	if l.Midlife {
		for _, name := range []string{UnownedGap, StuckAssignment, OrphanPartition} {
			list = append(list, NotChecked{name, "whether partitions have an owner: " + midlife})
		}
	}
	if l.UnownedBound == 0 {
		list = append(list, NotChecked{UnownedGap, "no bound given"})
	}
	if l.SettleBound == 0 {
		list = append(list, NotChecked{StuckAssignment, "no bound given"}, NotChecked{RebalanceLivelock, "no bound given"})
	}
	if l.discovery() == 0 {
		list = append(list, NotChecked{OrphanPartition, "no bound given"})
	}
	return append(list, l.Skipped...)
}
