package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// The share consumer of franz-go (consumer_share.go): a loop for each broker
// that fetches as long as nothing that the broker gave waits for a poll, also
// while the application works, so that locks run on records that nobody has
// seen. Acknowledgements go with the next fetch, or after a second in a
// request of their own. Every poll accepts what the one before gave and nobody
// acknowledged.

// ackLinger is how long acknowledgements wait for a fetch (startAckTimer).
const ackLinger = sim.Second

// shareFetchGrace is what a ShareFetch may take on top of the broker's wait.
const shareFetchGrace = 5 * sim.Second

// leastInterval is how often kgo heartbeats at the most.
const leastInterval = sim.Second

func (c *ShareConsumer) franzShareBeat(r *api.ShareGroupHeartbeatResponse, fx *sim.Effects) {
	if c.Leaving {
		return
	}
	switch r.ErrorCode {
	case api.None:
		c.beaten(r, fx)
		c.Interval = max(c.Interval, leastInterval)
		fx.SetTimer(timerHeartbeat, "", c.Interval)
	case api.UnknownMemberID, api.FencedMemberEpoch, api.GroupIDNotFound:
		// It joins again with the same id, at once. All that it holds it takes for
		// lost.
		c.Epoch, c.Announced = 0, false
		c.assign(nil, fx)
		for b := range c.Links {
			c.resetSession(int32(b))
		}
		c.beat(fx)
		c.Failures = 0
	case api.NotCoordinator, api.CoordinatorNotAvailable, api.CoordinatorLoadInProgress:
		c.beatFailed(r.ErrorCode, fx)
	default: // the application is told, and the member goes on trying
		c.tell(ShareEvent{Kind: ShareFailed, Err: r.ErrorCode})
		c.beatFailed(r.ErrorCode, fx)
	}
}

// finalizePoll accepts what the poll before gave and what was not acknowledged
// for good (finalizePreviousPoll).
func (c *ShareConsumer) finalizePoll() {
	for i := range c.Held {
		if h := &c.Held[i]; h.Ack == notAcked || h.Ack == api.AckRenew {
			h.Ack = api.AckAccept
			c.queue(h.ack(withFetch))
		}
	}
	c.Held = nil
}

// home is the broker to which a partition's acknowledgements go: who leads it
// now, though only those make sense there that came from it.
func (c *ShareConsumer) home(a *ack) int32 {
	if at := c.cursor(a.TopicPartition); at != nil && at.Broker >= 0 {
		return at.Broker
	}
	return a.Broker
}

// drainAcks takes what is to go to a broker, and ends what that broker would
// refuse (filterStaleEntries): what was acquired under a session that is over,
// or from another leader. Gaps of that kind are dropped.
func (c *ShareConsumer) drainAcks(broker int32, fx *sim.Effects) []ack {
	acks := c.takeAcks(func(a *ack) bool { return c.home(a) == broker })
	acks = c.dropAcks(acks, api.InvalidShareSessionEpoch, fx, func(a *ack) bool { return a.Broker == broker && a.Stale })
	return c.dropAcks(acks, api.InvalidRecordState, fx, func(a *ack) bool { return a.Broker != broker })
}

// dropAcks ends those for which pick is true, unsent.
func (c *ShareConsumer) dropAcks(acks []ack, err api.ErrorCode, fx *sim.Effects, pick func(*ack) bool) []ack {
	var of []model.TopicPartition
	left := slices.DeleteFunc(acks, func(a ack) bool {
		if pick(&a) && a.Type != api.AckGap && !slices.Contains(of, a.TopicPartition) {
			of = append(of, a.TopicPartition)
		}
		return pick(&a)
	})
	for _, p := range of {
		c.ended([]ack{{TopicPartition: p, Type: api.AckAccept}}, err, fx)
	}
	return left
}

func (c *ShareConsumer) waitingAcks(broker int32) (any, byUser bool) {
	for i := range c.Acks {
		if a := &c.Acks[i]; c.home(a) == broker {
			any, byUser = true, byUser || a.Type != api.AckGap
		}
	}
	return any, byUser
}

