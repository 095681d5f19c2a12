package client

import (
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/sim"
)

// Partitioner is how a producer chooses a record's partition.
type Partitioner string

// The partitioners.
const (
	// DefaultPartitioner is Java's and kgo's: murmur2 of the key, without one
	// a partition that is kept for a batch (KIP-480, KIP-794).
	DefaultPartitioner Partitioner = ""
	// ConsistentRandom is librdkafka's default: CRC-32 of the key, without one,
	// or with an empty one, any.
	ConsistentRandom Partitioner = "consistent_random"
	// Murmur2Random is librdkafka's murmur2_random: Java's for keys, without
	// one any.
	Murmur2Random Partitioner = "murmur2_random"
	// RoundRobin goes from one partition to the next, whatever the key
	// (RoundRobinPartitioner; kgo.RoundRobinPartitioner without keys).
	RoundRobin Partitioner = "round_robin"
)

var partitioners = []Partitioner{DefaultPartitioner, ConsistentRandom, Murmur2Random, RoundRobin}

// Known tells whether there is such a partitioner.
func (p Partitioner) Known() bool { return slices.Contains(partitioners, p) }

// Partitioners names them, for messages.
func Partitioners() string {
	names := []string{`"" (the default)`}
	for _, p := range partitioners[1:] {
		names = append(names, string(p))
	}
	return strings.Join(names, ", ")
}

// place is the partition for a record.
func (p *Producer) place(key string, keyed bool, fx *sim.Effects) int32 {
	n := int32(len(p.Topic.Leaders))
	switch by := p.Load.Partitioner; {
	case by == RoundRobin:
		return int32(p.Next) % n
	case by == ConsistentRandom && key != "":
		return assignor.CRC32Partition(key, n)
	case by == ConsistentRandom || by == Murmur2Random && !keyed:
		p.Sticky.Count++
		return int32(fx.Draw("partitioner", p.Sticky.Count, int64(n)))
	case keyed:
		return assignor.PartitionForKey(key, n)
	}
	return p.Sticky.place(p, fx)
}
