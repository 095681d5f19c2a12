package model

import "math/bits"

// offsetPage is how many offsets a page of an offsetSet holds.
const offsetPage = 4096

// offsetSet is a set of one partition's offsets that need not lie together: a
// bit for each, in pages. A copy shares the pages until one of both is written
// to, so that a checkpoint's copy of a state costs a pointer for 4096 records.
type offsetSet struct {
	first int64 // number of the first page
	pages []*offsetBits
}

type offsetBits struct {
	shared bool // with a copy: to be copied before it is written to
	words  [offsetPage / 64]uint64
}

// add puts [from, to) into the set and gives what of it was there before.
func (s *offsetSet) add(from, to int64) (had Intervals) {
	for at := from; at < to; {
		end := min(to, (at/64+1)*64)
		word := &s.page(at / offsetPage).words[at%offsetPage/64]
		mask := maskOf(at, end)
		if again := *word & mask; again != 0 {
			had.addWord(at&^63, again)
		}
		*word |= mask
		at = end
	}
	return had
}

// maskOf has the bits of [from, to), which lie in one word.
func maskOf(from, to int64) uint64 {
	return ^uint64(0) >> (64 - (to - from)) << (from % 64)
}

// addWord adds the offsets of the bits of a word, in runs.
func (s *Intervals) addWord(base int64, word uint64) {
	for word != 0 {
		begin := bits.TrailingZeros64(word)
		run := bits.TrailingZeros64(^(word >> begin))
		s.Add(base+int64(begin), base+int64(begin+run))
		if begin+run >= 64 {
			return
		}
		word &= ^uint64(0) << (begin + run)
	}
}

// page gives a page to write to.
func (s *offsetSet) page(n int64) *offsetBits {
	if len(s.pages) == 0 {
		s.first = n
	}
	for s.first > n {
		s.first, s.pages = s.first-1, append([]*offsetBits{nil}, s.pages...)
	}
	for n-s.first >= int64(len(s.pages)) {
		s.pages = append(s.pages, nil)
	}
	p := &s.pages[n-s.first]
	switch {
	case *p == nil:
		*p = new(offsetBits)
	case (*p).shared:
		c := **p
		c.shared = false
		*p = &c
	}
	return *p
}

// has tells whether an offset is in the set.
func (s *offsetSet) has(o int64) bool { return s.word(o)>>(o%64)&1 != 0 }

// word gives the word that an offset lies in.
func (s *offsetSet) word(o int64) uint64 {
	if n := o/offsetPage - s.first; n >= 0 && n < int64(len(s.pages)) && s.pages[n] != nil {
		return s.pages[n].words[o%offsetPage/64]
	}
	return 0
}

// copied gives a copy.
func (s *offsetSet) copied() offsetSet {
	for _, p := range s.pages {
		if p != nil {
			p.shared = true
		}
	}
	return offsetSet{s.first, append([]*offsetBits(nil), s.pages...)}
}

// join adds all of another set.
func (s *offsetSet) join(o *offsetSet) {
	for n, from := range o.pages {
		if from == nil {
			continue
		}
		to := s.page(o.first + int64(n))
		for i := range to.words {
			to.words[i] |= from.words[i]
		}
	}
}

// missing is what of [from, to) is in none of the sets.
func missing(from, to int64, sets []*offsetSet) (out Intervals) {
	for at := from; at < to; {
		end := min(to, (at/64+1)*64)
		left := maskOf(at, end)
		for _, s := range sets {
			left &^= s.word(at)
		}
		if left != 0 {
			out.addWord(at&^63, left)
		}
		at = end
	}
	return out
}

// beyond is what the sets have at from and after it.
func beyond(from int64, sets []*offsetSet) (out Intervals) {
	var end int64
	for _, s := range sets {
		end = max(end, s.end())
	}
	for at := from; at < end; at = (at/64 + 1) * 64 {
		var all uint64
		for _, s := range sets {
			all |= s.word(at)
		}
		if all &= ^uint64(0) << (at % 64); all != 0 {
			out.addWord(at&^63, all)
		}
	}
	return out
}

// end is the end of the last page.
func (s *offsetSet) end() int64 { return (s.first + int64(len(s.pages))) * offsetPage }

// count is the number of offsets in the set.
func (s *offsetSet) count() (n int64) {
	for _, p := range s.pages {
		if p == nil {
			continue
		}
		for _, w := range p.words {
			n += int64(bits.OnesCount64(w))
		}
	}
	return n
}

// partSets has an offsetSet for each partition.
type partSets struct {
	parts []TopicPartition
	sets  []*offsetSet
	last  int // the partition asked for last: records come in runs
}

// of gives a partition's set, new if there was none.
func (s *partSets) of(p TopicPartition) *offsetSet {
	if set := s.find(p); set != nil {
		return set
	}
	s.parts, s.sets = append(s.parts, p), append(s.sets, &offsetSet{})
	s.last = len(s.parts) - 1
	return s.sets[s.last]
}

// find gives a partition's set, or nil.
func (s *partSets) find(p TopicPartition) *offsetSet {
	if s.last < len(s.parts) && s.parts[s.last] == p {
		return s.sets[s.last]
	}
	for i := range s.parts {
		if s.parts[i].Partition == p.Partition && s.parts[i].Topic == p.Topic {
			s.last = i
			return s.sets[i]
		}
	}
	return nil
}

func (s *partSets) copied() *partSets {
	c := &partSets{parts: append([]TopicPartition(nil), s.parts...), sets: make([]*offsetSet, len(s.sets))}
	for i, set := range s.sets {
		one := set.copied()
		c.sets[i] = &one
	}
	return c
}

func (s *partSets) join(o *partSets) {
	for i, p := range o.parts {
		s.of(p).join(o.sets[i])
	}
}

func (s *partSets) count() (n int64) {
	for _, set := range s.sets {
		n += set.count()
	}
	return n
}
