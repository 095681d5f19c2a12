package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// The share consumer of kafka-clients (ShareConsumerImpl,
// ShareConsumeRequestManager): it fetches once a poll finds nothing buffered, and
// from every broker again until one answer has brought records. While any
// acknowledgement of a commit is under way it fetches nothing. Callbacks run
// inside poll and the commits.
//
// A Poll here waits without end; the real one comes back empty after its
// timeout and is called again. What the next call would find, it finds at once.

func (c *ShareConsumer) javaShareBeat(r *api.ShareGroupHeartbeatResponse, fx *sim.Effects) {
	if c.Leaving || c.Phase != member && c.Phase != joining {
		return
	}
	switch r.ErrorCode {
	case api.None:
		// A new assignment is acknowledged by a heartbeat at once (ACKNOWLEDGING).
		due := c.BeatDue
		if c.beaten(r, fx) || due {
			c.beat(fx)
		} else {
			fx.SetTimer(timerHeartbeat, "", c.Interval)
		}
	case api.FencedMemberEpoch, api.UnknownMemberID: // its sessions go on
		c.Epoch, c.Announced = 0, false
		c.assign(nil, fx)
		c.beat(fx)
	case api.NotCoordinator, api.CoordinatorNotAvailable, api.CoordinatorLoadInProgress:
		c.beatFailed(r.ErrorCode, fx)
	default:
		c.Phase, c.Epoch = resting, 0
		c.assign(nil, fx)
		fx.StopTimer(timerHeartbeat, "")
		c.Fatal = r.ErrorCode
	}
}

// sharePollExpired is what happens when poll is not called for
// max.poll.interval.ms: the member leaves, and comes back with the next poll.
func (c *ShareConsumer) sharePollExpired(fx *sim.Effects) {
	if c.Leaving || c.Phase != member && c.Phase != joining {
		return
	}
	c.abandon(forShareBeat, fx)
	fx.StopTimer(timerHeartbeat, "")
	fx.StopTimer(timerMember, "")
	c.Phase, c.Epoch, c.Failures = resting, 0, 0
	c.assign(nil, fx)
	if c.Coordinator >= 0 {
		c.sayGoodbye(fx)
	}
}

// javaSharePoll is the beginning of poll.
func (c *ShareConsumer) javaSharePoll(fx *sim.Effects) {
	fx.StopTimer(timerMaxPoll, "")
	if c.throwShare(fx) {
		return
	}
	c.callBack()
	c.acceptHeld()
	if slices.ContainsFunc(c.Held, func(h held) bool { return h.State == inHand && h.Ack == notAcked }) {
		c.StopPolling(fx)
		c.tell(ShareEvent{Kind: ShareMisused})
		return
	}
	if c.Phase == starting || c.Phase == resting && !c.Dead {
		c.Phase, c.Announced = joining, false
		c.beat(fx)
	}
	acks := c.takeHeld()
	if c.takesFetch() {
		c.FetchMore = true
		for _, a := range acks {
			c.queue(a)
		}
		return
	}
	c.commitAcks(acks, async, 0, fx)
}

// takesFetch tells whether a poll asks for more: nothing is buffered, or some
// locks are being renewed.
func (c *ShareConsumer) takesFetch() bool {
	again := slices.ContainsFunc(c.Held, func(h held) bool { return h.State == renewing })
	return again || len(c.Held) == 0 && len(c.Buffer) == 0
}

// throwShare ends a poll with what the membership has failed by.
func (c *ShareConsumer) throwShare(fx *sim.Effects) bool {
	if c.Fatal == api.None {
		return false
	}
	c.tell(ShareEvent{Kind: ShareFailed, Err: c.Fatal, Fatal: true})
	c.Fatal, c.Dead = api.None, true
	c.StopPolling(fx)
	return true
}

// callBack tells what acknowledgements have come to (handleCompletedAcknowledgements).
func (c *ShareConsumer) callBack() {
	if len(c.Completed) > 0 {
		c.tell(ShareEvent{Kind: ShareAcknowledged, Results: c.Completed})
		c.Completed = nil
	}
}

// acceptHeld accepts what the last poll gave, in implicit mode.
func (c *ShareConsumer) acceptHeld() {
	for i := range c.Held {
		if h := &c.Held[i]; !c.share.Explicit && h.Ack == notAcked {
			h.Ack = api.AckAccept
		}
	}
}

