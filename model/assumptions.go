package model

import "slices"

// Violation is something in a history that cannot be: whoever wrote it is
// wrong, and the checks named cannot be trusted.
type Violation struct {
	At        int64 // µs
	Event     int   // index, from 0
	Text      string
	Unchecked []string // the anomalies that the history says nothing sure about
}

// What hangs on which assumption.
var (
	onCalls = []string{ZombieCommitAccepted, CommitRegression, OffsetsNotLinearizable,
		CommitLost, InstanceNotFenced, LiveMemberFenced, CommitAheadOfProcessing, LostRecord, RewindBeyondCommit}
	onRecords = []string{CommitAheadOfProcessing, LostRecord, LateStartLoss, SkipAcrossHandover, RewindBeyondCommit,
		ReprocessedWithinOwnership, NonmonotonicPoll, NonmonotonicProcessing, PerKeyOrder, InconsistentOffsets, LogNotLinearizable}
	onOwnership = []string{DualEntitlement, ProcessingAfterRevoke, CommitAfterRevoke, CommitAfterLost,
		UnownedGap, StuckAssignment, NonmonotonicPoll}
	onGeneration = []string{DualEntitlement, GenerationReuse, InstanceNotFenced, ZombieCommitAccepted, OffsetsNotLinearizable}
	onKeys       = []string{PerKeyOrder, LostRecord}
	onTime       = []string{UnownedGap, StuckAssignment, OrphanPartition, StuckRebalance, RebalanceLivelock, LostRecord}
)

// Assumptions checks the history itself, before anything is concluded from
// it: that it begins and ends as one does, that times do not go back, that
// clients act between their start and their stop, that calls and returns
// match, that ranges hold something, that members say in which generation
// they were assigned, and that nobody reads what it was never assigned. For
// those of checkpointing jobs see jobAssumptions, for those of share groups share.
//
// A process that is started again without having stopped was killed: nobody
// was left to write that. What began before the history, or was done by others,
// is nobody's fault in the middle of a group's life.
type Assumptions struct {
	Midlife    bool
	Violations []Violation // the first of each kind and client
	Count      int

	Clients map[string]bool // whether it is running
	Older   map[string]bool // it ran when the history began
	Open    []openCall
	Seats   map[seat]bool // assigned to this process at some time
	Told    map[violationKey]bool
	Jobs    jobAssumptions
	Shares  []shareRequest
	Last    int64
	Ended   bool
}

type openCall struct {
	Client string
	Op     int64
	Kind   Kind
	Left   []PartitionOffset
	Key    string // of a register
}

type violationKey struct{ Client, What string }

// Observe takes event i, and tells whether anything can be made of it.
func (a *Assumptions) Observe(i int, e *Event) (usable bool) {
	usable = true
	a.sequence(i, e)
	if e.Client != "" && e.Kind != Fault {
		a.life(i, e)
	}
	switch e.Kind {
	case Produced, Polled, Processed:
		usable = a.records(i, e)
	case Assigned:
		if e.Generation <= 0 {
			a.violated(i, e, "assigned without a generation", "", onGeneration)
		}
		for _, p := range e.Partitions {
			a.assigned(e, p.TopicPartition)
		}
	case Positioned:
		if e.Member == "" && e.Generation <= 0 { // it takes what it wants, without a group (assign)
			a.assigned(e, e.TopicPartition)
		}
	case Read, ReadDone, Write, WriteDone:
		usable = a.register(i, e)
	case Commit, FetchOffsets:
		a.call(i, e)
	case CommitDone, OffsetsTold:
		a.done(i, e)
	default:
		switch {
		case jobKind(e.Kind):
			usable = a.job(i, e)
		case slices.Contains(shareKinds, e.Kind):
			usable = a.share(i, e)
		}
	}
	return usable
}

// assigned takes note of what e's client may read.
func (a *Assumptions) assigned(e *Event, p TopicPartition) {
	if a.Seats == nil {
		a.Seats = map[seat]bool{}
	}
	a.Seats[seat{e.Client, e.Group, p}] = true
}

// sequence checks the history as a list.
func (a *Assumptions) sequence(i int, e *Event) {
	switch {
	case i == 0 && !a.Midlife && (e.Kind == End || e.Kind == Stopped):
		a.violated(i, e, "the history begins with ", string(e.Kind), onOwnership)
	case a.Ended:
		a.violated(i, e, "an event after the end", "", onTime)
	case e.At < a.Last:
		a.violated(i, e, "time goes back", " by "+itoa(a.Last-e.At)+" µs", onTime)
	}
	a.Last = max(a.Last, e.At)
	a.Ended = a.Ended || e.Kind == End
}

