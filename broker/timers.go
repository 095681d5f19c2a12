package broker

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/controller"
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
	case b.member != nil && b.fireMember(fx, label, key):
	case b.fireShard(fx, label, key):
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
	p, ok := controller.ParsePartition(key)
	if !ok || b.member != nil {
		return
	}
	if l := b.partition(p); l != nil && l.CatchUp() {
		b.moved = true
	}
}

// fireMember takes the timers of a broker of a cluster.
func (b *Broker) fireMember(fx *sim.Effects, label, key string) bool {
	switch label {
	case group.TimerReplicate:
		b.fetchFrom(fx, key)
	case TimerHeartbeat:
		b.heartbeatDue(fx)
	case TimerRetry:
		b.retryController(fx)
	case TimerISR:
		b.shrinkISRs(fx)
	default:
		return false
	}
	return true
}
