package model

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// clientGroup is one client's place in one group.
type clientGroup struct{ Client, Group string }

// groupPart is one group's reading of one partition.
type groupPart struct {
	Group string
	TopicPartition
}

// seat is one client's hold on one partition for one group.
type seat struct {
	Client, Group string
	TopicPartition
}

func (s seat) part() groupPart { return groupPart{s.Group, s.TopicPartition} }

// Compare orders partitions by topic, then number.
func (p TopicPartition) Compare(o TopicPartition) int {
	if c := strings.Compare(p.Topic, o.Topic); c != 0 {
		return c
	}
	return cmp.Compare(p.Partition, o.Partition)
}

func (a clientGroup) Compare(b clientGroup) int {
	return cmp.Or(strings.Compare(a.Group, b.Group), strings.Compare(a.Client, b.Client))
}

func (a groupPart) Compare(b groupPart) int {
	return cmp.Or(strings.Compare(a.Group, b.Group), a.TopicPartition.Compare(b.TopicPartition))
}

func (a seat) Compare(b seat) int {
	return cmp.Or(a.part().Compare(b.part()), strings.Compare(a.Client, b.Client))
}

// comparer is a key with an order of its own.
type comparer[K any] interface {
	comparable
	Compare(K) int
}

// sortedKeys gives the keys of m in order. It is the only way this package
// walks a map, so that no result depends on the order of one.
func sortedKeys[K comparer[K], V any](m map[K]V) []K {
	return slices.SortedFunc(maps.Keys(m), K.Compare)
}

// sortedNames is sortedKeys for maps by name.
func sortedNames[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

// entry gives what m holds for k, new if there was nothing.
func entry[K comparable, V any](m *map[K]*V, k K) *V {
	if v := (*m)[k]; v != nil {
		return v
	}
	if *m == nil {
		*m = map[K]*V{}
	}
	v := new(V)
	(*m)[k] = v
	return v
}

// dropClient deletes the seats of a client whose process is gone or new.
func dropClient[V any](m map[seat]V, client string) {
	maps.DeleteFunc(m, func(s seat, _ V) bool { return s.Client == client })
}
