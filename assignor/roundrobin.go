package assignor

import "slices"

// RoundRobin is Kafka's RoundRobinAssignor: all partitions of all topics, by
// name and number, go round the members in order, past those that did not
// subscribe to the topic.
var RoundRobin Assignor = roundRobinAssignor{}

type roundRobinAssignor struct{}

func (roundRobinAssignor) Name() string { return "roundrobin" }

func (roundRobinAssignor) Assign(in Input) [][]TopicPartition {
	order := rangeOrder(in.Members)
	place := make([]int, len(order)) // of each member in the circle
	for i, m := range order {
		place[m] = i
	}
	takers := topicTakers(in, order)
	topics := make([]int, len(in.Topics))
	for i := range topics {
		topics[i] = i
	}
	slices.SortFunc(topics, func(a, b int) int { return javaCompare(in.Topics[a].Name, in.Topics[b].Name) })
	next := 0 // whose turn it is, by place
	divided := make([]dividedTopic, 0, len(topics))
	for _, t := range topics {
		circle, n := takers[t], in.Topics[t].Partitions
		if len(circle) == 0 || n <= 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(circle, next, func(m int32, next int) int { return place[m] - next })
		owners := make([]int32, n)
		for p := range owners {
			if at == len(circle) {
				at = 0
			}
			owners[p] = circle[at]
			at++
		}
		next = place[owners[n-1]] + 1
		divided = append(divided, dividedTopic{in.Topics[t].Name, owners})
	}
	return byMember(len(in.Members), divided)
}
