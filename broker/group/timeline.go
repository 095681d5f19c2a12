package group

// undo is what a record that is not yet committed has overwritten. With it the
// committed view (Kafka's timeline data structures at the last committed
// offset) is read without a second copy of all state. Only offsets are read
// from that view, so only they are kept.
type undo struct {
	offset int64 `canon:"-"` // of the record; the order tells enough
	key    Key
	had    bool // there was a value before
	before OffsetAndMetadata
}

// remember keeps what a record is about to overwrite.
func (c *Coordinator) remember(r *Record) { c.live.undo = remember(c.live.undo, &c.live.durable, r) }

func remember(list []undo, d *durable, r *Record) []undo {
	if r.Type != OffsetCommit {
		return list
	}
	u := undo{offset: r.Offset, key: r.Key}
	if old := d.offset(&r.Key); old != nil {
		u.had, u.before = true, *old
	}
	return append(list, u)
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
