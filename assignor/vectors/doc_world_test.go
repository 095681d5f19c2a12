package vectors

import (
	"fmt"
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/assignor"
)

// consumer is a member of a group in the documents.
type consumer struct {
	name   string
	topics []string
}

// consumers names C1, C2, … with the same subscription.
func consumers(n int, topics ...string) []consumer {
	var out []consumer
	for i := range n {
		out = append(out, consumer{fmt.Sprintf("C%d", i+1), topics})
	}
	return out
}

// holding is who holds what, by name.
type holding map[string][]assignor.TopicPartition

// settle has an assignor divide the topics among consumers who hold something
// already, again and again until nothing changes any more, as the members of a
// group with the cooperative protocol do. It gives how many rounds had an effect.
func settle(kind string, topics []assignor.Topic, cs []consumer, held holding) (holding, int) {
	for rounds := 1; ; rounds++ {
		next := divide(kind, topics, cs, held, int32(rounds))
		if rounds > 1 && sameHolding(cs, held, next) || rounds > 9 {
			return held, rounds - 1
		}
		held = next
	}
}

func sameHolding(cs []consumer, a, b holding) bool {
	return !slices.ContainsFunc(cs, func(c consumer) bool { return !slices.Equal(sorted(a[c.name]), sorted(b[c.name])) })
}

// divide is one call of the assignor.
func divide(kind string, topics []assignor.Topic, cs []consumer, held holding, generation int32) holding {
	var given [][]assignor.TopicPartition
	if a, ok := clientAssignor(kind); ok {
		in := assignor.Input{Topics: topics}
		for _, c := range cs {
			in.Members = append(in.Members, clientOf(kind, c, held, generation))
		}
		given = a.Assign(in)
	} else if a, ok := serverAssignor(kind); ok {
		var in assignor.ServerInput
		for i, t := range topics {
			in.Topics = append(in.Topics, assignor.ServerTopic{Name: t.Name, Partitions: t.Partitions, ID: [16]byte{15: byte(i + 1)}})
		}
		for _, c := range cs {
			in.Members = append(in.Members, assignor.ServerMember{ID: c.name, Topics: c.topics, Target: held[c.name]})
		}
		given = a.Assign(in)
	}
	out := holding{}
	for i, c := range cs {
		out[c.name] = given[i]
	}
	return out
}

// clientOf is what a consumer tells the leader: the sticky assignors learn of
// what it held from there.
func clientOf(kind string, c consumer, held holding, generation int32) assignor.Member {
	m := assignor.Member{ID: c.name, Topics: c.topics, Generation: -1}
	owned, before := held[c.name]
	if !before {
		return m
	}
	m.Owned, m.Generation = owned, generation
	switch kind {
	case "sticky":
		m.UserData = assignor.StickyUserData(owned, generation)
	case "cooperative-sticky":
		m.UserData = assignor.CooperativeStickyUserData(generation)
	}
	return m
}

// show writes a holding as the documents do: C1: 0 1; C2: 2.
func show(topics []assignor.Topic, cs []consumer, h holding) string {
	var out []string
	for _, c := range cs {
		var ps []string
		for _, tp := range sorted(h[c.name]) {
			if len(topics) > 1 {
				ps = append(ps, tp.Topic+fmt.Sprint(tp.Partition))
			} else {
				ps = append(ps, fmt.Sprint(tp.Partition))
			}
		}
		if len(ps) == 0 {
			ps = []string{"–"}
		}
		out = append(out, c.name+": "+strings.Join(ps, " "))
	}
	return strings.Join(out, "; ")
}

// moved counts what consumers who stay had to give away.
func moved(stay []consumer, before, after holding) (n int) {
	for _, c := range stay {
		for _, tp := range before[c.name] {
			if !slices.Contains(after[c.name], tp) {
				n++
			}
		}
	}
	return n
}

// spread is the difference between the most and the least that consumers hold.
func spread(cs []consumer, h holding) int {
	var counts []int
	for _, c := range cs {
		counts = append(counts, len(h[c.name]))
	}
	return slices.Max(counts) - slices.Min(counts)
}
