package group

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// Expiry of committed offsets, and of groups of which nothing is left
// (KIP-211): GroupCoordinatorShard.cleanupGroupMetadata,
// ClassicGroup.offsetExpirationCondition.
//
// Kafka looks at everything each offsets.retention.check.interval.ms after the
// load. Here the timer is armed only while something can expire as the groups
// are now, for the first of those moments at which something will have.

// consumerType is the protocol type of groups whose subscriptions the
// coordinator can read.
const consumerType = "consumer"

// subscriptions gives the topics that the members subscribe to, under the
// protocol that they agreed on. It is not known for groups that are not of
// consumers (computeSubscribedTopics).
func (g *classic) subscriptions() (topics []string, known bool) {
	switch {
	case g.protocolType != consumerType:
		return nil, false
	case g.members.Len() == 0:
		return nil, true
	case g.protocol == "":
		return nil, false
	}
	owned := false
	for _, m := range g.members.All() {
		theirs := m.metadata(g.protocol).Topics
		if topics == nil {
			topics = theirs // most groups agree; nothing is copied then
			continue
		}
		for _, t := range theirs {
			if !slices.Contains(topics, t) {
				if !owned {
					topics, owned = append([]string(nil), topics...), true
				}
				topics = append(topics, t)
			}
		}
	}
	return topics, true
}

// isSubscribed goes by the subscriptions of the last complete join phase.
// Before the first one a group of consumers counts as subscribed to everything
// (isSubscribedToTopic).
func (g *classic) isSubscribed(topic string) bool {
	if !g.topicsKnown {
		return g.protocolType == consumerType
	}
	return slices.Contains(g.topics, topic)
}

// offsetExpires tells when an offset can go, if the group stays as it is:
// sim.Never while it has members that may come back to it (KAFKA-13636).
func (c *Coordinator) offsetExpires(g *classic, topic string, o *OffsetAndMetadata) sim.Time {
	var base sim.Time
	switch {
	case g.isSubscribed(topic):
		return sim.Never
	case g.protocolType == "":
		base = o.CommittedAt
	case g.state == Empty:
		base = g.since
	case g.state == Stable && g.topicsKnown:
		base = o.CommittedAt
	default:
		return sim.Never
	}
	if o.ExpireAt != 0 {
		return o.ExpireAt
	}
	return base + sim.Time(c.settings.OffsetsRetentionMinutes)*sim.Minute
}

// nextExpiry is when the first of a group's offsets can go, or the group: an
// empty one without offsets is gone at the next look, whoever holds an id.
func (c *Coordinator) nextExpiry(g *classic) sim.Time {
	d := c.live.durable.groups.Get(g.id)
	if d == nil || (*d).offsets.Len() == 0 {
		if g.state == Empty {
			return 0
		}
		return sim.Never
	}
	next := sim.Never
	for topic, t := range (*d).offsets.All() {
		if g.isSubscribed(topic) {
			continue
		}
		for _, o := range (*t).All() {
			next = min(next, c.offsetExpires(g, topic, o))
		}
	}
	return next
}

// mindExpiry is called when a group has changed in what can expire.
func (c *Coordinator) mindExpiry(fx *sim.Effects, g *classic) {
	was := g.expires
	g.expires = c.nextExpiry(g)
	switch {
	case g.expires < was:
		c.hastenExpiry(fx, g.expires)
	case g.expires > was:
		c.armExpiry(fx)
	}
}

// mindCommit is mindExpiry after a commit. An offset that was renewed may
// leave the timer early: it is set anew when it goes off.
func (c *Coordinator) mindCommit(fx *sim.Effects, g *classic, records []Record) {
	if g.expires == 0 {
		c.mindExpiry(fx, g)
		return
	}
	for i := range records {
		r := &records[i]
		if at := c.offsetExpires(g, r.Topic, &r.Commit); at < g.expires {
			g.expires = at
			c.hastenExpiry(fx, at)
		}
	}
}