// franzNext sends a broker what is due next (loopShareFetch).
func (c *ShareConsumer) franzNext(b int32, fx *sim.Effects) {
	l := &c.Links[b]
	if l.Busy {
		return
	}
	waits, byUser := c.waitingAcks(b)
	if !waits {
		l.AcksDue = false
	}
	want := c.wanted(b)
	added, forgotten := l.sessionChange(want)
	idle := len(want) == 0 && len(forgotten) == 0
	switch {
	case waits && (l.AcksDue || idle):
		c.franzSendAcks(b, c.drainAcks(b, fx), fx)
	case c.buffered(b) || !c.mayAsk(b):
		if byUser && !l.AckTimer {
			l.AckTimer = true
			fx.SetTimer(timerShareAcks, brokerKey(b), ackLinger)
		}
	case !idle:
		c.franzFetch(b, added, forgotten, want, fx)
	}
}

// mayAsk keeps kgo's strict mode to one broker at a time, and to the time in
// which the application polls (fetchManager with MaxConcurrentFetches 0).
func (c *ShareConsumer) mayAsk(b int32) bool {
	return !c.share.Strict || c.Polling > 0 && len(c.Buffer) == 0 &&
		!slices.ContainsFunc(c.Links, func(l shareLink) bool { return l.Busy })
}

// franzFetch sends a ShareFetch. Renewals cannot be in one that fetches: then
// all acknowledgements go ahead in a request of their own.
func (c *ShareConsumer) franzFetch(b int32, added, forgotten, want []model.TopicPartition, fx *sim.Effects) {
	acks := c.drainAcks(b, fx)
	if renews(acks) {
		c.franzSendAcks(b, acks, fx)
		return
	}
	for i := range acks { // a partition that is there for its acknowledgements alone must not be fetched
		p := acks[i].TopicPartition
		if !slices.Contains(want, p) && !slices.Contains(forgotten, p) {
			forgotten = append(forgotten, p)
		}
	}
	c.stopAckTimer(b, fx)
	if c.share.Strict { // who waits longest is first (wantFetch)
		c.Turn = (int(b) + 1) % len(c.Links)
	}
	c.sendFetch(b, c.fetchRequest(b, added, forgotten, acks), acks, fx)
}

func (c *ShareConsumer) stopAckTimer(b int32, fx *sim.Effects) {
	l := &c.Links[b]
	if l.AcksDue = false; l.AckTimer {
		l.AckTimer = false
		fx.StopTimer(timerShareAcks, brokerKey(b))
	}
}

// franzSendAcks is shareAck. Without a session there is nothing that could be
// acknowledged.
func (c *ShareConsumer) franzSendAcks(b int32, acks []ack, fx *sim.Effects) {
	c.stopAckTimer(b, fx)
	switch l := &c.Links[b]; {
	case len(acks) == 0:
	case l.Epoch == api.ShareSessionOpens:
		c.dropAcks(acks, api.InvalidShareSessionEpoch, fx, func(*ack) bool { return true })
	default:
		c.sendAcks(b, l.Epoch, acks, fx)
	}
}

// franzAnswered settles the acknowledgements of one partition.
func (c *ShareConsumer) franzAnswered(l *shareLink, p model.TopicPartition, err api.ErrorCode, fx *sim.Effects) {
	acks := l.takeSent(p)
	if err == api.None || !c.ackRetriable(err) {
		c.ended(acks, err, fx)
		return
	}
	c.returned(acks, err, fx)
	for _, a := range acks {
		c.requeue(a)
	}
}

// requeue puts an acknowledgement back that must be sent again, unless the
// application has said something newer.
func (c *ShareConsumer) requeue(a ack) {
	a.Op = 0
	if !slices.ContainsFunc(c.Acks, func(w ack) bool {
		return w.Offset == a.Offset && w.TopicPartition == a.TopicPartition && w.Broker == a.Broker
	}) {
		c.Acks = append(c.Acks, a)
	}
}

