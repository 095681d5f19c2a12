package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// phase is where a consumer is in the life of its membership.
type phase uint8

const (
	starting phase = iota // it looks for its topics
	joining               // JoinGroup is parked at the coordinator
	syncing               // SyncGroup is
	member                // it is in a generation and heartbeats
	resting               // it failed, and waits before it joins again
	leaving               // it says goodbye
	closed
)

// callback is the application's callback that runs now.
type callback uint8

const (
	noCallback callback = iota
	onAssigned
	onRevoked
	onLost
)

// Consumer is one member of a classic group, after kgo's groupConsumer
// (consumer_group.go): join and sync, then the assigned callback while
// heartbeats already go on, then the committed offsets are fetched; a
// heartbeat that tells of a rebalance makes the member stop fetching, run the
// revoked callback to its end, and join again.
type Consumer struct {
	calls
	Topics     []topic
	Phase      phase
	MemberID   string
	Generation int32
	Protocol   string
	Leader     bool
	Owned      []model.TopicPartition
	Running    callback
	Held       callback      // waits until the application polls again
	Failure    api.ErrorCode // what ended the session; None while it goes on
	Awaiting   bool          // the revoked callback is over, a heartbeat is still under way
	Left       bool          // the application wants to leave
	Failures   int64         `canon:"sat=4"` // in a row

	Positions []position
	Buffer    []Batch // fetched and not yet polled
	Polling   int     // how many records the application waits for; 0: it does not
	Handling  bool    // it has polled and not come back
	Commits   []commit
	OffsetsOp int64 `canon:"-"` // of the last fetch of offsets
	LastOp    int64 `canon:"-"`
	Told      []AppEvent

	seen model.Event `canon:"-"` // the event being observed: kept here, it need not be allocated
}

type topic struct {
	Name    string
	Leaders []int32 // by partition
}

func (c *Consumer) init(cfg *Config) {
	op := c.LastOp
	*c = Consumer{LastOp: op}
	c.calls = calls{cfg: cfg, Coordinator: -1}
}

func (c *Consumer) tell(ev AppEvent) { c.Told = append(c.Told, ev) }

// Config is what the consumer is set to.
func (c *Consumer) Config() *Config { return c.cfg }

// observe reports an event of this membership to the history.
func (c *Consumer) observe(fx *sim.Effects, ev model.Event) {
	ev.Client, ev.Group = fx.Name(fx.Self()), c.cfg.Group
	ev.Member, ev.Generation = c.MemberID, c.Generation
	c.seen = ev
	fx.Observe(&c.seen)
}

const (
	timerHeartbeat = "heartbeat"
	timerRejoin    = "rejoin"
	timerMetadata  = "metadata"
	timerRefetch   = "refetch"
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
}

func (c *Consumer) answer(k call, m sim.Message, fx *sim.Effects) {
	switch r := m.(type) {
	case *api.MetadataResponse:
		c.gotMetadata(r, fx)
	case *api.FindCoordinatorResponse:
		c.foundCoordinator(k, r, fx)
	case *api.JoinGroupResponse:
		c.joined(k, r, fx)
	case *api.SyncGroupResponse:
		c.synced(k, r, fx)
	case *api.HeartbeatResponse:
		c.heartbeat(k, r.ErrorCode, fx)
	case *api.LeaveGroupResponse:
		c.gone(fx)
	case *api.OffsetCommitResponse:
		c.committed(k, r, fx)
	case *api.OffsetFetchResponse:
		c.gotOffsets(k, r, fx)
	case *api.ListOffsetsResponse:
		c.listed(k, r, fx)
	case *api.FetchResponse:
		c.fetched(r, fx)
	}
}

func (c *Consumer) timed(in *sim.Input, fx *sim.Effects) {
	if c.calls.timer(in, fx) {
		return
	}
	switch in.Label {
	case timerHeartbeat:
		c.begin(forHeartbeat, 0, &api.HeartbeatRequest{
			Header: c.header(4), GroupID: c.cfg.Group, GenerationID: c.Generation, MemberID: c.MemberID}, fx)
	case timerRejoin:
		c.join("after a failure", fx)
	case timerMetadata:
		c.askMetadata(fx)
	case timerRefetch:
		c.fetch(fx)
	}
}

func (c *Consumer) askMetadata(fx *sim.Effects) {
	if !c.under(forMetadata) {
		c.begin(forMetadata, 0, &api.MetadataRequest{Header: c.header(12), Topics: c.cfg.Topics}, fx)
	}
}

// gotMetadata starts the membership once a topic is there. A leader that sees
// the number of partitions change makes the group rebalance
// (findNewAssignments of kgo).
func (c *Consumer) gotMetadata(r *api.MetadataResponse, fx *sim.Effects) {
	before := c.partitionCounts()
	c.Topics = c.Topics[:0]
	for _, t := range r.Topics {
		if t.ErrorCode != api.None {
			continue
		}
		leaders := make([]int32, len(t.Partitions))
		for i, p := range t.Partitions {
			leaders[i] = p.LeaderID
		}
		c.Topics = append(c.Topics, topic{t.Name, leaders})
	}
	again := c.cfg.MetadataMaxAge
	switch {
	case len(c.Topics) == 0:
		again = 250 * sim.Millisecond // topics that do not exist yet
	case c.Phase == starting:
		c.join("start", fx)
	case c.Phase == member && c.Leader && !slices.Equal(before, c.partitionCounts()):
		c.sessionEnds(api.RebalanceInProgress, fx)
	}
	if again >= 0 {
		fx.SetTimer(timerMetadata, "", again)
	}
	c.fetch(fx)
}

func (c *Consumer) partitionCounts() []int {
	var n []int
	for _, t := range c.Topics {
		n = append(n, len(t.Leaders))
	}
	return n
}

func (c *Consumer) leaderOf(p model.TopicPartition) (broker int32, ok bool) {
	for _, t := range c.Topics {
		if t.Name == p.Topic && int(p.Partition) < len(t.Leaders) {
			return t.Leaders[p.Partition], true
		}
	}
	return 0, false
}
