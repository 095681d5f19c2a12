package model

import (
	"slices"
)

// State keeps the ledger of a job's state: which records' effects are in which
// operator's, and in every checkpoint of it. It judges from that alone whether
// each record affects the state exactly once (flink-docs: stateful stream
// processing): duplicate-in-state, lost-from-state, inconsistent-cut.
//
// A snapshot keeps a copy of its operator's ledger; a restore of the job makes
// the copies of that checkpoint, together, the base of all that follows: so the
// parallelism may change. A restore of some tasks takes back theirs alone.
// What a task does that has been put into another attempt counts for nothing.
// A record that was dropped as late counts as taken in.
type State struct {
	Loss *Loss // for what was produced, and how the history ended

	Attempts attempts
	Base     *partSets // of the last restore of the whole job
	From     int64     // the checkpoint that Base is of; 0: none
	Ops      map[string]*partSets
	Live     *partSets // all of it
	Cuts     map[int64]*jobCut
	Checked  map[TopicPartition]int64 // below this the state has all records of a completed checkpoint
	Covered  map[TopicPartition]int64 // the positions of the completed checkpoint that came last

	Begun   map[TopicPartition]int64 // where the job began to read
	Placed  map[clientPart]int64     // where a client was put that has not read yet
	Taken   map[TopicPartition]int64 // where one was put first, or furthest back, that took the partition without a group
	Readers map[TopicPartition]*jobReader
	Dropped partSets // ever
	Seen    bool     // there is a job
	Ran     bool     // it was restored
	Over    Kind     // JobFinished or JobFailed
	Unread  int64    // records that may still be taken in
	Sum     JobNumbers
}

// jobCut is a checkpoint.
type jobCut struct {
	Base    *partSets
	From    int64
	Ops     map[string]*partSets
	Stored  []stored
	Checked map[TopicPartition]int64
}

// jobReader is who reads a partition in a job.
type jobReader struct {
	Task, Before string // Before: who did earlier in this attempt
	Read         Intervals
}

// Describe implements Monitor.
func (s *State) Describe() Description {
	return Description{"state", Ledger, []string{DuplicateInState, LostFromState, InconsistentCut},
		"one job in a history; applied and late are written for each record that an operator is done with, snapshot-taken in the order of an operator's work"}
}

// concerns implements wholeOnly.
func (s *State) concerns() bool { return s.Seen }

// watched lists the kinds of events that concern this monitor.
func (s *State) watched() []Kind {
	return []Kind{JobRestored, JobFailed, JobFinished, CheckpointCompleted, SnapshotTaken, SourcePolled, Applied, Late, Positioned, Stopped}
}

// Observe implements Monitor.
func (s *State) Observe(i int, e *Event, report func(Anomaly)) {
	switch e.Kind {
	case JobRestored:
		s.Seen = true
		s.restored(e)
	case JobFailed, JobFinished:
		s.Over = e.Kind
	case Positioned:
		if s.Seen {
			s.positioned(e)
		}
	case Stopped:
		for _, k := range sortedKeys(s.Placed) {
			if k.Client == e.Client {
				delete(s.Placed, k)
			}
		}
	case CheckpointCompleted:
		if cut := s.Cuts[e.Op]; cut != nil {
			s.completed(i, e, cut, report)
		}
	default:
		s.Seen = true
		if s.Attempts.zombie(e) {
			return
		}
		s.task(i, e, report)
	}
}

func (s *State) task(i int, e *Event, report func(Anomaly)) {
	switch e.Kind {
	case SourcePolled:
		s.polled(e)
	case Applied:
		s.applied(i, e, report)
	case Late:
		own := s.operator(e.Member)
		e.ranges(func(p TopicPartition, from, to int64) {
			s.Sum.Late += to - from
			s.live().of(p).add(from, to)
			s.Dropped.of(p).add(from, to)
			own.of(p).add(from, to)
		})
	case SnapshotTaken:
		s.snapshot(e)
	}
}

func (s *State) live() *partSets {
	if s.Live == nil {
		s.Live = &partSets{}
	}
	return s.Live
}

func (s *State) operator(task string) *partSets {
	if own := s.Ops[task]; own != nil {
		return own
	}
	return entry(&s.Ops, task)
}

// positioned takes note of where a client is put: if it is a job's, that is
// where the job begins, and what it then leaves out is lost.
func (s *State) positioned(e *Event) {
	if r := s.Readers[e.TopicPartition]; r == nil {
		if s.Placed == nil {
			s.Placed = map[clientPart]int64{}
		}
		s.Placed[clientPart{e.Client, e.TopicPartition}] = e.To
	}
	if at, ok := s.Taken[e.TopicPartition]; e.Group == "" && e.To >= 0 && (!ok || e.To < at) {
		if s.Taken == nil {
			s.Taken = map[TopicPartition]int64{}
		}
		s.Taken[e.TopicPartition] = e.To
	}
}

