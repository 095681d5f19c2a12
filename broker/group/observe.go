package group

import (
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// What the history is told of coordinators, groups and offsets.

// observe tells what happened in a group.
func observe(fx *sim.Effects, kind model.Kind, g *classic, member, cause string) {
	e := &model.Event{Kind: kind, Group: g.id, Generation: g.generation, Member: member, Cause: cause}
	if kind != model.Removed {
		e.Members = g.memberIDs()
	}
	fx.Observe(e)
}

// observeAdmitted tells that a member is known from now on, and that its
// instance, if it has one, is nobody else's.
func observeAdmitted(fx *sim.Effects, g *classic, m *member) {
	fx.Observe(&model.Event{Kind: model.Admitted, Group: g.id, Generation: g.generation, Member: m.id, Instance: m.instanceID})
}

// observeCoordinator tells that the coordinator has come or gone.
func observeCoordinator(fx *sim.Effects, kind model.Kind) { fx.Observe(&model.Event{Kind: kind}) }

// The causes of deletions.
const (
	causeExpired = "expired"
	causeAdmin   = "admin"
	causeTopic   = "topic"
)

// observeDeleted tells of the offsets and groups that tombstones are about.
func observeDeleted(fx *sim.Effects, tombstones []Record, cause string) {
	for i := 0; i < len(tombstones); {
		r := &tombstones[i]
		if r.Type != OffsetCommit {
			if r.Tombstone && (r.Type == GroupMetadata || r.Type == ShareGroupMetadata) {
				fx.Observe(&model.Event{Kind: model.GroupDeleted, Group: r.Group, Cause: cause})
			}
			i++
			continue
		}
		e := &model.Event{Kind: model.OffsetsDeleted, Group: r.Group, Cause: cause}
		for ; i < len(tombstones) && tombstones[i].Type == OffsetCommit && tombstones[i].Group == e.Group; i++ {
			p := model.TopicPartition{Topic: tombstones[i].Topic, Partition: tombstones[i].Partition}
			e.Partitions = append(e.Partitions, model.PartitionOffset{TopicPartition: p, Offset: -1})
		}
		fx.Observe(e)
	}
}
