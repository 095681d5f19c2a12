package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// Leave ends the consumer: what is acknowledged goes out with the requests that
// close the share sessions, by which brokers release all the rest; then the
// member leaves the group. ShareClosed is the last event.
func (c *ShareConsumer) Leave(fx *sim.Effects) {
	if c.Leaving {
		return
	}
	c.Leaving, c.Polling = true, 0
	c.abandon(forShareBeat, fx)
	for _, label := range []string{timerHeartbeat, timerMember, timerMaxPoll, timerMetadata} {
		fx.StopTimer(label, "")
	}
	if c.cfg.pol.java {
		for _, a := range c.takeHeld() { // in implicit mode that is nothing
			c.queue(a)
		}
		c.refuse(c.takeAcks(func(a *ack) bool { return a.Route == withFetch && c.moved(a) }), fx)
		fx.SetTimer(timerShareClose, "", closeTimeout)
	}
}

// closing does what is next on the way out.
func (c *ShareConsumer) closing(fx *sim.Effects) {
	if c.Phase == leaving {
		return
	}
	if c.cfg.pol.java {
		c.javaCloseSessions(fx)
	} else {
		c.franzCloseSessions(fx)
	}
	if slices.ContainsFunc(c.Links, func(l shareLink) bool { return l.Known && !l.Closed }) {
		return
	}
	if c.cfg.pol.java {
		c.committed()
	} else {
		c.flushed()
	}
	joined := c.Phase == member || c.Phase == joining
	c.Phase = leaving
	if !joined || c.cfg.pol.java && c.Coordinator < 0 {
		c.gone(fx)
		return
	}
	c.sayGoodbye(fx)
}

// franzCloseSessions is closeShareSession: it waits for all that is under way.
// What was polled and not acknowledged, what was never polled, and what was only
// renewed is released.
func (c *ShareConsumer) franzCloseSessions(fx *sim.Effects) {
	if slices.ContainsFunc(c.Links, func(l shareLink) bool { return l.Busy }) {
		return
	}
	for i := range c.Held {
		if h := &c.Held[i]; h.Ack == notAcked {
			h.Ack = api.AckRelease
			c.queue(h.ack(withFetch))
		}
	}
	for _, run := range c.Buffer {
		for _, r := range run.Records {
			c.queue(ack{TopicPartition: run.TopicPartition, Offset: r.Offset, Type: api.AckRelease, Broker: run.Broker, Stale: run.Stale})
		}
	}
	c.Held, c.Buffer = nil, nil
	for b := range c.Links {
		l := &c.Links[b]
		if l.Closed {
			continue
		}
		acks := c.drainAcks(int32(b), fx)
		for i := range acks {
			if acks[i].Type == api.AckRenew {
				acks[i].Type = api.AckRelease
			}
		}
		c.stopAckTimer(int32(b), fx)
		if l.Closed = l.Epoch == api.ShareSessionOpens; !l.Closed {
			c.sendAcks(int32(b), api.ShareSessionCloses, acks, fx)
		}
	}
}

// javaCloseSessions is acknowledgeOnClose: commits that are under way come first.
func (c *ShareConsumer) javaCloseSessions(fx *sim.Effects) {
	for b := range c.Links {
		l, broker := &c.Links[b], int32(b)
		c.javaSendAcks(broker, fx)
		if l.Busy || !l.Known || l.Closed || slices.ContainsFunc(c.Acks, func(a ack) bool { return a.Broker == broker && a.Route != withFetch }) {
			continue
		}
		c.sendAcks(broker, api.ShareSessionCloses, c.takeAcks(func(a *ack) bool { return a.Broker == broker }), fx)
	}
}

// sessionClosed takes the answer to the last request of a session.
func (c *ShareConsumer) sessionClosed(broker int32, r *api.ShareAcknowledgeResponse, fx *sim.Effects) {
	l := &c.Links[broker]
	l.Busy, l.Closed, l.Epoch, l.Parts = false, true, api.ShareSessionOpens, nil
	for _, p := range r.Partitions {
		c.ended(l.takeSent(p.TopicPartition), p.ErrorCode, fx)
	}
	if r.ErrorCode != api.None {
		c.failSent(broker, r.ErrorCode, fx)
	}
	c.failSent(broker, api.InvalidRecordState, fx)
}

func (c *ShareConsumer) sayGoodbye(fx *sim.Effects) {
	c.begin(forShareLeave, 0, &api.ShareGroupHeartbeatRequest{Header: c.header(1),
		GroupID: c.cfg.Group, MemberID: c.MemberID, MemberEpoch: leaveEpoch}, fx)
}

// leaveAnswered ends the process. kgo asks again until the coordinator has
// taken it; Java asks once.
func (c *ShareConsumer) leaveAnswered(k call, err api.ErrorCode, fx *sim.Effects) {
	switch {
	case !c.Leaving: // it was max.poll.interval.ms
	case !c.cfg.pol.java && retriable(err):
		c.retry(k, fx)
	default:
		c.gone(fx)
	}
}
