package group

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
)

// TestProperties lets clients do what they please, sensible or not, with
// crashes and reloads in between, and checks after every step what must always
// hold; then it lets time pass, and checks that nothing is left.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		set := DefaultSettings()
		set.GroupInitialRebalanceDelayMs = rapid.SampledFrom([]int32{0, 3000}).Draw(rt, "delay")
		set.GroupMaxSize = rapid.SampledFrom([]int32{2, 100}).Draw(rt, "max size")
		set.ReplicationDelay = rapid.SampledFrom([]sim.Time{0, sim.Second, 4 * sim.Second}).Draw(rt, "replication")
		set.OffsetsRetentionMinutes = rapid.SampledFrom([]int32{1, 10, 10_080}).Draw(rt, "retention")
		set.OffsetsRetentionCheckIntervalMs = rapid.SampledFrom([]int32{20_000, 600_000}).Draw(rt, "check interval")
		set.OffsetsCommitTimeoutMs = rapid.SampledFrom([]int32{5000, 500}).Draw(rt, "commit timeout")
		w := newWorld(set, 4)
		w.clients[0].rebalanceMs = rapid.SampledFrom([]int32{8000, 30_000}).Draw(rt, "rebalance timeout")
		w.clients[1].rebalanceMs, w.clients[2].rebalanceMs = w.clients[0].rebalanceMs, w.clients[0].rebalanceMs
		w.clients[2].instance, w.clients[3].instance = "i3", "i4"
		w.lanes = rapid.SampledFrom([]int{1, testLanes}).Draw(rt, "lanes")
		w.checkCommits(rt)
		for range rapid.IntRange(1, 120).Draw(rt, "steps") {
			w.randomStep(rt)
			w.check(rt)
		}
		w.calm(rt)
	})
}

// randomStep sends a request, or lets a timer go off, or the coordinator fail.
func (w *world) randomStep(rt *rapid.T) {
	switch rapid.IntRange(0, 15).Draw(rt, "what") {
	case 0, 1:
		w.fireChecked(rt, rapid.SampledFrom([]sim.Time{sim.Minute, sim.Minute, 8 * 24 * 60 * sim.Minute}).Draw(rt, "within"))
	case 15:
		if rapid.IntRange(0, 2).Draw(rt, "topic") == 0 {
			w.command(commandDeleteTopic + rapid.SampledFrom([]string{"t", "u", "nowhere"}).Draw(rt, "deleted"))
		}
	case 2:
		if rapid.IntRange(0, 2).Draw(rt, "failure") == 0 {
			w.fail(rt)
		}
	case 3, 4, 5, 6, 7, 8, 9:
		// Everybody does the sensible thing, and time goes on.
		for i, c := range w.clients {
			if m := c.sensible(); m != nil {
				w.send(i, sim.Lane(rapid.IntRange(0, min(w.lanes-1, 1)).Draw(rt, "lane")), m)
				w.check(rt)
			}
		}
		w.fireChecked(rt, 8*sim.Second)
	default:
		i := rapid.IntRange(0, len(w.clients)-1).Draw(rt, "client")
		lane := sim.Lane(rapid.IntRange(0, w.lanes-1).Draw(rt, "lane"))
		w.send(i, lane, w.randomRequest(rt, w.clients[i]))
	}
}

func (w *world) fail(rt *rapid.T) {
	if rapid.Bool().Draw(rt, "crash") {
		w.do(sim.Crash, 0)
		w.do(sim.Start, 0)
	} else {
		w.command(commandReload)
	}
}

