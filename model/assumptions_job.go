package model

import (
	"slices"
	"strings"
)

// onState, onCheckpoints and onRegisters are what hangs on which assumption
// about a job.
var (
	onState       = []string{DuplicateInState, LostFromState, InconsistentCut, LostFromSink}
	onCheckpoints = []string{CompletedBeforeDurable, RestoredFromIncomplete, RestoredFromStale, InconsistentCut,
		CommitWithoutCheckpoint, CommitOfAbortedCheckpoint, CommitBehindSubsumed}
	onSinks     = []string{DuplicateInSink, SinkOverwritten, LostFromSink, ZombieWrite}
	onRegisters = []string{StaleRead}
)

// jobAssumptions follows what a history of a checkpointing job cannot be
// otherwise: a coordinator's checkpoints and attempts are in order, and a task
// emits what it polled.
type jobAssumptions struct {
	LastID  int64
	Attempt int32
	Open    []int64                       // triggered and not over
	Taken   []taken                       // snapshots that are not durable yet
	Polled  map[taskAttempt]*outstanding  // given to a source's task and not emitted
	Emitted map[TopicPartition]*Intervals // ever
}

type taken struct {
	Task    string
	Attempt int32
	ID      int64
}

type taskAttempt struct {
	Task string
	TopicPartition
}

// outstanding is what a source's task has in one attempt.
type outstanding struct {
	Attempt int32
	Left    Intervals
}

// jobKinds tells whether an event is of a job's own: its nodes need not tell
// when they start.
func jobKind(k Kind) bool {
	switch k {
	case JobRestored, JobFailed, JobFinished, CheckpointTriggered, CheckpointCompleted, CheckpointAborted,
		BarrierInjected, AlignmentStarted, SnapshotTaken, StateDurable, Notified, TaskFailed,
		SourcePolled, Emitted, Applied, Late, Written, Stored, Watermarked, Metric:
		return true
	}
	return false
}

// job checks an event of a job.
func (a *Assumptions) job(i int, e *Event) (usable bool) {
	j := &a.Jobs
	switch e.Kind {
	case JobRestored, CheckpointTriggered, CheckpointCompleted, CheckpointAborted:
		if e.Generation < j.Attempt {
			a.violated(i, e, "goes back to an earlier attempt", ": "+itoa(int64(e.Generation))+" after "+itoa(int64(j.Attempt)), slices.Concat(onState, onCheckpoints))
		}
		j.Attempt = max(j.Attempt, e.Generation)
		a.checkpoint(i, e)
	case SnapshotTaken:
		j.Taken = append(j.Taken, taken{e.Member, e.Generation, e.Op})
	case StateDurable:
		at := slices.Index(j.Taken, taken{e.Member, e.Generation, e.Op})
		if at < 0 && !a.Midlife {
			a.violated(i, e, e.Member+" wrote a state that it had not taken", ", "+checkpointOf(e.Op), onCheckpoints)
		}
		if at >= 0 {
			j.Taken = slices.Delete(j.Taken, at, at+1)
		}
	case SourcePolled, Emitted, Applied, Late:
		return a.jobRecords(i, e)
	case Stored:
		if len(e.Keys) > 1 || len(e.Values) > 1 || len(e.Keys) == 0 && len(e.Partitions) == 0 && e.Topic == "" {
			a.violated(i, e, "stored neither one key nor a record", "", onSinks)
			return false
		}
	}
	return true
}

// writesLate is for how many attempts what a task has taken is remembered.
const writesLate = 16

