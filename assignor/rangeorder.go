package assignor

import "slices"

// subscribedOrder gives the places in in.Topics of the topics with partitions
// that anybody wants, in the order in which Java's leader goes through them:
// it collects the wanted names in a HashSet, member by member as its HashMap
// has them, and puts those that exist into a HashMap.
func subscribedOrder(in Input) []int32 {
	index := make(map[string]int32, len(in.Topics))
	for i, t := range in.Topics {
		if t.Partitions > 0 {
			index[t.Name] = int32(i)
		}
	}
	wanted := wantedNames(in.Members)
	var existing []string
	for _, i := range javaPlaces(wanted) {
		if _, ok := index[wanted[i]]; ok {
			existing = append(existing, wanted[i])
		}
	}
	order := make([]int32, 0, len(existing))
	for _, i := range javaPlaces(existing) {
		order = append(order, index[existing[i]])
	}
	return order
}

// wantedNames are the topics of all subscriptions, each once, in the order in
// which Java's leader meets them.
func wantedNames(members []Member) []string {
	same := true
	for i := 1; i < len(members) && same; i++ {
		same = slices.Equal(members[i].Topics, members[0].Topics)
	}
	if same {
		members = members[:min(1, len(members))]
	}
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.ID
	}
	var names []string
	seen := map[string]bool{}
	for _, i := range javaPlaces(ids) {
		for _, name := range members[i].Topics {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

// javaPlaces gives the places of names, which are all different, in the order
// of a HashMap that they are put into one after the other.
func javaPlaces(names []string) []int32 {
	keys := newJavaKeys(len(names))
	keys.tie = func(a, b int32) int { return javaCompare(names[a], names[b]) }
	for i, name := range names {
		keys.put(int32(i), JavaHash(name))
	}
	return keys.appendOrder(make([]int32, 0, len(names)))
}
