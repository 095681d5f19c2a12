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
	for _, i := range javaOrder(wanted) {
		if _, ok := index[wanted[i]]; ok {
			existing = append(existing, wanted[i])
		}
	}
	order := make([]int32, 0, len(existing))
	for _, i := range javaOrder(existing) {
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
	for _, i := range javaOrder(ids) {
		for _, name := range members[i].Topics {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

// smallJavaMap is up to how many entries a crowded chain can make a HashMap's
// table larger than the number of entries would.
const smallJavaMap = javaSmallTable / 4 * 3

// javaOrder gives the places of keys, which are all different, in the order in
// which a HashMap has them that they were put into one after the other: by
// bucket, and within one as they came.
func javaOrder(keys []string) []int32 {
	order := make([]int32, 0, len(keys))
	if len(keys) <= smallJavaMap {
		var m JavaMap[int32]
		for i, k := range keys {
			m.Put(k, int32(i))
		}
		for _, i := range m.All() {
			order = append(order, i)
		}
		return order
	}
	table := int32(javaSmallTable)
	for int32(len(keys)) > table/4*3 {
		table *= 2
	}
	buckets := make([]int32, len(keys))
	for i, k := range keys {
		buckets[i] = spread(k) & (table - 1)
		order = append(order, int32(i))
	}
	slices.SortStableFunc(order, func(a, b int32) int { return int(buckets[a] - buckets[b]) })
	return order
}
