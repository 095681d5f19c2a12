package sharestate

import (
	"cmp"
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
)

// combine puts batches of states together, those that are new with those so
// far, so that none overlap, and drops what lies before start, unless that is
// -1. Of what overlaps the greater delivery count prevails, then the greater
// state: a write that comes late takes nothing back
// (PersisterStateBatchCombiner).
func combine(soFar, added []api.ShareStateBatch, start int64) []api.ShareStateBatch {
	var todo []api.ShareStateBatch
	for _, list := range [][]api.ShareStateBatch{soFar, added} {
		for _, b := range list {
			if b.LastOffset >= start {
				b.FirstOffset = max(b.FirstOffset, start)
				todo = append(todo, b)
			}
		}
	}
	if len(todo) < 2 {
		return todo
	}
	slices.SortFunc(todo, compareBatches)
	todo = slices.Compact(todo)
	// What stands before the first two that meet is done with, even if what
	// becomes of these two could be joined to it: so it is in Kafka.
	var done []api.ShareStateBatch
	for {
		i := firstMeeting(todo)
		if i < 0 {
			return append(done, todo...)
		}
		done = append(done, todo[:i]...)
		a, b := todo[i], todo[i+1]
		todo = slices.Clone(todo[i+2:])
		for _, m := range mergeTwo(a, b) {
			if at, found := slices.BinarySearchFunc(todo, m, compareBatches); !found {
				todo = slices.Insert(todo, at, m)
			}
		}
	}
}

// compareBatches is the order of batches (PersisterStateBatch.compareTo).
func compareBatches(a, b api.ShareStateBatch) int {
	return cmp.Or(
		cmp.Compare(a.FirstOffset, b.FirstOffset), cmp.Compare(a.LastOffset, b.LastOffset), compareInfo(a, b))
}

// compareInfo says which of two states of one offset prevails.
func compareInfo(a, b api.ShareStateBatch) int {
	return cmp.Or(cmp.Compare(a.DeliveryCount, b.DeliveryCount), cmp.Compare(a.DeliveryState, b.DeliveryState))
}

// firstMeeting finds two neighbours that overlap, or adjoin and are alike; -1
// when there are none.
func firstMeeting(list []api.ShareStateBatch) int {
	for i := range len(list) - 1 {
		a, b := list[i], list[i+1]
		if b.FirstOffset <= a.LastOffset || a.LastOffset+1 == b.FirstOffset && compareInfo(a, b) == 0 {
			return i
		}
	}
	return -1
}

// mergeTwo gives what two batches that meet come to; a is not behind b.
func mergeTwo(a, b api.ShareStateBatch) []api.ShareStateBatch {
	order := compareInfo(b, a)
	if order == 0 {
		a.LastOffset = max(a.LastOffset, b.LastOffset)
		return []api.ShareStateBatch{a}
	}
	if order < 0 { // a prevails where they overlap
		out := []api.ShareStateBatch{a}
		if b.LastOffset > a.LastOffset {
			b.FirstOffset = a.LastOffset + 1
			out = append(out, b)
		}
		return out
	}
	var out []api.ShareStateBatch
	if a.FirstOffset < b.FirstOffset {
		before := a
		before.LastOffset = b.FirstOffset - 1
		out = append(out, before)
	}
	out = append(out, b)
	if a.LastOffset > b.LastOffset {
		a.FirstOffset = b.LastOffset + 1
		out = append(out, a)
	}
	return out
}