// begin takes note that a job's client is at a partition for the first time.
func (s *State) begin(client string, p TopicPartition, at int64) {
	if _, ok := s.Begun[p]; ok || at < 0 {
		return
	}
	if placed, ok := s.Placed[clientPart{client, p}]; ok && placed >= 0 {
		at = min(at, placed)
	}
	if s.Begun == nil {
		s.Begun = map[TopicPartition]int64{}
	}
	s.Begun[p] = at
}

func (s *State) polled(e *Event) {
	e.ranges(func(p TopicPartition, from, to int64) {
		s.begin(e.Client, p, from)
		r := entry(&s.Readers, p)
		if r.Task != e.Member {
			r.Task, r.Before = e.Member, r.Task
		}
		s.Sum.Replayed += to - from - r.Read.Add(from, to)
	})
}

func (s *State) applied(i int, e *Event, report func(Anomaly)) {
	own := s.operator(e.Member)
	e.ranges(func(p TopicPartition, from, to int64) {
		s.Sum.Applied += to - from
		had := s.live().of(p).add(from, to)
		again := own.of(p).add(from, to)
		if len(had) > 0 {
			s.Sum.DuplicatesInState += had.Count()
			s.duplicate(i, e, p, had, again, report)
		}
	})
}

// duplicate reports records whose effects are in the state twice: those that
// the restored state holds, and those that were applied since.
func (s *State) duplicate(i int, e *Event, p TopicPartition, had, own Intervals, report func(Anomaly)) {
	since := had
	if s.Base != nil {
		if base := s.Base.find(p); base != nil {
			since = nil
			for _, part := range had {
				since = append(since, missing(part.From, part.To, []*offsetSet{base})...)
			}
		}
	}
	if replay := had.Minus(since); len(replay) > 0 {
		report(found(DuplicateInState, i, e, p).over(replay).describe(
			"applied again by " + e.Member + ": the state of " + checkpointOf(s.From) + " that the job goes on from holds them (replay)"))
	}
	if len(since) == 0 {
		return
	}
	who := e.Member
	if len(own) == 0 {
		who = "another operator"
		for _, task := range sortedNames(s.Ops) {
			if set := s.Ops[task].find(p); task != e.Member && set != nil && set.has(since[0].From) {
				who = task
				break
			}
		}
	}
	text := "applied again by " + e.Member + ": " + who + " has their effect since the restore"
	if r := s.Readers[p]; r != nil && r.Before != "" {
		text += " (redelivery: " + r.Task + " read what " + r.Before + " had)"
	}
	report(found(DuplicateInState, i, e, p).over(since).describe(text))
}

func (s *State) snapshot(e *Event) {
	cut := s.Cuts[e.Op]
	if cut == nil {
		cut = entry(&s.Cuts, e.Op)
		cut.Base, cut.From = s.Base, s.From
	}
	if len(e.Partitions) > 0 {
		cut.Stored = append(cut.Stored, stored{e.Client, e.Member, slices.Clone(e.Partitions)})
		for _, p := range e.Partitions {
			s.begin(e.Client, p.TopicPartition, p.Offset)
		}
	}
	if own := s.Ops[e.Member]; own != nil {
		if cut.Ops == nil {
			cut.Ops = map[string]*partSets{}
		}
		cut.Ops[e.Member] = own.copied()
	}
}

// restored sets the state to a checkpoint's.
func (s *State) restored(e *Event) {
	s.Attempts.restored(e)
	cut := s.Cuts[e.Op]
	if cut == nil {
		cut = &jobCut{}
	}
	if len(e.Members) == 0 {
		s.Base, s.From, s.Ops, s.Checked = &partSets{}, e.Op, nil, cut.Checked
		if cut.Base != nil {
			s.Base = cut.Base.copied()
		}
		for _, task := range sortedNames(cut.Ops) {
			s.Base.join(cut.Ops[task])
		}
	} else {
		for _, task := range e.Members {
			delete(s.Ops, task)
			if own := cut.Ops[task]; own != nil && cut.Base == s.Base {
				*s.operator(task) = *own.copied()
			}
		}
		s.Checked = cut.Checked
	}
	s.Live = &partSets{}
	if s.Base != nil {
		s.Live = s.Base.copied()
	}
	for _, task := range sortedNames(s.Ops) {
		s.Live.join(s.Ops[task])
	}
	for _, p := range sortedKeys(s.Readers) {
		s.Readers[p].Task, s.Readers[p].Before = "", ""
	}
	if s.Sum.Restored += s.Live.count(); s.Ran {
		s.Sum.Restarts++
	}
	s.Ran = true
}