func (c *Coordinator) hastenExpiry(fx *sim.Effects, at sim.Time) {
	if !c.live.expiryArmed || at < c.live.expiry {
		c.armExpiry(fx)
	}
}

// armExpiry sets the timer for the first look at which something has expired.
func (c *Coordinator) armExpiry(fx *sim.Effects) {
	next := sim.Never
	for _, g := range c.live.groups.All() {
		next = min(next, (*g).expires)
	}
	if next == sim.Never {
		c.disarmExpiry(fx)
		return
	}
	if c.live.expiryArmed && next == c.live.expiry {
		return
	}
	c.live.expiryArmed, c.live.expiry = true, next
	interval := ms(c.settings.OffsetsRetentionCheckIntervalMs)
	looks := (max(next, fx.Now()+1) - c.live.loadedAt + interval - 1) / interval
	fx.SetTimer(TimerOffsetsExpiry, c.partition, c.live.loadedAt+looks*interval-fx.Now())
}

func (c *Coordinator) disarmExpiry(fx *sim.Effects) {
	if c.live.expiryArmed {
		c.live.expiryArmed = false
		fx.StopTimer(TimerOffsetsExpiry, c.partition)
	}
}

// watchExpiry begins to count the looks, when the coordinator has loaded.
func (c *Coordinator) watchExpiry(fx *sim.Effects) {
	c.live.loadedAt = fx.Now()
	for _, g := range c.live.groups.All() {
		(*g).expires = c.nextExpiry(*g)
	}
	c.armExpiry(fx)
}

// expireOffsets deletes what has expired (cleanupExpiredOffsets,
// maybeDeleteGroup).
func (c *Coordinator) expireOffsets(fx *sim.Effects) {
	c.live.expiryArmed = false
	var due []*classic
	for _, g := range c.live.groups.All() {
		if (*g).expires <= fx.Now() {
			due = append(due, *g)
		}
	}
	if c.canAppend() == api.None {
		var records []Record
		for _, g := range due {
			var all bool
			records, all = c.expired(g, fx.Now(), records)
			if all && g.state == Empty {
				records = append(records, groupTombstone(g))
				c.dropGroup(fx, g)
			}
		}
		observeDeleted(fx, records, causeExpired)
		c.write(fx, outcome{records: records}, sim.Conn{}, nil)
	}
	for _, g := range due {
		g.expires = c.nextExpiry(g)
	}
	c.armExpiry(fx)
}

// expired appends the tombstones of a group's expired offsets, and tells
// whether these are all it has.
func (c *Coordinator) expired(g *classic, now sim.Time, records []Record) (_ []Record, all bool) {
	all = true
	c.eachOffset(g.id, func(k Key, o *OffsetAndMetadata) {
		if c.offsetExpires(g, k.Topic, o) <= now {
			records = append(records, Record{Key: k, Tombstone: true})
		} else {
			all = false
		}
	})
	return records, all
}

// eachOffset goes through all offsets of a group as they are now.
func (c *Coordinator) eachOffset(group string, do func(Key, *OffsetAndMetadata)) {
	d := c.live.durable.groups.Get(group)
	if d == nil {
		return
	}
	for topic, t := range (*d).offsets.All() {
		for partition, o := range (*t).All() {
			do(Key{Type: OffsetCommit, Group: group, Topic: topic, Partition: partition}, o)
		}
	}
}

// expireAt is when a commit that names its own retention expires: versions 2
// to 4 can (OffsetMetadataManager.expireTimestampMs). 0 stands for one that
// does not.
func expireAt(r *api.OffsetCommitRequest, now sim.Time) sim.Time {
	if r.APIVersion > 4 || r.RetentionTimeMs == api.DefaultRetention {
		return 0
	}
	limit := int64((sim.Never/2 - now) / sim.Millisecond)
	return max(now+sim.Time(min(r.RetentionTimeMs, limit))*sim.Millisecond, 1)
}
