package model

import "hash/fnv"

// Sinks watches what an outside store took of a job's results, by the records
// that they are made of: duplicate-in-sink, sink-overwritten, lost-from-sink,
// zombie-write.
//
// What is put or upserted may come again after a restart: with the same value
// it is only repeated. With any other way of writing it counts again. A record
// may have several results, under keys of their own.
type Sinks struct {
	State *State // for what the state has at the end

	Effects  map[TopicPartition]*cells
	Further  map[effectKey]cell // results of a record beside its first
	Attempts map[string]int32   // by key: the newest attempt that wrote
	Seen     bool
	Blurred  bool // something was stored without saying of which records
	Sum      JobNumbers
}

// cell is one effect of a record: hashes of its key (24 bits) and value (24),
// and the attempt that wrote it (16). 0: none.
type cell uint64

func cellOf(key, value string, attempt int32) cell {
	return cell(hash24(key)<<40|hash24(value)<<16) | cell(uint16(attempt))
}

func (c cell) key() uint64    { return uint64(c) >> 40 }
func (c cell) value() uint64  { return uint64(c) >> 16 & (1<<24 - 1) }
func (c cell) attempt() int32 { return int32(uint16(c)) }

func hash24(s string) uint64 {
	h := fnv.New32a()
	h.Write([]byte(s))
	return uint64(h.Sum32()>>8) & (1<<24 - 1)
}

// effectKey is a record and the hash of a key.
type effectKey struct {
	PartitionOffset
	Key uint64
}

// cells has the first effect of each record of a partition, in pages.
type cells struct {
	first int64
	pages []*[512]cell
}

func (c *cells) at(o int64) *cell {
	n := o / 512
	if len(c.pages) == 0 {
		c.first = n
	}
	for c.first > n {
		c.first, c.pages = c.first-1, append([]*[512]cell{nil}, c.pages...)
	}
	for n-c.first >= int64(len(c.pages)) {
		c.pages = append(c.pages, nil)
	}
	p := &c.pages[n-c.first]
	if *p == nil {
		*p = new([512]cell)
	}
	return &(*p)[o%512]
}

// find gives the first effect of a record, 0 for none.
func (c *cells) find(o int64) cell {
	if n := o/512 - c.first; n >= 0 && n < int64(len(c.pages)) && c.pages[n] != nil {
		return c.pages[n][o%512]
	}
	return 0
}

// Describe implements Monitor.
func (s *Sinks) Describe() Description {
	return Description{"sinks", Ledger, []string{DuplicateInSink, SinkOverwritten, LostFromSink, ZombieWrite},
		"stored is written when the store has taken it, with the records that it is made of; where it always has them, each applied record has a result"}
}

// watched lists the kinds of events that concern this monitor.
func (s *Sinks) watched() []Kind { return []Kind{Stored} }

// Observe implements Monitor.
func (s *Sinks) Observe(i int, e *Event, report func(Anomaly)) {
	s.Seen = true
	key, value := "", ""
	if len(e.Keys) > 0 {
		key = e.Keys[0]
	}
	if len(e.Values) > 0 {
		value = e.Values[0]
	}
	if len(e.Partitions) == 0 && e.Topic == "" {
		s.Blurred = true
		s.byKey(i, e, key, report)
		return
	}
	now := cellOf(key, value, e.Generation)
	zombie := e.Cause != CauseUpsert && s.byKey(i, e, key, report)
	e.ranges(func(p TopicPartition, from, to int64) {
		for o := from; o < to; o++ {
			s.take(i, e, PartitionOffset{p, o}, now, &zombie, report)
		}
	})
}

// byKey reports that a newer attempt has written under the key. Upserts have a
// key for each record.
func (s *Sinks) byKey(i int, e *Event, key string, report func(Anomaly)) (zombie bool) {
	if key == "" {
		return false
	}
	if s.Attempts == nil {
		s.Attempts = map[string]int32{}
	}
	newest := s.Attempts[key]
	if e.Generation >= newest {
		s.Attempts[key] = e.Generation
		return false
	}
	report(found(ZombieWrite, i, e, TopicPartition{}).describe("key " + quote(key) + " was written by " + e.Member + " of attempt " +
		itoa(int64(e.Generation)) + " after attempt " + itoa(int64(newest)) + " had"))
	return true
}

// take takes in an effect of a record.
func (s *Sinks) take(i int, e *Event, r PartitionOffset, now cell, zombie *bool, report func(Anomaly)) {
	s.Sum.StoredInSink++
	list := entry(&s.Effects, r.TopicPartition)
	was := list.at(r.Offset)
	if *was == 0 {
		*was = now
		return
	}
	before := *was
	if before.key() != now.key() {
		k := effectKey{r, now.key()}
		if before = s.Further[k]; before == 0 {
			if s.Further == nil {
				s.Further = map[effectKey]cell{}
			}
			s.Further[k] = now
			return
		}
		s.Further[k] = now
	} else {
		*was = now
	}
	if now.attempt() < before.attempt() && !*zombie {
		*zombie = true
		report(foundAt(ZombieWrite, i, e, r).describe(itoa(r.Offset) + " was written by " + e.Member + " of attempt " +
			itoa(int64(e.Generation)) + " after attempt " + itoa(int64(before.attempt())) + " had"))
	}
	again := found("", i, e, r.TopicPartition).over(span(r.Offset, r.Offset+1))
	switch {
	case e.Cause != CausePut && e.Cause != CauseUpsert:
		s.Sum.DuplicatesInSink++
		again.Name = DuplicateInSink
		report(again.describe("stored again (" + e.Cause + ") by " + e.Member))
	case now.value() != before.value():
		again.Name = SinkOverwritten
		report(again.describe("stored again (" + e.Cause + ") by " + e.Member + ", with another value"))
	default:
		s.Sum.RepeatedInSink++
	}
}

// Finish implements Monitor: what the state has taken in, and no later event
// can still bring to the store, must be there.
func (s *Sinks) Finish(report func(Anomaly)) {
	st := s.State
	if !s.Seen || s.Blurred || st == nil || st.Live == nil || st.Loss == nil || !st.Loss.Ended {
		return
	}
	for n, p := range st.Live.parts {
		live, stored := st.Live.sets[n], s.Effects[p]
		end := min(live.end(), st.settled(p))
		var gone Intervals
		for _, part := range beyond(max(0, st.Begun[p]), []*offsetSet{live}).Within(0, end) {
			for o := part.From; o < part.To; o++ {
				if (stored == nil || stored.find(o) == 0) && !st.Dropped.of(p).has(o) {
					gone.Add(o, o+1)
				}
			}
		}
		if len(gone) > 0 {
			s.Sum.LostFromSink += gone.Count()
			a := Anomaly{Name: LostFromSink, At: st.Loss.EndAt, Event: st.Loss.EndIx, TopicPartition: p}
			report(a.over(gone).describe("in the state at the end, and the store has no effect of them"))
		}
	}
}

func (s *Sinks) unchecked() []NotChecked {
	if s.Seen && s.Blurred {
		return []NotChecked{{LostFromSink, "some of what was stored does not say of which records it is made"}}
	}
	return nil
}
