package model

import (
	"cmp"
	"slices"
	"strings"
)

// Latency measures how long rebalances take. It reports no anomalies: whether
// a time is too long is for Liveness, and for the reader of a plot.
type Latency struct {
	Takeovers  []Takeover  // those that are over
	Rebalances []Rebalance // those that are over

	Roster roster
	Struck []Takeover            // not over, in the order they began
	Begun  map[string]*Rebalance // by group: the one that is not over
	Told   map[string]bool       // groups whose coordinator tells when a rebalance begins
	Called map[clientGroup]int64 // when each last called a commit
}

// Takeover is the time from the end of an owner, or from the fault that struck
// it, until every partition that it owned was assigned to somebody alive.
type Takeover struct {
	Group, Client string
	Cause         string // crash, leave, or the fault's name
	Begin         int64  // µs
	End           int64  // µs; -1 when it never came so far
	Partitions    int    // that it owned
	Stopped       bool   // its process ended; else a fault only struck it
	Recovered     bool   // the owner was back first; End is when

	left []TopicPartition
}

// Rebalance is one rebalance of a group. Where the coordinator tells nothing,
// it begins with the first member that joins.
type Rebalance struct {
	Group      string
	Generation int32 // the one that it led to; 0 if to none
	Cause      string
	Begin      int64 // µs: the join phase began
	Formed     int64 // µs: the generation was complete; -1 if not, or not told
	End        int64 // µs: all its members were assigned; -1 if another rebalance came first

	waiting []string // for these: member ids once formed, clients where nothing is told
}

// Describe implements Monitor.
func (l *Latency) Describe() Description {
	return Description{"latency", Ledger, nil, "times mean something"}
}

// Observe implements Monitor.
func (l *Latency) Observe(_ int, e *Event, _ func(Anomaly)) {
	switch e.Kind {
	case Stopped:
		if e.Cause != CauseEnd {
			l.struck(e)
			l.gone(e)
		}
	case Fault:
		if e.Client != "" {
			l.struck(e)
		}
	case Commit:
		if l.Called == nil {
			l.Called = map[clientGroup]int64{}
		}
		l.Called[clientGroup{e.Client, e.Group}] = e.At
	case CommitDone:
		if e.Error == "" {
			l.recovered(e, l.Called[clientGroup{e.Client, e.Group}])
		}
	case Joining:
		l.joining(e)
	case Rebalancing:
		l.rebalancing(e)
	case Formed:
		l.formed(e)
	case Assigned:
		l.recovered(e, e.At)
		l.takenOver(e)
		l.assigned(e)
	}
	l.Roster.apply(e)
}

// watched lists the kinds of events that concern this monitor.
func (l *Latency) watched() []Kind {
	return append([]Kind{Fault, Commit, CommitDone, Rebalancing, Formed}, rosterKinds...)
}

// struck begins a takeover for each group in which e's client owns something,
// unless an earlier fault has begun it.
func (l *Latency) struck(e *Event) {
	for _, k := range sortedKeys(l.Roster.Members) {
		if k.Client != e.Client {
			continue
		}
		if i := slices.IndexFunc(l.Struck, func(t Takeover) bool { return t.Client == k.Client && t.Group == k.Group }); i >= 0 {
			l.Struck[i].Stopped = l.Struck[i].Stopped || e.Kind == Stopped
			continue
		}
		t := Takeover{Group: k.Group, Client: k.Client, Cause: e.Cause, Begin: e.At, End: -1, Stopped: e.Kind == Stopped}
		for _, h := range l.Roster.Members[k].Holds {
			if h.Standing == owned || h.Standing == revoking {
				t.left = append(t.left, h.TopicPartition)
			}
		}
		if t.Partitions = len(t.left); t.Partitions > 0 {
			l.Struck = append(l.Struck, t)
		}
	}
}

// recovered ends the takeover of a client that was not stopped, and whose
// coordinator has answered something that it asked after the fault. One that
// was told to leave commits to the end; that is no recovery.
func (l *Latency) recovered(e *Event, asked int64) {
	kept := l.Struck[:0]
	for _, t := range l.Struck {
		if t.Client != e.Client || t.Group != e.Group || t.Stopped || asked < t.Begin || e.Kind == CommitDone && strings.HasPrefix(t.Cause, "leave") {
			kept = append(kept, t)
			continue
		}
		t.End, t.Recovered, t.left = e.At, true, nil
		l.Takeovers = append(l.Takeovers, t)
	}
	l.Struck = kept
}

