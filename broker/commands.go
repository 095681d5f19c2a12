package broker

import (
	"strconv"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// The commands that somebody outside can give a broker. One with operands that
// make no sense does nothing. Topics of a cluster are the controller's: it has
// commands of the same names.
const (
	CommandAddPartitions = "add-partitions"     // TOPIC TOTAL: the topic has TOTAL partitions from now on
	CommandReload        = "reload-coordinator" // the only broker's coordinator resigns, and loads its log again
	CommandCompact       = "compact-offsets"    // the log cleaner goes over this broker's __consumer_offsets
	CommandShutdown      = "shutdown"           // a broker of a cluster hands over what it leads, and goes
	CommandCreateTopic   = "create-topic"       // TOPIC PARTITIONS
	CommandDeleteTopic   = "delete-topic"       // TOPIC
	CommandMemberID      = "next-member-id"     // ID: that of the next new member of a group
	CommandDeleteRecords = "delete-records"     // TOPIC/PARTITION OFFSET: what this broker's replica has before it, and is committed, goes
	CommandTruncate      = "truncate"           // TOPIC/PARTITION OFFSET: the only broker comes back with no more than that, as by an unclean election
	CommandDeleteGroup   = "delete-group"       // GROUP: as DeleteGroups
	CommandDeleteOffsets = "delete-offsets"     // GROUP TOPIC: as OffsetDelete, of all partitions of the topic
)

func (b *Broker) command(fx *sim.Effects, label, key string) {
	switch label {
	case CommandAddPartitions:
		if b.member != nil {
			return
		}
		name, total, _ := strings.Cut(key, " ")
		if n, err := strconv.ParseInt(total, 10, 32); err == nil {
			b.expand(fx, name, int32(n))
		}
	case CommandReload:
		if b.member == nil {
			for i := range b.shards {
				b.shards[i].Reload(fx)
			}
		}
	case CommandMemberID:
		for i := range b.shards {
			b.shards[i].GiveMemberID(key)
		}
	case CommandCompact:
		for i := range b.shards {
			b.shards[i].Compact()
		}
	case CommandShutdown:
		if b.member != nil && b.member.live.epoch >= 0 {
			b.member.live.leaving = true
			b.heartbeat(fx)
		}
	case CommandCreateTopic:
		if w := strings.Fields(key); len(w) >= 2 && b.member == nil {
			n, _ := strconv.ParseInt(w[1], 10, 32)
			b.createTopics(fx, &api.CreateTopicsRequest{Topics: []api.CreatableTopic{{Name: w[0], NumPartitions: int32(n), ReplicationFactor: 1}}})
		}
	case CommandDeleteTopic:
		if b.member == nil {
			b.deleteTopics(fx, &api.DeleteTopicsRequest{TopicNames: []string{key}})
		}
	case CommandDeleteRecords:
		b.deleteRecords(fx, key)
	case CommandTruncate:
		b.cutOff(fx, key)
	case CommandDeleteGroup:
		b.deleteGroup(fx, key)
	case CommandDeleteOffsets:
		b.deleteOffsets(fx, key)
	}
}
