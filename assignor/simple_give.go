package assignor

// takers are members that have room, in turn. Whoever is full drops out.
type takers struct {
	turn []int32 // of this turn
	next int     // the first in it whose turn is still to come
	kept []int32 // those of this turn that are in the next one as well
	gave bool    // somebody took something in this turn
}

func (t *takers) none() bool { return t.next == len(t.turn) && len(t.kept) == 0 }

// again starts the next turn.
func (t *takers) again() {
	t.turn, t.kept = t.kept, t.turn[:0]
	t.next, t.gave = 0, false
}

// giveOut gives partitions that too few members have to members with room, in
// turn. It goes through the partitions once, in the order of Java's map. Where
// nobody took anything for a whole turn, because all had that partition, it
// ends. What Kafka's own gives in vain is kept too: a member that gets a
// partition, and in the next turn the same again.
func (s *sharing) giveOut(held [][]int32) bool {
	var t takers
	for _, i := range javaIntOrder(len(s.g.members)) {
		if s.size[i] < s.desired[i] {
			t.turn = append(t.turn, i)
		}
	}
	for _, part := range s.table.appendOrder(make([]int32, 0, s.table.size)) {
		if t.none() {
			return true
		}
		missing := s.wide - s.sharedBy[part]
		if missing <= 0 {
			continue
		}
		s.markHolders(part)
		for missing > 0 {
			if t.next == len(t.turn) {
				if !t.gave {
					return true
				}
				if t.again(); len(t.turn) == 0 {
					return false
				}
			}
			m := t.turn[t.next]
			t.next++
			if s.holds[m] == part {
				t.kept = append(t.kept, m)
				continue
			}
			if s.given[m] != part {
				s.given[m] = part
				s.size[m]++
				held[m] = append(held[m], part)
			}
			missing--
			t.gave = true
			if s.size[m] < s.desired[m] {
				t.kept = append(t.kept, m)
			}
		}
	}
	return true
}

// markHolders notes who has a partition already.
func (s *sharing) markHolders(part int32) {
	for _, i := range s.claimsOf[part] {
		if c := s.claims[i]; c.ended == 0 {
			s.holds[c.place] = part
		}
	}
}
