package assignor

import (
	"cmp"
	"slices"
	"strings"
)

// rangeOrder gives the members in the order of Kafka's MemberInfo: static
// members first, by instance id, then dynamic ones by member id.
func rangeOrder(members []Member) []int32 {
	order := make([]int32, len(members))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		x, y := &members[a], &members[b]
		return compareMembers(x.InstanceID, x.ID, y.InstanceID, y.ID)
	})
	return order
}

// compareMembers is the order in which range serves members, on the client and
// in the coordinator: static ones first, by instance id, then dynamic ones by
// member id.
func compareMembers(xInstance, xID, yInstance, yID string) int {
	switch {
	case xInstance != "" && yInstance != "":
		return javaCompare(xInstance, yInstance)
	case xInstance != "":
		return -1
	case yInstance != "":
		return 1
	}
	return javaCompare(xID, yID)
}

// javaCompare is String.compareTo: by UTF-16 units. That is the order of the
// bytes of UTF-8, but that U+E000 to U+FFFF come after what needs two units.
func javaCompare(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	if i == len(a) || i == len(b) {
		return cmp.Compare(len(a), len(b))
	}
	const private, pairs = 0xee, 0xf0 // how runes from U+E000 and from U+10000 begin
	if x, y := a[i], b[i]; x >= private && y >= private && (x >= pairs) != (y >= pairs) {
		return cmp.Compare(y, x)
	}
	return strings.Compare(a[i:], b[i:])
}

// topicTakers lists, for each topic of the input, the members that want it, in
// the given order of members.
func topicTakers(in Input, order []int32) [][]int32 {
	index := make(map[string]int32, len(in.Topics))
	for i, t := range in.Topics {
		index[t.Name] = int32(i)
	}
	takers := make([][]int32, len(in.Topics))
	var (
		wanted   []int32
		previous []string
	)
	for _, m := range order {
		if topics := in.Members[m].Topics; !slices.Equal(topics, previous) {
			wanted, previous = wanted[:0], topics
			for _, name := range topics {
				if t, ok := index[name]; ok && !slices.Contains(wanted, t) {
					wanted = append(wanted, t)
				}
			}
		}
		for _, t := range wanted {
			if takers[t] == nil {
				takers[t] = make([]int32, 0, len(order))
			}
			takers[t] = append(takers[t], m)
		}
	}
	return takers
}

// nobody owns a partition that no member took.
const nobody = -1

// dividedTopic is a topic divided: the member that owns each partition.
type dividedTopic struct {
	topic  string
	owners []int32
}

// byMember turns topics divided into the lists of the members: topics in the
// order given, partitions ascending.
func byMember(members int, divided []dividedTopic) [][]TopicPartition {
	counts, total := make([]int, members), 0
	for _, o := range divided {
		for _, m := range o.owners {
			if m != nobody {
				counts[m]++
				total++
			}
		}
	}
	given, all := make([][]TopicPartition, members), make([]TopicPartition, total)
	for m, n := range counts {
		if n > 0 {
			given[m], all = all[:0:n], all[n:]
		}
	}
	for _, o := range divided {
		for p, m := range o.owners {
			if m != nobody {
				given[m] = append(given[m], TopicPartition{o.topic, int32(p)})
			}
		}
	}
	return given
}
