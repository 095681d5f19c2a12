package group

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Start is the broker coming up, and with it the coordinator: the log is there,
// all else is read from it.
func (c *Coordinator) Start(fx *sim.Effects) {
	if c.epoch > 0 {
		c.log.NewEpoch()
	}
	if c.log.Lagging() {
		fx.SetTimer(TimerReplicate, c.partition, c.settings.ReplicationDelay)
	}
	c.epoch++
	c.load(fx)
}

// Elect makes the coordinator of a cluster's broker, which has come to lead the
// partition in an epoch, take up the work (CoordinatorRuntime.scheduleLoadOperation).
// Member ids carry the epoch, so that no two brokers make the same.
func (c *Coordinator) Elect(fx *sim.Effects, leaderEpoch int32) {
	if c.live.unloading {
		c.Unload(fx)
	}
	c.epoch = leaderEpoch + 1
	if c.live.phase == down {
		c.load(fx)
	}
}

// Resign is Elect's opposite. The coordinator goes on for a while: another
// thread unloads it. It can write no more, and what it has written does not
// count as committed because others' records in its place are (KAFKA-20634).
func (c *Coordinator) Resign(fx *sim.Effects, after sim.Time) {
	switch {
	case c.live.phase == down || c.live.unloading:
	case after == 0:
		c.Unload(fx)
	default:
		c.live.unloading = true
		fx.SetTimer(TimerCoordinatorUnload, c.partition, after)
	}
}

// Unload ends the work at once.
func (c *Coordinator) Unload(fx *sim.Effects) {
	fx.StopTimer(TimerCoordinatorUnload, c.partition)
	if c.live.phase != down {
		c.resign(fx)
	}
}

// Reload makes the coordinator resign and come back, as when the leadership of
// its partition moves away and back.
func (c *Coordinator) Reload(fx *sim.Effects) {
	c.resign(fx)
	c.log.NewEpoch()
	c.epoch++
	c.load(fx)
}

func (c *Coordinator) load(fx *sim.Effects) {
	c.live = live{phase: loading}
	if len(c.log.records) == 0 || c.settings.LoadDelay == 0 {
		c.loaded(fx)
		return
	}
	fx.SetTimer(TimerCoordinatorReady, c.partition, c.settings.LoadDelay)
}

// replayLog gives what the log says: up to its end, as the leader of a
// partition keeps what is not committed yet (CoordinatorLoaderImpl).
func (c *Coordinator) replayLog() (d durable, u []undo) {
	for i := range c.log.records {
		r := &c.log.records[i]
		if r.Offset >= c.log.HighWatermark() {
			u = replayUncommitted(u, &d, r)
		} else {
			d.replay(r)
		}
	}
	return d, u
}

// loaded takes up the work: the groups are as the log has them, and every
// member gets a new session (GroupMetadataManager.onLoaded).
func (c *Coordinator) loaded(fx *sim.Effects) {
	if c.live.phase != loading {
		return
	}
	c.live.durable, c.live.undo = c.replayLog()
	c.live.phase = active
	observeCoordinator(fx, model.CoordinatorLoaded)
	for id, d := range c.live.durable.groups.All() {
		c.live.groups.Put(id, restored(id, (*d).metadata, fx.Now()))
	}
	c.watchExpiry(fx)
	c.stampInits(fx.Now())
	c.armShareSessions(fx)
	for _, g := range c.live.groups.All() {
		for _, m := range (*g).members.All() {
			armSession(fx, m)
		}
		if (*g).members.Len() > int(c.settings.GroupMaxSize) {
			c.write(fx, c.prepareRebalance(fx, *g, "over capacity"), sim.Conn{}, nil)
		}
	}
}

// restored is a group as it stands on record: Stable if it has members. What
// members could do beside the protocol that was chosen is not on record; they
// say it again when they next rejoin.
func restored(id string, v *GroupMetadataValue, now sim.Time) *classic {
	g := newClassic(id, now)
	if v == nil {
		return g
	}
	g.protocolType, g.protocol = v.ProtocolType, v.Protocol
	g.generation, g.leader, g.since = v.Generation, v.Leader, v.StateSince
	if len(v.Members) > 0 {
		g.state = Stable
	}
	for i := range v.Members {
		r := &v.Members[i]
		g.add(&member{
			id: r.MemberID, instanceID: r.GroupInstanceID, clientID: r.ClientID,
			rebalanceTimeoutMs: r.RebalanceTimeoutMs, sessionTimeoutMs: r.SessionTimeoutMs,
			protocols:  []api.JoinGroupProtocol{{Name: v.Protocol, Metadata: r.Subscription}},
			assignment: r.Assignment, timerKey: g.memberKey(r.MemberID),
		}, v.ProtocolType)
	}
	g.topics, g.topicsKnown = g.subscriptions()
	return g
}

// resign ends the work: who waits is told to look elsewhere, timers stop
// (CoordinatorContext.unload, GroupMetadataManager.onUnloaded).
func (c *Coordinator) resign(fx *sim.Effects) {
	if c.live.phase == active {
		observeCoordinator(fx, model.CoordinatorResigned)
	}
	c.finish(fx, len(c.live.deferred), api.NotCoordinator)
	fx.StopTimer(TimerCoordinatorReady, c.partition)
	c.disarmExpiry(fx)
	c.disarmShareSessions(fx)
	for _, g := range c.live.groups.All() {
		c.unload(fx, *g)
	}
	c.live = live{}
}

func (c *Coordinator) unload(fx *sim.Effects, g *classic) {
	g.become(Dead, fx.Now())
	disarmJoin(fx, g)
	disarmSync(fx, g)
	for _, p := range g.pending.All() {
		fx.StopTimer(TimerPendingMember, p.timerKey)
	}
	for _, m := range g.members.All() {
		disarm(fx, m)
		c.answerJoin(m, joinError(m.id, api.NotCoordinator))
		c.answerSync(m, &api.SyncGroupResponse{ErrorCode: api.NotCoordinator})
	}
}