// life checks that a client acts while it runs.
func (a *Assumptions) life(i int, e *Event) {
	running, known := a.Clients[e.Client]
	if running && e.Kind != Started && e.Kind != Stopped {
		return
	}
	if a.Clients == nil {
		a.Clients = map[string]bool{}
	}
	switch {
	case e.Kind == Started:
		a.forget(e.Client)
		a.Clients[e.Client] = true
	case e.Kind == Stopped:
		if !running && (known || !a.Midlife) {
			a.violated(i, e, "stopped, but was not running", "", onOwnership)
		}
		a.forget(e.Client)
		a.Clients[e.Client] = false
	case !known && jobKind(e.Kind):
		return // a job's nodes need not tell their start
	case known:
		a.violated(i, e, "acts after it stopped", ": "+string(e.Kind), onOwnership)
	default:
		if !a.Midlife {
			a.violated(i, e, "acts before it started", ": "+string(e.Kind)+beganLater, onOwnership)
		} else {
			if a.Older == nil {
				a.Older = map[string]bool{}
			}
			a.Older[e.Client] = true
		}
		a.Clients[e.Client] = true // said once; go on with it
	}
}

// beganLater is what to do about a fresh history that is not.
const beganLater = " (leave \"fresh\" out of the header of a history that begins later than its group, or has not all its members)"

func (a *Assumptions) forget(client string) {
	delete(a.Older, client)
	dropClient(a.Seats, client)
	a.Open = slices.DeleteFunc(a.Open, func(c openCall) bool { return c.Client == client })
	a.Shares = slices.DeleteFunc(a.Shares, func(r shareRequest) bool { return r.Client == client })
}

// records checks a range of records.
func (a *Assumptions) records(i int, e *Event) (usable bool) {
	if e.From < 0 || e.From >= e.To {
		a.violated(i, e, string(e.Kind)+" an empty range", ", from "+itoa(e.From)+" to "+itoa(e.To), onRecords)
		return false
	}
	if e.Kind == Produced {
		if n := len(e.Keys); n > 0 && int64(n) != e.To-e.From {
			a.violated(i, e, "produced with a wrong number of keys", ": "+itoa(int64(n))+" for "+itoa(e.To-e.From)+" records", onKeys)
			return false
		}
		return true
	}
	if e.Group != "" && !a.Older[e.Client] && !a.Seats[seat{e.Client, e.Group, e.TopicPartition}] {
		a.violated(i, e, string(e.Kind)+" what it was never assigned", ": "+e.TopicPartition.String(), onOwnership)
	}
	return true
}

func (a *Assumptions) call(i int, e *Event) {
	if a.find(e, e.Kind) >= 0 {
		a.violated(i, e, "made two open calls with the same op", " "+itoa(e.Op), onCalls)
	}
	a.Open = append(a.Open, openCall{Client: e.Client, Op: e.Op, Kind: e.Kind, Left: e.Partitions})
}

func (a *Assumptions) find(e *Event, kind Kind) int {
	return slices.IndexFunc(a.Open, func(c openCall) bool { return c.Client == e.Client && c.Op == e.Op && c.Kind == kind })
}

func (a *Assumptions) done(i int, e *Event) {
	kind := Commit
	if e.Kind == OffsetsTold {
		kind = FetchOffsets
	}
	at := a.find(e, kind)
	if at < 0 && a.Older[e.Client] {
		return // it was called before
	}
	if at < 0 {
		a.violated(i, e, string(e.Kind)+" without an open "+string(kind), ", op "+itoa(e.Op), onCalls)
		return
	}
	var left []PartitionOffset
	if len(e.Partitions) > 0 && len(a.Open[at].Left) > 0 { // a fetch may ask for all there is
		for _, p := range e.Partitions {
			if !mentions(a.Open[at].Left, p.TopicPartition) {
				a.violated(i, e, string(e.Kind)+" for what the call did not name", " or has an answer for: "+p.String(), onCalls)
			}
		}
		for _, p := range a.Open[at].Left {
			if !mentions(e.Partitions, p.TopicPartition) {
				left = append(left, p)
			}
		}
	}
	if a.Open[at].Left = left; len(left) == 0 {
		a.Open = slices.Delete(a.Open, at, at+1)
	}
}

// violated takes down the first violation of a kind by a client; those that
// follow are counted.
func (a *Assumptions) violated(i int, e *Event, what, detail string, unchecked []string) {
	a.Count++
	k := violationKey{e.Client, what}
	if a.Told[k] {
		return
	}
	if a.Told == nil {
		a.Told = map[violationKey]bool{}
	}
	a.Told[k] = true
	text := what + detail
	if e.Client != "" {
		text = e.Client + " " + text
	}
	a.Violations = append(a.Violations, Violation{e.At, i, text, unchecked})
}
