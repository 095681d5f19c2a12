package model

import (
	"cmp"
	"slices"
	"strings"
)

// Options say what a Judge may take for granted and how far it goes. The zero
// value judges any history; bounds that are 0 are not checked, and the Report
// says so.
type Options struct {
	// Keep is how many anomalies of each name are kept in full; 0 stands for 10.
	Keep int
	// OnAnomaly, if set, gets each anomaly as soon as it is found. Should an
	// assumption turn out not to hold, the Report may take it back.
	OnAnomaly func(Anomaly)

	Fresh bool // nothing was committed before the history began
	// Midlife says that the history began when its group was at work, or has
	// not all its members. Then nothing is concluded from what is not in it:
	// records may have been processed, and offsets committed, before or by others.
	Midlife       bool
	SparseOffsets bool // not every offset is a record (transactions, compaction), and the history does not say which
	HiddenRetries bool // clients retry by themselves: no error says that a commit had no effect
	RelaxedEpochs bool // a member may commit with an earlier epoch of its own (KIP-1251)
	Early         bool // see Loss
	// FromStart says that the group is to read its topics from their first
	// record on: what a reader that begins at the end (latest) leaves out is
	// lost. Else that is legal before the group's first look (I-P2).
	FromStart bool

	LagBound       int64 // µs that a group may need after Calm to read everything
	UnownedBound   int64 // µs that a partition may be without an owner in calm
	SettleBound    int64 // µs in which a group must settle in calm
	DiscoveryBound int64 // µs in which a group must own a partition that was added, in calm; 0 stands for SettleBound
	RebalanceBound int64 // µs that a join or a sync phase may last; see Stuck
	ShareLock      int64 // µs that the lock on a record of a share group lasts
	ShareLimit     int32 // deliveries of a record in a share group
	LivelockRounds int   // generations after SettleBound that make a livelock; 0 stands for 3

	MaxOps, MaxSteps int // bounds of the search for a linearization; see Offsets and Logs
}

// Monitors gives every monitor, new, as the options want it: ownership and
// the named anomalies in the order of the Catalogue, porcupine last; then those
// of checkpointing jobs and of share groups, which sleep while there are none.
func Monitors(o Options) []Monitor {
	book := commitBook{HiddenRetries: o.HiddenRetries, Midlife: o.Midlife}
	loss := &Loss{Early: o.Early, SparseOffsets: o.SparseOffsets, FromStart: o.FromStart && !o.Midlife, LagBound: o.LagBound, Explain: true, Book: book}
	state := &State{Loss: loss}
	return []Monitor{
		&Ownership{},
		&Generations{Midlife: o.Midlife},
		&Instances{},
		&AfterRevoke{},
		&Fencing{},
		&Regression{Book: book},
		&Durability{Fresh: o.Fresh, Book: book},
		loss,
		&Skips{SparseOffsets: o.SparseOffsets, Midlife: o.Midlife},
		&Duplicates{Explain: true, Book: book},
		&Order{Midlife: o.Midlife},
		&KeyOrder{Midlife: o.Midlife},
		&Stuck{Bound: o.RebalanceBound, Midlife: o.Midlife},
		&Liveness{UnownedBound: o.UnownedBound, SettleBound: o.SettleBound, DiscoveryBound: o.DiscoveryBound, LivelockRounds: cmp.Or(o.LivelockRounds, 3), Midlife: o.Midlife},
		&Latency{},
		&Offsets{Fresh: o.Fresh, Midlife: o.Midlife, HiddenRetries: o.HiddenRetries, RelaxedEpochs: o.RelaxedEpochs,
			MaxOps: cmp.Or(o.MaxOps, 512), MaxSteps: cmp.Or(o.MaxSteps, 200_000)},
		&Logs{SparseOffsets: o.SparseOffsets, Midlife: o.Midlife, MaxOps: cmp.Or(o.MaxOps, 512), MaxSteps: cmp.Or(o.MaxSteps, 200_000)},
		state,
		&Checkpoints{},
		&Sinks{State: state},
		&Watermarks{},
		&Metrics{Loss: loss},
		&Registers{Fresh: o.Fresh, Midlife: o.Midlife, MaxOps: cmp.Or(o.MaxOps, 512), MaxSteps: cmp.Or(o.MaxSteps, 200_000)},
		&Shares{Limit: o.ShareLimit, Lock: o.ShareLock, LagBound: o.LagBound, FromStart: o.FromStart, SparseOffsets: o.SparseOffsets, Midlife: o.Midlife,
			Loss: loss, State: state},
		&ShareQueues{Midlife: o.Midlife, MaxOps: cmp.Or(o.MaxOps, 512), MaxSteps: cmp.Or(o.MaxSteps, 200_000)},
	}
}

// FiniteMonitors gives those of Monitors that can be part of a state in
// exhaustive search.
func FiniteMonitors(o Options) []Monitor {
	return slices.DeleteFunc(Monitors(o), func(m Monitor) bool { return m.Describe().Class != Finite })
}

