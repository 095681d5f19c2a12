package assignor

import "slices"

// Whom a partition comes from, if not from a member who gives it up.
const (
	fromNobody = int32(-1)
	fromTwo    = int32(-2) // two members claimed it in one generation
	stays      = int32(-3) // it stays where it is
)

// noGeneration is the generation of a member that tells none.
const noGeneration = -1

// finder looks up partitions of lists that go through the same few topics
// again and again: it tries the topics it expects before it asks the index.
type finder struct {
	*stickyGroup
	last int32 // topic of the partition found before
}

// find is not ok when there is no such partition (any more). Kafka's own code
// looks at the topic only and so goes wrong when a topic was made again with
// fewer partitions.
func (f *finder) find(topic string, number int32) (p int32, ok bool) {
	if len(f.topics) == 0 {
		return 0, false
	}
	t := f.last
	if f.topics[t].Name != topic {
		t = (t + 1) % int32(len(f.topics))
		if f.topics[t].Name != topic {
			if t, ok = f.index[topic]; !ok {
				return 0, false
			}
		}
		f.last = t
	}
	if number < 0 || number >= f.topics[t].Partitions {
		return 0, false
	}
	return f.start[t] + number, true
}

// claim notes what a member says it owned.
func (g *stickyGroup) claim(m int32, owned []TopicPartition, generation int32) {
	g.generation[m] = generation
	if len(owned) == 0 {
		return
	}
	f := finder{stickyGroup: g}
	claimed := make([]int32, 0, len(owned))
	for _, tp := range owned {
		if p, ok := f.find(tp.Topic, tp.Partition); ok {
			claimed = append(claimed, p)
		}
	}
	g.claimed[m] = claimed
}

// settleClaims decides which claims count. Of two members who claim the same
// partition it is the one of the later generation; of the same generation
// neither.
func (g *stickyGroup) settleClaims() {
	if !slices.ContainsFunc(g.claimed, func(ps []int32) bool { return len(ps) > 0 }) {
		return
	}
	partitions := len(g.topicOf)
	g.from, g.claimant, g.place = filled(partitions, fromNobody), filled(partitions, -1), make([]int32, partitions)
	for _, m := range g.order {
		for i, p := range g.claimed[m] {
			if g.claimant[p] >= 0 {
				// Kafka takes the other's generation from its subscription even
				// where the assignor has its own in the user data.
				mine, others := g.generation[m], max(g.in.Members[g.claimant[p]].Generation, noGeneration)
				lostIt := g.claimant[p] == m && g.place[p] < 0 // and says again that it has it
				if mine < others || mine > others && lostIt {
					continue
				}
				if mine == others {
					g.from[p], g.claimant[p], g.place[p] = fromTwo, m, -1
					continue
				}
			}
			g.claimant[p], g.place[p] = m, int32(i)
		}
	}
}

// counts tells whether what a member says at a place counts.
func (g *stickyGroup) counts(m int32, place int) bool {
	p := g.claimed[m][place]
	return g.claimant[p] == m && g.place[p] == int32(place)
}

// filled is a slice of n times v.
func filled(n int, v int32) []int32 {
	s := make([]int32, n)
	for i := range s {
		s[i] = v
	}
	return s
}
