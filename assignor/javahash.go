package assignor

import (
	"iter"
	"slices"
)

// Kafka's coordinator and some of its assignors go through a Java HashMap
// where the order shows: who becomes leader when the leader is gone, in which
// order the leader learns of the members, which protocol wins a tied vote.
// That order is a function of the keys and of the order in which they came.

// JavaHash is Java's String.hashCode: over the UTF-16 units of s.
func JavaHash(s string) int32 {
	var h int32
	for _, r := range s {
		if r >= 0x10000 {
			r -= 0x10000
			h = 31*h + (0xd800 + r>>10)
			r = 0xdc00 + r&0x3ff
		}
		h = 31*h + r
	}
	return h
}

// The sizes that java.util.HashMap works with.
const (
	javaTable      = 16 // buckets at first
	javaChain      = 8  // a longer chain makes a small table grow
	javaSmallTable = 64
)

// JavaMap is a java.util.HashMap with strings as keys, laid flat: its entries
// stand in the order in which Java iterates over them, and are found by the
// same hash. The zero value is an empty map. What Java does not promise but
// does is kept too: the table never shrinks, and a chain keeps the order in
// which its keys came. (Chains of more than eight in a table of 64 buckets or
// more, which Java makes into trees, are not told apart.)
type JavaMap[V any] struct {
	entries []javaEntry[V]
	table   int32
}

type javaEntry[V any] struct {
	key   string
	hash  int32 `canon:"-"` // follows from the key
	value V
}

// Len is the number of entries.
func (m *JavaMap[V]) Len() int { return len(m.entries) }

// Get gives the value of a key.
func (m *JavaMap[V]) Get(key string) (v V, ok bool) {
	if i, found := m.find(key, spread(key)); found {
		return m.entries[i].value, true
	}
	return v, false
}

// Put sets the value of a key, and leaves its place as it is if it had one.
func (m *JavaMap[V]) Put(key string, v V) {
	if m.table == 0 {
		m.table = javaTable
	}
	h := spread(key)
	i, found := m.find(key, h)
	if found {
		m.entries[i].value = v
		return
	}
	m.entries = slices.Insert(m.entries, i, javaEntry[V]{key, h, v})
	n := int32(len(m.entries))
	if m.table < javaSmallTable && m.chain(i) > javaChain {
		m.grow()
	}
	if n > m.table/4*3 {
		m.grow()
	}
}

// Delete takes a key out; one that is not there is no error.
func (m *JavaMap[V]) Delete(key string) {
	if i, found := m.find(key, spread(key)); found {
		m.entries = slices.Delete(m.entries, i, i+1)
	}
}

// First is the first key in Java's order; it is not ok when the map is empty.
func (m *JavaMap[V]) First() (key string, ok bool) {
	if len(m.entries) == 0 {
		return "", false
	}
	return m.entries[0].key, true
}

// All goes through the entries in Java's order. The map must not change
// meanwhile.
func (m *JavaMap[V]) All() iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for i := range m.entries {
			if !yield(m.entries[i].key, m.entries[i].value) {
				return
			}
		}
	}
}

// find gives a key's place, or else where it would go: at the end of its
// bucket's chain.
func (m *JavaMap[V]) find(key string, h int32) (i int, found bool) {
	if m.table == 0 {
		return 0, false
	}
	bucket := h & (m.table - 1)
	lo, hi := 0, len(m.entries)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if m.entries[mid].hash&(m.table-1) < bucket {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for ; lo < len(m.entries) && m.entries[lo].hash&(m.table-1) == bucket; lo++ {
		if m.entries[lo].hash == h && m.entries[lo].key == key {
			return lo, true
		}
	}
	return lo, false
}

// chain is how many entries up to place i share its bucket.
func (m *JavaMap[V]) chain(i int) int {
	bucket := m.entries[i].hash & (m.table - 1)
	n := 0
	for ; i >= 0 && m.entries[i].hash&(m.table-1) == bucket; i-- {
		n++
	}
	return n
}

// grow doubles the table; entries of one chain keep their order.
func (m *JavaMap[V]) grow() {
	m.table *= 2
	slices.SortStableFunc(m.entries, func(a, b javaEntry[V]) int {
		return int(a.hash&(m.table-1)) - int(b.hash&(m.table-1))
	})
}

func spread(key string) int32 { return javaSpread(JavaHash(key)) }
