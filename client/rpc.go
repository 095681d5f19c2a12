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
)

var purposeNames = [...]string{
	"metadata", "coordinator", "join", "sync", "heartbeat", "leave",
	"commit", "offsets", "list-offsets", "fetch", "produce",
}

func (p purpose) lane() sim.Lane {
	switch p {
	case forFetch:
		return LaneFetch
	case forJoin, forSync:
		return LaneGroup
	case forProduce:
		return LaneProduce
	}
	return LaneMain
}

// toCoordinator tells the requests that go to the group's coordinator, and
// are sent again when it has moved.
func (p purpose) toCoordinator() bool {
	switch p {
	case forJoin, forSync, forHeartbeat, forLeave, forCommit, forOffsets:
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
}

// Calls of a client, in the order in which they were sent: the broker answers
// those of one connection in order.
type calls struct {
	cfg         *Config `canon:"-"`
	List        []call
	Coordinator int32 // -1: not known
}

const (
	timerRetry   = "retry"
	timerTimeout = "request-timeout"
)

// begin starts a request; broker counts only for those that do not go to the
// coordinator.
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
	if k.Purpose.toCoordinator() {
		k.Broker = c.Coordinator
	}
	lane := k.Purpose.lane()
	k.State = sent
	k.Conn = fx.Send(c.cfg.Brokers[k.Broker], lane, k.Req)
	if !c.busy(k.Conn) {
		c.armTimeout(k, fx)
	}
	c.List = append(c.List, k)
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
	after := c.cfg.RequestTimeout
	switch k.Purpose {
	case forJoin, forSync:
		after += c.cfg.RebalanceTimeout
	case forFetch:
		after += c.cfg.FetchMaxWait
	}
	fx.SetTimer(timerTimeout, c.cfg.laneKeys[k.Broker][k.Conn.Lane], after)
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
	k = c.take(at)
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
		if c.List[i].Purpose != p {
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
// coordinator have one wherever that is.
func (c *calls) retryKey(k call) string {
	if k.Purpose.toCoordinator() || k.Broker == 0 {
		return purposeNames[k.Purpose]
	}
	return purposeNames[k.Purpose] + "/b" + strconv.Itoa(int(k.Broker))
}

// hangup closes the connections on which requests of a purpose are awaited,
// and gives those up: how kgo ends a fetch whose session is over.
func (c *calls) hangup(p purpose, fx *sim.Effects) {
	c.abandon(p, fx)
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
// connection that is gone.
func (c *calls) closed(conn sim.Conn, fx *sim.Effects) {
	for i := 0; i < len(c.List); i++ {
		if s := c.List[i].State; c.List[i].Conn != conn || s != sent && s != abandoned {
			continue
		}
		k := c.take(i)
		i--
		fx.StopTimer(timerTimeout, c.cfg.laneKeys[k.Broker][k.Conn.Lane])
		if k.State == sent {
			c.retry(k, fx)
		}
	}
}

// retry lets a call back off and be sent again. A coordinator that could not
// be reached, or says it is none, is looked for anew.
func (c *calls) retry(k call, fx *sim.Effects) {
	if k.Purpose.toCoordinator() {
		c.Coordinator = -1
	}
	k.Tries++
	k.State = backing
	c.List = append(c.List, k)
	fx.SetTimer(timerRetry, c.retryKey(k), backoff(k.Tries, fx))
}

// backoff is kgo's default: 250 ms doubling up to 5 s, give or take a fifth.
func backoff(tries int64, fx *sim.Effects) sim.Time {
	d := min(250*sim.Millisecond<<(min(tries, 6)-1), 5*sim.Second)
	return d*4/5 + sim.Time(fx.Draw("backoff", uint64(fx.Now()), int64(d*2/5)))
}

// timer reacts to the timers of calls; it tells whether the timer was one.
func (c *calls) timer(in *sim.Input, fx *sim.Effects) bool {
	switch in.Label {
	case timerRetry:
		for i := range c.List {
			if k := c.List[i]; k.State == backing && c.retryKey(k) == in.Key {
				c.start(c.take(i), fx)
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

func (c *calls) findCoordinator(fx *sim.Effects) {
	if !c.under(forCoordinator) {
		c.begin(forCoordinator, 0, &api.FindCoordinatorRequest{Header: c.header(4), Key: c.cfg.Group}, fx)
	}
}

// foundCoordinator sends what waited for it.
func (c *calls) foundCoordinator(k call, r *api.FindCoordinatorResponse, fx *sim.Effects) {
	if r.ErrorCode != api.None {
		c.retry(k, fx)
		return
	}
	c.Coordinator = r.NodeID
	for i := 0; i < len(c.List); i++ {
		if c.List[i].State == waiting {
			c.send(c.take(i), fx)
			i--
		}
	}
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
