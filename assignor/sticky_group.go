package assignor

import (
	"cmp"
	"slices"
)

// stickyGroup is an Input by numbers. Members have the index that they have
// in the input, topics that of their rank by name among those that exist and
// somebody subscribed to; partitions are counted through over these topics,
// so that their order is by topic name and then by partition.
type stickyGroup struct {
	in      Input
	topics  []Topic
	index   map[string]int32 // of topics by name
	start   []int32          // the first partition of each topic
	topicOf []int32          // of each partition
	order   []int32          // the members, as Java goes through them

	wanted [][]int32 // the topics that each member subscribed to, in its order

	// Claims are what the members say they owned, existing partitions only,
	// and when.
	claimed    [][]int32
	generation []int32

	// Who claims each partition, and at which place among its claims; -1 where
	// no claim counts. These are nil if nobody claims anything.
	claimant, place []int32
	// from is whom each partition comes from: fromNobody, fromTwo, stays, or a
	// member. It is nil too if nobody claims anything.
	from []int32
}

func newStickyGroup(in Input) *stickyGroup {
	n := len(in.Members)
	g := &stickyGroup{
		in: in, order: javaOrder(in.Members), index: map[string]int32{},
		wanted: make([][]int32, n), claimed: make([][]int32, n), generation: make([]int32, n),
	}
	g.indexTopics()
	for i := range in.Members {
		if i > 0 && slices.Equal(in.Members[i].Topics, in.Members[i-1].Topics) {
			g.wanted[i] = g.wanted[i-1]
			continue
		}
		for _, name := range in.Members[i].Topics {
			if t, ok := g.index[name]; ok {
				g.wanted[i] = append(g.wanted[i], t)
			}
		}
	}
	return g
}

// indexTopics numbers the topics and their partitions.
func (g *stickyGroup) indexTopics() {
	subscribed := map[string]bool{}
	var before []string
	for _, m := range g.order {
		topics := g.in.Members[m].Topics
		if slices.Equal(topics, before) {
			continue
		}
		before = topics
		for _, name := range topics {
			subscribed[name] = true
		}
	}
	total := 0
	for _, t := range g.in.Topics {
		if t.Partitions > 0 && subscribed[t.Name] {
			subscribed[t.Name] = false // once is enough
			g.topics = append(g.topics, t)
			total += int(t.Partitions)
		}
	}
	slices.SortFunc(g.topics, func(a, b Topic) int { return cmp.Compare(a.Name, b.Name) })
	g.topicOf = make([]int32, total)
	next := int32(0)
	for i, t := range g.topics {
		g.index[t.Name] = int32(i)
		g.start = append(g.start, next)
		for p := range t.Partitions {
			g.topicOf[next+p] = int32(i)
		}
		next += t.Partitions
	}
}

// number is a partition's number within its topic.
func (g *stickyGroup) number(p int32) int32 { return p - g.start[g.topicOf[p]] }

// subscribedAlike tells whether all members want the same topics. As in
// Kafka, members without any topic pass if no other came before them.
func (g *stickyGroup) subscribedAlike() bool {
	var first []string
	set := map[string]bool{}
	for _, m := range g.order {
		topics := g.in.Members[m].Topics
		if len(set) == 0 {
			first = topics
			for _, name := range topics {
				set[name] = true
			}
			continue
		}
		if len(topics) != len(set) {
			return false
		}
		if slices.Equal(topics, first) {
			continue
		}
		if slices.ContainsFunc(topics, func(name string) bool { return !set[name] }) {
			return false
		}
	}
	return true
}

// partitions turns indexes back into names.
func (g *stickyGroup) partitions(given [][]int32) [][]TopicPartition {
	out := make([][]TopicPartition, len(given))
	total := 0
	for _, ps := range given {
		total += len(ps)
	}
	all := make([]TopicPartition, total)
	names, topicOf, start := make([]string, len(g.topics)), g.topicOf, g.start
	for t := range names {
		names[t] = g.topics[t].Name
	}
	for m, ps := range given {
		if len(ps) == 0 {
			continue
		}
		list := all[:len(ps):len(ps)]
		out[m], all = list, all[len(ps):]
		for i, p := range ps {
			t := topicOf[p]
			list[i] = TopicPartition{names[t], p - start[t]}
		}
	}
	return out
}

// javaOrder is the order in which a Java HashMap of the members' ids, put in
// as they stand, is gone through.
func javaOrder(members []Member) []int32 {
	// A long chain makes a small table grow early; one of this many keys has
	// at least the size from which it no longer does.
	const chainsMatter = javaSmallTable / 8 * 3
	order := make([]int32, 0, len(members))
	if len(members) <= chainsMatter {
		var ids JavaMap[int32]
		for i := range members {
			ids.Put(members[i].ID, int32(i))
		}
		for _, i := range ids.All() {
			order = append(order, i)
		}
		return order
	}
	table := int32(javaTable)
	for int(table/4*3) < len(members) {
		table *= 2
	}
	buckets := make([]int32, len(members))
	place := make([]int32, table+1)
	for i := range members {
		buckets[i] = spread(members[i].ID) & (table - 1)
		place[buckets[i]+1]++
	}
	for b := range table {
		place[b+1] += place[b]
	}
	order = order[:len(members)]
	for i, b := range buckets {
		order[place[b]] = int32(i)
		place[b]++
	}
	return order
}
