package checkpoint

import (
	"math/bits"

	"github.com/groundhogsim/groundhog/model"
)

// keyGroup is the key group of a key (KeyGroupRangeAssignment.assignToKeyGroup
// of a java.lang.String).
func keyGroup(key string, maxParallelism int) int {
	return int(murmur(javaHash(key))) % maxParallelism
}

// subtaskOf is the subtask that a key group belongs to
// (KeyGroupRangeAssignment.computeOperatorIndexForKeyGroup).
func subtaskOf(group, parallelism, maxParallelism int) int {
	return group * parallelism / maxParallelism
}

// groupsOf is the range of key groups [from, to) of a subtask
// (KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex).
func groupsOf(subtask, parallelism, maxParallelism int) (from, to int) {
	return (subtask*maxParallelism + parallelism - 1) / parallelism,
		((subtask+1)*maxParallelism-1)/parallelism + 1
}

// Owner is the reader, from 0, that a partition is given to
// (KafkaSourceEnumerator.getSplitOwner): a topic's partitions follow each
// other round the readers, from one that its name says.
func Owner(p model.TopicPartition, readers int) int {
	start := int(uint32(javaHash(p.Topic)*31)&0x7fffffff) % readers
	return (start + int(p.Partition)) % readers
}

// javaHash is String.hashCode: over UTF-16 code units, modulo 2³².
func javaHash(s string) int32 {
	var h int32
	for _, r := range s {
		if r >= 0x10000 {
			r -= 0x10000
			h = 31*h + 0xd800 + r>>10
			r = 0xdc00 + r&0x3ff
		}
		h = 31*h + r
	}
	return h
}

// murmur is MathUtils.murmurHash: one round of MurmurHash3 over four bytes,
// made positive.
func murmur(code int32) int32 {
	h := uint32(code) * 0xcc9e2d51
	h = bits.RotateLeft32(h, 15) * 0x1b873593
	h = bits.RotateLeft32(h, 13)*5 + 0xe6546b64
	h ^= 4
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	h ^= h >> 16
	switch code := int32(h); {
	case code >= 0:
		return code
	case code != -1<<31:
		return -code
	}
	return 0
}
