package model

import (
	"cmp"
	"slices"
)

// KeyOrder watches that the records of one key take effect in the order of
// their partition: per-key-order. It needs the keys of the produced events.
//
// Two things break it: a record is processed for the first time after a later
// one of its key was, by whomever; or a member, within one ownership,
// processes a record of a key after a later one of that key. What a legal
// rewind repeats in order is neither: its first effects were in order, and so
// is the repetition.
//
// A record may be processed before its producer learns of its offset. Then
// judgement waits for the produced event, up to keysAwaited events a
// partition; what never gets a key is counted as Unkeyed.
type KeyOrder struct {
	Midlife bool             // see Options: what others, or those before, did first is not known
	Ids     map[string]int32 // numbers for keys
	Logs    map[TopicPartition]*keyLog
	Parts   map[groupPart]*keyedPart
	Groups  []string // those of Parts, in order
	Unkeyed int64
}

const keysAwaited = 4096

// keyLog has the keys of a partition's records, in ascending runs of offsets.
type keyLog struct{ Runs []keyRun }

type keyRun struct {
	From int64
	Ids  []int32
}

func (r *keyRun) end() int64 { return r.From + int64(len(r.Ids)) }

// keyedPart is one group's progress through a partition, by key.
type keyedPart struct {
	Furthest map[int32]int64 // by key: the furthest record processed by anyone
	Done     Intervals
	Seats    map[string]map[int32]int64 // by client and key: the furthest in this ownership
	Waiting  []keyedStep                // in the order they happened; the first lacks its keys
}

// keyedStep is a processed range, or the beginning of an ownership (To is 0).
type keyedStep struct {
	Client   string
	From, To int64
	At       int64
	Event    int
}

// Describe implements Monitor.
func (k *KeyOrder) Describe() Description {
	return Description{"key-order", Ledger, []string{PerKeyOrder},
		"produced events have the keys; processed is written in the order in which the work was done"}
}

// Observe implements Monitor.
func (k *KeyOrder) Observe(i int, e *Event, report func(Anomaly)) {
	switch e.Kind {
	case Produced:
		if len(e.Keys) > 0 {
			k.produced(e)
			for _, group := range k.Groups {
				if g := (groupPart{group, e.TopicPartition}); k.Parts[g] != nil {
					k.drain(g, keysAwaited, report)
				}
			}
		}
	case Assigned:
		for _, p := range e.Partitions {
			k.restart(e, p.TopicPartition, report)
		}
	case Positioned:
		if e.Cause == CauseSeek {
			k.restart(e, e.TopicPartition, report)
		}
	case Processed:
		k.step(e, e.TopicPartition, keyedStep{e.Client, e.From, e.To, e.At, i}, report)
	case Truncated:
		k.truncated(e, report)
	}
}

// watched lists the kinds of events that concern this monitor.
func (k *KeyOrder) watched() []Kind {
	return []Kind{Produced, Assigned, Positioned, Processed, Truncated}
}

// truncated begins a partition anew after an unclean election: the keys of
// what it took away mean nothing to the records that come to their offsets.
func (k *KeyOrder) truncated(e *Event, report func(Anomaly)) {
	log := k.Logs[e.TopicPartition]
	if e.Cause != CauseUnclean || log == nil {
		return
	}
	for _, group := range k.Groups {
		g := groupPart{group, e.TopicPartition}
		if k.Parts[g] != nil {
			k.drain(g, 0, report)
			delete(k.Parts, g)
		}
	}
	log.cut(e.From)
}

// cut drops the keys from an offset on.
func (l *keyLog) cut(at int64) {
	for i := range l.Runs {
		if r := &l.Runs[i]; r.end() > at {
			r.Ids = r.Ids[:max(0, at-r.From)]
		}
	}
	l.Runs = slices.DeleteFunc(l.Runs, func(r keyRun) bool { return len(r.Ids) == 0 })
}

func (k *KeyOrder) restart(e *Event, p TopicPartition, report func(Anomaly)) {
	k.step(e, p, keyedStep{Client: e.Client}, report)
}

func (k *KeyOrder) produced(e *Event) {
	log := entry(&k.Logs, e.TopicPartition)
	run := keyRun{From: e.From, Ids: make([]int32, 0, len(e.Keys))}
	for _, key := range e.Keys {
		id, ok := k.Ids[key]
		if !ok {
			if k.Ids == nil {
				k.Ids = map[string]int32{}
			}
			id = int32(len(k.Ids))
			k.Ids[key] = id
		}
		run.Ids = append(run.Ids, id)
	}
	n := len(log.Runs)
	if n > 0 && log.Runs[n-1].end() == run.From && len(log.Runs[n-1].Ids) < 1<<16 {
		log.Runs[n-1].Ids = append(log.Runs[n-1].Ids, run.Ids...)
		return
	}
	at, _ := slices.BinarySearchFunc(log.Runs, run.From, func(r keyRun, from int64) int { return cmp.Compare(r.From, from) })
	log.Runs = slices.Insert(log.Runs, at, run)
}

