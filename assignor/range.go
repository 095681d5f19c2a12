package assignor

import "slices"

// Range is Kafka's RangeAssignor: topic by topic, contiguous runs of
// partitions to the subscribed members in order; the first ones get one more
// where the division leaves a rest. Where racks are told and make a
// difference, partitions first go to members in the rack of a replica as far
// as that keeps the counts (KIP-881).
var Range Assignor = rangeAssignor{}

type rangeAssignor struct{}

func (rangeAssignor) Name() string { return "range" }

func (rangeAssignor) Assign(in Input) [][]TopicPartition {
	takers := topicTakers(in, rangeOrder(in.Members))
	order := subscribedOrder(in)
	racked := byRack(in, takers, order)
	if racked != nil {
		// Kafka sorts what it gives when racks had a part in it.
		slices.SortFunc(order, func(a, b int32) int { return javaCompare(in.Topics[a].Name, in.Topics[b].Name) })
	}
	divided := make([]dividedTopic, 0, len(order))
	for _, t := range order {
		d := newRangeDivision(in.Topics[t].Partitions, takers[t])
		if racked != nil {
			d = racked[t]
		}
		d.fill()
		divided = append(divided, dividedTopic{in.Topics[t].Name, d.owners})
	}
	return byMember(len(in.Members), divided)
}

// rangeDivision is a topic being divided.
type rangeDivision struct {
	takers []int32 // the members that want it
	counts []int32 // how many partitions each taker has
	owners []int32 // the member that has each partition, or nobody
	each   int32   // what every taker gets at least
	extras int32   // how many takers get one more, and have not yet
}

func newRangeDivision(partitions int32, takers []int32) *rangeDivision {
	owners := make([]int32, partitions)
	for p := range owners {
		owners[p] = nobody
	}
	n := int32(len(takers))
	return &rangeDivision{takers, make([]int32, n), owners, partitions / n, partitions % n}
}

// room is how many partitions more a taker may get.
func (d *rangeDivision) room(taker int) int32 {
	n := d.each - d.counts[taker]
	if d.extras > 0 {
		n++
	}
	return max(n, 0)
}

// give gives a taker partitions within its room.
func (d *rangeDivision) give(taker int, partitions ...int32) {
	for _, p := range partitions {
		d.owners[p] = d.takers[taker]
	}
	d.counts[taker] += int32(len(partitions))
	if len(partitions) > 0 && d.counts[taker] > d.each {
		d.extras--
	}
}

// fill gives out what is left, in order.
func (d *rangeDivision) fill() {
	next := 0
	for taker := range d.takers {
		room := d.room(taker)
		had := d.counts[taker]
		for ; next < len(d.owners) && d.counts[taker]-had < room; next++ {
			if d.owners[next] == nobody {
				d.owners[next] = d.takers[taker]
				d.counts[taker]++
			}
		}
		if d.counts[taker] > max(had, d.each) {
			d.extras--
		}
	}
}