func (c *ShareConsumer) franzShareFetched(k call, r *api.ShareFetchResponse, fx *sim.Effects) {
	l := &c.Links[k.Broker]
	if r.ErrorCode != api.None {
		c.resetSession(k.Broker)
		c.failSent(k.Broker, r.ErrorCode, fx)
		c.pauseLink(k, fx)
		return
	}
	l.Busy = false
	// The session may have been given up meanwhile: then the broker has taken the
	// acknowledgements, but what it gave cannot be acknowledged any more.
	stale := l.Reset
	if l.Reset = false; !stale {
		l.sessionTook(k.Req.(*api.ShareFetchRequest))
	}
	refused, kept := 0, false
	for i := range r.Partitions {
		p := &r.Partitions[i]
		c.franzAnswered(l, p.TopicPartition, p.AcknowledgeErrorCode, fx)
		switch {
		case stale:
		case p.ErrorCode != api.None:
			refused++
			kept = c.franzFetchError(p, fx) || kept
		default:
			before := len(c.Buffer)
			c.acquired(k.Broker, p, fx)
			kept = kept || len(c.Buffer) > before
		}
	}
	c.failSent(k.Broker, api.InvalidRecordState, fx) // errBrokerOmittedAckPartition
	if refused > 0 && !kept {
		c.pauseLink(k, fx)
		return
	}
	l.Failures = 0
}

// franzFetchError treats a partition that could not be fetched, and tells
// whether there is something to poll for it. A leader that is named is turned
// to. Other retriable errors go away with new metadata; the rest the
// application is told.
func (c *ShareConsumer) franzFetchError(p *api.ShareFetchedPartition, fx *sim.Effects) (told bool) {
	if c.hinted(p.TopicPartition, p.LeaderID, p.LeaderEpoch) {
		return true // and it is no reason to spare the broker
	}
	if p.ErrorCode == api.UnknownTopicOrPartition {
		c.metadataSoon(fx)
	} else {
		c.metadataNow(fx)
	}
	if c.retriableError(p.ErrorCode) {
		return false
	}
	c.tell(ShareEvent{Kind: ShareFailed, Err: p.ErrorCode, Results: []ShareResult{{p.TopicPartition, p.ErrorCode}}})
	return true
}

// pauseLink lets a broker alone for a while.
func (c *ShareConsumer) pauseLink(k call, fx *sim.Effects) {
	l := &c.Links[k.Broker]
	l.Busy = true
	l.Failures++
	k.Tries = l.Failures - 1
	c.retry(k, fx)
	c.metadataSoon(fx)
}

// franzBroken reacts to the loss of the connection, and to the end of the pause
// that follows: only then what was under way is given up. Fetches of kgo are
// also cut off when the broker is silent for too long.
func (c *ShareConsumer) franzBroken(k call, fx *sim.Effects) {
	l := &c.Links[k.Broker]
	if k.State == sent {
		c.resetSession(k.Broker)
		c.pauseLink(k, fx)
		return
	}
	l.Busy, l.Reset = false, false
	c.failSent(k.Broker, disconnected, fx)
}

func (c *ShareConsumer) franzAcknowledged(k call, r *api.ShareAcknowledgeResponse, fx *sim.Effects) {
	l := &c.Links[k.Broker]
	l.Busy = false
	if r.ErrorCode != api.None {
		c.resetSession(k.Broker)
		c.failSent(k.Broker, r.ErrorCode, fx)
		return
	}
	if !l.Reset {
		l.Epoch = nextEpoch(l.Epoch)
	}
	l.Reset = false
	for _, p := range r.Partitions {
		if p.ErrorCode != api.None {
			c.hinted(p.TopicPartition, p.LeaderID, p.LeaderEpoch)
		}
		c.franzAnswered(l, p.TopicPartition, p.ErrorCode, fx)
	}
	c.failSent(k.Broker, api.InvalidRecordState, fx)
}

// franzFlush lets all acknowledgements go out at once (signalShareAckFlush).
func (c *ShareConsumer) franzFlush() {
	for b := range c.Links {
		if waits, _ := c.waitingAcks(int32(b)); waits {
			c.Links[b].AcksDue = true
		}
	}
}

// flushed ends the Commits of the franz profile once nothing is left to be
// answered, also of what was acknowledged after them (FlushAcks).
func (c *ShareConsumer) flushed() {
	byUser := func(a ack) bool { return a.Type != api.AckGap }
	if len(c.Commits) == 0 || slices.ContainsFunc(c.Acks, byUser) {
		return
	}
	for i := range c.Links {
		if slices.ContainsFunc(c.Links[i].Sent, byUser) {
			return
		}
	}
	for _, w := range c.Commits {
		c.tell(ShareEvent{Kind: ShareCommitted, Op: w.Op})
	}
	c.Commits = nil
}
