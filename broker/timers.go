package broker

import (
	"strconv"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/group"
	"github.com/groundhogsim/groundhog/sim"
)

// fire takes a timer that went off. Its name was made here, but a decision log
// may bring any: what is unknown does nothing.
func (b *Broker) fire(fx *sim.Effects, label, key string) {
	switch {
	case label == TimerFetch:
		b.expireFetch(fx, key)
	case label == TimerProduce:
		b.expireProduce(fx, key)
	case b.coordinator.Fire(fx, label, key):
	case label == group.TimerReplicate:
		b.replicated(key)
	}
}

// armReplicate sets off what brings a partition's newest records to the other
// replicas. One such timer runs while a partition has uncommitted records.
func (b *Broker) armReplicate(fx *sim.Effects, p api.TopicPartition) {
	fx.SetTimer(group.TimerReplicate, p.String(), b.settings.ReplicationDelay)
}

// replicated is the other replicas' catching up with a partition.
func (b *Broker) replicated(key string) {
	i := strings.LastIndexByte(key, '/')
	if i < 0 {
		return
	}
	n, err := strconv.ParseInt(key[i+1:], 10, 32)
	if err != nil {
		return
	}
	if l := b.partition(api.TopicPartition{Topic: key[:i], Partition: int32(n)}); l != nil && l.CatchUp() {
		b.moved = true
	}
}
