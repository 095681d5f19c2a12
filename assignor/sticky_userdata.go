package assignor

import "encoding/binary"

// StickyUserData is what a member that uses Sticky puts into its subscription
// once it had an assignment: the assignment and its generation. (Before, it
// puts in nothing.)
//
//	[topic string16, [partition int32]] int32
func StickyUserData(owned []TopicPartition, generation int32) []byte {
	topics, numbers := partitionsByTopic(owned)
	data := binary.BigEndian.AppendUint32(nil, uint32(len(topics)))
	for i, topic := range topics {
		data = binary.BigEndian.AppendUint16(data, uint16(len(topic)))
		data = append(data, topic...)
		data = binary.BigEndian.AppendUint32(data, uint32(len(numbers[i])))
		for _, n := range numbers[i] {
			data = binary.BigEndian.AppendUint32(data, uint32(n))
		}
	}
	return binary.BigEndian.AppendUint32(data, uint32(generation))
}

// partitionsByTopic groups partitions by topic, in the order of the HashMap of
// Kafka's CollectionUtils.groupPartitionsByTopic.
func partitionsByTopic(all []TopicPartition) (topics []string, numbers [][]int32) {
	index := map[string]int32{}
	keys := newJavaKeys(len(all))
	var names []string
	var groups [][]int32
	for _, tp := range all {
		i, ok := index[tp.Topic]
		if ok {
			keys.computePresent()
		} else {
			i = int32(len(names))
			index[tp.Topic] = i
			keys.compute(i, JavaHash(tp.Topic))
			names, groups = append(names, tp.Topic), append(groups, nil)
		}
		groups[i] = append(groups[i], tp.Partition)
	}
	for _, i := range keys.appendOrder(nil) {
		topics, numbers = append(topics, names[i]), append(numbers, groups[i])
	}
	return topics, numbers
}

// CooperativeStickyUserData is what a member that uses CooperativeSticky puts
// into its subscription: the generation of its last assignment, -1 before the
// first. What it owns stands in the subscription itself.
func CooperativeStickyUserData(generation int32) []byte {
	return binary.BigEndian.AppendUint32(nil, uint32(generation))
}

// claimFromUserData notes what a member says in StickyUserData. A generation
// may be missing, as old clients sent none; what cannot be read counts as
// nothing owned.
func (g *stickyGroup) claimFromUserData(m int32) {
	g.generation[m] = noGeneration
	r := userData{rest: g.in.Members[m].UserData}
	f := finder{stickyGroup: g}
	claimed := make([]int32, 0, len(r.rest)/4)
	topics := r.int32()
	r.bad = r.bad || topics < 0
	for ; topics > 0 && !r.bad; topics-- {
		topic := string(r.bytes(r.int16()))
		numbers := r.int32()
		if numbers < 0 || len(r.rest) < 4*int(numbers) {
			return
		}
		for ; numbers > 0; numbers-- {
			if p, ok := f.find(topic, r.int32()); ok {
				claimed = append(claimed, p)
			}
		}
	}
	if r.bad {
		return
	}
	g.claimed[m] = claimed
	if generation := r.int32(); !r.bad {
		g.generation[m] = generation
	}
}

// generationFromUserData reads CooperativeStickyUserData.
func generationFromUserData(data []byte) int32 {
	r := userData{rest: data}
	if generation := r.int32(); !r.bad {
		return generation
	}
	return noGeneration
}

// userData reads Kafka's primitive types; once something is missing, it is bad
// and gives zeros.
type userData struct {
	rest []byte
	bad  bool
}

func (r *userData) bytes(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.bad = true
	}
	if r.bad {
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *userData) int16() int {
	if b := r.bytes(2); b != nil {
		return int(int16(binary.BigEndian.Uint16(b)))
	}
	return 0
}

func (r *userData) int32() int32 {
	if b := r.bytes(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}
