package assignor

import (
	"cmp"
	"slices"
)

// StickyPartitioner is how Kafka's producer places the records without a key
// of one topic (KIP-794): it stays with one partition until it has put a
// batch's worth of bytes there, then goes on to another at random: to any with
// a leader, or, when queues are told, rather to those with short ones. It is a
// value: what changes it gives the next one.
type StickyPartitioner struct {
	batch    int
	chosen   bool
	current  int32
	produced int          // bytes put into current
	load     []queueShare // nil: all partitions are alike
}

// queueShare is a partition and the running sum of the chances up to it.
type queueShare struct {
	partition int32
	upTo      int32
}

// Queue is how many batches wait for a partition.
type Queue struct {
	Partition int32
	Size      int32
}

// Placing is what a choice of partition depends on.
type Placing struct {
	Partitions int32   // how many the topic has
	Available  []int32 // those with a leader
	// Draw gives 32 random bits. It is called once for each choice, and at no
	// other time.
	Draw func() uint32
}

// NewStickyPartitioner makes one for a batch.size in bytes, of which anything
// below 1 counts as 1.
func NewStickyPartitioner(batchSize int) StickyPartitioner {
	return StickyPartitioner{batch: max(batchSize, 1)}
}

// Current is the partition for the next record. The first time it is chosen.
func (s StickyPartitioner) Current(at Placing) (StickyPartitioner, int32) {
	if !s.chosen {
		s = s.move(at)
	}
	return s, s.current
}

// Appended tells that a record took so many bytes in the current partition.
// After a batch.size it moves on, unless the batch is not ready to be sent:
// then it stays, lest it sends bits of batches, though not beyond two.
func (s StickyPartitioner) Appended(bytes int, ready bool, at Placing) StickyPartitioner {
	if !s.chosen {
		return s
	}
	s.produced += bytes
	if s.produced >= s.batch && ready || s.produced >= 2*s.batch {
		s = s.move(at)
	}
	return s
}

// Queues tells the lengths of the queues of the partitions that have a leader
// and are not too slow (partitioner.availability.timeout.ms); known is how
// many there are with the slow ones. A queue shorter than the longest gets the
// more chances. Telling none makes all partitions alike again, and so do equal
// queues of which none was left out.
func (s StickyPartitioner) Queues(queues []Queue, known int) StickyPartitioner {
	s.load = nil
	if len(queues) == 0 || known < 2 {
		return s
	}
	bySize := func(a, b Queue) int { return cmp.Compare(a.Size, b.Size) }
	longest, shortest := slices.MaxFunc(queues, bySize).Size, slices.MinFunc(queues, bySize).Size
	if longest == shortest && len(queues) == known {
		return s
	}
	sum := int32(0)
	for _, q := range queues {
		sum += longest + 1 - q.Size
		s.load = append(s.load, queueShare{q.Partition, sum})
	}
	return s
}

// move chooses anew; it may choose the same partition again.
func (s StickyPartitioner) move(at Placing) StickyPartitioner {
	random := int32(at.Draw() & 0x7fffffff)
	s.chosen, s.produced = true, 0
	switch {
	case len(s.load) > 0:
		point := random % s.load[len(s.load)-1].upTo
		i := slices.IndexFunc(s.load, func(q queueShare) bool { return q.upTo > point })
		s.current = s.load[i].partition
	case len(at.Available) > 0:
		s.current = at.Available[int(random)%len(at.Available)]
	default:
		s.current = random % max(at.Partitions, 1)
	}
	return s
}
