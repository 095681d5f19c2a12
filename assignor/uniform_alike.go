package assignor

// alikeDivision divides partitions among members that all subscribe to the
// same topics.
type alikeDivision struct {
	g      *serverGroup
	wanted []bool    // by topic
	free   []int32   // partitions that still need a member, in the order they are given out
	held   [][]int32 // by place
	open   []openMember
	quota  int // that every member gets
	extras int // how many members still may or must get one more
}

// openMember has room for more.
type openMember struct {
	place int
	room  int
}

// uniformAlike lets every member keep of its target what its quota allows, in
// the order of Java's sets, and fills up the others, in the order of Java's
// map of members. It is not ok where partitions are left over, which takes
// targets that overlap or that have partitions which do not exist.
func uniformAlike(g *serverGroup) (held [][]int32, ok bool) {
	d := &alikeDivision{g: g, wanted: make([]bool, len(g.topics)), held: make([][]int32, len(g.members))}
	if len(g.subs[0]) == 0 {
		return d.held, true
	}
	total := d.collectFree()
	d.quota, d.extras = total/len(g.members), total%len(g.members)
	for place := range g.members {
		d.keep(place)
	}
	for _, m := range d.open {
		n := min(m.room, len(d.free))
		d.held[m.place] = append(d.held[m.place], d.free[:n]...)
		d.free = d.free[n:]
	}
	return d.held, len(d.free) == 0
}

// collectFree finds the partitions that are in nobody's target, topics in the
// order of Java's set of them. It gives the number of all partitions.
func (d *alikeDivision) collectFree() (total int) {
	g := d.g
	taken := make([]bool, len(g.parts))
	for _, target := range g.targets {
		for _, t := range target {
			for _, p := range t.parts {
				taken[p] = true
			}
		}
	}
	for _, t := range g.copiedTopicSet(g.subs[0]) {
		d.wanted[t] = true
		n := max(g.topics[t].Partitions, 0)
		total += int(n)
		for p := g.topics[t].first; p < g.topics[t].first+n; p++ {
			if !taken[p] {
				d.free = append(d.free, p)
			}
		}
	}
	return total
}

// keep decides what a member keeps of its target, and how much room it has. As
// long as there are extras, a member may keep one beyond the quota. If it does
// not fill that itself it leaves it to a later one, unless all that are left
// are needed to take one.
func (d *alikeDivision) keep(place int) {
	room, extra := d.quota, d.extras > 0
	if extra {
		room++
	}
	for _, t := range d.g.targets[place] {
		if !d.wanted[t.topic] {
			continue
		}
		if len(t.parts) <= room {
			room -= len(t.parts)
			d.held[place] = append(d.held[place], t.parts...)
			continue
		}
		parts := d.g.javaSetOrder(t.parts)
		d.held[place] = append(d.held[place], parts[:room]...)
		d.free = append(d.free, parts[room:]...)
		room = 0
	}
	if room > 0 && extra && len(d.g.members)-place > d.extras {
		room--
		extra = false
	}
	if room > 0 {
		d.open = append(d.open, openMember{place, room})
	}
	if extra {
		d.extras--
	}
}
