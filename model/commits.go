package model

import "slices"

// commitBook follows the committed offsets of groups as far as their clients
// can know them: which are acknowledged, and which may or may not be in force.
type commitBook struct {
	Parts         map[groupPart]*committed
	Calls         []commitCall // unanswered, in the order they were called
	HiddenRetries bool         // no error says that a commit had no effect
	Midlife       bool         // see Options
}

// commitCall is a commit that has no answer yet for some of its partitions.
type commitCall struct {
	Client, Group string
	Op            int64 `canon:"-"`
	Partitions    []PartitionOffset
}

// committed is what is known of one group's offset of one partition.
type committed struct {
	// Acked are acknowledged: the last one latest. Those before it overlapped
	// with it, so that each of them may be the one in force.
	Acked []ackedCommit
	// Open were called and have no certain outcome. They may take effect at any
	// time, until a commit of a later generation has: that fences them (I-C3).
	Open []openCommit
	// Gone says that what was acknowledged may have been taken back, since the
	// last that was (by an unclean election of the offsets' partition).
	Gone bool
	// In a history that begins in its group's life, commits from before it may
	// still take effect until they are fenced: until a commit is acknowledged of
	// a later generation than First, that of the first one. Settled says that.
	First   int32
	Settled bool
}

type ackedCommit struct {
	Offset     int64 // -1: deleted
	Generation int32
}

type openCommit struct {
	Client     string
	Op         int64 `canon:"-"`
	Offset     int64
	Generation int32
	Before     int   // how many of Acked were so before this one was called
	Prev       int64 // the last one acknowledged before this one was called; -1 for none
}

// ack is an acknowledged commit of one partition.
type ack struct {
	groupPart
	Offset int64
	Prev   int64 // as in openCommit
}

// apply takes an event in and gives the commits that it acknowledges.
func (b *commitBook) apply(e *Event) []ack {
	switch e.Kind {
	case Started, Stopped:
		// What is under way stays open for good: nobody will learn its outcome.
		b.Calls = slices.DeleteFunc(b.Calls, func(c commitCall) bool { return c.Client == e.Client })
	case Commit:
		b.Calls = append(b.Calls, commitCall{e.Client, e.Group, e.Op, e.Partitions})
		for _, p := range e.Partitions {
			c := entry(&b.Parts, groupPart{e.Group, p.TopicPartition})
			open := openCommit{e.Client, e.Op, p.Offset, e.Generation, len(c.Acked), -1}
			if n := len(c.Acked); n > 0 {
				open.Prev = c.Acked[n-1].Offset
			}
			c.Open = append(c.Open, open)
		}
	case CommitDone:
		return b.done(e)
	case OffsetsDeleted, GroupDeleted:
		b.deleted(e)
	case Truncated:
		if e.Topic == OffsetsTopic && e.Cause == CauseUnclean {
			for _, k := range sortedKeys(b.Parts) {
				b.Parts[k].Acked, b.Parts[k].Gone = nil, true
			}
		}
	}
	return nil
}

// bookKinds are the events that a commitBook takes in.
var bookKinds = []Kind{Started, Stopped, Commit, CommitDone, OffsetsDeleted, GroupDeleted, Truncated}

// deleted takes in that offsets are gone. As with a commit that overlaps with
// others, what was acknowledged before may still be in force: the deletion has
// yet to be on record.
func (b *commitBook) deleted(e *Event) {
	for _, k := range sortedKeys(b.Parts) {
		if k.Group == e.Group && (len(e.Partitions) == 0 || mentions(e.Partitions, k.TopicPartition)) {
			c := b.Parts[k]
			if e.Kind == GroupDeleted { // its generations begin anew, and fence none of these
				for i := range c.Acked {
					c.Acked[i].Generation = 0
				}
				for i := range c.Open {
					c.Open[i].Generation = 0
				}
			}
			c.Acked = append(c.Acked, ackedCommit{Offset: -1})
		}
	}
}

// done takes the answer to a call, or to the part of it that the answer names.
func (b *commitBook) done(e *Event) (acks []ack) {
	i := slices.IndexFunc(b.Calls, func(c commitCall) bool { return c.Client == e.Client && c.Op == e.Op })
	if i < 0 {
		return nil // an assumption that is checked elsewhere
	}
	call := &b.Calls[i]
	answered := call.Partitions
	if len(e.Partitions) > 0 {
		answered = e.Partitions
	}
	for _, p := range answered {
		if a, ok := b.answer(groupPart{call.Group, p.TopicPartition}, e); ok {
			acks = append(acks, a)
		}
	}
	if len(e.Partitions) == 0 {
		b.Calls = slices.Delete(b.Calls, i, i+1)
		return acks
	}
	left := make([]PartitionOffset, 0, len(call.Partitions))
	for _, p := range call.Partitions {
		if !mentions(answered, p.TopicPartition) {
			left = append(left, p)
		}
	}
	if call.Partitions = left; len(left) == 0 {
		b.Calls = slices.Delete(b.Calls, i, i+1)
	}
	return acks
}

