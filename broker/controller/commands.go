package controller

import (
	"slices"
	"strconv"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// The commands that somebody outside can give a controller. One with operands
// that make no sense, or that cannot be done now, does nothing.
const (
	CommandMoveLeader    = "move-leader"    // TOPIC/PARTITION BROKER: an active broker of the ISR leads from now on
	CommandUncleanLeader = "unclean-leader" // TOPIC/PARTITION BROKER: an active replica leads, in sync or not; what it lacks is lost
	CommandElect         = "elect-preferred"
	CommandAddPartitions = "add-partitions" // TOPIC TOTAL: the topic has TOTAL partitions from now on
	CommandCreateTopic   = "create-topic"   // TOPIC PARTITIONS REPLICAS
	CommandDeleteTopic   = "delete-topic"   // TOPIC
)

func (c *Controller) command(fx *sim.Effects, label, key string) {
	w := strings.Fields(key)
	switch {
	case label == CommandElect:
		c.electPreferred()
	case (label == CommandMoveLeader || label == CommandUncleanLeader) && len(w) == 2:
		c.moveLeader(fx, w[0], w[1], label == CommandUncleanLeader)
	case label == CommandAddPartitions && len(w) == 2:
		c.handle(fx, sim.Conn{}, &api.CreatePartitionsRequest{Topics: []api.CreatePartitionsTopic{{Name: w[0], Count: number(w[1])}}})
	case label == CommandCreateTopic && len(w) == 3:
		c.handle(fx, sim.Conn{}, &api.CreateTopicsRequest{Topics: []api.CreatableTopic{
			{Name: w[0], NumPartitions: number(w[1]), ReplicationFactor: int16(number(w[2]))},
		}})
	case label == CommandDeleteTopic && len(w) == 1:
		c.handle(fx, sim.Conn{}, &api.DeleteTopicsRequest{TopicNames: w})
	}
}

// number reads a number; what is none is 0, which is no number of anything.
func number(s string) int32 {
	n, err := strconv.ParseInt(s, 10, 16)
	if err != nil {
		return 0
	}
	return int32(n)
}

// ParsePartition reads orders/0.
func ParsePartition(s string) (p api.TopicPartition, ok bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return p, false
	}
	n, err := strconv.ParseInt(s[i+1:], 10, 32)
	return api.TopicPartition{Topic: s[:i], Partition: int32(n)}, err == nil
}

// moveLeader is what a reassignment that puts a broker first and an election
// of preferred leaders come to in Kafka; unclean, what is left of a disaster.
func (c *Controller) moveLeader(fx *sim.Effects, partition, name string, unclean bool) {
	tp, ok := ParsePartition(partition)
	p := c.partition(tp)
	to := slices.IndexFunc(c.nodes, func(n sim.NodeID) bool { return fx.Name(n) == name })
	if !ok || p == nil || to < 0 || !c.Active(int32(to)) || p.Leader == int32(to) || !slices.Contains(p.Replicas, int32(to)) {
		return
	}
	if !slices.Contains(p.ISR, int32(to)) {
		if !unclean {
			return
		}
		p.ISR, p.ELR, p.LastKnownELR = []int32{int32(to)}, nil, nil
	}
	p.Leader = int32(to)
	p.LeaderEpoch++
	p.PartitionEpoch++
	c.dirty = true
}
