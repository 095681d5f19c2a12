package assignor

import (
	"cmp"
	"slices"
)

// uniformRounds is how often the topics are gone through for balance at most.
const uniformRounds = 16

// mixedDivision divides partitions among members whose subscriptions differ.
type mixedDivision struct {
	g           *serverGroup
	subscribers [][]int32 // by topic: places, ascending
	owner       []int32   // by partition: the place, or noMember
	count       []int     // by place: how many partitions it has
	// doubles are what a member keeps of its target although a later one has
	// it in its own too: the assignor knows one owner, and moves only its copy.
	doubles []doubleOwner
	level   leveller

	mine      []int32 // scratch of rebalance: a topic's partitions, by owner
	from, end []int32 // and by place: which of them are its own
}

const noMember = int32(-1)

type doubleOwner struct{ place, part int32 }

// uniformMixed leaves members what they have in their targets and subscribe
// to, gives what is free to those who have least, topic by topic, and then
// moves single partitions from those who have most to those who have least,
// until nothing helps any more or it has gone round often enough. It is not ok
// where a target has partitions that do not exist, on which Kafka's own fails.
func uniformMixed(g *serverGroup) (held [][]int32, ok bool) {
	d := newMixedDivision(g)
	if !d.adoptTargets() {
		return nil, false
	}
	topics := d.sortedTopics()
	for _, t := range topics {
		d.giveFree(t)
	}
	d.balance(slices.DeleteFunc(topics, func(t int32) bool { return len(d.subscribers[t]) < 2 }))
	return d.result(), true
}

func newMixedDivision(g *serverGroup) *mixedDivision {
	d := &mixedDivision{
		g: g, subscribers: make([][]int32, len(g.topics)), owner: make([]int32, len(g.parts)),
		count: make([]int, len(g.members)), from: make([]int32, len(g.members)), end: make([]int32, len(g.members)),
	}
	for i := range d.owner {
		d.owner[i] = noMember
	}
	for place, subs := range g.subs {
		for _, t := range subs {
			d.subscribers[t] = append(d.subscribers[t], int32(place))
		}
	}
	d.level.count = d.count
	return d
}

func (d *mixedDivision) adoptTargets() bool {
	for place := range d.g.members {
		for _, t := range d.g.targets[place] {
			if !slices.Contains(d.g.subs[place], t.topic) {
				continue
			}
			d.count[place] += len(t.parts)
			for _, p := range t.parts {
				if !d.exists(p) {
					return false
				}
				if had := d.owner[p]; had != noMember {
					d.doubles = append(d.doubles, doubleOwner{had, p})
				}
				d.owner[p] = int32(place)
			}
		}
	}
	return true
}

func (d *mixedDivision) exists(part int32) bool {
	p := d.g.parts[part]
	return p.number >= 0 && p.number < d.g.topics[p.topic].Partitions
}

// sortedTopics are the topics that somebody subscribes to: those with the most
// partitions for each subscriber first, and of those the ones with the fewest
// subscribers.
func (d *mixedDivision) sortedTopics() []int32 {
	var topics []int32
	for t := range d.g.topics {
		if len(d.subscribers[t]) > 0 {
			topics = append(topics, int32(t))
		}
	}
	load := func(t int32) float64 {
		return float64(d.g.topics[t].Partitions) / float64(len(d.subscribers[t]))
	}
	slices.SortFunc(topics, func(a, b int32) int {
		return cmp.Or(
			cmp.Compare(load(b), load(a)),
			cmp.Compare(len(d.subscribers[a]), len(d.subscribers[b])),
			uuidCompare(d.g.topics[a].ID, d.g.topics[b].ID))
	})
	return topics
}

func (d *mixedDivision) giveFree(topic int32) {
	t := &d.g.topics[topic]
	started := false
	for p := t.first; p < t.first+t.Partitions; p++ {
		if d.owner[p] != noMember {
			continue
		}
		if !started {
			d.level.start(d.subscribers[topic])
			started = true
		}
		d.move(p, d.level.least())
	}
}

// move gives a partition to a member, and takes it from its owner.
func (d *mixedDivision) move(part, to int32) {
	if had := d.owner[part]; had != noMember {
		d.count[had]--
		if len(d.doubles) > 0 {
			d.doubles = slices.DeleteFunc(d.doubles, func(x doubleOwner) bool { return x == doubleOwner{had, part} })
		}
	}
	d.owner[part] = to
	d.count[to]++
}

// balance goes round the topics until it comes to the last one where something
// moved, and nothing has moved since.
func (d *mixedDivision) balance(topics []int32) {
	last := -1
	for range uniformRounds {
		for i, t := range topics {
			if i == last {
				return
			}
			if d.rebalance(t) || last == -1 {
				last = i
			}
		}
	}
}

// rebalance evens out the subscribers of one topic as far as moving its
// partitions can. Members give away their highest partitions first.
func (d *mixedDivision) rebalance(topic int32) (moved bool) {
	if d.level.start(d.subscribers[topic]) <= 1 {
		return false
	}
	d.sortByOwner(topic)
	for !d.level.balanced() {
		giver, ok := d.level.most(func(m int32) bool { return d.end[m] > d.from[m] })
		if !ok {
			break
		}
		d.end[giver]--
		part := d.mine[d.end[giver]]
		taker := d.level.least()
		if d.level.balanced() {
			break
		}
		d.move(part, taker)
		moved = true
	}
	return moved
}

// sortByOwner lists the topic's partitions owner by owner in mine. Owners that
// have none get an empty range.
func (d *mixedDivision) sortByOwner(topic int32) {
	t := &d.g.topics[topic]
	for _, m := range d.subscribers[topic] {
		d.end[m] = 0
	}
	for p := t.first; p < t.first+t.Partitions; p++ {
		d.end[d.owner[p]]++
	}
	at := int32(0)
	for _, m := range d.subscribers[topic] {
		d.from[m], at = at, at+d.end[m]
		d.end[m] = d.from[m]
	}
	d.mine = slices.Grow(d.mine[:0], int(at))[:at]
	for p := t.first; p < t.first+t.Partitions; p++ {
		m := d.owner[p]
		d.mine[d.end[m]] = p
		d.end[m]++
	}
}

// result lists what members keep of their targets first.
func (d *mixedDivision) result() [][]int32 {
	held := make([][]int32, len(d.g.members))
	kept := make([]bool, len(d.g.parts))
	for place, n := range d.count {
		held[place] = make([]int32, 0, n)
		for _, t := range d.g.targets[place] {
			for _, p := range t.parts {
				if d.owner[p] == int32(place) {
					held[place] = append(held[place], p)
					kept[p] = true
				}
			}
		}
	}
	for p, m := range d.owner {
		if m != noMember && !kept[p] {
			held[m] = append(held[m], int32(p))
		}
	}
	for _, x := range d.doubles {
		if d.owner[x.part] != x.place {
			held[x.place] = append(held[x.place], x.part)
		}
	}
	return held
}
