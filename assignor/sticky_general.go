package assignor

import (
	"cmp"
	"slices"
)

// general divides among members that want different topics. In turn:
//   - members keep all they owned and still want (and have in their racks);
//   - each free partition goes to the member with the least of those that
//     want its topic, within racks first;
//   - partitions move from members with more to members with less until that
//     makes nothing better (see sticky_balance.go).
type general struct {
	*stickyGroup
	racks *stickyRacks

	takers [][]int32  // who wants each topic
	wants  [][]uint64 // the topics that each member wants, as bits
	most   []int      // all that each member could get

	given  [][]int32
	holder []int32 // the member that has each partition
	queue  *loadQueue
	fixed  []bool // members that cannot be made better or worse

	before  []int32 // who had each partition in an earlier generation; -1 for nobody
	revoked bool    // whether a member loses something that it owned

	moves   *movements
	witness witness
	least   []int32 // see leastWanting
}

func newGeneral(g *stickyGroup) *general {
	members, topics := len(g.in.Members), len(g.topics)
	a := &general{
		stickyGroup: g, racks: newStickyRacks(g), takers: make([][]int32, topics), wants: make([][]uint64, members),
		most: make([]int, members), given: make([][]int32, members), holder: filled(len(g.topicOf), -1),
		queue: newLoadQueue(g.in, g.order), fixed: make([]bool, members), moves: newMovements(g),
		witness: noWitness, least: make([]int32, topics),
	}
	for _, m := range g.order {
		a.wants[m] = make([]uint64, (topics+63)/64)
		for _, t := range g.wanted[m] {
			a.takers[t] = append(a.takers[t], m)
			a.wants[m][t/64] |= 1 << (t % 64)
			a.most[m] += int(g.topics[t].Partitions)
		}
		if len(g.wanted[m]) == topics {
			a.most[m] = len(g.topicOf)
		}
	}
	a.before = g.earlierOwners()
	return a
}

func (a *general) wantsTopic(m, t int32) bool { return a.wants[m][t/64]&(1<<(t%64)) != 0 }

// earlierOwners gives who had partitions in the latest generation that is not
// the last of all. Members that know no generation count as of before all.
func (g *stickyGroup) earlierOwners() []int32 {
	last := int32(noGeneration)
	for _, m := range g.order {
		last = max(last, g.generation[m])
	}
	before := filled(len(g.topicOf), -1)
	for _, m := range g.order {
		if g.generation[m] >= last {
			continue
		}
		for _, p := range g.claimed[m] {
			if before[p] < 0 || g.generation[m] > g.generation[before[p]] {
				before[p] = m
			}
		}
	}
	return before
}

func (a *general) divide() stickyDivision {
	a.keepOwned()
	all := a.contendedFirst()
	free := slices.DeleteFunc(slices.Clone(all), func(p int32) bool { return a.holder[p] >= 0 })
	for _, m := range a.order {
		a.queue.add(m, len(a.given[m]))
	}
	fresh := a.queue.entries[len(a.queue.entries)-1]>>32 == 0
	a.assign(free)
	a.balance(all, free, fresh)
	return stickyDivision{given: a.given}
}

// keepOwned leaves members what they owned, if they want it still and have it
// in their racks.
func (a *general) keepOwned() {
	for _, m := range a.order {
		a.given[m] = make([]int32, 0, len(a.claimed[m]))
		for i, p := range a.claimed[m] {
			if !a.counts(m, i) {
				continue
			}
			if !a.wantsTopic(m, a.topicOf[p]) || a.racks.mismatch(m, p) {
				a.revoked = true
				continue
			}
			a.given[m] = append(a.given[m], p)
			a.holder[p] = m
		}
	}
}

// contendedFirst gives all partitions, those first that the fewest members
// want.
func (a *general) contendedFirst() []int32 {
	topics := make([]int32, len(a.topics))
	for t := range topics {
		topics[t] = int32(t)
	}
	slices.SortFunc(topics, func(x, y int32) int {
		return cmp.Or(cmp.Compare(len(a.takers[x]), len(a.takers[y])), cmp.Compare(x, y))
	})
	all := make([]int32, 0, len(a.topicOf))
	for _, t := range topics {
		for n := range a.topics[t].Partitions {
			all = append(all, a.start[t]+n)
		}
	}
	return all
}

// assign gives each free partition to a member, within racks first.
func (a *general) assign(free []int32) {
	if a.racks.aware {
		var rest []int32
		for _, p := range free {
			if !a.assignOne(p, func(m int32) bool { return !a.racks.mismatch(m, p) }) {
				rest = append(rest, p)
			}
		}
		free = rest
	}
	for _, p := range free {
		a.assignOne(p, func(int32) bool { return true })
	}
}

// assignOne gives a partition to the fitting member that has the least.
func (a *general) assignOne(p int32, fits func(m int32) bool) bool {
	t := a.topicOf[p]
	for i := range a.queue.entries {
		if m := a.queue.member(i); a.wantsTopic(m, t) && fits(m) {
			a.given[m] = append(a.given[m], p)
			a.holder[p] = m
			a.queue.raise(i)
			return true
		}
	}
	return false
}