// answer takes the answer for one partition; ok says that it acknowledges.
func (b *commitBook) answer(k groupPart, e *Event) (a ack, ok bool) {
	c := b.Parts[k]
	if c == nil {
		return a, false
	}
	// Last first: a restarted client may use its numbers again.
	i := len(c.Open) - 1
	for i >= 0 && (c.Open[i].Client != e.Client || c.Open[i].Op != e.Op) {
		i--
	}
	if i < 0 {
		return a, false // fenced meanwhile by a later generation
	}
	open := c.Open[i]
	same := func(o openCommit) bool {
		return o.Client == "" && o.Offset == open.Offset && o.Generation == open.Generation
	}
	switch outcome(e.Error, b.HiddenRetries) {
	case failed:
		c.Open = slices.Delete(c.Open, i, i+1)
	case succeeded:
		c.Open = slices.Delete(c.Open, i, i+1)
		if b.Midlife {
			c.settle(open.Generation)
		}
		c.acknowledge(open)
		return ack{k, open.Offset, open.Prev}, true
	case uncertain:
		if slices.ContainsFunc(c.Open, same) {
			c.Open = slices.Delete(c.Open, i, i+1)
		} else {
			c.Open[i].Client, c.Open[i].Op = "", 0 // nobody will answer for it
		}
	}
	return a, false
}

// settle takes note of the generation of an acknowledged commit.
func (c *committed) settle(generation int32) {
	switch {
	case generation <= 0:
	case c.First == 0:
		c.First = generation
	case generation > c.First:
		c.Settled = true
	}
}

// vague tells whether a commit from before the history may be in force.
func (b *commitBook) vague(c *committed) bool { return b.Midlife && (c == nil || !c.Settled) }

// maybe tells whether offset may have been committed by a commit in the
// history that has no certain outcome.
func (c *committed) maybe(offset int64) bool {
	return c != nil && slices.ContainsFunc(c.Open, func(o openCommit) bool { return o.Offset == offset })
}

// acknowledge makes a commit the latest, unless one of a later generation has
// come before it: then it took effect earlier (I-C3).
func (c *committed) acknowledge(x openCommit) {
	for _, a := range c.Acked {
		if x.Generation > 0 && a.Generation > x.Generation {
			return
		}
	}
	c.Acked, c.Gone = append(slices.Delete(c.Acked, 0, x.Before), ackedCommit{x.Offset, x.Generation}), false
	c.Open = slices.DeleteFunc(c.Open, func(o openCommit) bool {
		return o.Generation > 0 && o.Generation < x.Generation
	})
	for i := range c.Open {
		c.Open[i].Before = max(0, c.Open[i].Before-x.Before)
	}
}

// last is the offset acknowledged last; ok is false when there is none.
func (c *committed) last() (offset int64, ok bool) {
	if c == nil || len(c.Acked) == 0 {
		return -1, false
	}
	return c.Acked[len(c.Acked)-1].Offset, true
}

// result is what a call came to.
type result uint8

const (
	succeeded result = iota
	failed           // it had no effect
	uncertain        // it may have had its effect, or still have it
)

// noEffect are the answers with which a coordinator refuses a commit without
// writing it. After any other error the commit may be in force, or come into
// force later: a write can time out and be replicated all the same, and a
// coordinator can hand over its log with the answer unsent.
var noEffect = []string{
	"COORDINATOR_LOAD_IN_PROGRESS",
	"FENCED_INSTANCE_ID",
	"FENCED_MEMBER_EPOCH",
	"GROUP_AUTHORIZATION_FAILED",
	"GROUP_ID_NOT_FOUND",
	"ILLEGAL_GENERATION",
	"INVALID_GROUP_ID",
	"INVALID_REQUEST",
	"OFFSET_METADATA_TOO_LARGE",
	"REBALANCE_IN_PROGRESS",
	"STALE_MEMBER_EPOCH",
	"TOPIC_AUTHORIZATION_FAILED",
	"UNKNOWN_MEMBER_ID",
	"UNKNOWN_TOPIC_ID",
	"UNKNOWN_TOPIC_OR_PARTITION",
	"UNSUPPORTED_VERSION",
	"not-sent", // the client says that no request left it
}

// outcome reads a return's error. A client that retries by itself may end
// with a refusal after an attempt that succeeded.
func outcome(err string, hiddenRetries bool) result {
	if err == "" {
		return succeeded
	}
	if _, refused := slices.BinarySearch(noEffect, err); refused && (!hiddenRetries || err == "not-sent") {
		return failed
	}
	return uncertain
}
