package broker

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/controller"
	"github.com/groundhogsim/groundhog/broker/log"
	"github.com/groundhogsim/groundhog/sim"
)

// What images make of a broker's replicas (ReplicaManager.applyDelta,
// BrokerMetadataPublisher), and what it asks of the controller for them.

// replica finds the broker's replica of a partition, of __consumer_offsets,
// too; nil when it has none.
func (b *Broker) replica(p api.TopicPartition) *log.Replication {
	if p.Topic == controller.OffsetsTopic {
		if p.Partition < 0 || int(p.Partition) >= len(b.shards) {
			return nil
		}
		return b.shards[p.Partition].Replica()
	}
	if l := b.partition(p); l != nil {
		return &l.Replication
	}
	return nil
}

// Replica gives the broker's replica of a partition, also of
// __consumer_offsets, for looking at it; nil when there is none. It is good
// until the next step.
func (b *Broker) Replica(p api.TopicPartition) *log.Replication { return b.replica(p) }

// Image is the cluster as the broker knows it; nil for the only broker, and
// before the first image.
func (b *Broker) Image() *api.ClusterImage {
	if b.member == nil {
		return nil
	}
	return b.member.live.image
}

// apply makes an image the broker's own: topics that are gone go, partitions
// are led or followed as it says, and then coordinators follow.
func (b *Broker) apply(fx *sim.Effects, im *api.ClusterImage) {
	old := b.member.live.image
	b.member.live.image = im
	b.moved = true
	deleted := b.dropTopics(old, im)
	for i := range im.Topics {
		t := &im.Topics[i]
		for j := range t.Partitions {
			p := api.TopicPartition{Topic: t.Name, Partition: int32(j)}
			was := old.Partition(p)
			if ot := old.Topic(t.Name); ot == nil || ot.ID != t.ID {
				was = nil
			}
			if now := &t.Partitions[j]; was == nil || was.PartitionEpoch != now.PartitionEpoch {
				b.change(fx, p, t.ID, now)
			}
		}
	}
	b.refreshEligible()
	for _, name := range deleted {
		for i := range b.shards {
			b.shards[i].TopicDeleted(fx, name)
		}
	}
	for leader := range b.member.live.fetchers {
		b.wakeFetcher(fx, int32(leader), 0)
	}
}

// dropTopics removes what the broker has of topics that are no more, also of
// those whose name is another topic's now; those are gone from the image
// before.
func (b *Broker) dropTopics(old, im *api.ClusterImage) (deleted []string) {
	if old != nil {
		for i := range old.Topics {
			if t := im.Topic(old.Topics[i].Name); t == nil || t.ID != old.Topics[i].ID {
				deleted = append(deleted, old.Topics[i].Name)
			}
		}
	}
	var gone []string
	for name, t := range b.topics.All() {
		if now := im.Topic(name); now == nil || now.ID != (*t).id {
			gone = append(gone, name)
		}
	}
	for _, name := range gone {
		b.topics.Delete(name)
	}
	return deleted
}

// change makes a replica what an image says of its partition.
func (b *Broker) change(fx *sim.Effects, p api.TopicPartition, topicID int64, now *api.PartitionImage) {
	if !slices.Contains(now.Replicas, b.id) {
		return
	}
	b.host(p, topicID)
	r := b.replica(p)
	a := log.Assignment{
		Leader: now.Leader, LeaderEpoch: now.LeaderEpoch, PartitionEpoch: now.PartitionEpoch, Replicas: now.Replicas, ISR: now.ISR,
	}
	led, epoch := r.Leads(), r.Epoch()
	if now.Leader == b.id {
		r.Lead(&a, fx.Now())
	} else if r.Follow(&a) {
		b.resumePartition(p)
	}
	if p.Topic != controller.OffsetsTopic {
		return
	}
	c := &b.shards[p.Partition]
	switch {
	case r.Leads() && (!led || epoch != r.Epoch()):
		c.Elect(fx, r.Epoch())
	case r.Leads():
		c.Committed(fx) // a smaller ISR may have all there is
	case led:
		c.Resign(fx, b.rules.UnloadDelay)
	}
}

// host makes room for a replica.
func (b *Broker) host(p api.TopicPartition, topicID int64) {
	if p.Topic == controller.OffsetsTopic {
		return
	}
	t := b.topics.Get(p.Topic)
	if t == nil {
		t = b.topics.Put(p.Topic, &topic{id: topicID})
	}
	for len((*t).partitions) <= int(p.Partition) {
		(*t).partitions = append((*t).partitions, log.Unhosted())
	}
	if l := &(*t).partitions[p.Partition]; !l.Hosted() {
		*l = log.NewReplica(b.id, b.replicaRules())
	}
}

