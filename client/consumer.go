package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Consumer is one member of a classic group: its place in the group, and what
// it reads there. How it behaves is told by Config.Profile: the membership
// stands in franz*.go and java*.go, what both have in common in join.go,
// leader.go, metadata.go and callbacks.go.
type Consumer struct {
	calls
	membership
	javaState

	Manual    bool // what it reads was assigned by hand: it is in no group; see Direct
	Positions []position
	Buffer    []fetched // fetched and not yet polled
	Polling   int       // how many records the application waits for; 0: it does not
	Handling  bool      // it has polled and not come back
	Commits   []commit
	Questions []question
	OffsetsOp int64 `canon:"-"` // of the last fetch of offsets
	LastOp    int64 `canon:"-"`
	// RevokeWaits is set while a commit that beforeRevoke began is awaited.
	RevokeWaits  bool
	AutoDue      bool                   // the interval of auto-commit is over
	Completed    []AppEvent             // ends of commits that the next poll tells (Java)
	Paused       []model.TopicPartition // see Pause
	MetadataSoon bool                   // the metadata timer is set for soon
	Missing      int64                  `canon:"sat=8"` // answers in a row in which a topic of its own was not
	Told         []AppEvent

	seen model.Event `canon:"-"` // the event being observed: kept here, it need not be allocated
}

// membership is a consumer's place in its group.
type membership struct {
	Topics     []topic  // its own that exist
	Outside    []string // topics that others subscribe to, and that it follows as leader
	Others     []topic  // those of Outside that exist
	Phase      phase
	MemberID   string
	Generation int32 // -1: none
	Protocol   string
	Leader     bool
	Electing   *api.JoinGroupResponse `canon:"shared"` // awaits metadata; see elected
	Snapshot   []TopicSize            // what it knew when it divided the partitions last
	Owned      []model.TopicPartition

	Running  callback
	Held     callback               // waits until the application polls again
	Giving   []model.TopicPartition // what Running or Held is about
	Added    []model.TopicPartition // what the assigned callback will be about
	Left     bool                   // the application wants to leave
	Leaving  bool                   // it does so
	Failures int64                  `canon:"sat=4"` // in a row

	// The franz profile.
	Failure     api.ErrorCode // what ends the session; None while it goes on
	Revoking    bool          // it ends in good order
	Awaiting    bool          // the revoked callback is over, a heartbeat is still under way
	Rejoin      string        // why the member wants a rebalance; empty: it does not
	RejoinOwed  bool          // it gave partitions up, and has not joined since
	Cooperative bool          // the group's assignor is
	Downgraded  bool          // and was, until this join
	Planned     bool          // Plan is what a leader that must not assign would assign to itself
	Plan        []model.TopicPartition
}

func (c *Consumer) init(cfg *Config) {
	op := c.LastOp
	*c = Consumer{LastOp: op}
	c.calls = newCalls(cfg)
	c.Generation, c.RejoinNeeded = -1, cfg.pol.java
}

func (c *Consumer) tell(ev AppEvent) { c.Told = append(c.Told, ev) }

// Config is what the consumer is set to.
func (c *Consumer) Config() *Config { return c.cfg }

// observe reports an event of this membership to the history.
func (c *Consumer) observe(fx *sim.Effects, ev model.Event) {
	ev.Client = fx.Name(fx.Self())
	if !c.Manual {
		ev.Group, ev.Member, ev.Instance, ev.Generation = c.cfg.Group, c.MemberID, c.cfg.InstanceID, max(c.Generation, 0)
	} else if ev.Op != 0 { // only what it asks or tells the coordinator concerns the group
		ev.Group = c.cfg.Group
	}
	c.seen = ev
	fx.Observe(&c.seen)
}

const (
	timerHeartbeat = "heartbeat"
	timerRejoin    = "rejoin"
	timerMetadata  = "metadata"
)

func (c *Consumer) step(in *sim.Input, fx *sim.Effects) {
	switch in.Kind {
	case sim.InStart:
		c.tell(AppEvent{Kind: AppStarted})
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

func (c *Consumer) answer(k call, m sim.Message, fx *sim.Effects) {
	switch r := m.(type) {
	case *api.MetadataResponse:
		c.gotMetadata(k, r, fx)
	case *api.FindCoordinatorResponse:
		c.foundCoordinator(k, r, fx)
		if c.cfg.pol.java && c.beating() {
			fx.SetTimer(timerSession, "", c.cfg.SessionTimeout)
		}
	case *api.JoinGroupResponse:
		c.joined(k, r, fx)
	case *api.SyncGroupResponse:
		c.synced(k, r, fx)
	case *api.HeartbeatResponse:
		if c.cfg.pol.java {
			c.javaHeartbeat(r.ErrorCode, fx)
		} else {
			c.franzHeartbeat(k, r.ErrorCode, fx)
		}
	case *api.LeaveGroupResponse:
		if c.Phase == leaving {
			c.gone(fx)
		}
	case *api.OffsetCommitResponse:
		c.committed(k, r, fx)
	case *api.OffsetFetchResponse:
		if k.Purpose == forCommitted {
			c.gotCommitted(k, r, fx)
		} else {
			c.gotOffsets(k, r, fx)
		}
	case *api.ListOffsetsResponse:
		c.listed(k, r, fx)
	case *api.FetchResponse:
		c.fetched(k, r, fx)
	case *api.OffsetForLeaderEpochResponse:
		c.gotEpochs(k, r, fx)
	}
}

func (c *Consumer) timed(in *sim.Input, fx *sim.Effects) {
	switch {
	case c.calls.timer(in, fx):
	case in.Label == timerMetadata:
		c.askMetadata(fx)
	case c.dataTimed(in.Label, fx):
	case c.cfg.pol.java:
		c.javaTimed(in.Label, fx)
	case in.Label == timerHeartbeat:
		c.sendHeartbeat(fx)
	case in.Label == timerRejoin:
		c.join("after a failure", fx)
	}
}
