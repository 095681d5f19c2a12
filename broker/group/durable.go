package group

import (
	"github.com/groundhogsim/groundhog/broker/internal/flat"
)

// durable is what the log says. replay alone changes it.
type durable struct {
	groups flat.Map[string, *durableGroup]
	shares flat.Map[string, sharePlace] // share groups; an id is of one kind
}

// durableGroup is one group: its metadata, nil for one that has but offsets
// (a simple group), and the offsets by topic and partition.
type durableGroup struct {
	metadata *GroupMetadataValue `canon:"shared"`
	offsets  flat.Map[string, *topicOffsets]
}

type topicOffsets struct {
	flat.Map[int32, OffsetAndMetadata]
}

// replay applies one record (GroupMetadataManager.replay and
// OffsetMetadataManager.replay).
func (d *durable) replay(r *Record) {
	switch r.Type {
	case OffsetCommit:
		if r.Tombstone {
			d.deleteOffset(&r.Key)
		} else {
			d.offsets(&r.Key).Put(r.Partition, r.Commit)
		}
	case GroupMetadata:
		if r.Tombstone {
			d.deleteGroup(r.Group)
		} else {
			d.group(r.Group).metadata = r.Metadata
		}
	default:
		d.replayShare(r)
	}
}

func (d *durable) group(id string) *durableGroup {
	if g := d.groups.Get(id); g != nil {
		return *g
	}
	return *d.groups.Put(id, &durableGroup{})
}

func (d *durable) offsets(k *Key) *topicOffsets {
	g := d.group(k.Group)
	if t := g.offsets.Get(k.Topic); t != nil {
		return *t
	}
	return *g.offsets.Put(k.Topic, &topicOffsets{})
}

// offset looks up a committed offset; nil when there is none.
func (d *durable) offset(k *Key) *OffsetAndMetadata {
	g := d.groups.Get(k.Group)
	if g == nil {
		return nil
	}
	t := (*g).offsets.Get(k.Topic)
	if t == nil {
		return nil
	}
	return (*t).Get(k.Partition)
}

func (d *durable) deleteOffset(k *Key) {
	g := d.groups.Get(k.Group)
	if g == nil {
		return
	}
	t := (*g).offsets.Get(k.Topic)
	if t == nil {
		return
	}
	(*t).Delete(k.Partition)
	if (*t).Len() == 0 {
		(*g).offsets.Delete(k.Topic)
	}
	d.dropEmpty(k.Group, *g)
}

func (d *durable) deleteGroup(id string) {
	if g := d.groups.Get(id); g != nil {
		(*g).metadata = nil
		d.dropEmpty(id, *g)
	}
}

// dropEmpty forgets a group of which nothing is left.
func (d *durable) dropEmpty(id string, g *durableGroup) {
	if g.metadata == nil && g.offsets.Len() == 0 {
		d.groups.Delete(id)
	}
}
