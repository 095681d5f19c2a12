package assignor

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// The hash codes and orders of the keys that Kafka's server side assignors
// put into hash maps.

// uuidBits are the two halves that Kafka's Uuid holds as signed longs.
func uuidBits(id [16]byte) (most, least int64) {
	return int64(binary.BigEndian.Uint64(id[:8])), int64(binary.BigEndian.Uint64(id[8:]))
}

// uuidHash is Uuid.hashCode.
func uuidHash(id [16]byte) int32 {
	most, least := uuidBits(id)
	x := most ^ least
	return int32(x>>32) ^ int32(x)
}

// uuidCompare is Uuid.compareTo: by signed halves.
func uuidCompare(a, b [16]byte) int {
	am, al := uuidBits(a)
	bm, bl := uuidBits(b)
	return cmp.Or(cmp.Compare(am, bm), cmp.Compare(al, bl))
}

// topicIDPartitionHash is the hash code of the record TopicIdPartition, made
// of those of its components.
func topicIDPartitionHash(uuid, partition int32) int32 { return 31*uuid + partition }

// javaSpread is HashMap.hash: the upper half is mixed into the lower, for
// tables look at the lower bits only.
func javaSpread(h int32) int32 { return h ^ int32(uint32(h)>>16) }

// javaCapacity is the initial capacity that Kafka's AssignorHelpers ask for
// when they expect n entries.
func javaCapacity(n int) int { return int(float32(n+1)/0.75 + 1) }

// javaCopyCapacity is the initial capacity of a HashSet made of a collection
// of n elements.
func javaCopyCapacity(n int) int { return max(int(float32(n)/0.75)+1, javaTable) }

// javaIntOrder is the order of a HashSet of 0 to n-1 in a table that is large
// enough for them from the start.
func javaIntOrder(n int) []int32 {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	if n > 1<<16 {
		slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(javaSpread(a), javaSpread(b)) })
	}
	return order
}
