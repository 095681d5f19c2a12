package assignor

import "slices"

// byRack divides the topics that members in the racks of replicas can take;
// what it leaves is for fill. It is nil when racks make no difference to any
// topic: then they have no part in the assignment at all.
func byRack(in Input, takers [][]int32, order []int32) []*rangeDivision {
	needs := make([]bool, len(in.Topics))
	for _, t := range order {
		needs[t] = racksMatter(in.Members, &in.Topics[t], takers[t])
	}
	if !slices.Contains(needs, true) {
		return nil
	}
	divisions := make([]*rangeDivision, len(in.Topics))
	for _, t := range order {
		divisions[t] = newRangeDivision(in.Topics[t].Partitions, takers[t])
	}
	for _, group := range coPartitioned(in.Topics, takers, order) {
		near := make([]nearness, len(group))
		for i, t := range group {
			near[i] = nearTo(in.Members, &in.Topics[t], takers[t])
		}
		if len(group) > 1 {
			alignRacks(group, divisions, near)
		} else if t := group[0]; needs[t] {
			divisions[t].fillNear(near[0])
		}
	}
	return divisions
}

// racksMatter tells whether a topic is worth looking at racks for: a taker is
// in the rack of some replica, and not all partitions are in the same racks.
func racksMatter(members []Member, t *Topic, takers []int32) bool {
	var all []string
	for _, racks := range t.Racks[:min(len(t.Racks), int(t.Partitions))] {
		all = append(all, racks...)
	}
	all = slices.DeleteFunc(all, func(rack string) bool { return rack == "" }) // not told
	slices.Sort(all)
	all = slices.Compact(all)
	shared := slices.ContainsFunc(takers, func(m int32) bool {
		_, found := slices.BinarySearch(all, members[m].Rack)
		return found && members[m].Rack != ""
	})
	if !shared {
		return false
	}
	for p := range t.Partitions {
		if slices.ContainsFunc(all, func(rack string) bool { return !slices.Contains(racksOf(t, p), rack) }) {
			return true
		}
	}
	return false
}

func racksOf(t *Topic, p int32) []string {
	if int(p) < len(t.Racks) {
		return t.Racks[p]
	}
	return nil
}

// coPartitioned groups the topics with equal takers and equally many
// partitions: their partitions with the same number go to the same member.
func coPartitioned(topics []Topic, takers [][]int32, order []int32) [][]int32 {
	var groups [][]int32
	for _, t := range order {
		i := slices.IndexFunc(groups, func(g []int32) bool {
			return topics[g[0]].Partitions == topics[t].Partitions && slices.Equal(takers[g[0]], takers[t])
		})
		if i < 0 {
			i = len(groups)
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], t)
	}
	return groups
}

// alignRacks goes through the partition numbers that a group of topics shares,
// and gives each to the first taker that is near the partitions of all topics
// and has room in each.
func alignRacks(group []int32, divisions []*rangeDivision, near []nearness) {
	first := divisions[group[0]]
	left := make([]int, len(first.takers))
	for i := range left {
		left[i] = i
	}
	for p := range int32(len(first.owners)) {
		i := slices.IndexFunc(left, func(taker int) bool {
			for i, t := range group {
				if !near[i].is(taker, p) || divisions[t].room(taker) == 0 {
					return false
				}
			}
			return true
		})
		if i < 0 {
			continue
		}
		taker := left[i]
		for _, t := range group {
			divisions[t].give(taker, p)
		}
		if first.room(taker) == 0 { // the same in all topics of the group
			left = slices.Delete(left, i, i+1)
		}
	}
}

// fillNear gives each taker partitions near it, in order, as far as it has room.
func (d *rangeDivision) fillNear(near nearness) {
	left := make([]int32, len(d.owners))
	for p := range left {
		left[p] = int32(p)
	}
	for taker := range d.takers {
		room := int(d.room(taker))
		var given []int32
		for _, p := range left {
			if len(given) == room {
				break
			}
			if near.is(taker, p) {
				given = append(given, p)
			}
		}
		d.give(taker, given...)
		left = slices.DeleteFunc(left, func(p int32) bool { return d.owners[p] != nobody })
	}
}

// nearness tells which takers of a topic are near which of its partitions.
type nearness struct {
	racks []int32  // of each taker, by number; tellsNone when it tells none
	has   [][]bool // by rack number: whether each partition has a replica there
}

const tellsNone = -1

func nearTo(members []Member, t *Topic, takers []int32) nearness {
	n := nearness{racks: make([]int32, len(takers))}
	number := map[string]int32{}
	for i, m := range takers {
		rack := members[m].Rack
		if rack == "" {
			n.racks[i] = tellsNone
			continue
		}
		r, ok := number[rack]
		if !ok {
			r = int32(len(number))
			number[rack] = r
			n.has = append(n.has, make([]bool, t.Partitions))
		}
		n.racks[i] = r
	}
	for p := range t.Partitions {
		for _, rack := range racksOf(t, p) {
			if r, ok := number[rack]; ok {
				n.has[r][p] = true
			}
		}
	}
	return n
}

// is tells whether a taker is near a partition. One that tells no rack is near
// everything.
func (n nearness) is(taker int, p int32) bool {
	r := n.racks[taker]
	return r == tellsNone || n.has[r][p]
}