func (w *world) randomRequest(rt *rapid.T, c *client) sim.Message {
	group := rapid.SampledFrom([]string{"g", "g", "g", "h"}).Draw(rt, "group")
	switch rapid.IntRange(0, 12).Draw(rt, "request") {
	case 0, 1, 2:
		r := c.join(group, rapid.SampledFrom([][]string{{"range"}, {"range"}, {"range", "sticky"}, {"sticky", "range"}, {}}).Draw(rt, "protocols")...)
		r.APIVersion = rapid.SampledFrom([]int16{9, 9, 8, 3, 0}).Draw(rt, "version")
		for i := range r.Protocols {
			r.Protocols[i].Metadata.Topics = rapid.SampledFrom([][]string{{"t"}, {"t"}, {"t", "u"}, nil}).Draw(rt, "topics")
		}
		if rapid.IntRange(0, 5).Draw(rt, "forgets") == 0 {
			r.MemberID = ""
		}
		return r
	case 3, 4, 5:
		return c.sync(group)
	case 6:
		return c.heartbeat(group)
	case 7:
		return c.leave(group)
	case 8:
		r := c.commit(group, rapid.Int32Range(0, 2).Draw(rt, "partition"), rapid.Int64Range(0, 9).Draw(rt, "offset"))
		r.GenerationIDOrMemberEpoch += rapid.SampledFrom([]int32{0, 0, 0, -1}).Draw(rt, "generation")
		if rapid.IntRange(0, 3).Draw(rt, "from outside") == 0 {
			r.MemberID, r.GroupInstanceID, r.GenerationIDOrMemberEpoch = "", "", -1
		}
		r.Partitions[0].Topic = rapid.SampledFrom([]string{"t", "t", "u"}).Draw(rt, "topic")
		if r.RetentionTimeMs = api.DefaultRetention; rapid.IntRange(0, 4).Draw(rt, "old") == 0 {
			r.APIVersion, r.RetentionTimeMs = 4, rapid.SampledFrom([]int64{-1, 0, 30_000}).Draw(rt, "own retention")
		}
		return r
	case 9:
		return &api.DeleteGroupsRequest{Header: header(2, c.name), GroupsNames: []string{group, "h"}}
	case 10:
		return &api.OffsetDeleteRequest{Header: header(0, c.name), GroupID: group, Partitions: []api.TopicPartition{{Topic: "t"}, {Topic: "u", Partition: 1}}}
	case 11:
		if rapid.Bool().Draw(rt, "list") {
			return &api.ListGroupsRequest{Header: header(5, c.name)}
		}
		return &api.DescribeGroupsRequest{Header: header(6, c.name), Groups: []string{group}}
	}
	return c.fetch(group, rapid.Bool().Draw(rt, "stable"))
}

// check is what holds after every step.
func (w *world) check(rt *rapid.T) {
	w.checkReplay(rt)
	w.checkAnyCompaction(rt)
	w.checkCommittedView(rt)
	w.checkGenerations(rt)
	w.checkExpiryTimer(rt)
	for id, g := range w.c.live.groups.All() {
		checkTransition(rt, *g)
		checkStatic(rt, *g)
		w.checkTimers(rt, *g)
		w.checkStable(rt, id, *g)
	}
	for _, c := range w.clients {
		if len(c.heard) > c.sent {
			rt.Fatalf("%s sent %d requests and got %d answers", c.name, c.sent, len(c.heard))
		}
	}
}

// encoded is all of a durable state, with the times that its canonical form
// leaves out.
func encoded(d *durable) []byte {
	buf := canon.Append(nil, 0, d)
	for id, g := range d.groups.All() {
		if m := (*g).metadata; m != nil {
			buf = fmt.Append(buf, id, m.StateSince)
		}
		for topic, t := range (*g).offsets.All() {
			for p, o := range (*t).All() {
				buf = fmt.Append(buf, topic, p, o.CommittedAt, o.ExpireAt)
			}
		}
	}
	return buf
}

// checkReplay: I-O3, I-M7. Live durable state is what the log gives, whether
// or not superseded records are dropped.
func (w *world) checkReplay(rt *rapid.T) {
	if w.c.live.phase != active {
		return
	}
	want := encoded(&w.c.live.durable)
	d, _ := w.c.replayLog()
	if !bytes.Equal(encoded(&d), want) {
		rt.Fatalf("replayed state differs from live state")
	}
	copied := Coordinator{settings: w.set, log: w.c.log}
	copied.log.unshare()
	copied.log.compact()
	d, _ = copied.replayLog()
	if !bytes.Equal(encoded(&d), want) {
		rt.Fatalf("state replayed after compaction differs from live state")
	}
	if len(copied.log.records) > len(w.c.log.records) {
		rt.Fatalf("compaction made %d records of %d", len(copied.log.records), len(w.c.log.records))
	}
}

