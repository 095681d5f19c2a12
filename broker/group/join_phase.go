package group

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/internal/flat"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// The join phase: a rebalance begins, members (re)join, the next generation is
// formed (prepareRebalance, completeClassicGroupJoin).

// rebalanceOrComplete begins a rebalance, or ends the join phase that runs if
// nobody is missing (maybePrepareRebalanceOrCompleteJoin).
func (c *Coordinator) rebalanceOrComplete(fx *sim.Effects, g *classic, cause string) outcome {
	if g.canRebalance() {
		return c.prepareRebalance(fx, g, cause)
	}
	return c.maybeCompleteJoin(fx, g)
}

// prepareRebalance begins the join phase. A group that was empty first gives
// others time to join; any other waits for its members only.
func (c *Coordinator) prepareRebalance(fx *sim.Effects, g *classic, cause string) outcome {
	synced := g.state == CompletingRebalance
	if synced {
		c.propagateError(fx, g, api.RebalanceInProgress)
	}
	g.pendingSync = flat.Map[string, yes]{}
	disarmSync(fx, g)
	initial := g.state == Empty
	g.become(PreparingRebalance, fx.Now())
	if g.expires != sim.Never { // nothing expires in a rebalance
		c.mindExpiry(fx, g)
	}
	observe(fx, model.Rebalancing, g, "", cause)
	if initial {
		delay := c.settings.GroupInitialRebalanceDelayMs
		g.delayMs, g.remainingMs = delay, max(g.rebalanceTimeoutMs()-delay, 0)
		armJoin(fx, g, TimerInitialDelay, delay)
		return outcome{}
	}
	if g.hasAllMembersJoined() {
		return c.completeJoin(fx, g)
	}
	armJoin(fx, g, TimerRebalance, g.rebalanceTimeoutMs())
	if synced {
		g.sessionsFirst(fx)
	}
	return outcome{}
}

// sessionsFirst lets sessions that have just begun anew run out before the join
// phase does, where both are as long: of timers that are due at one moment
// Kafka's go off in the order in which they were set.
func (g *classic) sessionsFirst(fx *sim.Effects) {
	timeout := g.rebalanceTimeoutMs()
	for _, m := range g.members.All() {
		if m.sessionTimeoutMs == timeout {
			fx.SetTimer(TimerRebalance, g.timerKey, ms(timeout)+1)
			return
		}
	}
}

// initialDelayOver ends the first join phase, or extends it once more by at
// most the delay if somebody new has come meanwhile
// (tryCompleteInitialRebalanceElseSchedule).
func (c *Coordinator) initialDelayOver(fx *sim.Effects, g *classic) outcome {
	if !g.newMemberAdded || g.remainingMs == 0 {
		return c.completeJoin(fx, g)
	}
	g.newMemberAdded = false
	delay := min(c.settings.GroupInitialRebalanceDelayMs, g.remainingMs)
	g.delayMs, g.remainingMs = delay, max(g.remainingMs-g.delayMs, 0)
	armJoin(fx, g, TimerInitialDelay, delay)
	return outcome{}
}

// maybeCompleteJoin ends the join phase if nobody is missing. The initial one
// runs its time (maybeCompleteJoinPhase).
func (c *Coordinator) maybeCompleteJoin(fx *sim.Effects, g *classic) outcome {
	if g.state != PreparingRebalance || g.previous == Empty || !g.hasAllMembersJoined() {
		return outcome{}
	}
	return c.completeJoin(fx, g)
}

// completeJoin ends the join phase: dynamic members that did not rejoin are
// out, static ones stay. If nobody at all rejoined, it goes on.
func (c *Coordinator) completeJoin(fx *sim.Effects, g *classic) outcome {
	if g.state != PreparingRebalance {
		return outcome{}
	}
	disarmJoin(fx, g)
	for _, m := range g.inOrder(func(m *member) bool { return !m.join.waits && !m.isStatic() }) {
		disarm(fx, m)
		g.remove(m.id)
		observe(fx, model.Removed, g, m.id, TimerRebalance)
	}
	if !g.electJoined() && g.members.Len() > 0 {
		// Time must pass, whatever a client asked for.
		armJoin(fx, g, TimerRebalance, max(g.rebalanceTimeoutMs(), 1))
		return outcome{}
	}
	g.generation++ // I-C1
	if g.members.Len() == 0 {
		g.protocol = ""
		g.topics, g.topicsKnown = g.subscriptions()
		g.become(Empty, fx.Now())
		c.mindExpiry(fx, g)
		observe(fx, model.Formed, g, "", "")
		return outcome{records: []Record{g.record(nil)}}
	}
	g.protocol = g.selectProtocol()
	g.topics, g.topicsKnown = g.subscriptions()
	g.become(CompletingRebalance, fx.Now())
	observe(fx, model.Formed, g, "", "")
	g.pendingSync = flat.Map[string, yes]{}
	for _, m := range g.members.All() {
		c.answerJoin(m, joined(g, m.id))
		armSession(fx, m)
		m.isNew = false
		g.pendingSync.Put(m.id, yes{})
	}
	armSync(fx, g)
	return outcome{}
}

// inOrder lists the members that fit, in Java's order.
func (g *classic) inOrder(fits func(*member) bool) (ms []*member) {
	for _, m := range g.members.All() {
		if fits(m) {
			ms = append(ms, m)
		}
	}
	return ms
}

// record is the group as it is put on record, with the assignment that its
// members get (newGroupMetadataRecord).
func (g *classic) record(assignment []api.SyncGroupAssignment) Record {
	v := &GroupMetadataValue{
		ProtocolType: g.protocolType, Protocol: g.protocol, Generation: g.generation,
		Leader: g.leader, StateSince: g.since,
	}
	for _, m := range g.members.All() {
		v.Members = append(v.Members, MemberMetadata{
			MemberID: m.id, GroupInstanceID: m.instanceID, ClientID: m.clientID,
			RebalanceTimeoutMs: m.rebalanceTimeoutMs, SessionTimeoutMs: m.sessionTimeoutMs,
			Subscription: m.metadata(g.protocol), Assignment: assigned(assignment, m.id),
		})
	}
	return Record{Key: Key{Type: GroupMetadata, Group: g.id}, Metadata: v}
}
