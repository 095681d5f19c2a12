package group

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// fireChecked lets the next timer go off, and checks what has expired with it.
func (w *world) fireChecked(rt *rapid.T, within sim.Time) bool {
	n, ok := w.Next()
	if !ok || n.Action.Label != TimerOffsetsExpiry || n.At > w.Now()+within {
		return w.fire(within)
	}
	before, end := map[string]classic{}, w.c.log.end
	for id, g := range w.c.live.groups.All() {
		before[id] = **g
	}
	had, _ := w.c.replayLog()
	w.fire(within)
	for i := range w.c.log.records {
		if r := &w.c.log.records[i]; r.Offset >= end {
			g := before[r.Group]
			w.checkExpired(rt, r, &g, &had)
		}
	}
	for id, g := range w.c.live.groups.All() {
		if at := w.c.nextExpiry(*g); at <= w.Now() {
			rt.Fatalf("%s has something that expired at %v and is still there at %v", id, at, w.Now())
		}
	}
	return true
}

// checkExpired holds one tombstone of a look at what has expired against the
// rules, written once more (KIP-211, KAFKA-13636).
func (w *world) checkExpired(rt *rapid.T, r *Record, g *classic, had *durable) {
	if !r.Tombstone {
		rt.Fatalf("expiry writes %+v", r)
	}
	if g.state == PreparingRebalance || g.state == CompletingRebalance {
		rt.Fatalf("%+v expires in %s", r.Key, g.state)
	}
	if r.Type == GroupMetadata {
		if d := w.c.live.durable.groups.Get(r.Group); g.state != Empty || d != nil {
			rt.Fatalf("group %s goes from %s with %v left", r.Group, g.state, d)
		}
		return
	}
	o := had.offset(&r.Key)
	since := o.CommittedAt
	if g.protocolType != "" && g.state == Empty {
		since = g.since
	}
	for _, m := range g.members.All() {
		if slices.Contains(m.metadata(g.protocol).Topics, r.Topic) && len(g.topics) == 0 {
			rt.Fatalf("%v expires though %s subscribes to it", r.Key, m.id)
		}
	}
	due := since + sim.Time(w.set.OffsetsRetentionMinutes)*sim.Minute
	if o.ExpireAt != 0 {
		due = o.ExpireAt
	}
	if w.Now() < due {
		rt.Fatalf("%v expires at %v, before %v", r.Key, w.Now(), due)
	}
}

// checkExpiryTimer: the timer is armed while something can expire, and not too
// late.
func (w *world) checkExpiryTimer(rt *rapid.T) {
	if w.c.live.phase != active {
		return
	}
	first := sim.Never
	for id, g := range w.c.live.groups.All() {
		at := w.c.nextExpiry(*g)
		if (*g).expires > at || at == sim.Never && (*g).expires != at {
			rt.Fatalf("something of %s expires at %v, not at %v", id, at, (*g).expires)
		}
		first = min(first, at)
	}
	if w.c.live.expiryArmed != (first != sim.Never) || w.c.live.expiryArmed && w.c.live.expiry > first {
		rt.Fatalf("armed %v for %v, but the first to expire does at %v", w.c.live.expiryArmed, w.c.live.expiry, first)
	}
}

// TestTopicDeleted: what was committed for a topic goes with it, of all
// groups; the rest stays, also after a failover.
func TestTopicDeleted(t *testing.T) {
	w := newWorld(DefaultSettings(), 1)
	m := w.clients[0]
	for _, group := range []string{"g", "h"} {
		for p := range int32(2) {
			w.send(0, 0, m.commit(group, p, 5))
		}
		r := m.commit(group, 0, 6)
		r.Partitions[0].Topic = "u"
		w.send(0, 0, r)
	}
	w.command(commandDeleteTopic + "t")
	for range 2 {
		for _, group := range []string{"g", "h"} {
			r := w.send(0, 0, m.fetch(group, false)).(*api.OffsetFetchResponse)
			if len(r.Partitions) != 1 || r.Partitions[0].Topic != "u" || r.Partitions[0].CommittedOffset != 6 {
				t.Errorf("%s has %+v", group, r.Partitions)
			}
		}
		w.command(commandReload)
		w.fire(sim.Second)
	}
}

// TestRetentionOfVersions: versions 2 to 4 bring their own retention; its
// extremes are no trouble.
func TestRetentionOfVersions(t *testing.T) {
	now := 5 * sim.Second
	for _, c := range []struct {
		version int16
		ms      int64
		want    sim.Time
	}{
		{4, api.DefaultRetention, 0}, {4, 1000, 6 * sim.Second}, {2, 0, now}, {5, 1000, 0}, {9, 0, 0}, {3, -60_000, 1},
	} {
		r := &api.OffsetCommitRequest{Header: header(c.version, "m1"), RetentionTimeMs: c.ms}
		if got := expireAt(r, now); got != c.want {
			t.Errorf("version %d, %d ms: %v, want %v", c.version, c.ms, got, c.want)
		}
	}
	r := &api.OffsetCommitRequest{Header: header(4, "m1"), RetentionTimeMs: 1<<63 - 1}
	if got := expireAt(r, now); got < sim.Never/4 {
		t.Errorf("the longest retention ends at %v", got)
	}
}
