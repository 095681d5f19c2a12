package assignor

import (
	"cmp"
	"slices"
)

func (s *sharing) end(c *claim) {
	s.ends++
	c.ended = s.ends
	s.sharedBy[c.part]--
	s.size[c.place]--
}

// shrinkOverfilled takes back what members have too much, in the order in
// which Java's set of their partitions has them.
func (s *sharing) shrinkOverfilled() {
	for _, mine := range s.claimsByMember() {
		surplus := len(mine) - s.desired[mine[0].place]
		if surplus <= 0 {
			continue
		}
		for _, i := range s.claimOrder(mine)[:surplus] {
			s.end(&mine[i])
		}
	}
}

// claimsByMember are the claims of each member, which stand together, members
// in the order of Java's map of those who have any.
func (s *sharing) claimsByMember() [][]claim {
	s.people.reset(javaCapacity(len(s.members)))
	runs := make([][]claim, len(s.g.members))
	for i := 0; i < len(s.claims); {
		place, n := s.claims[i].place, 1
		s.people.compute(place, place)
		for i+n < len(s.claims) && s.claims[i+n].place == place {
			s.people.computePresent()
			n++
		}
		runs[place] = s.claims[i : i+n]
		i += n
	}
	order := s.people.appendOrder(nil)
	inOrder := make([][]claim, len(order))
	for i, place := range order {
		inOrder[i] = runs[place]
	}
	return inOrder
}

// claimOrder is the order of a HashSet of the partitions of one member's
// claims, as indices into them.
func (s *sharing) claimOrder(mine []claim) []int32 {
	k := s.g.partKeys
	k.reset(javaTable)
	for i, c := range mine {
		k.put(int32(i), s.hash(c.part))
	}
	return k.appendOrder(make([]int32, 0, len(mine)))
}

// shrinkOvershared takes back claims of partitions that too many members have,
// in the order in which Java's set of those members has them.
func (s *sharing) shrinkOvershared() {
	for i, c := range s.claims {
		all := s.claimsOf[c.part]
		surplus := s.sharedBy[c.part] - s.wide
		if all[0] != int32(i) || surplus <= 0 {
			continue
		}
		for _, j := range all {
			s.claimAt[s.claims[j].place] = j
		}
		for _, place := range s.holderOrder(all)[:surplus] {
			s.end(&s.claims[s.claimAt[place]])
		}
	}
}

// holderOrder is the order of the HashSet of members that have a partition: it
// got them one after the other, and then lost those that had too much.
func (s *sharing) holderOrder(claims []int32) []int32 {
	s.people.reset(javaTable)
	var lost []claim
	for _, j := range claims {
		c := s.claims[j]
		s.people.put(c.place, c.place)
		if c.ended > 0 {
			lost = append(lost, c)
		}
	}
	slices.SortFunc(lost, func(a, b claim) int { return cmp.Compare(a.ended, b.ended) })
	for _, c := range lost {
		s.people.remove(c.place)
	}
	return s.people.appendOrder(make([]int32, 0, len(claims)))
}