// takeHeld takes the acknowledgements that were given (takeAcknowledgedRecords).
// Records whose locks are being renewed the client keeps.
func (c *ShareConsumer) takeHeld() (out []ack) {
	left := c.Held[:0]
	for _, h := range c.Held {
		if h.State == inHand && h.Ack != notAcked {
			out = append(out, h.ack(withFetch))
			if h.Ack != api.AckRenew {
				continue
			}
			h.State, h.Ack = renewing, notAcked
		}
		left = append(left, h)
	}
	if c.Held = left; len(left) == 0 {
		c.Held = nil
	}
	return out
}

// javaHand ends a poll, if it can be: with records whose locks were renewed, or
// as long as there are none of that kind with what is buffered.
func (c *ShareConsumer) javaHand(fx *sim.Effects) {
	if c.Polling == 0 || c.throwShare(fx) {
		return
	}
	var again []ShareBatch
	renews := false
	for i := range c.Held {
		h := &c.Held[i]
		if renews = renews || h.State != inHand; h.State == renewedLock {
			h.State = inHand
			again = append(again, ShareBatch{TopicPartition: h.TopicPartition, Records: []api.Record{h.Record}, DeliveryCount: h.Count})
		}
	}
	if !renews {
		again = c.collect()
		if len(again) == 0 && len(c.Held) > 0 { // gaps alone; and the next poll fetches
			c.commitAcks(c.takeHeld(), async, 0, fx)
			c.FetchMore = true
		}
	}
	if len(again) > 0 {
		c.callBack()
		c.handed(again, fx)
	}
}

// commitAcks lets acknowledgements go out in requests of their own (commitAsync,
// commitSync). Those for which the broker is not the leader any more, or has no
// such partition in its session, fail at once.
func (c *ShareConsumer) commitAcks(acks []ack, route ackRoute, op int64, fx *sim.Effects) {
	var refused []ack
	for _, a := range acks {
		a.Route, a.Commit, a.Until = route, op, fx.Now()+defaultAPITimeout
		if c.moved(&a) || !slices.Contains(c.Links[a.Broker].Parts, a.TopicPartition) {
			refused = append(refused, a)
			continue
		}
		c.queue(a)
	}
	c.refuse(refused, fx)
}

// refuse ends acknowledgements that the client does not send.
func (c *ShareConsumer) refuse(acks []ack, fx *sim.Effects) {
	slices.SortStableFunc(acks, compareAcks)
	c.endAll(acks, api.NotLeaderOrFollower, fx)
}

// moved tells whether another broker is known to lead a partition
// (isLeaderKnownToHaveChanged).
func (c *ShareConsumer) moved(a *ack) bool {
	at := c.cursor(a.TopicPartition)
	return at != nil && at.Broker >= 0 && at.Broker != a.Broker
}

// javaSharePump sends what can be sent: acknowledgements of commits first.
func (c *ShareConsumer) javaSharePump(fx *sim.Effects) {
	c.javaHand(fx)
	for b := range c.Links {
		c.javaSendAcks(int32(b), fx)
	}
	c.committed()
	if c.FetchMore && !c.committing() && c.Phase != starting {
		c.chooseFetchFrom()
		for b := range c.Links {
			c.javaFetch(int32(b), fx)
		}
	}
	c.committed()
}

func ofCommit(a ack) bool { return a.Route != withFetch }

// committing tells whether any acknowledgement of a commit is not over.
func (c *ShareConsumer) committing() bool {
	return slices.ContainsFunc(c.Acks, ofCommit) ||
		slices.ContainsFunc(c.Links, func(l shareLink) bool { return slices.ContainsFunc(l.Sent, ofCommit) })
}

// committed ends the Commits of which everything is known.
func (c *ShareConsumer) committed() {
	c.Commits = slices.DeleteFunc(c.Commits, func(w shareCommit) bool {
		mine := func(a ack) bool { return a.Commit == w.Op }
		if slices.ContainsFunc(c.Acks, mine) || slices.ContainsFunc(c.Links, func(l shareLink) bool { return slices.ContainsFunc(l.Sent, mine) }) {
			return false
		}
		c.callBack()
		c.tell(ShareEvent{Kind: ShareCommitted, Op: w.Op, Results: w.Results})
		return true
	})
	if len(c.Commits) == 0 {
		c.Commits = nil
	}
}

