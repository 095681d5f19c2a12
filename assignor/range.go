package assignor

import (
	"cmp"
	"slices"
)

// Range is Kafka's RangeAssignor: topic by topic, contiguous runs of
// partitions to the subscribed members in order; the first ones get one more
// where the division leaves a rest.
var Range Assignor = rangeAssignor{}

type rangeAssignor struct{}

func (rangeAssignor) Name() string { return "range" }

func (rangeAssignor) Assign(in Input) [][]TopicPartition {
	given := make([][]TopicPartition, len(in.Members))
	order := rangeOrder(in.Members)
	topics := slices.SortedFunc(slices.Values(in.Topics), func(a, b Topic) int { return cmp.Compare(a.Name, b.Name) })
	var takers []int
	for _, t := range topics {
		takers = takers[:0]
		for _, m := range order {
			if slices.Contains(in.Members[m].Topics, t.Name) {
				takers = append(takers, m)
			}
		}
		next := int32(0)
		for rank, m := range takers {
			n := t.Partitions / int32(len(takers))
			if int32(rank) < t.Partitions%int32(len(takers)) {
				n++
			}
			for ; n > 0; n-- {
				given[m] = append(given[m], TopicPartition{t.Name, next})
				next++
			}
		}
	}
	return given
}

// rangeOrder is the order of MemberInfo.compareTo: static members first, by
// instance id, then dynamic ones by member id.
func rangeOrder(members []Member) []int {
	order := make([]int, len(members))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := members[a], members[b]
		switch {
		case x.InstanceID != "" && y.InstanceID != "":
			return cmp.Compare(x.InstanceID, y.InstanceID)
		case x.InstanceID != "":
			return -1
		case y.InstanceID != "":
			return 1
		}
		return cmp.Compare(x.ID, y.ID)
	})
	return order
}
