package assignor

import (
	"cmp"
	"slices"
	"strings"
)

// serverGroup is the input of a server side assignor with members, topics and
// partitions as numbers. Members are numbered by their place in the Java
// HashMap in which the coordinator hands them to the assignor, topics by name,
// partitions by topic and number.
type serverGroup struct {
	in      ServerInput
	members []int32 // by place: the index in the input
	topics  []groupTopic
	parts   []groupPart         // by partition; behind those of the topics: strays
	stray   map[groupPart]int32 // partitions of targets that their topics do not have
	subs    [][]int32           // by place: topics it subscribed to, each once, in its order
	alike   bool                // all subscribed to the same
	targets [][]targetTopic     // by place: in Java's order
	unknown [][]TopicPartition  // by place: of its target, what is of no topic that exists

	listed              []int32   // what targets consist of
	topicKeys, partKeys *javaKeys // scratch, over topics and over partitions
}

type groupTopic struct {
	ServerTopic
	first int32 // its partition 0
	hash  int32
}

type groupPart struct{ topic, number int32 }

// targetTopic is what a member's target has of one topic.
type targetTopic struct {
	topic int32
	parts []int32 // in the order in which they were put into a HashSet
}

func newServerGroup(in ServerInput) *serverGroup {
	g := &serverGroup{in: in, members: serverPlaces(in.Members)}
	index := g.addTopics()
	g.addSubscriptions(index)
	g.addTargets(index)
	g.partKeys = newJavaKeys(len(g.parts))
	at := make([]int32, len(g.topics))
	for place, target := range g.targets {
		g.javaTopicOrder(target, place, at)
	}
	return g
}

// serverPlaces is the order of a HashMap with the members' ids as keys.
func serverPlaces(members []ServerMember) []int32 {
	k := newJavaKeys(len(members))
	k.tie = func(a, b int32) int { return javaCompare(members[a].ID, members[b].ID) }
	for i := range members {
		k.put(int32(i), JavaHash(members[i].ID))
	}
	return k.appendOrder(make([]int32, 0, len(members)))
}

func (g *serverGroup) addTopics() map[string]int32 {
	for _, t := range g.in.Topics {
		g.topics = append(g.topics, groupTopic{ServerTopic: t, hash: uuidHash(t.ID)})
	}
	slices.SortStableFunc(g.topics, func(a, b groupTopic) int { return cmp.Compare(a.Name, b.Name) })
	index := make(map[string]int32, len(g.topics))
	total := 0
	for i := range g.topics {
		index[g.topics[i].Name] = int32(i)
		total += int(max(g.topics[i].Partitions, 0))
	}
	g.parts = make([]groupPart, 0, total)
	for i := range g.topics {
		t := &g.topics[i]
		t.first = int32(len(g.parts))
		for p := range max(t.Partitions, 0) {
			g.parts = append(g.parts, groupPart{int32(i), p})
		}
	}
	g.topicKeys = newJavaKeys(len(g.topics))
	g.topicKeys.tie = func(a, b int32) int { return uuidCompare(g.topics[a].ID, g.topics[b].ID) }
	return index
}

// addSubscriptions also finds out whether all are alike, and counts topics that
// do not exist there, as the coordinator does.
func (g *serverGroup) addSubscriptions(index map[string]int32) {
	g.subs = make([][]int32, len(g.members))
	g.alike = true
	var first []string
	seen := make([]int32, len(g.topics)) // by topic: 1 + the place that has it
	for place, m := range g.members {
		names := g.in.Members[m].Topics
		if place > 0 && slices.Equal(names, g.in.Members[g.members[place-1]].Topics) {
			g.subs[place] = g.subs[place-1]
			continue
		}
		subs := make([]int32, 0, len(names))
		for _, name := range names {
			if t, ok := index[name]; ok && seen[t] != int32(place)+1 {
				seen[t] = int32(place) + 1
				subs = append(subs, t)
			}
		}
		g.subs[place] = subs
		if g.alike {
			sorted := slices.Compact(slices.Sorted(slices.Values(names)))
			if place == 0 {
				first = sorted
			}
			g.alike = slices.Equal(first, sorted)
		}
	}
}

func (g *serverGroup) addTargets(index map[string]int32) {
	g.targets = make([][]targetTopic, len(g.members))
	g.unknown = make([][]TopicPartition, len(g.members))
	seen := make([]int32, len(g.parts)) // by partition: 1 + the place that has it
	total := 0
	for i := range g.in.Members {
		total += len(g.in.Members[i].Target)
	}
	g.listed = make([]int32, 0, total)
	for place, m := range g.members {
		target := g.in.Members[m].Target
		for len(target) > 0 {
			n := 1
			for n < len(target) && target[n].Topic == target[0].Topic {
				n++
			}
			if topic, ok := index[target[0].Topic]; ok {
				g.addTarget(int32(place), topic, target[:n], seen)
			} else {
				g.unknown[place] = append(g.unknown[place], target[:n]...)
			}
			target = target[n:]
		}
	}
}

