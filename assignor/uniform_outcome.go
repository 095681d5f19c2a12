package assignor

// Where a HashSet's order shows, it depends on the order in which its elements
// came where they fall into one bucket: on the rounds before, that is, of which
// a target as a sorted set tells nothing. Assignors read a target in the order
// in which it stands, so who wants to follow Kafka through several rounds to
// the last partition hands them what AssignInOrder gave as the targets of the
// next.

// AssignInOrder gives the same sets as Assign, each in the order in which its
// partitions came into it: those kept first, then those added.
func AssignInOrder(a ServerAssignor, in ServerInput) [][]TopicPartition {
	if o, ok := a.(interface {
		assignInOrder(in ServerInput) [][]TopicPartition
	}); ok {
		return o.assignInOrder(in)
	}
	return a.Assign(in)
}

// serverOutcome is what came of dividing a group.
type serverOutcome struct {
	g    *serverGroup
	held [][]int32 // by place
	// keepUnknown: what targets have of topics that do not exist stays.
	keepUnknown bool
	failed      bool // Kafka's own throws
}

func divideServer(in ServerInput, divide func(*serverGroup) (held [][]int32, ok bool)) serverOutcome {
	o := serverOutcome{g: newServerGroup(in)}
	if len(in.Members) > 0 {
		var ok bool
		o.held, ok = divide(o.g)
		o.failed = !ok
	}
	return o
}

// answer is the outcome as sorted sets. Where Kafka's assignor throws, the
// coordinator leaves the group at its target.
func (o serverOutcome) answer() [][]TopicPartition {
	if o.failed {
		return o.g.unchanged()
	}
	given := o.g.answer(o.held)
	if o.keepUnknown {
		for i, tps := range o.withUnknown(given) {
			given[i] = sortedSet(tps)
		}
	}
	return given
}

func (o serverOutcome) inOrder() [][]TopicPartition {
	if o.failed {
		return o.g.targetsAsTheyAre()
	}
	given := o.g.named(o.held)
	if o.keepUnknown {
		given = o.withUnknown(given)
	}
	return given
}

func (o serverOutcome) withUnknown(given [][]TopicPartition) [][]TopicPartition {
	for place, tps := range o.g.unknown {
		if len(tps) > 0 {
			m := o.g.members[place]
			given[m] = append(given[m], tps...)
		}
	}
	return given
}
