package handlers

import (
	"slices"

	"github.com/groundhogsim/groundhog/scenarios"
)

// queue is what a service has polled and not worked off, oldest first.
type queue []scenarios.Record

func (q *queue) add(records []scenarios.Record) { *q = append(*q, records...) }

// take takes at most n records from the head.
func (q *queue) take(n int) []scenarios.Record {
	n = min(n, len(*q))
	head := (*q)[:n:n]
	*q = (*q)[n:]
	return head
}

// all takes everything.
func (q *queue) all() []scenarios.Record { return q.take(len(*q)) }

// drop throws away the records of some partitions.
func (q *queue) drop(partitions []scenarios.Partition) { q.split(partitions) }

// split takes the records of some partitions out.
func (q *queue) split(partitions []scenarios.Partition) (theirs []scenarios.Record) {
	var left queue
	for _, r := range *q {
		if slices.Contains(partitions, r.Partition) {
			theirs = append(theirs, r)
		} else {
			left = append(left, r)
		}
	}
	*q = left
	return theirs
}