// key is the key of the record at offset; -1 when it is not known.
func (l *keyLog) key(offset int64) int32 {
	if l == nil {
		return -1
	}
	i, ok := slices.BinarySearchFunc(l.Runs, offset, func(r keyRun, o int64) int { return cmp.Compare(r.From, o) })
	if !ok {
		i--
	}
	if i < 0 || offset >= l.Runs[i].end() {
		return -1
	}
	return l.Runs[i].Ids[offset-l.Runs[i].From]
}

// step takes the next step of a partition, and those it was waiting for.
func (k *KeyOrder) step(e *Event, p TopicPartition, s keyedStep, report func(Anomaly)) {
	g := groupPart{e.Group, p}
	if at, ok := slices.BinarySearch(k.Groups, e.Group); !ok {
		k.Groups = slices.Insert(k.Groups, at, e.Group)
	}
	part := entry(&k.Parts, g)
	part.Waiting = append(part.Waiting, s)
	switch n := len(part.Waiting); {
	case n == 1:
		k.drain(g, keysAwaited, report)
	case n > keysAwaited:
		k.drain(g, keysAwaited/2, report)
	}
}

// drain takes the steps whose keys are known, and of those that wait for keys
// so many that at most keep are left.
func (k *KeyOrder) drain(g groupPart, keep int, report func(Anomaly)) {
	part, log := k.Parts[g], k.Logs[g.TopicPartition]
	taken := 0
	for _, s := range part.Waiting {
		if len(part.Waiting)-taken <= keep && !log.covers(s.From, s.To) {
			break
		}
		taken++
		k.take(g, part, log, s, report)
	}
	part.Waiting = slices.Delete(part.Waiting, 0, taken)
}

// covers tells whether all keys of [from, to) are known.
func (l *keyLog) covers(from, to int64) bool {
	for o := from; o < to; o++ {
		if l.key(o) < 0 {
			return false
		}
	}
	return true
}

func (k *KeyOrder) take(g groupPart, part *keyedPart, log *keyLog, s keyedStep, report func(Anomaly)) {
	if s.To == 0 {
		delete(part.Seats, s.Client)
		return
	}
	if log == nil {
		k.Unkeyed += s.To - s.From
		return
	}
	wrong, after := k.records(part, log, s)
	if len(wrong) > 0 {
		a := Anomaly{Name: PerKeyOrder, At: s.At, Event: s.Event, Client: s.Client, Group: g.Group, TopicPartition: g.TopicPartition}
		report(a.over(wrong).describe("processed by " + s.Client + " after a later record with the same key, at offset " + itoa(after)))
	}
}

// records goes through a range and gives what is out of order, and the
// furthest offset that should have come later.
func (k *KeyOrder) records(part *keyedPart, log *keyLog, s keyedStep) (wrong Intervals, after int64) {
	if part.Furthest == nil {
		part.Furthest, part.Seats = map[int32]int64{}, map[string]map[int32]int64{}
	}
	own := part.Seats[s.Client]
	if own == nil {
		own = map[int32]int64{}
		part.Seats[s.Client] = own
	}
	for o := s.From; o < s.To; o++ {
		id := log.key(o)
		if id < 0 {
			k.Unkeyed++
			continue
		}
		most, mine := part.Furthest[id], own[id] // 0 for none: no offset is less
		late := mine
		if !k.Midlife && part.Done.CountWithin(o, o+1) == 0 {
			late = most // its first effect
		}
		if late > o {
			wrong.Add(o, o+1)
			after = max(after, late)
		}
		own[id] = max(mine, o)
		part.Furthest[id] = max(most, o)
	}
	part.Done.Add(s.From, s.To)
	return wrong, after
}

// Finish implements Monitor.
func (k *KeyOrder) Finish(report func(Anomaly)) {
	for _, g := range sortedKeys(k.Parts) {
		k.drain(g, 0, report)
	}
}

func (k *KeyOrder) unchecked() []NotChecked {
	switch {
	case len(k.Logs) == 0:
		return []NotChecked{{PerKeyOrder, "the produced events have no keys"}}
	case k.Midlife:
		return []NotChecked{{PerKeyOrder, "from one owner to the next: " + midlife}}
	case k.Unkeyed > 0:
		return []NotChecked{{PerKeyOrder, itoa(k.Unkeyed) + " processed records have no known key"}}
	}
	return nil
}
