package assignor

// Sticky is Kafka's StickyAssignor: an even division that leaves as many
// partitions as it can where they were. What a member owned it tells in the
// user data of its subscription (see StickyUserData), for under its eager
// protocol it owns nothing any more when it joins.
//
// A leader in Java remembers the highest generation that it saw in any
// rebalance; here it is the highest among the members of the input.
var Sticky Assignor = stickyAssignor{}

type stickyAssignor struct{}

func (stickyAssignor) Name() string { return "sticky" }

func (stickyAssignor) Assign(in Input) [][]TopicPartition {
	g := newStickyGroup(in)
	for _, m := range g.order {
		g.claimFromUserData(m)
	}
	return g.partitions(g.divide().given)
}

// stickyDivision is who gets what, members and partitions by index.
type stickyDivision struct {
	given [][]int32
	// moving marks partitions that another member must give up first. Only
	// the constrained algorithm tells, and only if anybody owned anything.
	moving []bool
}

// divide settles whose claims count, and divides by the algorithm that fits.
func (g *stickyGroup) divide() stickyDivision {
	if len(g.order) == 0 {
		return stickyDivision{given: make([][]int32, len(g.in.Members))}
	}
	g.settleClaims()
	if g.subscribedAlike() {
		return newConstrained(g).divide()
	}
	return newGeneral(g).divide()
}