// Judge runs every check of this package over one history.
type Judge struct {
	options     Options
	events      int
	assumptions Assumptions
	monitors    []Monitor
	muted       []bool // by monitor: it needs a whole history, and has none
	counts      map[string]int
	kept        map[string][]Anomaly
	ends        map[endKey]end
	report      func(Anomaly)
}

// endKey and end say where the last anomaly of a name and a seat ended, and
// which of the kept ones it was; -1 for none.
type endKey struct {
	Name string
	seat
}

type end struct {
	to   int64
	kept int
}

// NewJudge gives a Judge for one history.
func NewJudge(o Options) *Judge {
	o.Keep = cmp.Or(o.Keep, 10)
	j := &Judge{options: o, assumptions: Assumptions{Midlife: o.Midlife}, monitors: Monitors(o),
		counts: map[string]int{}, kept: map[string][]Anomaly{}, ends: map[endKey]end{}}
	j.report = j.take
	j.muted = make([]bool, len(j.monitors))
	for i, m := range j.monitors {
		_, whole := m.(wholeOnly)
		j.muted[i] = whole && o.Midlife
	}
	return j
}

// concerned are the monitors, by their place in Monitors, that a kind of event
// concerns: that depends on their types alone.
var concerned = func() map[Kind][]int {
	out := make(map[Kind][]int, len(schema))
	for i, m := range Monitors(Options{}) {
		w, choosy := m.(watcher)
		var kinds []Kind
		if choosy {
			kinds = w.watched()
		}
		for _, s := range schema {
			if !choosy || slices.Contains(kinds, s.Kind) {
				out[s.Kind] = append(out[s.Kind], i)
			}
		}
	}
	return out
}()

// Observe takes the next event. It does not keep e.
func (j *Judge) Observe(e *Event) {
	i := j.events
	j.events++
	if !j.assumptions.Observe(i, e) {
		return
	}
	for _, at := range concerned[e.Kind] {
		j.monitors[at].Observe(i, e, j.reportOf(at))
	}
}

// reportOf is where a monitor's reports go.
func (j *Judge) reportOf(monitor int) func(Anomaly) {
	if j.muted[monitor] {
		return func(Anomaly) {}
	}
	return j.report
}

// Count is the number of anomalies found so far.
func (j *Judge) Count() int {
	n := 0
	for _, name := range sortedNames(j.counts) {
		n += j.counts[name]
	}
	return n
}

// take enters an anomaly. Those that go on where the last one of their name
// and seat ended are one: a member that processes a range record by record
// does one thing wrong.
func (j *Judge) take(a Anomaly) {
	if j.options.OnAnomaly != nil {
		j.options.OnAnomaly(a)
	}
	list := j.kept[a.Name]
	if a.From < a.To && a.Offsets == nil {
		k := endKey{a.Name, seat{a.Client, a.Group, a.TopicPartition}}
		last, ok := j.ends[k]
		if ok && last.to == a.From {
			j.ends[k] = end{a.To, last.kept}
			if last.kept >= 0 {
				list[last.kept].To = a.To
				list[last.kept] = list[last.kept].describe(list[last.kept].what)
			}
			return
		}
		j.ends[k] = end{a.To, -1}
		if len(list) < j.options.Keep {
			j.ends[k] = end{a.To, len(list)}
		}
	}
	j.counts[a.Name]++
	if len(list) < j.options.Keep {
		j.kept[a.Name] = append(list, a)
	}
}

// Finish ends the history and gives the judgement. The Judge is of no use
// afterwards.
func (j *Judge) Finish() Report {
	r := Report{Violations: j.assumptions.Violations, ViolationCount: j.assumptions.Count, Counts: j.counts}
	for i, m := range j.monitors {
		m.Finish(j.reportOf(i))
		switch p, ok := m.(partial); {
		case j.muted[i]:
			r.NotChecked = append(r.NotChecked, muted(m)...)
		case ok:
			r.NotChecked = append(r.NotChecked, p.unchecked()...)
		}
	}
	// What a broken assumption says nothing sure about is taken back.
	for _, v := range r.Violations {
		for _, name := range v.Unchecked {
			r.NotChecked = append(r.NotChecked, NotChecked{name, "event " + itoa(int64(v.Event)) + ": " + v.Text})
			delete(j.counts, name)
			delete(j.kept, name)
		}
	}
	for _, name := range sortedNames(j.kept) {
		r.Anomalies = append(r.Anomalies, j.kept[name]...)
	}
	slices.SortStableFunc(r.Anomalies, func(a, b Anomaly) int {
		return cmp.Or(cmp.Compare(a.Event, b.Event), strings.Compare(a.Name, b.Name))
	})
	j.summarise(&r)
	return r
}

// muted says what a monitor would have judged of a whole history.
func muted(m Monitor) (out []NotChecked) {
	if !m.(wholeOnly).concerns() {
		return nil
	}
	for _, name := range m.Describe().Anomalies {
		out = append(out, NotChecked{name, "the history is not the job's whole one, from its start (it is not fresh)"})
	}
	return out
}