func (g *serverGroup) addTarget(place, topic int32, run []TopicPartition, seen []int32) {
	at := slices.IndexFunc(g.targets[place], func(t targetTopic) bool { return t.topic == topic })
	if at < 0 {
		at = len(g.targets[place])
		from, to := len(g.listed), len(g.listed)+len(run)
		g.listed = g.listed[:to]
		g.targets[place] = append(g.targets[place], targetTopic{topic, g.listed[from:from:to]})
	}
	t := &g.targets[place][at]
	for _, tp := range run {
		id := g.part(topic, tp.Partition)
		if int(id) >= len(seen) {
			if slices.Contains(t.parts, id) {
				continue
			}
		} else if seen[id] == place+1 {
			continue
		} else {
			seen[id] = place + 1
		}
		t.parts = append(t.parts, id)
	}
}

// part is the number of a topic's partition. One that the topic does not have
// becomes a stray: the assignors keep some of them.
func (g *serverGroup) part(topic, number int32) int32 {
	if t := &g.topics[topic]; number >= 0 && number < t.Partitions {
		return t.first + number
	}
	key := groupPart{topic, number}
	id, ok := g.stray[key]
	if !ok {
		if g.stray == nil {
			g.stray = map[groupPart]int32{}
		}
		id = int32(len(g.parts))
		g.stray[key] = id
		g.parts = append(g.parts, key)
	}
	return id
}

// javaTopicOrder sorts a target as the HashMap does that has it by topic id.
// Where ids fall into one bucket it is the order in which they came that
// counts, and that is lost in a target. As a rule the assignor itself gave the
// member its topics, in the order of the set of its subscription, and each new
// one by computeIfAbsent, which puts it in front: so that order, reversed.
func (g *serverGroup) javaTopicOrder(target []targetTopic, place int, at []int32) {
	if len(target) < 2 {
		return
	}
	old := slices.Clone(target)
	for i, t := range old {
		at[t.topic] = int32(i)
	}
	order := make([]int32, 0, len(target))
	has := func(t int32) bool { return int(at[t]) < len(old) && old[at[t]].topic == t }
	for _, t := range slices.Backward(g.javaTopicSet(g.subs[place])) {
		if has(t) {
			order = append(order, t)
		}
	}
	if subscribed := order; len(order) < len(old) {
		for _, t := range old {
			if !slices.Contains(subscribed, t.topic) {
				order = append(order, t.topic)
			}
		}
	}
	for i, t := range g.javaTopicSet(order) {
		target[i] = old[at[t]]
	}
}

// javaTopicSet gives topics in the order of a HashSet of their ids that they
// were put into one after the other.
func (g *serverGroup) javaTopicSet(topics []int32) []int32 { return g.topicSet(topics, javaTable) }

// copiedTopicSet gives them in the order of a copy of that set.
func (g *serverGroup) copiedTopicSet(topics []int32) []int32 {
	return g.topicSet(g.javaTopicSet(topics), javaCopyCapacity(len(topics)))
}

func (g *serverGroup) topicSet(topics []int32, capacity int) []int32 {
	g.topicKeys.reset(capacity)
	for _, t := range topics {
		g.topicKeys.put(t, g.topics[t].hash)
	}
	return g.topicKeys.appendOrder(make([]int32, 0, len(topics)))
}

// javaSetOrder gives partitions of one topic in the order of a HashSet of their
// numbers that they were put into one after the other.
func (g *serverGroup) javaSetOrder(parts []int32) []int32 {
	if inOrder(func(i int) int32 { return g.parts[parts[i]].number }, len(parts)) {
		return parts
	}
	g.partKeys.reset(javaTable)
	for _, p := range parts {
		g.partKeys.put(p, g.parts[p].number)
	}
	return g.partKeys.appendOrder(make([]int32, 0, len(parts)))
}

// answer turns what each place holds into what an assignor gives.
func (g *serverGroup) answer(held [][]int32) [][]TopicPartition {
	for _, parts := range held {
		if len(g.stray) == 0 {
			slices.Sort(parts)
			continue
		}
		slices.SortFunc(parts, func(a, b int32) int {
			x, y := g.parts[a], g.parts[b]
			return cmp.Or(cmp.Compare(x.topic, y.topic), cmp.Compare(x.number, y.number))
		})
	}
	return g.named(held)
}

// named turns numbers back into names, and places into the input's members.
func (g *serverGroup) named(held [][]int32) [][]TopicPartition {
	given := make([][]TopicPartition, len(held))
	total := 0
	for _, parts := range held {
		total += len(parts)
	}
	all := make([]TopicPartition, 0, total)
	for place, parts := range held {
		if len(parts) == 0 {
			continue
		}
		start := len(all)
		for _, p := range parts {
			all = append(all, TopicPartition{g.topics[g.parts[p].topic].Name, g.parts[p].number})
		}
		given[g.members[place]] = all[start:len(all):len(all)]
	}
	return given
}

// unchanged are the targets as sorted sets.
func (g *serverGroup) unchanged() [][]TopicPartition {
	given := g.targetsAsTheyAre()
	for i := range given {
		given[i] = sortedSet(given[i])
	}
	return given
}

func (g *serverGroup) targetsAsTheyAre() [][]TopicPartition {
	given := make([][]TopicPartition, len(g.in.Members))
	for i, m := range g.in.Members {
		given[i] = slices.Clone(m.Target)
	}
	return given
}

func sortedSet(tps []TopicPartition) []TopicPartition {
	slices.SortFunc(tps, func(a, b TopicPartition) int {
		return cmp.Or(strings.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return slices.Compact(tps)
}
