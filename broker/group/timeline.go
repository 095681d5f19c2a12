package group

import (
	"cmp"
	"slices"
)

// undo is what a record that is not yet committed has overwritten. With it the
// committed view (Kafka's timeline data structures at the last committed
// offset) is read without a second copy of all state. Two things are read from
// that view, and so kept: offsets, and which groups there are. (What a classic
// group is like Kafka keeps once only: as it is now.)
type undo struct {
	offset int64 `canon:"-"` // of the record; the order tells enough
	key    Key   // an OffsetCommit; or a GroupMetadata: of a group that came or went; or of a share group
	had    bool  // there was a value before
	before OffsetAndMetadata
	// protocolType is all there is to know of a group that was deleted: it was
	// empty.
	protocolType string
	share        *shareGroup `canon:"shared"` // as it was; nil: there was none
}

// remember keeps what a record is about to overwrite.
func (c *Coordinator) remember(r *Record) { c.live.undo = remember(c.live.undo, &c.live.durable, r) }

func remember(list []undo, d *durable, r *Record) []undo {
	if r.Type.isShare() {
		return append(list, undo{offset: r.Offset, key: shareKey(r.Group), share: d.share(r.Group)})
	}
	if r.Type != OffsetCommit {
		return list
	}
	u := undo{offset: r.Offset, key: r.Key}
	if old := d.offset(&r.Key); old != nil {
		u.had, u.before = true, *old
	}
	return append(list, u)
}

// rememberGroup keeps that a group is about to come, or to go.
func (c *Coordinator) rememberGroup(id string, had bool, protocolType string) {
	c.live.undo = append(c.live.undo, undo{
		offset: c.log.end, key: Key{Type: GroupMetadata, Group: id}, had: had, protocolType: protocolType,
	})
}

// replayUncommitted replays a record that is read from the log and may not be
// committed yet, and keeps what it changes in the committed view.
func replayUncommitted(list []undo, d *durable, r *Record) []undo {
	list = remember(list, d, r)
	if r.Type.isShare() {
		d.replay(r)
		return list
	}
	u := undo{offset: r.Offset, key: Key{Type: GroupMetadata, Group: r.Group}}
	if g := d.groups.Get(r.Group); g != nil {
		u.had = true
		if (*g).metadata != nil {
			u.protocolType = (*g).metadata.ProtocolType
		}
	}
	d.replay(r)
	if has := d.groups.Get(r.Group) != nil; has != u.had {
		list = append(list, u)
	}
	return list
}

// forget drops what is committed by now.
func (c *Coordinator) forget(highWatermark int64) {
	n := 0
	for n < len(c.live.undo) && c.live.undo[n].offset < highWatermark {
		n++
	}
	if c.live.undo = c.live.undo[n:]; len(c.live.undo) == 0 {
		c.live.undo = nil
	}
}

// committed looks up an offset in the committed view; nil when there is none.
func (c *Coordinator) committed(k *Key) *OffsetAndMetadata {
	for i := range c.live.undo {
		if u := &c.live.undo[i]; u.key == *k {
			if !u.had {
				return nil
			}
			return &u.before
		}
	}
	return c.live.durable.offset(k)
}

// groupView is a group in the committed view: as it is now, or one that has
// been deleted since.
type groupView struct {
	now          *classic // nil: deleted since, and empty
	protocolType string
}

// committedGroup looks up a group in the committed view.
func (c *Coordinator) committedGroup(id string) (v groupView, ok bool) {
	for i := range c.live.undo {
		if u := &c.live.undo[i]; u.key.Type == GroupMetadata && u.key.Group == id {
			return groupView{protocolType: u.protocolType}, u.had
		}
	}
	g := c.group(id)
	if g == nil {
		return groupView{}, false
	}
	return groupView{now: g, protocolType: g.protocolType}, true
}

// committedGroups lists the groups of the committed view, in order.
func (c *Coordinator) committedGroups() (ids []string) {
	for id := range c.live.groups.Keys() {
		ids = append(ids, id)
	}
	for i := range c.live.undo {
		if u := &c.live.undo[i]; u.key.Type == GroupMetadata && u.had {
			ids = append(ids, u.key.Group)
		}
	}
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool {
		_, ok := c.committedGroup(id)
		return !ok
	})
}

// offsetKeys lists what offsets of a group there may be in the committed
// view or in the present state, by topic and partition.
func (c *Coordinator) offsetKeys(group string) (keys []Key) {
	c.eachOffset(group, func(k Key, _ *OffsetAndMetadata) { keys = append(keys, k) })
	n := len(keys)
	for i := range c.live.undo {
		if u := &c.live.undo[i]; u.key.Type == OffsetCommit && u.key.Group == group {
			keys = append(keys, u.key)
		}
	}
	if len(keys) == n {
		return keys
	}
	slices.SortFunc(keys, func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return slices.Compact(keys)
}

// shareKey is the key of what is undone of a share group: all of it.
func shareKey(id string) Key { return Key{Type: ShareGroupMetadata, Group: id} }

// committedShare looks up a share group in the committed view; nil when there
// is none.
func (c *Coordinator) committedShare(id string) *shareGroup {
	for i := range c.live.undo {
		if u := &c.live.undo[i]; u.key == shareKey(id) {
			return u.share
		}
	}
	return c.live.durable.share(id)
}

// committedShares lists the share groups of the committed view, in order.
func (c *Coordinator) committedShares() (ids []string) {
	for id := range c.live.durable.shares.Keys() {
		ids = append(ids, id)
	}
	for i := range c.live.undo {
		if u := &c.live.undo[i]; u.key.Type == ShareGroupMetadata {
			ids = append(ids, u.key.Group)
		}
	}
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return c.committedShare(id) == nil })
}
