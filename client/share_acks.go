package client

import (
	"cmp"
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// ackRoute says how an acknowledgement of the Java profile goes out.
type ackRoute uint8

const (
	withFetch ackRoute = iota // with the next ShareFetch; the only one in the franz profile
	async                     // commitAsync: in a ShareAcknowledge as soon as its broker is free
	inSync                    // commitSync, one after the other
)

// ack is the acknowledgement of one record.
type ack struct {
	model.TopicPartition
	Offset int64
	Type   int8
	Broker int32 // that it was acquired from
	Stale  bool  // under a session that was given up since
	Route  ackRoute
	Commit int64    `canon:"-"`   // whose Commit it is; 0: nobody's
	Until  sim.Time `canon:"rel"` // Java: when it is tried no more; 0: not yet tried in vain
	Op     int64    `canon:"-"`   // of the call in the history
}

func compareAcks(a, b ack) int {
	return cmp.Or(a.Compare(b.TopicPartition), cmp.Compare(a.Offset, b.Offset))
}

// takeAcks takes those for which pick is true out of what is to be sent, in
// order.
func (c *ShareConsumer) takeAcks(pick func(*ack) bool) (out []ack) {
	left := c.Acks[:0]
	for i := range c.Acks {
		if pick(&c.Acks[i]) {
			out = append(out, c.Acks[i])
		} else {
			left = append(left, c.Acks[i])
		}
	}
	if c.Acks = left; len(left) == 0 {
		c.Acks = nil
	}
	slices.SortStableFunc(out, compareAcks)
	return out
}

// queue puts an acknowledgement among those to be sent. An offset is in a
// request once: the last word counts.
func (c *ShareConsumer) queue(a ack) {
	for i := range c.Acks {
		if w := &c.Acks[i]; w.Offset == a.Offset && w.TopicPartition == a.TopicPartition && w.Route == a.Route && w.Broker == a.Broker && w.Commit == a.Commit {
			*w = a
			return
		}
	}
	c.Acks = append(c.Acks, a)
}

func renews(acks []ack) bool {
	return slices.ContainsFunc(acks, func(a ack) bool { return a.Type == api.AckRenew })
}

// putAcks adds acknowledgements, which are in order, to a request's partitions.
func (c *ShareConsumer) putAcks(to []api.SharePartition, acks []ack) []api.SharePartition {
	for len(acks) > 0 {
		n := 1
		for n < len(acks) && acks[n].TopicPartition == acks[0].TopicPartition {
			n++
		}
		batches := ackRuns(acks[:n])
		if c.cfg.pol.java {
			batches = javaAckBatches(acks[:n])
		}
		at := slices.IndexFunc(to, func(p api.SharePartition) bool { return p.TopicPartition == acks[0].TopicPartition })
		if at < 0 {
			at = len(to)
			to = append(to, api.SharePartition{TopicPartition: acks[0].TopicPartition})
		}
		to[at].AcknowledgementBatches = batches
		acks = acks[n:]
	}
	return to
}

// ackRuns are batches of one type each: neighbours of one type are together
// (buildAckRanges of kgo).
func ackRuns(acks []ack) (out []api.AcknowledgementBatch) {
	for _, a := range acks {
		if n := len(out); n > 0 && out[n-1].LastOffset+1 == a.Offset && out[n-1].AcknowledgeTypes[0] == a.Type {
			out[n-1].LastOffset++
			continue
		}
		out = append(out, api.AcknowledgementBatch{FirstOffset: a.Offset, LastOffset: a.Offset, AcknowledgeTypes: []int8{a.Type}})
	}
	return out
}

// sameTypes is how many neighbours of one type Java puts one by one into a batch
// of several types before it makes them a batch of their own
// (Acknowledgements.MAX_RECORDS_WITH_SAME_ACKNOWLEDGE_TYPE).
const sameTypes = 10

// javaAckBatches are batches of neighbours with a type for each offset; one of a
// single type says it once (Acknowledgements.getAcknowledgementBatches).
func javaAckBatches(acks []ack) (out []api.AcknowledgementBatch) {
	runs := ackRuns(acks)
	for i, r := range runs {
		n := r.LastOffset - r.FirstOffset + 1
		long := n > sameTypes
		if last := len(out) - 1; i > 0 && !long && out[last].LastOffset+1 == r.FirstOffset && !alone(&out[last]) {
			for range n {
				out[last].AcknowledgeTypes = append(out[last].AcknowledgeTypes, r.AcknowledgeTypes[0])
			}
			out[last].LastOffset = r.LastOffset
			continue
		}
		b := api.AcknowledgementBatch{FirstOffset: r.FirstOffset, LastOffset: r.LastOffset, AcknowledgeTypes: r.AcknowledgeTypes}
		for k := int64(1); k < n && !long; k++ {
			b.AcknowledgeTypes = append(b.AcknowledgeTypes, r.AcknowledgeTypes[0])
		}
		out = append(out, b)
	}
	for i := range out {
		b := &out[i]
		if !slices.ContainsFunc(b.AcknowledgeTypes, func(t int8) bool { return t != b.AcknowledgeTypes[0] }) {
			b.AcknowledgeTypes = b.AcknowledgeTypes[:1]
		}
	}
	return out
}

// alone tells whether a batch stands for more offsets than it has types.
func alone(b *api.AcknowledgementBatch) bool {
	return b.LastOffset-b.FirstOffset+1 > int64(len(b.AcknowledgeTypes))
}

// ackCauses are the types of acknowledgements in the history, by their numbers.
var ackCauses = [...]string{api.AckGap: model.CauseGap, api.AckAccept: model.CauseAccept, api.AckRelease: model.CauseRelease,
	api.AckReject: model.CauseReject, api.AckRenew: model.CauseRenew}

// callAcks notes what goes out with a request, and tells the history: a call
// for each run of offsets and type, all with the request's Op.
func (c *ShareConsumer) callAcks(l *shareLink, acks []ack, fx *sim.Effects) {
	if l.Sent = acks; len(acks) == 0 {
		return
	}
	c.LastOp++
	for i := 0; i < len(acks); {
		a, next := acks[i], i+1
		for next < len(acks) && acks[next].TopicPartition == a.TopicPartition && acks[next].Offset == acks[next-1].Offset+1 && acks[next].Type == a.Type {
			next++
		}
		c.observe(fx, model.Event{Kind: model.ShareAcknowledge, TopicPartition: a.TopicPartition, From: a.Offset, To: acks[next-1].Offset + 1,
			Op: c.LastOp, Cause: ackCauses[a.Type]})
		for ; i < next; i++ {
			acks[i].Op = c.LastOp
		}
	}
}

// takeSent takes the acknowledgements of a partition out of those under way.
func (l *shareLink) takeSent(p model.TopicPartition) (out []ack) {
	l.Sent = slices.DeleteFunc(l.Sent, func(a ack) bool {
		if a.TopicPartition == p {
			out = append(out, a)
		}
		return a.TopicPartition == p
	})
	if len(l.Sent) == 0 {
		l.Sent = nil
	}
	return out
}

// returned tells the history how the acknowledgements of one partition in a
// request have ended.
func (c *ShareConsumer) returned(acks []ack, err api.ErrorCode, fx *sim.Effects) {
	if len(acks) == 0 || acks[0].Op == 0 {
		return
	}
	ev := model.Event{Kind: model.ShareAcknowledgeDone, TopicPartition: acks[0].TopicPartition, Op: acks[0].Op}
	if err != api.None {
		ev.Error = err.String()
	}
	c.observe(fx, ev)
}

// failSent ends all acknowledgements under way to a broker.
func (c *ShareConsumer) failSent(broker int32, err api.ErrorCode, fx *sim.Effects) {
	l := &c.Links[broker]
	for len(l.Sent) > 0 {
		c.ended(l.takeSent(l.Sent[0].TopicPartition), err, fx)
	}
}

// ended tells how acknowledgements of one partition have ended: the history if
// they were sent, the application, and in the Java profile the Commit that they
// belong to. A gap is nothing that an application would know of.
func (c *ShareConsumer) ended(acks []ack, err api.ErrorCode, fx *sim.Effects) {
	if len(acks) == 0 {
		return
	}
	c.returned(acks, err, fx)
	c.renewed(acks, err)
	res := ShareResult{acks[0].TopicPartition, err}
	told := slices.ContainsFunc(acks, func(a ack) bool { return a.Type != api.AckGap })
	if !c.cfg.pol.java {
		if told {
			c.tell(ShareEvent{Kind: ShareAcknowledged, Results: []ShareResult{res}})
		}
		return
	}
	if told {
		c.Completed = append(c.Completed, res)
	}
	for i := range c.Commits {
		if op := c.Commits[i].Op; slices.ContainsFunc(acks, func(a ack) bool { return a.Commit == op }) {
			c.Commits[i].Results = append(c.Commits[i].Results, res)
		}
	}
}

// ackRetriable tells the errors after which acknowledgements of a partition are
// sent again: retriable ones, but not those after which the locks are gone or
// the topic is (isShareAckRetryable of kgo;
// ShareConsumeRequestManager.handlePartitionError).
func (c *ShareConsumer) ackRetriable(err api.ErrorCode) bool {
	switch err {
	case api.ShareSessionNotFound, api.InvalidShareSessionEpoch:
		return c.cfg.pol.java // kgo counts them as fatal
	case api.NotLeaderOrFollower, api.FencedLeaderEpoch, api.UnknownTopicOrPartition:
		return false
	}
	return c.retriableError(err)
}

// retriableError tells the errors that the clients call retriable, of those that
// a leader of share partitions gives.
func (c *ShareConsumer) retriableError(err api.ErrorCode) bool {
	switch err {
	case api.CoordinatorLoadInProgress, api.CoordinatorNotAvailable, api.NotCoordinator, api.RequestTimedOut,
		api.LeaderNotAvailable, api.NotLeaderOrFollower, api.FencedLeaderEpoch, api.UnknownTopicOrPartition,
		api.NotEnoughReplicas, api.NotEnoughReplicasAfter, api.UnknownLeaderEpoch, api.ShareSessionLimitReached:
		return true
	}
	return false
}
