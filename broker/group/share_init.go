package group

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// Partitions of a share group are assigned only when the share coordinator
// keeps their state. A heartbeat that finds some that it does not know yet puts
// on record that they are being initialised, and asks the share coordinator; its
// answer puts on record that they are.

// initStamp is when the record of a group's partitions was last replayed: by
// this coordinator, so a failover begins anew.
type initStamp struct {
	at sim.Time `canon:"rel"`
}

// stampInit notes that a record has been replayed. Only groups that wait for
// the share coordinator have a stamp.
func (c *Coordinator) stampInit(group string, now sim.Time) {
	if g := c.live.durable.share(group); g != nil && len(g.partitions.Initializing) > 0 {
		c.live.initStamps.Put(group, initStamp{now})
	} else {
		c.live.initStamps.Delete(group)
	}
}

func (c *Coordinator) stampInits(now sim.Time) {
	for id := range c.live.durable.shares.Keys() {
		c.stampInit(id, now)
	}
}

// initialize asks for what members subscribe to and what is neither initialised
// nor, for share.group.initialize.retry.interval.ms, being initialised
// (subscribedTopicsChangeMap, maybeCreateInitializeShareGroupStateRequest).
func (b *shareBeat) initialize() {
	p := &b.group.partitions
	known := p.Initialized
	if s := b.c.live.initStamps.Get(b.request.GroupID); s != nil && b.now-s.at < ms(b.c.settings.ShareGroupInitializeRetryIntervalMs) {
		known = union(p.Initialized, p.Initializing)
	}
	var wanted []TopicPartitions
	for _, name := range b.subs {
		t, ok := b.topics.Topic(name)
		has := partitionsOf(known, name)
		if !ok || len(has) > 0 && len(has) >= int(t.Partitions) {
			continue
		}
		w := TopicPartitions{Topic: name}
		for n := range t.Partitions {
			if !slices.Contains(has, n) {
				w.Partitions = append(w.Partitions, n)
			}
		}
		wanted = append(wanted, w)
	}
	if wanted == nil {
		return
	}
	b.records = append(b.records, initializing(b.request.GroupID, p, wanted))
	r := &api.InitializeShareGroupStateRequest{GroupID: b.request.GroupID}
	for _, w := range wanted {
		for _, n := range w.Partitions {
			r.Partitions = append(r.Partitions, api.ShareStateInit{
				TopicPartition: api.TopicPartition{Topic: w.Topic, Partition: n}, StateEpoch: b.epoch, StartOffset: -1,
			})
		}
	}
	b.init = r
}

// initializing is the record that partitions are being initialised; what was to
// be deleted of these topics is not any more (addInitializingTopicsRecords).
func initializing(group string, p *SharePartitions, wanted []TopicPartitions) Record {
	next := SharePartitions{Initializing: union(p.Initializing, wanted), Initialized: p.Initialized}
	next.Deleting = slices.DeleteFunc(slices.Clone(p.Deleting), func(topic string) bool {
		_, ok := findTopic(next.Initializing, topic)
		return ok
	})
	return sharePartitionsRecord(group, next)
}

// initialized deals with the share coordinator's answer: if one partition
// failed none counts as initialised, and they will be asked for again
// (handlePersisterInitializeResponse).
func (c *Coordinator) initialized(fx *sim.Effects, group string, done []api.ShareStateOutcome, err api.ErrorCode) {
	var named []TopicPartitions
	for i := range done {
		named = union(named, []TopicPartitions{{done[i].Topic, []int32{done[i].Partition}}})
		if err == api.None {
			err = done[i].ErrorCode
		}
	}
	g := c.live.durable.share(group)
	switch {
	case c.live.phase != active || g == nil || len(named) == 0:
	case err == api.None:
		c.write(fx, outcome{records: []Record{sharePartitionsRecord(group, g.partitions.initialized(named))}}, sim.Conn{}, nil)
	case len(g.partitions.Initializing) > 0:
		p := g.partitions
		p.Initializing = without(p.Initializing, named)
		c.write(fx, outcome{records: []Record{sharePartitionsRecord(group, p)}}, sim.Conn{}, nil)
	}
}

// initialized is initializeShareGroupState.
func (p SharePartitions) initialized(named []TopicPartitions) SharePartitions {
	p.Initialized = union(p.Initialized, named)
	p.Initializing = without(p.Initializing, named)
	return p
}

// topicDeleted forgets a topic; the share coordinator does so by itself
// (maybeCleanupShareGroupState).
func (p SharePartitions) topicDeleted(topic string) (_ SharePartitions, changed bool) {
	next := SharePartitions{
		Initializing: withoutTopics(p.Initializing, topic), Initialized: withoutTopics(p.Initialized, topic),
		Deleting: slices.DeleteFunc(slices.Clone(p.Deleting), func(t string) bool { return t == topic }),
	}
	return next, len(next.Initializing) < len(p.Initializing) || len(next.Initialized) < len(p.Initialized) || len(next.Deleting) < len(p.Deleting)
}