// checkCommittedView: what a plain OffsetFetch sees is what the committed part
// of the log says.
func (w *world) checkCommittedView(rt *rapid.T) {
	if w.c.live.phase != active {
		return
	}
	var d durable
	for i := range w.c.log.records {
		if r := &w.c.log.records[i]; r.Offset < w.c.log.HighWatermark() {
			d.replay(r)
		}
	}
	for _, group := range []string{"g", "h"} {
		for p := range int32(3) {
			k := Key{Type: OffsetCommit, Group: group, Topic: []string{"t", "u", "t"}[p], Partition: p}
			got, want := w.c.committed(&k), d.offset(&k)
			if (got == nil) != (want == nil) || got != nil && *got != *want {
				rt.Fatalf("%s t/%d: the committed view has %v, the log %v", group, p, got, want)
			}
		}
		w.checkCommittedGroup(rt, group, &d)
	}
}

// checkCommittedGroup: ListGroups and DescribeGroups know the groups that the
// committed part of the log has, and besides only what leaves no trace there: a
// group that was simple and has lost its offsets, or never was put on record.
func (w *world) checkCommittedGroup(rt *rapid.T, group string, d *durable) {
	v, ok := w.c.committedGroup(group)
	listed := slices.Contains(w.c.committedGroups(), group)
	if listed != ok {
		rt.Fatalf("%s is listed: %v, described: %v", group, listed, ok)
	}
	onRecord := d.groups.Get(group)
	switch {
	case onRecord != nil && !ok:
		rt.Fatalf("%s is on record and not in the committed view", group)
	case onRecord == nil && ok && v.now != nil && v.now.state == Stable:
		rt.Fatalf("%s is stable in the committed view and not on record", group)
	}
}

// checkGenerations: I-C1. Generations on record never go back, and one comes
// twice only for the same members, but for a static one's new id.
func (w *world) checkGenerations(rt *rapid.T) {
	last := map[string]*GroupMetadataValue{}
	for i := range w.c.log.records {
		r := &w.c.log.records[i]
		if r.Type != GroupMetadata {
			continue
		}
		if r.Tombstone { // what comes now is another group of that name
			delete(last, r.Group)
			continue
		}
		if before := last[r.Group]; before != nil {
			if r.Metadata.Generation < before.Generation {
				rt.Fatalf("generation %d of %s is on record after %d", r.Metadata.Generation, r.Group, before.Generation)
			}
			if now, was := identities(r.Metadata), identities(before); r.Metadata.Generation == before.Generation && !slices.Equal(now, was) {
				rt.Fatalf("generation %d of %s has the members %v, and had %v", r.Metadata.Generation, r.Group, now, was)
			}
		}
		last[r.Group] = r.Metadata
	}
}

// identities names the members of a generation by what survives a restart.
func identities(v *GroupMetadataValue) (ids []string) {
	for i := range v.Members {
		if m := &v.Members[i]; m.GroupInstanceID != "" {
			ids = append(ids, "static "+m.GroupInstanceID)
		} else {
			ids = append(ids, m.MemberID)
		}
	}
	slices.Sort(ids)
	return ids
}

// legal is A.1.1: from which states a state can be entered.
var legal = map[State][]State{
	PreparingRebalance:  {Stable, CompletingRebalance, Empty},
	CompletingRebalance: {PreparingRebalance},
	Stable:              {CompletingRebalance, Dead}, // Dead: loaded
	Empty:               {PreparingRebalance, Dead},  // Dead: new or loaded
}

func checkTransition(rt *rapid.T, g *classic) {
	if !slices.Contains(legal[g.state], g.previous) {
		rt.Fatalf("%s went from %s to %s", g.id, g.previous, g.state)
	}
}

// checkStatic: I-C5.
func checkStatic(rt *rapid.T, g *classic) {
	n := 0
	for id, m := range g.members.All() {
		if !m.isStatic() {
			continue
		}
		n++
		if of, ok := g.staticMember(m.instanceID); !ok || of != id {
			rt.Fatalf("instance %s is %s, but %s is a member, too", m.instanceID, of, id)
		}
	}
	if n != g.static.Len() {
		rt.Fatalf("%d static members, %d instance ids", n, g.static.Len())
	}
	if g.leader == "" != (g.members.Len() == 0) || g.leader != "" && g.member(g.leader) == nil {
		rt.Fatalf("%s has %d members and leader %q", g.id, g.members.Len(), g.leader)
	}
}

