package client

import (
	"slices"
	"strconv"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// shareLink is what a member and a broker have with each other: a share session
// (ShareSessionHandler; sourceShare of kgo), and the request that is under way.
type shareLink struct {
	Epoch int32 // of the session, for the next request; 0 opens one
	Known bool  // a request was sent to it before
	// Parts are the session's partitions, in the order in which they were added.
	Parts []model.TopicPartition
	// Next are partitions that the next ShareFetch of the Java profile lists among
	// those wanted because an acknowledgement was sent for them
	// (ShareSessionHandler.nextPartitions).
	Next []model.TopicPartition

	Busy     bool  // an answer is awaited; in the franz profile also the pause after a failure
	Reset    bool  // the session was given up meanwhile: records that the answer brings are of no use
	Sent     []ack // with the request under way
	Resting  bool  // Java: acknowledgements are sent again after a while
	Closed   bool  // the last request of the session was answered
	Failures int64 `canon:"sat=4"` // in a row
	AckTimer bool  // franz: timerShareAcks runs
	AcksDue  bool  // franz: acknowledgements wait no longer for a fetch
}

func brokerKey(b int32) string { return strconv.Itoa(int(b)) }

func brokerOf(key string) int {
	b, _ := strconv.Atoi(key) // as brokerKey wrote it
	return b
}

// nextEpoch is the epoch after one of a session that is open
// (ShareRequestMetadata.nextEpoch).
func nextEpoch(epoch int32) int32 {
	if epoch+1 < 1 {
		return 1
	}
	return epoch + 1
}

// resetSession gives a session up: what was acquired under it, the broker
// releases as soon as it learns. In kgo (resetShareSession) acknowledgements of
// it are not even sent.
func (c *ShareConsumer) resetSession(broker int32) {
	l := &c.Links[broker]
	l.Epoch, l.Reset = 0, l.Busy
	if c.cfg.pol.java { // its handler keeps the partitions, and lists all anew
		return
	}
	l.Parts = nil
	for i := range c.Acks {
		if c.Acks[i].Broker == broker {
			c.Acks[i].Stale = true
		}
	}
	for i := range c.Held {
		if c.Held[i].Broker == broker {
			c.Held[i].Stale = true
		}
	}
	for i := range c.Buffer {
		if c.Buffer[i].Broker == broker {
			c.Buffer[i].Stale = true
		}
	}
}

// wanted are the partitions to read from a broker.
func (c *ShareConsumer) wanted(broker int32) (out []model.TopicPartition) {
	for i := range c.Cursors {
		if at := &c.Cursors[i]; at.Assigned && at.Broker == broker {
			out = append(out, at.TopicPartition)
		}
	}
	return out
}

// sessionChange is how a request changes the session so that it has what is
// wanted: Added begin, Forgotten end. A new session lists all.
func (l *shareLink) sessionChange(want []model.TopicPartition) (added, forgotten []model.TopicPartition) {
	if l.Epoch == api.ShareSessionOpens {
		return want, nil
	}
	return minus(want, l.Parts), minus(l.Parts, want)
}

// fetchRequest is a ShareFetch that changes the session and brings acks.
func (c *ShareConsumer) fetchRequest(broker int32, added, forgotten []model.TopicPartition, acks []ack) *api.ShareFetchRequest {
	r := &api.ShareFetchRequest{Header: c.header(2), GroupID: c.cfg.Group, MemberID: c.MemberID,
		ShareSessionEpoch: c.Links[broker].Epoch, MaxWaitMs: int32(c.cfg.FetchMaxWait / sim.Millisecond), MinBytes: 1,
		MaxRecords: c.share.MaxRecords, BatchSize: c.share.MaxRecords, Forgotten: forgotten}
	if c.share.Strict {
		r.ShareAcquireMode = api.RecordLimit
	}
	for _, p := range added {
		r.Partitions = append(r.Partitions, api.SharePartition{TopicPartition: p})
	}
	r.Partitions = c.putAcks(r.Partitions, acks)
	return r
}

// sendFetch sends it, with the acknowledgements that are in it.
func (c *ShareConsumer) sendFetch(broker int32, r *api.ShareFetchRequest, acks []ack, fx *sim.Effects) {
	l := &c.Links[broker]
	l.Busy, l.Known, l.Reset = true, true, false
	c.callAcks(l, acks, fx)
	c.begin(forShareFetch, broker, r, fx)
}

// sendAcks sends acknowledgements alone, with the session's epoch or, to end it,
// with ShareSessionCloses.
func (c *ShareConsumer) sendAcks(broker, epoch int32, acks []ack, fx *sim.Effects) {
	l := &c.Links[broker]
	l.Busy, l.Known, l.Reset = true, true, false
	r := &api.ShareAcknowledgeRequest{Header: c.header(2), GroupID: c.cfg.Group, MemberID: c.MemberID,
		ShareSessionEpoch: epoch, IsRenewAck: renews(acks) && epoch != api.ShareSessionCloses, Partitions: c.putAcks(nil, acks)}
	c.callAcks(l, acks, fx)
	purpose := forShareAck
	if epoch == api.ShareSessionCloses {
		purpose = forShareClose
	}
	c.begin(purpose, broker, r, fx)
}

// sessionTook notes what a broker has made of a ShareFetch that it answered: a
// partition that is only there for its acknowledgements joins the session, too.
func (l *shareLink) sessionTook(r *api.ShareFetchRequest) {
	l.Epoch = nextEpoch(r.ShareSessionEpoch)
	for i := range r.Partitions {
		if p := r.Partitions[i].TopicPartition; !slices.Contains(l.Parts, p) {
			l.Parts = append(l.Parts, p)
		}
	}
	l.Parts = minus(l.Parts, r.Forgotten)
}
