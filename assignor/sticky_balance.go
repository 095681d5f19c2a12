package assignor

import "slices"

// balance moves partitions between members until that makes nothing better.
// Where members had something before (not fresh), it is undone altogether if
// the balance is no better for it.
func (a *general) balance(all, free []int32, fresh bool) {
	stuck := func(p int32) bool { return len(a.takers[a.topicOf[p]]) < 2 }
	all, free = slices.DeleteFunc(all, stuck), slices.DeleteFunc(free, stuck)
	for _, m := range a.order {
		if !a.takesPart(m) {
			a.fixed[m] = true
			a.queue.remove(m, len(a.given[m]))
		}
	}
	unbalanced := make([][]int32, len(a.given))
	for m, ps := range a.given {
		unbalanced[m] = slices.Clone(ps)
	}
	if !a.revoked { // new partitions alone may do
		a.reassign(free)
	}
	if a.reassign(all) && !fresh && a.score(a.given) >= a.score(unbalanced) {
		a.given = unbalanced // holder is not needed any more
	}
}

// takesPart tells whether a member could get more, or has anything that
// another could have.
func (a *general) takesPart(m int32) bool {
	return len(a.given[m]) < a.most[m] ||
		slices.ContainsFunc(a.given[m], func(p int32) bool { return len(a.takers[a.topicOf[p]]) >= 2 })
}

// reassign goes through partitions again and again, as long as the division is
// not balanced and any of them can go to a member that has less by two. It
// tells whether any did.
func (a *general) reassign(partitions []int32) bool {
	any := false
	for modified, pass := true, 0; modified && pass < a.maxPasses(); pass++ {
		modified = false
		for _, p := range partitions {
			if a.balanced() {
				break
			}
			// As in Kafka the earlier owner may get its partition back even if
			// it does not want the topic any more. (If it takes no part in the
			// balancing, Kafka's code throws a NullPointerException.)
			has, to := len(a.given[a.holder[p]]), a.before[p]
			if to < 0 || a.fixed[to] || has <= len(a.given[to])+1 {
				if to = a.leastLoaded(p); to < 0 || has <= len(a.given[to])+1 {
					continue
				}
			}
			a.move(p, to)
			modified, any = true, true
		}
	}
	return any
}

// maxPasses is far more than are ever needed; Kafka has no limit.
func (a *general) maxPasses() int { return 1000 + len(a.topicOf) }

// leastLoaded is the member with the least of those that want a partition.
func (a *general) leastLoaded(p int32) int32 {
	for i := range a.queue.entries {
		if m := a.queue.member(i); a.wantsTopic(m, a.topicOf[p]) {
			return m
		}
	}
	return -1
}

// move moves p to a member, or in its stead a partition that was moved the
// other way.
func (a *general) move(p, to int32) {
	p = a.moves.instead(a.stickyGroup, p, a.holder[p], to)
	from := a.holder[p]
	a.queue.remove(from, len(a.given[from]))
	a.queue.remove(to, len(a.given[to]))
	a.moves.note(a.stickyGroup, p, from, to)
	if at := slices.Index(a.given[from], p); at >= 0 {
		a.given[from] = slices.Delete(a.given[from], at, at+1)
	}
	a.given[to] = append(a.given[to], p)
	a.holder[p] = to
	a.queue.add(from, len(a.given[from]))
	if to != from {
		a.queue.add(to, len(a.given[to]))
	}
}

// witness shows that a division is not balanced: a member that wants a
// partition of another that has more than one more.
type witness struct{ member, partition int32 }

var noWitness = witness{-1, -1}

// balanced tells whether there is no witness to the contrary. The last one is
// kept, for looking for one may go through all partitions.
func (a *general) balanced() bool {
	if a.queue.spread() <= 1 {
		return true
	}
	if a.holds(a.witness) {
		return false
	}
	a.witness = a.newWitness()
	return a.witness == noWitness
}

// newWitness looks for one at the members that have the most.
func (a *general) newWitness() witness {
	a.leastWanting()
	for i := len(a.queue.entries) - 1; i >= 0 && a.queue.entries[i]>>32 > a.queue.entries[0]>>32+1; i-- {
		for _, p := range a.given[a.queue.member(i)] {
			if w := (witness{a.least[a.topicOf[p]], p}); a.holds(w) {
				return w
			}
		}
	}
	return noWitness
}

// leastWanting finds, for each topic, the member with the least of those that
// want it and have not got all they can have.
func (a *general) leastWanting() {
	missing := len(a.least)
	for t := range a.least {
		a.least[t] = -1
	}
	for i := 0; i < len(a.queue.entries) && missing > 0; i++ {
		m := a.queue.member(i)
		if len(a.given[m]) == a.most[m] {
			continue
		}
		for _, t := range a.wanted[m] {
			if a.least[t] < 0 {
				a.least[t] = m
				missing--
			}
		}
	}
}

func (a *general) holds(w witness) bool {
	if w.member < 0 {
		return false
	}
	has := len(a.given[w.member])
	return has != a.most[w.member] && has+1 < len(a.given[a.holder[w.partition]])
}

// score is the sum of the differences between all pairs of members that take
// part; as a Java int it may overflow.
func (a *general) score(given [][]int32) int32 {
	var sizes []int
	for _, m := range a.order {
		if !a.fixed[m] {
			sizes = append(sizes, len(given[m]))
		}
	}
	slices.Sort(sizes)
	sum, below := 0, 0
	for i, n := range sizes {
		sum += i*n - below
		below += n
	}
	return int32(sum)
}
