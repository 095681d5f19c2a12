package assignor

import (
	"math"
	"slices"
)

const noPart = int32(-1)

// sharing divides some partitions among some members, each to several if need
// be. A claim is one partition of one member; claims that are left over from
// the targets come first.
type sharing struct {
	g       *serverGroup
	hash    func(part int32) int32 // of the key that a partition is in Java
	members []int32                // who take part, ascending
	parts   []int32                // to divide, in the order in which Java lists them

	claims []claim
	ends   int // claims that were taken back so far

	wide    int   // how many members each partition should have
	desired []int // by place: how many partitions a member should have
	size    []int // by place: how many it has

	claimsOf [][]int32 // by partition: its claims, in the order they came
	index    []int32   // what claimsOf consists of
	sharedBy []int     // by partition: how many claims it has that hold
	table    *javaKeys // partitions that have or had claims, and those to divide
	people   *javaKeys // scratch, over places
	holds    []int32   // by place: the last partition it was found to have
	claimAt  []int32   // scratch, by place
	given    []int32   // by place: the last partition it was given
}

type claim struct {
	place, part int32
	ended       int // 0: holds; otherwise when it was taken back, from 1 on
}

func newSharing(g *serverGroup) *sharing {
	n, m := len(g.parts), len(g.members)
	return &sharing{
		g: g, desired: make([]int, m), size: make([]int, m),
		holds: slices.Repeat([]int32{noPart}, m), given: slices.Repeat([]int32{noPart}, m),
		claimAt: make([]int32, m), claimsOf: make([][]int32, n), sharedBy: make([]int, n),
		table: newJavaKeys(n), people: newJavaKeys(m),
	}
}

// reset makes it ready for other partitions than those it had.
func (s *sharing) reset() {
	s.members, s.parts, s.claims, s.ends = s.members[:0], s.parts[:0], s.claims[:0], 0
	clear(s.desired)
	clear(s.size)
}

func (s *sharing) addTopic(topic int32) {
	t := &s.g.topics[topic]
	for n := range max(t.Partitions, 0) {
		if t.Assignable == nil || slices.Contains(t.Assignable, n) {
			s.parts = append(s.parts, t.first+n)
		}
	}
}

// had tells what a member has by its target. Members come in Java's order.
func (s *sharing) had(place int32, parts []int32) {
	for _, p := range parts {
		s.claims = append(s.claims, claim{place: place, part: p})
	}
}

// divide adds to held what each place gets. It is not ok where Kafka's own
// fails: it can run out of members if targets have partitions that do not
// exist.
func (s *sharing) divide(held [][]int32) bool {
	s.setGoals()
	s.listClaims()
	s.shrinkOverfilled()
	s.shrinkOvershared()
	for _, p := range s.parts {
		if len(s.claimsOf[p]) == 0 {
			s.table.compute(p, s.hash(p))
		} else {
			s.table.computePresent()
		}
	}
	for _, c := range s.claims {
		if c.ended == 0 {
			held[c.place] = append(held[c.place], c.part)
		}
	}
	return s.giveOut(held)
}

// setGoals spreads the claims that there should be over the members, as evenly
// as whole numbers can be.
func (s *sharing) setGoals() {
	s.wide = 0
	if n := len(s.parts); n > 0 {
		s.wide = (len(s.members) + n - 1) / n
	}
	each := float64(s.wide*len(s.parts)) / float64(len(s.members))
	for i, m := range s.members {
		s.desired[m] = int(math.Ceil(each*float64(i+1))) - int(math.Ceil(each*float64(i)))
	}
}

// listClaims indexes the claims by partition.
func (s *sharing) listClaims() {
	s.table.reset(javaCapacity(len(s.parts)))
	for _, c := range s.claims {
		if s.sharedBy[c.part] == 0 {
			s.table.compute(c.part, s.hash(c.part))
		} else {
			s.table.computePresent()
		}
		s.sharedBy[c.part]++
		s.size[c.place]++
	}
	s.index = slices.Grow(s.index[:0], len(s.claims))
	for i, c := range s.claims {
		of := &s.claimsOf[c.part]
		if *of == nil {
			at, n := len(s.index), s.sharedBy[c.part]
			s.index = s.index[:at+n]
			*of = s.index[at : at : at+n]
		}
		*of = append(*of, int32(i))
	}
}
