package assignor

import "slices"

// constrained divides among members that all want the same topics. Each gets
// the least that an even division gives, and a few get one more. In turn:
//   - members keep what they owned, up to their share;
//   - where racks matter, free partitions go to members in their racks;
//   - the rest is dealt out round by round.
type constrained struct {
	*stickyGroup
	racks *stickyRacks

	least, most int // partitions of a member
	extra       int // members that get most when it is not least
	full        int // of these, how many there are so far

	// Members that still can get something, by what they have: less than
	// least, or least itself.
	below, atLeast []int32
	turn, stay     int // see deal: whose turn it is, and how many go into the next round

	given  [][]int32
	moving []bool
}

func newConstrained(g *stickyGroup) *constrained {
	members, partitions := len(g.order), len(g.topicOf)
	c := &constrained{
		stickyGroup: g, racks: newStickyRacks(g),
		least: partitions / members, most: (partitions + members - 1) / members, extra: partitions % members,
		given: make([][]int32, len(g.in.Members)),
	}
	if g.from != nil {
		c.moving = make([]bool, partitions)
	}
	room := make([]int32, c.most*members)
	for _, m := range g.order {
		c.given[m], room = room[:0:c.most], room[c.most:]
	}
	return c
}

func (c *constrained) divide() stickyDivision {
	owned := c.keepable()
	for _, m := range c.order {
		c.keep(m, owned[m])
	}
	byID := func(a, b int32) int { return javaCompare(c.in.Members[a].ID, c.in.Members[b].ID) }
	slices.SortFunc(c.below, byID)
	slices.SortFunc(c.atLeast, byID)
	free := c.free()
	c.racks.fewestNearFirst(free)
	if c.racks.aware {
		free = c.dealWithinRacks(free)
	}
	for _, p := range c.dealRounds(free) {
		c.deal(p)
	}
	return stickyDivision{c.given, c.moving}
}

// keepable gives what each member may keep, by partition number and then
// topic.
func (c *constrained) keepable() [][]int32 {
	all, claims := make([][]int32, len(c.claimed)), 0
	for _, ps := range c.claimed {
		claims += len(ps)
	}
	room := make([]int32, claims)
	for m, ps := range c.claimed {
		all[m], room = room[:0:len(ps)], room[len(ps):]
	}
	if claims == 0 {
		return all
	}
	var topics []int32
	for t := range c.topics {
		topics = append(topics, int32(t))
	}
	for number := int32(0); len(topics) > 0; number++ {
		topics = slices.DeleteFunc(topics, func(t int32) bool {
			if number == c.topics[t].Partitions {
				return true
			}
			p := c.start[t] + number
			switch m := c.claimant[p]; {
			case m < 0 || c.place[p] < 0 || c.from[p] == fromTwo:
			case c.racks.mismatch(m, p):
				c.from[p] = m
			default:
				all[m] = append(all[m], p)
			}
			return false
		})
	}
	return all
}

// keep leaves a member what it owned, up to its share; the rest is revoked.
func (c *constrained) keep(m int32, owned []int32) {
	n := len(owned)
	switch {
	case n < c.least:
		c.below = append(c.below, m)
	case n >= c.most && c.full < c.extra:
		n = c.most
		c.oneMoreFull()
	default:
		n = c.least
		if c.full < c.extra {
			c.atLeast = append(c.atLeast, m)
		}
	}
	for _, p := range owned[:n] {
		c.from[p] = stays
	}
	for _, p := range owned[n:] {
		c.from[p] = m // it may have to give it up
	}
	c.given[m] = append(c.given[m], owned[:n]...)
}

// oneMoreFull counts one more member that has most. When there are enough, nobody
// with least can get more.
func (c *constrained) oneMoreFull() {
	if c.full++; c.full == c.extra {
		c.atLeast = c.atLeast[:0]
	}
}

// free gives the partitions that no member keeps.
func (c *constrained) free() []int32 {
	n := len(c.topicOf)
	for _, ps := range c.given {
		n -= len(ps)
	}
	free := make([]int32, 0, n)
	for p := range c.topicOf {
		if c.from == nil || c.from[p] != stays {
			free = append(free, int32(p))
		}
	}
	return free
}

// dealWithinRacks gives partitions to members in their racks as long as some
// have room, those with less than least first and in turn. What remains is
// given back.
func (c *constrained) dealWithinRacks(free []int32) []int32 {
	turn, rest := 0, free[:0]
	for _, p := range free {
		if at := c.racks.next(p, c.below, turn); at >= 0 {
			turn = c.giveBelow(p, at)
		} else if at := c.racks.next(p, c.atLeast, 0); at >= 0 {
			m := c.atLeast[at]
			c.give(p, m)
			if len(c.given[m]) == c.most {
				c.atLeast = slices.Delete(c.atLeast, at, at+1)
				c.oneMoreFull()
			}
		} else {
			rest = append(rest, p)
		}
	}
	return rest
}

// giveBelow gives a partition to the member at a place of below, and says
// whose turn is next.
func (c *constrained) giveBelow(p int32, at int) (turn int) {
	m := c.below[at]
	c.give(p, m)
	if n := len(c.given[m]); n < c.least {
		at++
	} else {
		c.below = slices.Delete(c.below, at, at+1)
		if n < c.most && c.full < c.extra {
			c.atLeast = append(c.atLeast, m)
		}
	}
	if at >= len(c.below) {
		return 0
	}
	return at
}

// dealRounds does at once what deal does one by one, for as many whole rounds
// as leave all members below least. What remains is given back.
func (c *constrained) dealRounds(free []int32) []int32 {
	members := len(c.below)
	if members == 0 {
		return free
	}
	rounds := len(free) / members
	for _, m := range c.below {
		rounds = min(rounds, c.least-1-len(c.given[m]))
	}
	for i, m := range c.below {
		list := c.given[m]
		for k := i; k < rounds*members; k += members {
			list = append(list, free[k])
			c.mark(free[k], m)
		}
		c.given[m] = list
	}
	return free[rounds*members:]
}

// deal gives a partition to the next of the members below least, round after
// round until none is left; then to the next that has least.
func (c *constrained) deal(p int32) {
	if c.turn == len(c.below) {
		c.below = c.below[:c.stay]
		c.turn, c.stay = 0, 0
	}
	if len(c.below) == 0 {
		if len(c.atLeast) > 0 { // as there must be: the shares add up
			c.give(p, c.atLeast[0])
			c.atLeast = c.atLeast[1:]
		}
		return
	}
	m := c.below[c.turn]
	c.turn++
	c.give(p, m)
	if len(c.given[m]) == c.least {
		c.atLeast = append(c.atLeast, m)
	} else {
		c.below[c.stay] = m
		c.stay++
	}
}

// give gives a member a partition that it did not keep.
func (c *constrained) give(p, m int32) {
	c.given[m] = append(c.given[m], p)
	c.mark(p, m)
}

// mark marks a partition as moving if another has to give it up first.
func (c *constrained) mark(p, m int32) {
	if c.from == nil {
		return
	}
	if from := c.from[p]; from != fromNobody && from != m {
		c.moving[p] = true
	}
}
