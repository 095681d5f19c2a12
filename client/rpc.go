package client

import (
	"strconv"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// purpose says what a request is for; a client has at most one of each under
// way to each broker.
type purpose uint8

const (
	forMetadata purpose = iota
	forCoordinator
	forJoin
	forSync
	forHeartbeat
	forLeave
	forCommit
	forOffsets
	forListOffsets
	forFetch
	forProduce
	forEpochs
	forAdmin
	forCommitted
	forShareBeat
	forShareLeave
	forShareFetch
	forShareAck
	forShareClose
)

var purposeNames = [...]string{
	"metadata", "coordinator", "join", "sync", "heartbeat", "leave",
	"commit", "offsets", "list-offsets", "fetch", "produce", "epochs", "admin", "committed",
	"share-heartbeat", "share-leave", "share-fetch", "share-acknowledge", "share-close",
}

// toCoordinator tells the requests that go to the group's coordinator, and
// are sent again when it has moved.
func (p purpose) toCoordinator() bool {
	switch p {
	case forJoin, forSync, forHeartbeat, forLeave, forCommit, forOffsets, forCommitted, forShareBeat, forShareLeave:
		return true
	}
	return false
}

// anywhere tells the requests that any broker can answer.
func (p purpose) anywhere() bool { return p == forMetadata || p == forCoordinator }

// rebuilt tells the requests that are not sent again as they were, for by then
// other partitions, offsets or leaders may be right: they are put into Failed,
// at once and when they have backed off.
func (p purpose) rebuilt() bool {
	switch p {
	case forFetch, forListOffsets, forEpochs, forProduce, forAdmin, forShareFetch:
		return true
	}
	return false
}

type callState uint8

const (
	waiting   callState = iota // for the coordinator to be found
	sent                       // for the answer
	backing                    // for its next try
	abandoned                  // for an answer that nobody wants any more
)

// call is a request under way.
type call struct {
	Purpose purpose
	State   callState
	Broker  int32
	Tries   int64       `canon:"sat=4"`
	Req     sim.Message `canon:"shared"`
	Conn    sim.Conn
	Tag     uint32 `canon:"-"` // its correlation id
}

// calls of a client, in the order in which they were sent: the broker answers
// those of one connection in order.
type calls struct {
	cfg         *Config `canon:"-"`
	List        []call
	Coordinator int32   // -1: not known
	Known       []int32 // the brokers that metadata last told of; nil: none yet, Config.Brokers are tried
	Any         int32   // the broker that is asked what any can answer; -1: not chosen yet
	Silent      int     // how many of them in a row did not answer
	LastTag     uint32  `canon:"-"`
	Failed      []call  // broken, and not to be sent again; empty between steps
}

func newCalls(cfg *Config) calls { return calls{cfg: cfg, Coordinator: -1, Any: -1} }

const (
	timerRetry   = "retry"
	timerTimeout = "request-timeout"
)

// begin starts a request; broker counts only for those that go neither to the
// coordinator nor anywhere.
func (c *calls) begin(p purpose, broker int32, req sim.Message, fx *sim.Effects) {
	c.start(call{Purpose: p, Broker: broker, Req: req}, fx)
}

func (c *calls) start(k call, fx *sim.Effects) {
	if k.Purpose.toCoordinator() && c.Coordinator < 0 {
		k.State = waiting
		c.List = append(c.List, k)
		c.findCoordinator(fx)
		return
	}
	c.send(k, fx)
}

func (c *calls) send(k call, fx *sim.Effects) {
	switch {
	case k.Purpose.toCoordinator():
		k.Broker = c.Coordinator
	case k.Purpose.anywhere():
		k.Broker = c.anyBroker(fx)
	}
	lane := c.cfg.pol.lanes[k.Purpose]
	k.State = sent
	c.LastTag++
	k.Tag = c.LastTag
	k.Conn = fx.SendTagged(c.cfg.Brokers[k.Broker], lane, k.Req, k.Tag)
	c.supersede(k.Conn, fx)
	if !c.busy(k.Conn) {
		c.armTimeout(k, fx)
	}
	c.List = append(c.List, k)
}

// supersede gives up what is awaited on an earlier incarnation of a
// connection: a peer that fell silent never tells that it is gone.
func (c *calls) supersede(by sim.Conn, fx *sim.Effects) {
	for i := range c.List {
		k := &c.List[i]
		if (k.State == sent || k.State == abandoned) && k.Conn.Peer == by.Peer && k.Conn.Lane == by.Lane && k.Conn.Inc != by.Inc {
			c.closed(k.Conn, fx)
			return
		}
	}
}

// busy tells whether answers are awaited on a connection.
func (c *calls) busy(conn sim.Conn) bool {
	for i := range c.List {
		if k := &c.List[i]; (k.State == sent || k.State == abandoned) && k.Conn == conn {
			return true
		}
	}
	return false
}

func (c *calls) armTimeout(k call, fx *sim.Effects) {
	if c.cfg.RequestTimeout < 0 {
		return
	}
	fx.SetTimer(timerTimeout, c.cfg.laneKeys[k.Broker][k.Conn.Lane], c.cfg.timeout(k.Purpose))
}

// answered takes the call that a message answers off the list. It is not ok
// for answers that nobody waits for.
func (c *calls) answered(in *sim.Input, fx *sim.Effects) (k call, ok bool) {
	at := -1
	for i := range c.List {
		if s := c.List[i].State; (s == sent || s == abandoned) && c.List[i].Conn == in.Conn {
			at = i
			break
		}
	}
	if at < 0 {
		return call{}, false
	}
	if c.List[at].Tag != in.Tag {
		// A message was lost or doubled: nobody knows any more which answer is
		// whose (errCorrelationIDMismatch of kgo, NetworkClient.correlate).
		fx.Hangup(in.Conn)
		c.closed(in.Conn, fx)
		return call{}, false
	}
	k = c.take(at)
	c.Silent = 0
	fx.StopTimer(timerTimeout, c.cfg.laneKeys[k.Broker][k.Conn.Lane])
	for i := range c.List {
		if n := &c.List[i]; (n.State == sent || n.State == abandoned) && n.Conn == in.Conn {
			c.armTimeout(*n, fx)
			break
		}
	}
	return k, k.State == sent
}

func (c *calls) take(i int) call {
	k := c.List[i]
	c.List = append(c.List[:i], c.List[i+1:]...)
	return k
}

// under tells whether a request of the purpose is under way and wanted.
func (c *calls) under(p purpose) bool {
	for i := range c.List {
		if c.List[i].Purpose == p && c.List[i].State != abandoned {
			return true
		}
	}
	return false
}

// abandon gives up on all requests of a purpose.
func (c *calls) abandon(p purpose, fx *sim.Effects) {
	for i := 0; i < len(c.List); i++ {
		if c.List[i].Purpose != p || c.List[i].State == abandoned {
			continue
		}
		if c.List[i].State == sent {
			c.List[i].State = abandoned
			continue
		}
		fx.StopTimer(timerRetry, c.retryKey(c.take(i)))
		i--
	}
}

// retryKey names the timer after which a call is sent again; those to the
// coordinator and to anybody have one wherever that is.
func (c *calls) retryKey(k call) string {
	if k.Purpose.toCoordinator() || k.Purpose.anywhere() || k.Broker == 0 {
		return purposeNames[k.Purpose]
	}
	return purposeNames[k.Purpose] + "/b" + strconv.Itoa(int(k.Broker))
}

// hangup gives up on all requests of a purpose, and closes the connections on
// which they are awaited: how kgo ends a fetch whose session is over. Java
// drops the answers when they come.
func (c *calls) hangup(p purpose, fx *sim.Effects) {
	c.abandon(p, fx)
	if !c.cfg.pol.cancelCostsConn {
		return
	}
	for i := 0; i < len(c.List); i++ {
		if k := c.List[i]; k.Purpose == p {
			fx.Hangup(k.Conn)
			fx.StopTimer(timerTimeout, c.cfg.laneKeys[k.Broker][k.Conn.Lane])
			c.take(i)
			i--
		}
	}
}

// closed sends everything again, after a while, that was awaited on a
// connection that is gone; but what the profile does not retry, it puts into
// Failed.
func (c *calls) closed(conn sim.Conn, fx *sim.Effects) {
	for i := 0; i < len(c.List); i++ {
		if s := c.List[i].State; c.List[i].Conn != conn || s != sent && s != abandoned {
			continue
		}
		k := c.take(i)
		i--
		fx.StopTimer(timerTimeout, c.cfg.laneKeys[k.Broker][k.Conn.Lane])
		if k.Broker == c.Any && k.Purpose.anywhere() {
			c.nextBroker()
		}
		switch {
		case k.State == abandoned:
		case k.Purpose.rebuilt():
			c.Failed = append(c.Failed, k)
		case c.cfg.pol.failsFast[k.Purpose]:
			if k.Purpose.toCoordinator() {
				c.Coordinator = -1
			}
			c.Failed = append(c.Failed, k)
		default:
			c.retry(k, fx)
		}
	}
}

// retry lets a call back off and be sent again. A coordinator that could not
// be reached, or says it is none, is looked for anew.
func (c *calls) retry(k call, fx *sim.Effects) {
	if k.Purpose.toCoordinator() {
		c.loseCoordinator(fx)
	}
	k.Tries++
	k.State = backing
	c.List = append(c.List, k)
	fx.SetTimer(timerRetry, c.retryKey(k), c.cfg.backoff(k.Tries, fx))
}

// timer reacts to the timers of calls; it tells whether the timer was one.
func (c *calls) timer(in *sim.Input, fx *sim.Effects) bool {
	switch in.Label {
	case timerRetry:
		for i := range c.List {
			if k := c.List[i]; k.State == backing && c.retryKey(k) == in.Key {
				if k = c.take(i); k.Purpose.rebuilt() {
					c.Failed = append(c.Failed, k)
				} else {
					c.start(k, fx)
				}
				break
			}
		}
		return true
	case timerTimeout:
		for i := range c.List {
			k := &c.List[i]
			if (k.State == sent || k.State == abandoned) && c.cfg.laneKeys[k.Broker][k.Conn.Lane] == in.Key {
				conn := k.Conn
				fx.Hangup(conn)
				c.closed(conn, fx)
				break
			}
		}
		return true
	}
	return false
}

func (c *calls) header(version int16) api.Header {
	return api.Header{APIVersion: version, ClientID: c.cfg.ClientID}
}

// retriable tells the errors after which a request to the coordinator is sent
// again.
func retriable(e api.ErrorCode) bool {
	switch e {
	case api.CoordinatorLoadInProgress, api.CoordinatorNotAvailable, api.NotCoordinator,
		api.RequestTimedOut, api.LeaderNotAvailable, api.NotLeaderOrFollower:
		return true
	}
	return false
}
