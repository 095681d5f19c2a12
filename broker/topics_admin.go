package broker

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/controller"
	"github.com/groundhogsim/groundhog/broker/group"
	"github.com/groundhogsim/groundhog/broker/log"
	"github.com/groundhogsim/groundhog/sim"
)

// CreateTopics (key 19), DeleteTopics (20) and CreatePartitions (37). The
// brokers of a cluster forward them to the controller (ForwardingManager); the
// only one is its own.

func (b *Broker) administer(fx *sim.Effects, c sim.Conn, m sim.Message) {
	if b.member != nil {
		b.ask(fx, asked{request: m, client: c, forward: true})
		return
	}
	switch r := m.(type) {
	case *api.CreateTopicsRequest:
		b.reply(fx, c, b.createTopics(fx, r))
	case *api.CreatePartitionsRequest:
		a, plans := controller.PlanPartitions(alone{b}, r)
		for i := range plans {
			b.expand(fx, plans[i].Name, b.Partitions(plans[i].Name)+int32(len(plans[i].Replicas)))
		}
		b.reply(fx, c, a)
	case *api.DeleteTopicsRequest:
		b.reply(fx, c, b.deleteTopics(fx, r))
	}
}

func (b *Broker) createTopics(fx *sim.Effects, r *api.CreateTopicsRequest) *api.CreateTopicsResponse {
	a, plans := controller.PlanTopics(alone{b}, b.rules, r)
	for i := range plans {
		b.topics.Put(plans[i].Name, &topic{})
		b.expand(fx, plans[i].Name, int32(len(plans[i].Replicas)))
	}
	return a
}

func (b *Broker) deleteTopics(fx *sim.Effects, r *api.DeleteTopicsRequest) *api.DeleteTopicsResponse {
	a, names := controller.PlanDeletion(alone{b}, r)
	for _, name := range names {
		for i := range b.Partitions(name) {
			p := api.TopicPartition{Topic: name, Partition: i}
			fx.StopTimer(group.TimerReplicate, p.String())
		}
		b.topics.Delete(name)
		b.moved = true
		for i := range b.shards {
			b.shards[i].TopicDeleted(fx, name)
		}
	}
	return a
}

// expand is AddPartitions, of which the history learns.
func (b *Broker) expand(fx *sim.Effects, name string, total int32) {
	if b.AddPartitions(name, total) {
		controller.ObservePartitions(fx, name, total)
	}
}

// AddPartitions brings a topic of the only broker to a number of partitions. A
// topic that does not exist, or has as many already, stays as it is: Kafka's
// CreatePartitions answers INVALID_PARTITIONS then.
func (b *Broker) AddPartitions(name string, total int32) bool {
	t := b.topics.Get(name)
	if b.member != nil || t == nil || int(total) <= len((*t).partitions) {
		return false
	}
	for len((*t).partitions) < int(total) {
		(*t).partitions = append((*t).partitions, log.New(b.id, b.settings.ReplicationDelay > 0))
	}
	return true
}

// alone is the only broker as its own cluster.
type alone struct{ b *Broker }

func (a alone) Topic(name string) (partitions int32, replicas int16, ok bool) {
	if name == controller.OffsetsTopic {
		return int32(len(a.b.shards)), 1, true
	}
	t := a.b.topics.Get(name)
	if t == nil {
		return 0, 0, false
	}
	return int32(len((*t).partitions)), 1, true
}

func (a alone) TopicNames() []string {
	names := []string{controller.OffsetsTopic}
	for name := range a.b.topics.Keys() {
		names = append(names, name)
	}
	return names
}

func (a alone) Registered() []int32  { return []int32{a.b.id} }
func (a alone) Active(id int32) bool { return id == a.b.id }
