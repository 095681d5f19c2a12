package client

import (
	"fmt"
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// ShareConsumer is one member of a share group (KIP-932): kgo's shareConsumer,
// or KafkaShareConsumer, by Config.Profile. What both have in common stands in
// share_{consumer,member,cursors,session,acks,records}.go, the order of what each
// does in share_franz.go and share_java.go, and how each ends in share_close.go.
//
// To a broker it owes at most one answer to a ShareFetch or ShareAcknowledge at
// a time; pump decides what goes out next.
type ShareConsumer struct {
	calls
	share *ShareConfig `canon:"-"`

	Topics       []topic // of the configuration, that exist
	Missing      int64   `canon:"sat=8"` // answers in a row in which one was not
	MetadataSoon bool
	Cursors      []shareCursor // by topic and partition
	Links        []shareLink   // by broker

	Phase    phase
	MemberID string
	Epoch    int32    // of the member
	Interval sim.Time `canon:"abs"` // between heartbeats, as the coordinator wants it
	// BeatDue: a heartbeat is to be sent as soon as the one under way is answered.
	BeatDue   bool
	Announced bool  // the coordinator was told the topics
	Failures  int64 `canon:"sat=4"` // of heartbeats, in a row

	Buffer    []shareRun // acquired, and not polled
	Held      []held     // what the application was given last, and has not acknowledged
	Acks      []ack      // to be sent
	Polling   int        // how many records the application waits for; 0: it does not
	FetchMore bool       // Java: fetches go out until one brings something
	FetchFrom int32      // Java, record-limit mode: the broker that is asked for records; -1: none
	Commits   []shareCommit
	Completed []ShareResult // Java: what poll and the commits tell next
	Turn      int           // record-limit mode: the broker that is asked next, in Java the cursor whose broker is
	Fatal     api.ErrorCode // Java: what the next poll throws
	Dead      bool          // Java: and has thrown: the member joins no more
	Leaving   bool
	LastOp    int64 `canon:"-"`
	Told      []ShareEvent

	seen model.Event `canon:"-"` // the event being observed: kept here, it need not be allocated
}

// shareCommit is a Commit whose end the application waits for: in the Java
// profile with what has come of it so far.
type shareCommit struct {
	Op      int64 `canon:"-"`
	Results []ShareResult
}

func (c *ShareConsumer) init(cfg *ShareConfig) {
	op, tag := c.LastOp, c.LastTag
	*c = ShareConsumer{LastOp: op, share: cfg, FetchFrom: -1}
	c.calls = newCalls(&cfg.Config)
	c.LastTag = tag
	c.Interval = cfg.HeartbeatInterval
	c.Links = make([]shareLink, len(cfg.Brokers))
}

func (c *ShareConsumer) tell(ev ShareEvent) { c.Told = append(c.Told, ev) }

// Config is what the consumer is set to.
func (c *ShareConsumer) Config() *ShareConfig { return c.share }

// Labels of timers that only share consumers have.
const (
	timerShareAcks  = "share-acks"  // franz: acknowledgements wait no longer for a fetch; by broker
	timerShareRetry = "share-retry" // Java: acknowledgements are sent again; by broker
	timerShareClose = "share-close" // Java: close gives up
	timerMember     = "member"      // the next try of a heartbeat that failed
)

func (c *ShareConsumer) step(in *sim.Input, fx *sim.Effects) {
	switch in.Kind {
	case sim.InStart:
		c.MemberID = fmt.Sprintf("%s-%08x", fx.Name(fx.Self()), fx.Draw("member-id", uint64(fx.Now()), 1<<32))
		c.tell(ShareEvent{Kind: ShareStarted})
		c.askMetadata(fx)
	case sim.InMessage:
		if k, ok := c.answered(in, fx); ok {
			c.answer(k, in.Msg, fx)
		}
	case sim.InClosed:
		c.closed(in.Conn, fx)
	case sim.InTimer:
		c.timed(in, fx)
	case sim.InCommand:
		c.Leave(fx)
	}
	for len(c.Failed) > 0 {
		k := c.Failed[0]
		c.Failed = slices.Delete(c.Failed, 0, 1)
		c.broken(k, fx)
	}
}

func (c *ShareConsumer) answer(k call, m sim.Message, fx *sim.Effects) {
	switch r := m.(type) {
	case *api.MetadataResponse:
		c.gotMetadata(r, fx)
	case *api.FindCoordinatorResponse:
		c.foundCoordinator(k, r, fx)
	case *api.ShareGroupHeartbeatResponse:
		switch {
		case k.Purpose == forShareLeave:
			c.leaveAnswered(k, r.ErrorCode, fx)
		case c.cfg.pol.java:
			c.javaShareBeat(r, fx)
		default:
			c.franzShareBeat(r, fx)
		}
	case *api.ShareFetchResponse:
		if c.cfg.pol.java {
			c.javaFetched(k, r, fx)
		} else {
			c.franzShareFetched(k, r, fx)
		}
	case *api.ShareAcknowledgeResponse:
		switch {
		case k.Purpose == forShareClose:
			c.sessionClosed(k.Broker, r, fx)
		case c.cfg.pol.java:
			c.javaAcknowledged(k, r, fx)
		default:
			c.franzAcknowledged(k, r, fx)
		}
	}
}

// broken reacts to a request whose connection is gone, and, for those that the
// profile sends anew, to the end of its pause.
func (c *ShareConsumer) broken(k call, fx *sim.Effects) {
	switch k.Purpose {
	case forShareBeat:
		c.beatFailed(disconnected, fx)
	case forShareLeave:
		c.leaveAnswered(k, api.None, fx)
	case forShareClose:
		c.sessionClosed(k.Broker, &api.ShareAcknowledgeResponse{ErrorCode: disconnected}, fx)
	case forShareFetch, forShareAck:
		if c.cfg.pol.java {
			c.javaShareBroken(k, fx)
		} else {
			c.franzBroken(k, fx)
		}
	}
}

func (c *ShareConsumer) timed(in *sim.Input, fx *sim.Effects) {
	switch in.Label {
	case timerMetadata:
		c.askMetadata(fx)
	case timerHeartbeat, timerMember:
		c.beatDue(fx)
	case timerShareAcks:
		l := &c.Links[brokerOf(in.Key)]
		l.AckTimer, l.AcksDue = false, true
	case timerShareRetry:
		c.Links[brokerOf(in.Key)].Resting = false
	case timerShareClose:
		c.gone(fx)
	case timerMaxPoll:
		c.sharePollExpired(fx)
	default:
		c.calls.timer(in, fx)
	}
}

// pump sends all that can be sent. It runs after every step, and after each
// thing that the application was told.
func (c *ShareConsumer) pump(fx *sim.Effects) {
	if c.Phase == closed {
		return
	}
	if c.Leaving {
		c.closing(fx)
		return
	}
	if c.cfg.pol.java {
		c.javaSharePump(fx)
		return
	}
	c.hand(fx)
	c.flushed()
	for i := range c.Links {
		c.franzNext(int32((c.Turn+i)%len(c.Links)), fx)
	}
	c.flushed()
}

// Poll asks for up to most records; ShareRecords brings them when there are
// some. In the franz profile, and in the implicit mode of the Java profile, what
// was polled before and nobody acknowledged is accepted by it.
func (c *ShareConsumer) Poll(most int, fx *sim.Effects) {
	if c.Leaving {
		return
	}
	c.Polling = min(most, c.cfg.MaxPollRecords)
	if c.cfg.pol.java {
		c.javaSharePoll(fx)
		return
	}
	c.finalizePoll()
}

// StopPolling ends a poll that has brought nothing yet.
func (c *ShareConsumer) StopPolling(fx *sim.Effects) {
	c.Polling = 0
	if c.cfg.pol.java && !c.Leaving {
		fx.SetTimer(timerMaxPoll, "", c.cfg.MaxPollInterval)
	}
}

// gone ends the process.
func (c *ShareConsumer) gone(fx *sim.Effects) {
	c.Phase = closed
	c.callBack()
	c.tell(ShareEvent{Kind: ShareClosed})
	c.observe(fx, model.Event{Kind: model.Stopped, Cause: "leave"})
	fx.Exit()
}