// forReplicas goes through all replicas of the broker.
func (b *Broker) forReplicas(do func(p api.TopicPartition, r *log.Replication)) {
	for i := range b.shards {
		do(api.TopicPartition{Topic: controller.OffsetsTopic, Partition: int32(i)}, b.shards[i].Replica())
	}
	for name, t := range b.topics.All() {
		for i := range (*t).partitions {
			if l := &(*t).partitions[i]; l.Hosted() {
				do(api.TopicPartition{Topic: name, Partition: int32(i)}, &l.Replication)
			}
		}
	}
}

// refreshEligible tells leaders who may join their ISRs, by the newest image.
func (b *Broker) refreshEligible() {
	b.forReplicas(func(p api.TopicPartition, r *log.Replication) {
		if part := b.member.live.image.Partition(p); part != nil && r.Leads() {
			for _, id := range part.Replicas {
				b.setEligible(r, id)
			}
		}
	})
}

func (b *Broker) setEligible(r *log.Replication, id int32) {
	k := b.member.live.image.Broker(id)
	r.SetEligible(id, k != nil && !k.Fenced && !k.ShuttingDown, epochOf(k))
}

func epochOf(k *api.BrokerImage) int64 {
	if k == nil {
		return -1
	}
	return k.Epoch
}

// noteFollower takes a follower's fetch for what it tells: how far each
// replica is. A replica that has caught up is proposed for the ISR.
func (b *Broker) noteFollower(fx *sim.Effects, r *api.FetchRequest) {
	from := r.ReplicaID - 1
	for i := range r.Partitions {
		p := &r.Partitions[i]
		l := b.replica(p.TopicPartition)
		if l == nil || checkFetch(l, r, p) != api.None {
			continue
		}
		f := l.Follower(from)
		if p.FetchOffset > l.End() || p.FetchOffset < 0 || diverging(l, p) != nil {
			continue
		}
		l.Fetched(f, p.FetchOffset, r.ReplicaEpoch, fx.Now())
		b.setEligible(l, from)
		if isr := l.Expand(f); isr != nil {
			b.askISR(fx, p.TopicPartition, l, isr)
		}
		if l.Advance(fx.Now()) {
			b.committed(fx, p.TopicPartition)
		}
	}
}

// committed passes on that a leader's high watermark has moved.
func (b *Broker) committed(fx *sim.Effects, p api.TopicPartition) {
	b.moved = true
	if p.Topic == controller.OffsetsTopic {
		b.shards[p.Partition].Committed(fx)
	}
}

// shrinkISRs is the timer that looks for replicas that lag
// (ReplicaManager.maybeShrinkIsr).
func (b *Broker) shrinkISRs(fx *sim.Effects) {
	b.armISR(fx)
	b.forReplicas(func(p api.TopicPartition, r *log.Replication) {
		if isr := r.Shrink(fx.Now()); isr != nil {
			b.askISR(fx, p, r, isr)
		}
	})
}

// askISR proposes an ISR to the controller (AlterPartitionManager).
func (b *Broker) askISR(fx *sim.Effects, p api.TopicPartition, r *log.Replication, isr []int32) {
	q := &api.AlterPartitionRequest{
		BrokerID: b.id, BrokerEpoch: b.member.live.epoch, Partition: p, TopicID: b.member.live.image.Topic(p.Topic).ID,
		LeaderEpoch: r.Epoch(), PartitionEpoch: r.PartitionEpoch(),
	}
	for _, id := range isr {
		s := api.BrokerState{BrokerID: id, BrokerEpoch: -1}
		switch f := r.Follower(id); {
		case id == b.id:
			s.BrokerEpoch = b.member.live.epoch
		case f != nil:
			s.BrokerEpoch = f.BrokerEpoch
		}
		q.NewISR = append(q.NewISR, s)
	}
	b.ask(fx, asked{request: q})
}

// altered is the controller's answer to a proposal.
func (b *Broker) altered(fx *sim.Effects, a *api.AlterPartitionResponse) {
	if r := b.replica(a.Partition); r != nil {
		n := log.Assignment{Leader: a.LeaderID, LeaderEpoch: a.LeaderEpoch, PartitionEpoch: a.PartitionEpoch, ISR: a.ISR}
		if r.Altered(a.ErrorCode, &n, fx.Now()) {
			b.committed(fx, a.Partition)
		}
		b.moved = true
	}
}
