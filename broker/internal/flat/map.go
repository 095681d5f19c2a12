// Package flat holds small tables laid out as sorted slices: they are gone
// through in the order of their keys, so nothing can depend on map order, and
// they are cheap to copy and to encode.
package flat

import (
	"cmp"
	"iter"
	"slices"
)

// Map is a table sorted by key. The zero value is empty.
type Map[K cmp.Ordered, V any] struct {
	keys   []K
	values []V
}

// Len is the number of entries.
func (m *Map[K, V]) Len() int { return len(m.keys) }

// Get gives the place of a key's value, nil when it has none. The place is
// good until the next Put or Delete.
func (m *Map[K, V]) Get(key K) *V {
	if i, ok := slices.BinarySearch(m.keys, key); ok {
		return &m.values[i]
	}
	return nil
}

// Put sets a key's value and gives its place.
func (m *Map[K, V]) Put(key K, v V) *V {
	i, ok := slices.BinarySearch(m.keys, key)
	if ok {
		m.values[i] = v
	} else {
		m.keys = slices.Insert(m.keys, i, key)
		m.values = slices.Insert(m.values, i, v)
	}
	return &m.values[i]
}

// GetOrPut gives the place of a key's value, a zero one if it had none.
func (m *Map[K, V]) GetOrPut(key K) *V {
	if v := m.Get(key); v != nil {
		return v
	}
	var zero V
	return m.Put(key, zero)
}

// Delete takes a key out; one that is not there is no error.
func (m *Map[K, V]) Delete(key K) {
	if i, ok := slices.BinarySearch(m.keys, key); ok {
		m.keys = slices.Delete(m.keys, i, i+1)
		m.values = slices.Delete(m.values, i, i+1)
	}
}

// Keys goes through the keys in order. The table must not change meanwhile.
func (m *Map[K, V]) Keys() iter.Seq[K] { return slices.Values(m.keys) }

// All goes through the entries by key. The table must not change meanwhile.
func (m *Map[K, V]) All() iter.Seq2[K, *V] {
	return func(yield func(K, *V) bool) {
		for i := range m.keys {
			if !yield(m.keys[i], &m.values[i]) {
				return
			}
		}
	}
}
