package assignor

import "slices"

// CooperativeSticky is Kafka's CooperativeStickyAssignor: it divides as Sticky
// does, but goes by the partitions that members still own, and withholds those
// that go from one member to another. The owner gives them up in this
// generation; they are assigned in the one after (KIP-429).
var CooperativeSticky Assignor = cooperativeSticky{}

type cooperativeSticky struct{}

func (cooperativeSticky) Name() string { return "cooperative-sticky" }

func (cooperativeSticky) Assign(in Input) [][]TopicPartition {
	g := newStickyGroup(in)
	for _, m := range g.order {
		member := &in.Members[m]
		generation := member.Generation
		if generation < 0 { // clients before version 2 of the subscription have it in the user data only
			generation = generationFromUserData(member.UserData)
		}
		g.claim(m, member.Owned, generation)
	}
	d := g.divide()
	if g.from == nil { // nobody owned anything
		return g.partitions(d.given)
	}
	if d.moving == nil {
		d.moving = g.changeHands(d.given)
	}
	for m := range d.given {
		d.given[m] = slices.DeleteFunc(d.given[m], func(p int32) bool { return d.moving[p] })
	}
	return g.partitions(d.given)
}

// changeHands marks the partitions that somebody has to give up and that go to
// somebody who did not have them.
func (g *stickyGroup) changeHands(given [][]int32) []bool {
	taker := filled(len(g.topicOf), -1)
	for m, ps := range given {
		for _, p := range ps {
			taker[p] = int32(m)
		}
	}
	kept, givenUp := make([]bool, len(g.topicOf)), make([]bool, len(g.topicOf))
	for m, ps := range g.claimed {
		for _, p := range ps {
			if taker[p] == int32(m) {
				kept[p] = true
			} else {
				givenUp[p] = true
			}
		}
	}
	for p := range givenUp {
		givenUp[p] = givenUp[p] && !kept[p]
	}
	return givenUp
}