// checkpoint checks what the coordinator says of a checkpoint.
func (a *Assumptions) checkpoint(i int, e *Event) {
	j := &a.Jobs
	at := slices.Index(j.Open, e.Op)
	switch {
	case e.Kind == CheckpointTriggered:
		if e.Op <= j.LastID {
			a.violated(i, e, "triggered a checkpoint with an id that is not new", ": "+itoa(e.Op)+" after "+itoa(j.LastID), onCheckpoints)
		}
		j.LastID = max(j.LastID, e.Op)
		j.Open = append(j.Open, e.Op)
	case e.Kind == JobRestored:
		// Tasks that have not learnt of it may still write what they had taken:
		// a TaskManager that stands still, many attempts later.
		j.Taken = slices.DeleteFunc(j.Taken, func(t taken) bool { return t.Attempt+writesLate < e.Generation })
	case at >= 0:
		j.Open = slices.Delete(j.Open, at, at+1)
	case !a.Midlife || e.Op <= j.LastID && len(j.Open) > 0 && e.Op >= j.Open[0]:
		a.violated(i, e, "ended a checkpoint that was not under way", ": "+string(e.Kind)+" "+itoa(e.Op), onCheckpoints)
	}
}

// jobRecords checks the records of an event: that there are any, that a task
// emits what it was given in its attempt, once, and that operators take what
// was emitted.
func (a *Assumptions) jobRecords(i int, e *Event) (usable bool) {
	if e.Topic != "" && (e.From < 0 || e.From >= e.To || e.To-e.From > most) || e.Topic == "" && len(e.Partitions) == 0 ||
		slices.ContainsFunc(e.Partitions, func(p PartitionOffset) bool { return p.Offset < 0 }) {
		a.violated(i, e, string(e.Kind)+" no records", "", onState)
		return false
	}
	j := &a.Jobs
	e.ranges(func(p TopicPartition, from, to int64) {
		switch k := (taskAttempt{e.Member, p}); e.Kind {
		case SourcePolled:
			o := entry(&j.Polled, k)
			if o.Attempt != e.Generation {
				*o = outstanding{Attempt: e.Generation}
			}
			o.Left.Add(from, to)
		case Emitted:
			o := j.Polled[k]
			if a.Midlife && (o == nil || o.Attempt != e.Generation) {
				break
			}
			if o == nil || o.Attempt != e.Generation || o.Left.CountWithin(from, to) < to-from {
				a.violated(i, e, e.Member+" emitted what it had not polled", ": "+p.String()+" "+span(from, to).String(), onState)
			} else {
				o.Left.Remove(from, to)
			}
		}
		if e.Kind == Emitted {
			entry(&j.Emitted, p).Add(from, to)
		} else if set := j.Emitted[p]; e.Kind != SourcePolled && !a.Midlife && (set == nil || set.CountWithin(from, to) < to-from) {
			a.violated(i, e, e.Member+" "+string(e.Kind)+" what was never emitted", ": "+p.String()+" "+span(from, to).String(), onState)
		}
	})
	return true
}

// most is how many records one event can be of.
const most = 1 << 30

// register checks a call of a cache or a store, or its return.
func (a *Assumptions) register(i int, e *Event) (usable bool) {
	if len(e.Keys) != 1 || len(e.Values) > 1 || e.Kind == Write && len(e.Values) == 0 {
		a.violated(i, e, string(e.Kind)+" needs one key, and at most one value", "", onRegisters)
		return false
	}
	call, isReturn := Read, e.Kind == ReadDone || e.Kind == WriteDone
	if strings.HasPrefix(string(e.Kind), string(Write)) {
		call = Write
	}
	at := slices.IndexFunc(a.Open, func(c openCall) bool {
		return c.Client == e.Client && c.Op == e.Op && c.Kind == call && c.Key == e.Keys[0]
	})
	switch {
	case !isReturn && at >= 0:
		a.violated(i, e, "made two open calls with the same op", " "+itoa(e.Op), onRegisters)
		return false
	case !isReturn:
		a.Open = append(a.Open, openCall{Client: e.Client, Op: e.Op, Kind: call, Key: e.Keys[0]})
	case at >= 0:
		a.Open = slices.Delete(a.Open, at, at+1)
	default:
		if !a.Older[e.Client] {
			a.violated(i, e, string(e.Kind)+" without an open "+string(call), ", op "+itoa(e.Op), onRegisters)
		}
		return false
	}
	return true
}