// javaSendAcks sends what commits have left for a broker (processAcknowledgements):
// that of commitAsync together, that of each commitSync by itself.
func (c *ShareConsumer) javaSendAcks(b int32, fx *sim.Effects) {
	l := &c.Links[b]
	if l.Busy || l.Resting {
		return
	}
	var first *ack
	for i := range c.Acks {
		if a := &c.Acks[i]; a.Broker == b && a.Route != withFetch && (first == nil || a.Route < first.Route || a.Route == first.Route && a.Commit < first.Commit) {
			first = a
		}
	}
	if first == nil {
		return
	}
	route, op := first.Route, first.Commit
	acks := c.takeAcks(func(a *ack) bool { return a.Broker == b && a.Route == route && (route == async || a.Commit == op) })
	if l.Epoch == api.ShareSessionOpens { // handleNewShareSessionNotLeaderOrFollower
		c.endAll(acks, api.NotLeaderOrFollower, fx)
		return
	}
	if acks[0].Until <= fx.Now() {
		c.endAll(acks, api.RequestTimedOut, fx)
		return
	}
	for _, a := range acks {
		if !slices.Contains(l.Next, a.TopicPartition) {
			l.Next = append(l.Next, a.TopicPartition)
		}
	}
	c.sendAcks(b, l.Epoch, acks, fx)
}

// endAll ends acknowledgements of several partitions, which are in order.
func (c *ShareConsumer) endAll(acks []ack, err api.ErrorCode, fx *sim.Effects) {
	for len(acks) > 0 {
		n := 1
		for n < len(acks) && acks[n].TopicPartition == acks[0].TopicPartition {
			n++
		}
		c.ended(acks[:n], err, fx)
		acks = acks[n:]
	}
}

// chooseFetchFrom takes, in record-limit mode, the broker that is asked for
// records next: the one that leads the partition whose turn it is.
func (c *ShareConsumer) chooseFetchFrom() {
	if !c.share.Strict || c.FetchFrom >= 0 {
		return
	}
	for i := range c.Cursors {
		at := (c.Turn + i) % len(c.Cursors)
		if p := &c.Cursors[at]; p.Assigned && p.Broker >= 0 && !c.Links[p.Broker].Busy {
			c.FetchFrom, c.Turn = p.Broker, (at+1)%len(c.Cursors)
			return
		}
	}
}

func (c *ShareConsumer) endFetchFrom(b int32) {
	if c.FetchFrom == b {
		c.FetchFrom = -1
	}
}

// javaFetch sends a broker a ShareFetch, if it leads what is assigned, or there
// are acknowledgements for it.
func (c *ShareConsumer) javaFetch(b int32, fx *sim.Effects) {
	l := &c.Links[b]
	if l.Busy || l.Resting {
		return
	}
	want := c.wanted(b)
	acks := c.takeAcks(func(a *ack) bool { return a.Broker == b })
	var left, refused []ack
	for _, a := range acks {
		gone := !slices.Contains(want, a.TopicPartition) && c.moved(&a)
		if gone || l.Epoch == api.ShareSessionOpens {
			refused = append(refused, a)
		} else {
			left = append(left, a)
		}
	}
	c.refuse(refused, fx)
	acks = left
	if len(want) == 0 && len(acks) == 0 {
		return
	}
	for _, p := range l.Next {
		if !slices.Contains(want, p) {
			want = append(want, p)
		}
	}
	added, forgotten := l.sessionChange(want)
	if l.Epoch == api.ShareSessionOpens { // what it had before is listed again, too
		added = append(slices.Clone(l.Parts), minus(want, l.Parts)...)
	}
	changesOnly := c.share.Strict && b != c.FetchFrom
	if changesOnly && len(added)+len(forgotten)+len(acks) == 0 {
		return
	}
	l.Next = nil
	r := c.fetchRequest(b, added, forgotten, acks)
	if r.IsRenewAck = renews(acks); r.IsRenewAck || changesOnly {
		r.MaxWaitMs, r.MinBytes, r.MaxRecords, r.BatchSize = 0, 0, 0, 0
	}
	l.Parts = append(minus(l.Parts, forgotten), minus(added, l.Parts)...)
	c.sendFetch(b, r, acks, fx)
}