// checkTimers: I-C4. Whatever waits, waits for something that comes.
func (w *world) checkTimers(rt *rapid.T, g *classic) {
	writes := slices.ContainsFunc(w.c.live.deferred, func(d deferred) bool { return d.then != nil && d.then.kind == afterSync })
	switch {
	case g.state == PreparingRebalance && g.joinTimer == "":
		rt.Fatalf("nothing ends the join phase of %s", g.id)
	case g.state == CompletingRebalance && !g.syncTimer && !writes:
		rt.Fatalf("nothing ends the sync phase of %s", g.id)
	}
	for id, m := range g.members.All() {
		if m.timer == "" && !m.join.waits && !m.sync.waits {
			rt.Fatalf("nothing ends the session of %s", id)
		}
		if m.join.waits && g.state != PreparingRebalance && !slices.ContainsFunc(w.c.live.deferred, func(d deferred) bool {
			return d.then != nil && d.then.kind == afterStaticJoin && d.then.newID == id
		}) {
			rt.Fatalf("%s waits in JoinGroup while the group is %s", id, g.state)
		}
		if m.sync.waits && g.state != CompletingRebalance {
			rt.Fatalf("%s waits in SyncGroup while the group is %s", id, g.state)
		}
	}
}

// checkStable: a failover of a stable group would lose nothing. (It can where
// writes time out: a static member's new id may be on record though its join
// was refused and its old id is back.)
func (w *world) checkStable(rt *rapid.T, id string, g *classic) {
	if g.state != Stable || len(w.c.live.deferred) > 0 || ms(w.set.OffsetsCommitTimeoutMs) < w.set.ReplicationDelay {
		return
	}
	d := *w.c.live.durable.groups.Get(id)
	if d.metadata == nil {
		rt.Fatalf("%s is stable and not on record", id)
	}
	if got, want := settled(g), settled(restored(id, d.metadata, 0)); got != want {
		rt.Fatalf("stable\n%s\non record\n%s", got, want)
	}
}

// settled is what of a group must survive. Members' order need not: a HashMap
// that was once bigger has another.
func settled(g *classic) string {
	var ms []string
	for _, m := range g.members.All() {
		ms = append(ms, fmt.Sprint(m.id, m.instanceID, m.assignment, m.metadata(g.protocol), m.sessionTimeoutMs))
	}
	slices.Sort(ms)
	return fmt.Sprint(g.generation, g.protocolType, g.protocol, g.leader, ms)
}

// checkCommits: I-C3, I-O1. A commit takes effect only if its member and its
// generation are the present ones, or nobody is in the group.
func (w *world) checkCommits(rt *rapid.T) {
	w.n.before = func(m sim.Message) {
		r, ok := m.(*api.OffsetCommitRequest)
		if !ok || w.c.live.phase != active {
			return
		}
		g := w.c.group(r.GroupID)
		entitled := g == nil && r.GenerationIDOrMemberEpoch < 0 || g != nil && g.state == Empty && r.GenerationIDOrMemberEpoch < 0 ||
			g != nil && g.member(r.MemberID) != nil && g.generation == r.GenerationIDOrMemberEpoch && g.state != CompletingRebalance
		err := api.None
		if g != nil {
			err = g.validateCommit(r)
		} else if r.GenerationIDOrMemberEpoch >= 0 {
			err = api.GroupIDNotFound
		}
		if (err == api.None) != entitled {
			rt.Fatalf("commit of %s generation %d to %+v: %s", r.MemberID, r.GenerationIDOrMemberEpoch, g, err)
		}
	}
}

// calm lets time pass without any request: every group is empty in the end and
// everybody has been answered.
func (w *world) calm(rt *rapid.T) {
	for i := 0; w.fireChecked(rt, sim.Never/2); i++ {
		w.check(rt)
		if i > 1000 {
			rt.Fatal("it does not come to rest")
		}
	}
	// With one connection a client no request can take another's place, so
	// every one is answered (I-C4).
	for _, c := range w.clients {
		if w.lanes == 1 && c.open[0] {
			rt.Fatalf("%s still waits", c.name)
		}
	}
	if n := len(w.c.live.deferred) + len(w.c.live.undo); n != 0 || w.c.log.Lagging() {
		rt.Fatalf("%d operations wait for the high watermark", n)
	}
	// Members expire, then offsets, then groups: in the end nothing is left.
	for id := range w.c.live.groups.All() {
		d, _ := w.c.Describe(id)
		rt.Fatalf("left over: %s", d.String())
	}
	if n := w.c.live.durable.groups.Len(); n != 0 || w.c.live.expiryArmed {
		rt.Fatalf("%d groups are left on record", n)
	}
}
