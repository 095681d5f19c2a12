package assignor

import "slices"

// loadQueue holds members sorted by how many partitions they have, and then by
// id. An entry is count<<32 | rank of the id.
type loadQueue struct {
	entries []uint64
	rank    []int32 // of each member's id
	byRank  []int32
}

func newLoadQueue(in Input, members []int32) *loadQueue {
	q := &loadQueue{byRank: slices.Clone(members), rank: make([]int32, len(in.Members))}
	slices.SortFunc(q.byRank, func(a, b int32) int { return javaCompare(in.Members[a].ID, in.Members[b].ID) })
	for rank, m := range q.byRank {
		q.rank[m] = int32(rank)
	}
	return q
}

func (q *loadQueue) entry(m int32, count int) uint64 { return uint64(count)<<32 | uint64(q.rank[m]) }

func (q *loadQueue) member(at int) int32 { return q.byRank[uint32(q.entries[at])] }

func (q *loadQueue) add(m int32, count int) {
	e := q.entry(m, count)
	at, _ := slices.BinarySearch(q.entries, e)
	q.entries = slices.Insert(q.entries, at, e)
}

func (q *loadQueue) remove(m int32, count int) {
	if at, found := slices.BinarySearch(q.entries, q.entry(m, count)); found {
		q.entries = slices.Delete(q.entries, at, at+1)
	}
}

// raise is for a member, at a place, that gets one more.
func (q *loadQueue) raise(at int) {
	e := q.entries[at] + 1<<32
	after := q.entries[at+1:]
	n, _ := slices.BinarySearch(after, e)
	copy(q.entries[at:], after[:n])
	q.entries[at+n] = e
}

// spread is the difference between the most and the least that a member has.
func (q *loadQueue) spread() int {
	if len(q.entries) == 0 {
		return 0
	}
	return int(q.entries[len(q.entries)-1]>>32) - int(q.entries[0]>>32)
}