func (c *ShareConsumer) javaFetched(k call, r *api.ShareFetchResponse, fx *sim.Effects) {
	l := &c.Links[k.Broker]
	l.Busy = false
	c.endFetchFrom(k.Broker)
	switch r.ErrorCode {
	case api.None:
	case api.ShareSessionNotFound, api.InvalidShareSessionEpoch, api.ShareSessionLimitReached:
		c.resetSession(k.Broker)
	default:
		l.Epoch = nextEpoch(l.Epoch)
	}
	if r.ErrorCode != api.None {
		c.failSent(k.Broker, r.ErrorCode, fx)
		return
	}
	l.Epoch, l.Failures = nextEpoch(l.Epoch), 0
	for i := range r.Partitions {
		p := &r.Partitions[i]
		c.ended(l.takeSent(p.TopicPartition), p.AcknowledgeErrorCode, fx)
		if p.ErrorCode != api.None {
			c.javaFetchError(p, fx)
			continue
		}
		if len(p.AcquiredRecords) > 0 {
			c.FetchMore = false
		}
		c.acquired(k.Broker, p, fx)
	}
	c.failSent(k.Broker, api.InvalidRecordState, fx)
}

// javaFetchError is ShareFetchCollector.handleInitializeErrors, when the answer
// comes and not when a poll comes upon it.
func (c *ShareConsumer) javaFetchError(p *api.ShareFetchedPartition, fx *sim.Effects) {
	switch p.ErrorCode {
	case api.UnknownLeaderEpoch, api.UnknownServerError:
		return
	case api.NotLeaderOrFollower, api.FencedLeaderEpoch:
		c.hinted(p.TopicPartition, p.LeaderID, p.LeaderEpoch)
	case api.OffsetNotAvailable, api.UnknownTopicOrPartition:
	default: // poll throws, and goes on the next time
		c.tell(ShareEvent{Kind: ShareFailed, Err: p.ErrorCode, Results: []ShareResult{{p.TopicPartition, p.ErrorCode}}})
		c.StopPolling(fx)
		return
	}
	c.metadataNow(fx)
}

func (c *ShareConsumer) javaAcknowledged(k call, r *api.ShareAcknowledgeResponse, fx *sim.Effects) {
	l := &c.Links[k.Broker]
	l.Busy = false
	again := false
	switch r.ErrorCode {
	case api.None:
		l.Epoch = nextEpoch(l.Epoch)
	case api.ShareSessionNotFound, api.InvalidShareSessionEpoch:
		c.resetSession(k.Broker)
		again = true
	default:
		l.Epoch = nextEpoch(l.Epoch)
		again = c.retriableError(r.ErrorCode)
	}
	if r.ErrorCode != api.None {
		if again {
			c.tryAgain(k.Broker, l.Sent, r.ErrorCode, fx)
			l.Sent = nil
		}
		c.failSent(k.Broker, r.ErrorCode, fx)
		return
	}
	for _, p := range r.Partitions {
		acks := l.takeSent(p.TopicPartition)
		if p.ErrorCode != api.None && c.ackRetriable(p.ErrorCode) {
			c.tryAgain(k.Broker, acks, p.ErrorCode, fx)
			again = true
			continue
		}
		if p.ErrorCode != api.None {
			c.hinted(p.TopicPartition, p.LeaderID, p.LeaderEpoch)
		}
		c.ended(acks, p.ErrorCode, fx)
	}
	if !again {
		l.Failures = 0
	}
	c.failSent(k.Broker, api.InvalidRecordState, fx)
}

// tryAgain puts acknowledgements back, to be sent after a pause.
func (c *ShareConsumer) tryAgain(b int32, acks []ack, err api.ErrorCode, fx *sim.Effects) {
	for len(acks) > 0 {
		n := 0
		for n < len(acks) && acks[n].TopicPartition == acks[0].TopicPartition {
			n++
		}
		c.returned(acks[:n], err, fx)
		for _, a := range acks[:n] {
			a.Op = 0
			c.Acks = append(c.Acks, a)
		}
		acks = acks[n:]
	}
	c.restLink(b, fx)
}

// restLink lets a broker alone for a while.
func (c *ShareConsumer) restLink(b int32, fx *sim.Effects) {
	l := &c.Links[b]
	if l.Failures++; !l.Resting {
		l.Resting = true
		fx.SetTimer(timerShareRetry, brokerKey(b), c.cfg.backoff(l.Failures, fx))
	}
}

// javaShareBroken reacts to a request whose connection is gone: it is not sent
// again, and a new session begins (handleShareFetchFailure,
// handleShareAcknowledgeFailure). The pause is that before the next connection.
func (c *ShareConsumer) javaShareBroken(k call, fx *sim.Effects) {
	c.Links[k.Broker].Busy = false
	c.resetSession(k.Broker)
	c.endFetchFrom(k.Broker)
	c.failSent(k.Broker, disconnected, fx)
	c.restLink(k.Broker, fx)
	c.metadataNow(fx)
}
