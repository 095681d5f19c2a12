package model

import (
	"slices"
	"strconv"
)

// Interval is the offsets [From, To).
type Interval struct{ From, To int64 }

// Intervals is a set of offsets: its parts are not empty, in ascending order,
// and do not touch. What is read in order stays a single part, however many
// records it covers, so monitors may keep one for a whole run.
type Intervals []Interval

// search gives the index of the first part that ends at or after from.
func (s Intervals) search(from int64) int {
	if n := len(s); n == 0 || s[n-1].To < from {
		return n
	} else if n == 1 || s[n-2].To < from {
		return n - 1 // the usual case: at the end
	}
	lo, hi := 0, len(s)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if s[mid].To < from {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// Add puts [from, to) into the set and gives the number of offsets that were
// not in it before.
func (s *Intervals) Add(from, to int64) int64 {
	if from >= to {
		return 0
	}
	set := *s
	i := set.search(from)
	j, had, merged := i, int64(0), Interval{from, to}
	for j < len(set) && set[j].From <= to {
		had += overlap(set[j], from, to)
		merged.From, merged.To = min(merged.From, set[j].From), max(merged.To, set[j].To)
		j++
	}
	switch {
	case j == i+1:
		set[i] = merged
	case i == len(set):
		set = append(set, merged)
	default:
		set = slices.Replace(set, i, j, merged)
	}
	*s = set
	return to - from - had
}

// Remove takes [from, to) out of the set.
func (s *Intervals) Remove(from, to int64) {
	set := *s
	i := set.search(from)
	if i < len(set) && set[i].To == from {
		i++ // touches only
	}
	if from >= to || i == len(set) || set[i].From >= to {
		return
	}
	j := i
	for j < len(set) && set[j].From < to {
		j++
	}
	var rest [2]Interval
	n := 0
	if set[i].From < from {
		rest[n], n = Interval{set[i].From, from}, n+1
	}
	if last := set[j-1]; last.To > to {
		rest[n], n = Interval{to, last.To}, n+1
	}
	*s = slices.Replace(set, i, j, rest[:n]...)
}

// Within is the part of the set that lies in [from, to).
func (s Intervals) Within(from, to int64) Intervals {
	var out Intervals
	for i := s.search(from); i < len(s) && s[i].From < to; i++ {
		if a, b := max(s[i].From, from), min(s[i].To, to); a < b {
			out = append(out, Interval{a, b})
		}
	}
	return out
}

// CountWithin is the number of offsets of [from, to) that are in the set.
func (s Intervals) CountWithin(from, to int64) int64 {
	var n int64
	for i := s.search(from); i < len(s) && s[i].From < to; i++ {
		n += overlap(s[i], from, to)
	}
	return n
}

// Missing is the part of [from, to) that is not in the set.
func (s Intervals) Missing(from, to int64) Intervals {
	var out Intervals
	for i := s.search(from); i < len(s) && s[i].From < to; i++ {
		if from < s[i].From {
			out = append(out, Interval{from, s[i].From})
		}
		from = max(from, s[i].To)
	}
	if from < to {
		out = append(out, Interval{from, to})
	}
	return out
}

// Minus is the set without the offsets of other.
func (s Intervals) Minus(other Intervals) Intervals {
	var out Intervals
	for _, part := range s {
		out = append(out, other.Missing(part.From, part.To)...)
	}
	return out
}

// And is what both sets hold.
func (s Intervals) And(other Intervals) Intervals {
	var out Intervals
	for _, part := range s {
		out = append(out, other.Within(part.From, part.To)...)
	}
	return out
}

// Or is what either set holds.
func (s Intervals) Or(other Intervals) Intervals {
	out := slices.Clone(s)
	for _, part := range other {
		out.Add(part.From, part.To)
	}
	return out
}

// Count is the number of offsets in the set.
func (s Intervals) Count() int64 {
	var n int64
	for _, part := range s {
		n += part.To - part.From
	}
	return n
}

// End is the offset after the last of the set; 0 when it is empty.
func (s Intervals) End() int64 {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1].To
}

// String lists the offsets as people write them, both ends included:
// 17..19, 23.
func (s Intervals) String() string {
	var b []byte
	for i, part := range s {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = strconv.AppendInt(b, part.From, 10)
		if part.To > part.From+1 {
			b = append(b, ".."...)
			b = strconv.AppendInt(b, part.To-1, 10)
		}
	}
	return string(b)
}

// overlap is the number of offsets that part and [from, to) share.
func overlap(part Interval, from, to int64) int64 {
	return max(0, min(part.To, to)-max(part.From, from))
}
