package broker

import (
	"strconv"
	"strings"

	"github.com/groundhogsim/groundhog/sim"
)

// The commands that somebody outside can give a broker. One with operands that
// make no sense does nothing.
const (
	CommandAddPartitions = "add-partitions"     // TOPIC TOTAL: the topic has TOTAL partitions from now on
	CommandReload        = "reload-coordinator" // the coordinator resigns, and loads its log again
	CommandMemberID      = "next-member-id"     // ID: that of the next new member of a group
)

func (b *Broker) command(fx *sim.Effects, label, key string) {
	switch label {
	case CommandAddPartitions:
		name, total, _ := strings.Cut(key, " ")
		if n, err := strconv.ParseInt(total, 10, 32); err == nil {
			b.AddPartitions(name, int32(n))
		}
	case CommandReload:
		b.coordinator.Reload(fx)
	case CommandMemberID:
		b.coordinator.GiveMemberID(key)
	}
}
