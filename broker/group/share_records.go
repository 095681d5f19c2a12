package group

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// ShareValue is the value of a record of a share group. It is immutable.
type ShareValue struct {
	// Epoch is the group's (ShareGroupMetadata), the target assignment's
	// (ShareGroupTargetMetadata) or the member's (ShareGroupAssignment).
	Epoch         int32
	PreviousEpoch int32    // ShareGroupAssignment
	MetadataHash  uint64   // ShareGroupMetadata
	AssignedAt    sim.Time `canon:"-"` // ShareGroupTargetMetadata
	RackID        string   // ShareGroupMember
	ClientID      string   // ShareGroupMember
	Topics        []string // ShareGroupMember: subscribed to, sorted
	// Assigned is what a member is to have (ShareGroupTarget), or has
	// (ShareGroupAssignment).
	Assigned   []api.TopicPartition
	Partitions SharePartitions // ShareGroupPartitions
}

func (t RecordType) isShare() bool { return t >= ShareGroupMetadata }

// sharePlace is where a share group stands in a table.
type sharePlace struct {
	group *shareGroup `canon:"shared"`
}

func (d *durable) share(id string) *shareGroup {
	if p := d.shares.Get(id); p != nil {
		return p.group
	}
	return nil
}

// replayShare applies one record of a share group: any with a value makes the
// group, and a tombstone of its metadata ends it.
func (d *durable) replayShare(r *Record) {
	old := d.share(r.Group)
	if r.Tombstone && (old == nil || r.Type == ShareGroupMetadata) {
		d.shares.Delete(r.Group)
		return
	}
	g := newShareGroup()
	if old != nil {
		*g = *old
	}
	if r.Tombstone {
		g.bury(r)
	} else {
		g.take(r)
	}
	d.shares.Put(r.Group, sharePlace{g})
}

// take applies a record with a value.
func (g *shareGroup) take(r *Record) {
	v := r.Share
	switch r.Type {
	case ShareGroupMetadata:
		g.epoch, g.metadataHash = v.Epoch, v.MetadataHash
	case ShareGroupMember:
		m := g.memberOrNew(r.Member)
		m.rackID, m.clientID, m.topics = v.RackID, v.ClientID, v.Topics
		g.members = g.with(m)
	case ShareGroupAssignment:
		m := g.memberOrNew(r.Member)
		m.epoch, m.previous, m.assigned = v.Epoch, v.PreviousEpoch, v.Assigned
		g.members = g.with(m)
	case ShareGroupTargetMetadata:
		g.assignmentEpoch, g.assignedAt = v.Epoch, v.AssignedAt
	case ShareGroupTarget:
		i, ok := g.findTarget(r.Member)
		g.targets = slices.Clone(g.targets)
		if !ok {
			g.targets = slices.Insert(g.targets, i, shareTarget{})
		}
		g.targets[i] = shareTarget{r.Member, v.Assigned}
	case ShareGroupPartitions:
		g.partitions = v.Partitions
	}
}

// bury applies a tombstone.
func (g *shareGroup) bury(r *Record) {
	switch r.Type {
	case ShareGroupMember:
		if i, ok := g.findMember(r.Member); ok {
			g.members = slices.Delete(slices.Clone(g.members), i, i+1)
		}
	case ShareGroupAssignment:
		if m := g.member(r.Member); m != nil {
			gone := *m
			gone.epoch, gone.previous, gone.assigned = -1, -1, nil
			g.members = g.with(gone)
		}
	case ShareGroupTargetMetadata:
		g.assignmentEpoch, g.assignedAt = -1, 0
	case ShareGroupTarget:
		if i, ok := g.findTarget(r.Member); ok {
			g.targets = slices.Delete(slices.Clone(g.targets), i, i+1)
		}
	case ShareGroupPartitions:
		g.partitions = SharePartitions{}
	}
}

func (g *shareGroup) memberOrNew(id string) shareMember {
	if m := g.member(id); m != nil {
		return *m
	}
	return newShareMember(id)
}

// The records that handlers make.

func shareRecord(t RecordType, group, member string, v ShareValue) Record {
	return Record{Key: Key{Type: t, Group: group, Member: member}, Share: &v}
}

func shareTombstone(t RecordType, group, member string) Record {
	return Record{Key: Key{Type: t, Group: group, Member: member}, Tombstone: true}
}

func sharePartitionsRecord(group string, p SharePartitions) Record {
	return shareRecord(ShareGroupPartitions, group, "", ShareValue{Partitions: p})
}
