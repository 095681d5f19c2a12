package broker

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/controller"
)

// Metadata (key 3): KafkaApis.handleTopicMetadataRequest, KRaftMetadataCache.
// It says what this broker knows, which may not be true any more. Topics are
// not made by asking for them, and internal ones are not listed.

func (b *Broker) metadata(r *api.MetadataRequest) *api.MetadataResponse {
	a := &api.MetadataResponse{ControllerID: b.id}
	if b.member == nil {
		a.Brokers = []int32{b.id}
	} else if im := b.member.live.image; im != nil {
		for i := range im.Brokers {
			if !im.Brokers[i].Fenced {
				a.Brokers = append(a.Brokers, im.Brokers[i].ID)
			}
		}
	}
	if r.Topics == nil || r.APIVersion == 0 && len(r.Topics) == 0 {
		b.allTopics(a)
		return a
	}
	for _, name := range r.Topics {
		t, ok := b.metadataTopic(name)
		switch {
		case ok:
		case !controller.LegalTopic(name):
			t = api.MetadataTopic{ErrorCode: api.InvalidTopic, Name: name}
		default:
			t = api.MetadataTopic{ErrorCode: api.UnknownTopicOrPartition, Name: name}
		}
		a.Topics = append(a.Topics, t)
	}
	return a
}

func (b *Broker) allTopics(a *api.MetadataResponse) {
	if b.member == nil {
		for name, t := range b.topics.All() {
			a.Topics = append(a.Topics, b.ownTopic(name, *t))
		}
		return
	}
	if im := b.member.live.image; im != nil {
		for i := range im.Topics {
			if im.Topics[i].Name != controller.OffsetsTopic {
				a.Topics = append(a.Topics, imageTopic(im, &im.Topics[i]))
			}
		}
	}
}

func (b *Broker) metadataTopic(name string) (m api.MetadataTopic, ok bool) {
	if b.member == nil {
		if t := b.topics.Get(name); t != nil {
			return b.ownTopic(name, *t), true
		}
		return m, false
	}
	if t := b.member.live.image.Topic(name); t != nil && name != controller.OffsetsTopic {
		return imageTopic(b.member.live.image, t), true
	}
	return m, false
}

// ownTopic is a topic of the only broker.
func (b *Broker) ownTopic(name string, t *topic) api.MetadataTopic {
	m := api.MetadataTopic{Name: name, Partitions: make([]api.MetadataPartition, len(t.partitions))}
	self := []int32{b.id}
	for i := range t.partitions {
		m.Partitions[i] = api.MetadataPartition{
			Index: int32(i), LeaderID: b.id, LeaderEpoch: t.partitions[i].Epoch(), ReplicaNodes: self, IsrNodes: self,
		}
	}
	return m
}

// imageTopic is a topic of a cluster. A leader that is fenced, or none, is no
// leader to turn to.
func imageTopic(im *api.ClusterImage, t *api.TopicImage) api.MetadataTopic {
	m := api.MetadataTopic{Name: t.Name, Partitions: make([]api.MetadataPartition, len(t.Partitions))}
	for i := range t.Partitions {
		p := &t.Partitions[i]
		m.Partitions[i] = api.MetadataPartition{
			Index: int32(i), LeaderID: p.Leader, LeaderEpoch: p.LeaderEpoch, ReplicaNodes: p.Replicas, IsrNodes: p.ISR,
		}
		if !im.Alive(p.Leader) {
			m.Partitions[i].ErrorCode, m.Partitions[i].LeaderID = api.LeaderNotAvailable, -1
		}
	}
	return m
}
