package broker

import (
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/log"
)

// Metadata (key 3): KafkaApis.handleTopicMetadataRequest. Topics are not made
// by asking for them, and internal ones are not listed.

func (b *Broker) metadata(r *api.MetadataRequest) *api.MetadataResponse {
	a := &api.MetadataResponse{Brokers: []int32{b.id}, ControllerID: b.id}
	if r.Topics == nil || r.APIVersion == 0 && len(r.Topics) == 0 {
		for name, t := range b.topics.All() {
			a.Topics = append(a.Topics, b.metadataTopic(name, *t))
		}
		return a
	}
	for _, name := range r.Topics {
		switch t := b.topics.Get(name); {
		case t != nil:
			a.Topics = append(a.Topics, b.metadataTopic(name, *t))
		case !legalTopic(name):
			a.Topics = append(a.Topics, api.MetadataTopic{ErrorCode: api.InvalidTopic, Name: name})
		default:
			a.Topics = append(a.Topics, api.MetadataTopic{ErrorCode: api.UnknownTopicOrPartition, Name: name})
		}
	}
	return a
}

func (b *Broker) metadataTopic(name string, t *topic) api.MetadataTopic {
	m := api.MetadataTopic{Name: name, Partitions: make([]api.MetadataPartition, len(t.partitions))}
	for i := range t.partitions {
		m.Partitions[i] = api.MetadataPartition{Index: int32(i), LeaderID: b.id, LeaderEpoch: t.partitions[i].Epoch()}
	}
	return m
}

// legalTopic is Topic.validate.
func legalTopic(name string) bool {
	if name == "" || name == "." || name == ".." || len(name) > 249 {
		return false
	}
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
}

// AddPartitions brings a topic to a number of partitions. A topic that does
// not exist, or has as many already, stays as it is: Kafka's CreatePartitions
// answers INVALID_PARTITIONS then.
func (b *Broker) AddPartitions(name string, total int32) bool {
	t := b.topics.Get(name)
	if t == nil || int(total) <= len((*t).partitions) {
		return false
	}
	for len((*t).partitions) < int(total) {
		(*t).partitions = append((*t).partitions, log.New(b.id, b.settings.ReplicationDelay > 0))
	}
	return true
}
