package group

import (
	"unicode/utf16"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// OffsetCommit (key 8): KafkaApis.handleOffsetCommitRequest,
// OffsetMetadataManager.commitOffset. The broker looks neither at what was
// committed before nor at the ends of the partition.

func (c *Coordinator) offsetCommit(fx *sim.Effects, conn sim.Conn, r *api.OffsetCommitRequest, topics Topics) {
	r = commitAsSent(r)
	a := &api.OffsetCommitResponse{Partitions: make([]api.PartitionError, len(r.Partitions))}
	known := 0
	for i := range r.Partitions {
		p := r.Partitions[i].TopicPartition
		a.Partitions[i].TopicPartition = p
		if topics.HasPartition(p) {
			known++
		} else {
			a.Partitions[i].ErrorCode = api.UnknownTopicOrPartition
		}
	}
	if known == 0 {
		c.answer(conn, a) // nothing is left to ask the coordinator for
		return
	}
	isNew := c.group(r.GroupID) == nil
	g, err := c.validateCommit(fx, r)
	if err != api.None {
		c.answer(conn, commitFailed(a, err))
		return
	}
	o := outcome{records: c.scratch[:0]}
	for i := range r.Partitions {
		p := &r.Partitions[i]
		switch {
		case a.Partitions[i].ErrorCode != api.None:
		case longerThan(p.CommittedMetadata, c.settings.OffsetMetadataMaxBytes):
			a.Partitions[i].ErrorCode = api.OffsetMetadataTooLarge
		default:
			o.records = append(o.records, Record{
				Key: Key{Type: OffsetCommit, Group: r.GroupID, Topic: p.Topic, Partition: p.Partition},
				Commit: OffsetAndMetadata{
					Offset: p.CommittedOffset, LeaderEpoch: max(p.CommittedLeaderEpoch, -1),
					Metadata: p.CommittedMetadata, CommittedAt: fx.Now(), ExpireAt: expireAt(r, fx.Now()),
				},
			})
		}
	}
	c.scratch = o.records[:0]
	c.write(fx, o, conn, a)
	if isNew && !o.isEmpty() {
		c.revertNew(fx, r.GroupID)
	}
	c.mindCommit(fx, g, o.records)
}

// validateCommit is the fence: only a member of the present generation may
// commit (I-C3), or anybody if the group has no members. A commit keeps the
// member's session alive (OffsetMetadataManager.validateOffsetCommit).
func (c *Coordinator) validateCommit(fx *sim.Effects, r *api.OffsetCommitRequest) (*classic, api.ErrorCode) {
	if c.live.phase != active {
		return nil, c.inactive()
	}
	g := c.group(r.GroupID)
	if g == nil {
		switch {
		case c.live.durable.share(r.GroupID) != nil:
			return nil, api.GroupIDNotFound // a share group has no offsets
		case r.GenerationIDOrMemberEpoch < 0:
			// From outside of any membership: a simple group, to hold offsets.
			g = c.newGroup(fx, r.GroupID)
		case r.APIVersion >= 9:
			return nil, api.GroupIDNotFound
		default:
			return nil, api.IllegalGeneration
		}
	}
	if err := g.validateCommit(r); err != api.None {
		return nil, err
	}
	if g.state == Stable || g.state == PreparingRebalance {
		if m := g.member(r.MemberID); m != nil {
			armSession(fx, m)
		}
	}
	return g, api.None
}

// validateCommit is ClassicGroup.validateOffsetCommit for commits outside of
// transactions.
func (g *classic) validateCommit(r *api.OffsetCommitRequest) api.ErrorCode {
	switch {
	case g.state == Dead:
		return api.CoordinatorNotAvailable
	case r.GenerationIDOrMemberEpoch < 0 && g.state == Empty:
		return api.None
	case r.GenerationIDOrMemberEpoch >= 0 || r.MemberID != "" || r.GroupInstanceID != "":
		if err := g.validate(r.MemberID, r.GroupInstanceID); err != api.None {
			return err
		}
		if r.GenerationIDOrMemberEpoch != g.generation {
			return api.IllegalGeneration
		}
	case g.state != Empty:
		return api.UnknownMemberID
	}
	if g.state == CompletingRebalance {
		// It knows the generation but not yet what it owns there.
		return api.RebalanceInProgress
	}
	return api.None
}

// commitFailed is the answer to a commit that failed as a whole. Partitions
// that do not exist never came to the coordinator, and keep their error.
func commitFailed(a *api.OffsetCommitResponse, err api.ErrorCode) *api.OffsetCommitResponse {
	f := &api.OffsetCommitResponse{Partitions: make([]api.PartitionError, len(a.Partitions))}
	for i, p := range a.Partitions {
		if p.ErrorCode != api.UnknownTopicOrPartition {
			p.ErrorCode = err
		}
		f.Partitions[i] = p
	}
	return f
}

// longerThan compares the length of s in UTF-16 units, which is what Java
// counts: offset.metadata.max.bytes is not of bytes.
func longerThan(s string, limit int32) bool {
	if len(s) <= int(limit) {
		return false
	}
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n > int(limit)
}