// takenOver takes what was assigned off the lists, and ends those that are
// empty then.
func (l *Latency) takenOver(e *Event) {
	kept := l.Struck[:0]
	for _, t := range l.Struck {
		if t.Group == e.Group {
			t.left = slices.DeleteFunc(t.left, func(p TopicPartition) bool { return mentions(e.Partitions, p) })
		}
		if len(t.left) > 0 {
			kept = append(kept, t)
			continue
		}
		t.End, t.left = e.At, nil
		l.Takeovers = append(l.Takeovers, t)
	}
	l.Struck = kept
}

// open begins a rebalance; one that is under way has come to nothing.
func (l *Latency) open(e *Event) *Rebalance {
	if r := l.Begun[e.Group]; r != nil {
		l.Rebalances = append(l.Rebalances, *r)
	}
	r := entry(&l.Begun, e.Group)
	*r = Rebalance{Group: e.Group, Cause: e.Cause, Begin: e.At, Formed: -1, End: -1}
	return r
}

func (l *Latency) joining(e *Event) {
	if l.Told[e.Group] {
		return
	}
	r := l.Begun[e.Group]
	if r == nil {
		r = l.open(e)
	}
	if !slices.Contains(r.waiting, e.Client) {
		r.waiting = append(r.waiting, e.Client)
	}
}

func (l *Latency) rebalancing(e *Event) {
	if l.tells(e.Group) {
		delete(l.Begun, e.Group) // what its first member's joining opened was this
	}
	l.open(e)
}

// tells notes that a group's coordinator tells of its rebalances; news
// says that this was not known before.
func (l *Latency) tells(group string) (news bool) {
	news = !l.Told[group]
	if l.Told == nil {
		l.Told = map[string]bool{}
	}
	l.Told[group] = true
	return news
}

func (l *Latency) formed(e *Event) {
	l.tells(e.Group)
	r := l.Begun[e.Group]
	if r == nil || r.Formed >= 0 {
		r = l.open(e)
	}
	r.Formed, r.Generation, r.waiting = e.At, e.Generation, slices.Clone(e.Members)
}

func (l *Latency) assigned(e *Event) {
	r := l.Begun[e.Group]
	if r == nil {
		return
	}
	who := e.Client
	if l.Told[e.Group] {
		if r.Formed < 0 || e.Generation != r.Generation {
			return // an earlier generation's
		}
		who = e.Member
	}
	r.Generation = max(r.Generation, e.Generation)
	l.done(e.Group, e.At, who)
}

// gone takes a stopped client out of the rebalances that wait for it.
func (l *Latency) gone(e *Event) {
	for _, group := range sortedNames(l.Begun) {
		if !l.Told[group] {
			l.done(group, e.At, e.Client)
		}
	}
}

// done ends a group's rebalance if it waited for nobody but who.
func (l *Latency) done(group string, at int64, who string) {
	r := l.Begun[group]
	r.waiting = slices.DeleteFunc(r.waiting, func(s string) bool { return s == who })
	if len(r.waiting) > 0 {
		return
	}
	if r.Generation > 0 {
		r.End = at
	}
	l.Rebalances = append(l.Rebalances, *r)
	delete(l.Begun, group)
}

// Finish implements Monitor.
func (l *Latency) Finish(func(Anomaly)) {
	l.Takeovers = append(l.Takeovers, l.Struck...)
	for _, group := range sortedNames(l.Begun) {
		l.Rebalances = append(l.Rebalances, *l.Begun[group])
	}
	for i := range l.Rebalances {
		l.Rebalances[i].waiting = nil
	}
	for i := range l.Takeovers {
		l.Takeovers[i].left = nil
	}
	slices.SortStableFunc(l.Takeovers, func(a, b Takeover) int { return cmp.Compare(a.Begin, b.Begin) })
	slices.SortStableFunc(l.Rebalances, func(a, b Rebalance) int { return cmp.Compare(a.Begin, b.Begin) })
}
