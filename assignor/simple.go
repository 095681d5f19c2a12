package assignor

import "slices"

// Simple is Kafka's SimpleAssignor for share groups (KIP-932): every partition
// goes to as many members as it takes to give every member one, evenly. Where
// subscriptions differ each topic is divided for itself.
var Simple ServerAssignor = simple{}

type simple struct{}

func (simple) Name() string { return "simple" }

func (simple) Assign(in ServerInput) [][]TopicPartition { return divideSimple(in).answer() }

func (simple) assignInOrder(in ServerInput) [][]TopicPartition { return divideSimple(in).inOrder() }

func divideSimple(in ServerInput) serverOutcome {
	keep := false
	o := divideServer(in, func(g *serverGroup) (held [][]int32, ok bool) {
		if g.alike {
			return simpleAlike(g)
		}
		// Where nobody subscribes to anything that exists nothing stays.
		keep = slices.ContainsFunc(g.subs, func(subs []int32) bool { return len(subs) > 0 })
		if !keep {
			return make([][]int32, len(g.members)), true
		}
		return simpleMixed(g)
	})
	o.keepUnknown = keep
	return o
}

// simpleAlike divides all partitions at once.
func simpleAlike(g *serverGroup) (held [][]int32, ok bool) {
	held = make([][]int32, len(g.members))
	if len(g.subs[0]) == 0 {
		return held, true
	}
	s := newSharing(g)
	s.hash = func(p int32) int32 {
		part := g.parts[p]
		return topicIDPartitionHash(g.topics[part.topic].hash, part.number)
	}
	wanted := make([]bool, len(g.topics))
	for _, t := range g.javaTopicSet(g.subs[0]) {
		wanted[t] = true
		s.addTopic(t)
	}
	for place := range g.members {
		s.members = append(s.members, int32(place))
	}
	for _, place := range javaIntOrder(len(g.members)) {
		for _, t := range g.targets[place] {
			if wanted[t.topic] {
				s.had(place, g.javaSetOrder(t.parts))
			}
		}
	}
	return held, s.divide(held)
}

// simpleMixed divides topic by topic. What a member's target has of topics that
// nobody subscribes to any more stays with it, as in Kafka.
func simpleMixed(g *serverGroup) (held [][]int32, ok bool) {
	subscribers := make([][]int32, len(g.topics))
	for place, subs := range g.subs {
		for _, t := range subs {
			subscribers[t] = append(subscribers[t], int32(place))
		}
	}
	type run struct {
		place int32
		parts []int32
	}
	held = make([][]int32, len(g.members))
	runs := make([][]run, len(g.topics))
	for _, place := range javaIntOrder(len(g.members)) {
		for _, t := range g.targets[place] {
			if len(subscribers[t.topic]) == 0 {
				held[place] = append(held[place], t.parts...)
			} else {
				runs[t.topic] = append(runs[t.topic], run{place, t.parts})
			}
		}
	}
	s := newSharing(g)
	s.hash = func(p int32) int32 { return g.parts[p].number }
	for t := range g.topics {
		if len(subscribers[t]) == 0 {
			continue
		}
		s.reset()
		s.addTopic(int32(t))
		s.members = append(s.members, subscribers[t]...)
		for _, r := range runs[t] {
			s.had(r.place, g.javaSetOrder(r.parts))
		}
		if !s.divide(held) {
			return nil, false
		}
	}
	return held, true
}
