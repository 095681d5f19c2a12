package assignor

import "slices"

// ServerRange is the coordinator's RangeAssignor (KIP-848): topic by topic,
// contiguous runs of partitions to the subscribed members in order; the first
// ones get one more where the division leaves a rest. It does not look at what
// members have.
var ServerRange ServerAssignor = serverRange{}

type serverRange struct{}

func (serverRange) Name() string { return "range" }

func (serverRange) Assign(in ServerInput) [][]TopicPartition {
	for i := range in.Members { // targets do not count
		if in.Members[i].Target != nil {
			in.Members = slices.Clone(in.Members)
			for j := range in.Members {
				in.Members[j].Target = nil
			}
			break
		}
	}
	g := newServerGroup(in)
	takers := make([]int32, len(g.topics))
	for _, subs := range g.subs {
		for _, t := range subs {
			takers[t]++
		}
	}
	held := make([][]int32, len(g.members))
	served, next := make([]int32, len(g.topics)), make([]int32, len(g.topics))
	for _, place := range g.rangePlaces() {
		for _, t := range g.subs[place] {
			topic := &g.topics[t]
			n := topic.Partitions / takers[t]
			if served[t] < topic.Partitions%takers[t] {
				n++
			}
			served[t]++
			for ; n > 0; n-- {
				held[place] = append(held[place], topic.first+next[t])
				next[t]++
			}
		}
	}
	return g.answer(held)
}

// rangePlaces are the members in the order in which they are served: static
// ones first, by instance id, then dynamic ones by member id.
func (g *serverGroup) rangePlaces() []int32 {
	order := make([]int32, len(g.members))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		x, y := &g.in.Members[g.members[a]], &g.in.Members[g.members[b]]
		return compareMembers(x.InstanceID, x.ID, y.InstanceID, y.ID)
	})
	return order
}
