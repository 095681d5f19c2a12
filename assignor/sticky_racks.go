package assignor

import "slices"

const noRack = -1

// stickyRacks is what is known of racks (KIP-881). Racks matter only where
// they can: where some member is in the rack of some replica, and not every
// rack has every partition.
type stickyRacks struct {
	aware     bool
	member    []int32   // the rack of each member
	partition [][]int32 // the racks of each partition's replicas
	// near counts the members in the racks of each partition. It is nil when
	// no member told its rack; but it is there, and orders the partitions,
	// also when racks do not matter otherwise.
	near []int32
}

func newStickyRacks(g *stickyGroup) *stickyRacks {
	r := &stickyRacks{}
	index := map[string]int32{}
	number := func(rack string) int32 {
		if rack == "" {
			return noRack
		}
		n, ok := index[rack]
		if !ok {
			n = int32(len(index))
			index[rack] = n
		}
		return n
	}
	r.member = filled(len(g.in.Members), noRack)
	for _, m := range g.order {
		r.member[m] = number(g.in.Members[m].Rack)
	}
	if len(index) == 0 {
		return r
	}
	r.partition = make([][]int32, len(g.topicOf))
	for t, topic := range g.topics {
		for n, racks := range topic.Racks[:min(len(topic.Racks), int(topic.Partitions))] {
			p := g.start[t] + int32(n)
			for _, name := range racks {
				if rack := number(name); rack != noRack && !slices.Contains(r.partition[p], rack) {
					r.partition[p] = append(r.partition[p], rack)
				}
			}
		}
	}
	r.count(len(index))
	return r
}

// count finds out how many members are near each partition, and whether racks
// matter.
func (r *stickyRacks) count(racks int) {
	members, replicas := make([]int32, racks), make([]bool, racks)
	for _, rack := range r.member {
		if rack != noRack {
			members[rack]++
		}
	}
	r.near = make([]int32, len(r.partition))
	for p, of := range r.partition {
		for _, rack := range of {
			r.near[p] += members[rack]
			replicas[rack] = true
		}
	}
	used, shared := 0, false
	for rack := range replicas {
		if replicas[rack] {
			used++
			shared = shared || members[rack] > 0
		}
	}
	everywhere := !slices.ContainsFunc(r.partition, func(of []int32) bool { return len(of) != used })
	r.aware = shared && !everywhere
}

// mismatch tells whether a member is in a rack in which a partition has no
// replica.
func (r *stickyRacks) mismatch(m, p int32) bool {
	return r.aware && r.member[m] != noRack && !slices.Contains(r.partition[p], r.member[m])
}

// fewestNearFirst sorts partitions by how many members are near them.
func (r *stickyRacks) fewestNearFirst(partitions []int32) {
	if r.near != nil {
		slices.SortStableFunc(partitions, func(a, b int32) int { return int(r.near[a]) - int(r.near[b]) })
	}
}

// next is the place of the first member, from a place on and around, that is
// in a rack of the partition; -1 if there is none.
func (r *stickyRacks) next(p int32, members []int32, from int) int {
	if len(r.partition[p]) == 0 {
		return -1
	}
	for i := range members {
		at := from + i
		if at >= len(members) {
			at -= len(members)
		}
		if rack := r.member[members[at]]; rack != noRack && slices.Contains(r.partition[p], rack) {
			return at
		}
	}
	return -1
}
