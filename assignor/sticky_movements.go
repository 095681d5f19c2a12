package assignor

// movements remembers which partitions the balancing moved, and from whom to
// whom, so that it can undo a move rather than make one the other way around.
type movements struct {
	from, to []int32 // of each partition; -1 if it has not moved
	moved    map[movement]*javaKeys
	// Which of several is undone shows the order of the HashSet that Kafka
	// keeps of each movement. A partition is in one at most, so that they
	// share their links.
	hash  []int32 // Java's of each topic
	links *javaKeys
}

// movement is a move of partitions of a topic between two members.
type movement struct{ topic, from, to int32 }

func newMovements(g *stickyGroup) *movements {
	mv := &movements{
		from: filled(len(g.topicOf), -1), to: filled(len(g.topicOf), -1),
		moved: map[movement]*javaKeys{}, hash: make([]int32, len(g.topics)),
		links: newJavaKeys(len(g.topicOf)),
	}
	for t := range g.topics {
		mv.hash[t] = JavaHash(g.topics[t].Name)
	}
	return mv
}

// instead is the partition to move when p should go from one member to
// another: one that went the other way, if there is any.
func (mv *movements) instead(g *stickyGroup, p, from, to int32) int32 {
	if mv.from[p] >= 0 {
		from = mv.from[p]
	}
	if back := mv.moved[movement{g.topicOf[p], to, from}]; back != nil {
		for _, first := range back.heads {
			if first != noKey {
				return first
			}
		}
	}
	return p
}

// note records a move. A partition that moves on has moved from where it was
// at first; if it is back there, it has not moved.
func (mv *movements) note(g *stickyGroup, p, from, to int32) {
	t := g.topicOf[p]
	if mv.from[p] >= 0 {
		old := movement{t, mv.from[p], mv.to[p]}
		if set := mv.moved[old]; set != nil {
			if set.remove(p); set.size == 0 {
				delete(mv.moved, old)
			}
		}
		from = mv.from[p]
	}
	if from == to {
		mv.from[p], mv.to[p] = -1, -1
		return
	}
	mv.from[p], mv.to[p] = from, to
	now := movement{t, from, to}
	set := mv.moved[now]
	if set == nil {
		set = &javaKeys{next: mv.links.next, hash: mv.links.hash}
		set.reset(javaTable)
		mv.moved[now] = set
	}
	// TopicPartition.hashCode
	set.put(p, 31*(31+g.number(p))+mv.hash[t])
}
