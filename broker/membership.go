package broker

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/controller"
	"github.com/groundhogsim/groundhog/broker/log"
	"github.com/groundhogsim/groundhog/sim"
)

// A broker of a cluster and its controller (BrokerLifecycleManager,
// NodeToControllerChannelManager, ForwardingManager).

// The timers of a broker of a cluster; that of replication is group.TimerReplicate.
const (
	TimerHeartbeat = "broker-heartbeat" // CONTROLLER: it is to hear of the broker again
	TimerRetry     = "controller-retry" // CONTROLLER: what was lost is sent again
	TimerISR       = "isr-expiration"   // BROKER: replicas may have lagged for too long
)

const (
	controllerRetry = 50 * sim.Millisecond // of the channel to the controller
	heartbeatSoon   = 10 * sim.Millisecond // while the broker waits to be unfenced
)

// membership is what a broker of a cluster has beside its logs.
type membership struct {
	nodes      []sim.NodeID `canon:"-"` // by broker id
	controller sim.NodeID   `canon:"-"`

	// Durable.
	incarnation int64
	cleanEpoch  int64 // of the registration that ended in a clean shutdown; -1 for none

	live memberLive
}

// memberLive is what a crash drops.
type memberLive struct {
	epoch    int64             // of the registration; -1 before
	serving  bool              // clients are listened to
	image    *api.ClusterImage `canon:"shared"` // nil before the first
	leaving  bool              // it wants to shut down
	asked    []asked           // of the controller, oldest first
	sent     int               // so many of them, the oldest, are under way; -1 while none may be
	link     sim.Conn          // that they are sent on
	silent   int               // heartbeats that were due while one was not answered
	fetchers []fetcher         // by the broker that leads
	waits    []pause           // partitions that are not fetched for a while
}

// asked is a request to the controller.
type asked struct {
	request sim.Message `canon:"shared"`
	client  sim.Conn    // whom the answer is for, if forwarded
	forward bool
}

func (b *Broker) replicaRules() log.Rules {
	return log.Rules{MinInsyncReplicas: b.rules.MinInsyncReplicas, LagTimeMax: ms(b.rules.ReplicaLagTimeMaxMs)}
}

func ms(n int32) sim.Time { return sim.Time(n) * sim.Millisecond }

// forget is a crash of a broker of a cluster: it knows no more what it leads.
func (b *Broker) forget() {
	b.member.live = memberLive{epoch: -1, fetchers: make([]fetcher, len(b.member.nodes))}
	for _, t := range b.topics.All() {
		for i := range (*t).partitions {
			(*t).partitions[i].Forget()
		}
	}
	for i := range b.shards {
		b.shards[i].Replica().Forget()
	}
}

// join is the broker coming up: it registers, and is fenced until it has an
// image in which it is.
func (b *Broker) join(fx *sim.Effects) {
	m := b.member
	m.incarnation++
	b.register(fx)
	b.armHeartbeat(fx)
	b.armISR(fx)
	m.cleanEpoch = -1
}

func (b *Broker) register(fx *sim.Effects) {
	b.ask(fx, asked{request: &api.BrokerRegistrationRequest{
		BrokerID: b.id, IncarnationID: b.member.incarnation, PreviousBrokerEpoch: b.member.cleanEpoch,
	}})
}

func (b *Broker) heartbeat(fx *sim.Effects) {
	m := &b.member.live
	b.ask(fx, asked{request: &api.BrokerHeartbeatRequest{
		BrokerID: b.id, BrokerEpoch: m.epoch, CurrentMetadataOffset: b.imageOffset(), WantShutDown: m.leaving,
	}})
}

func (b *Broker) imageOffset() int64 {
	if im := b.member.live.image; im != nil {
		return im.Offset
	}
	return -1
}

func (b *Broker) armHeartbeat(fx *sim.Effects) {
	fx.SetTimer(TimerHeartbeat, fx.Name(b.member.controller), ms(b.rules.BrokerHeartbeatIntervalMs))
}

func (b *Broker) armISR(fx *sim.Effects) {
	fx.SetTimer(TimerISR, fx.Name(b.member.nodes[b.id]), ms(b.rules.ReplicaLagTimeMaxMs)/2)
}

// ask sends the controller a request, behind those that are under way.
func (b *Broker) ask(fx *sim.Effects, a asked) {
	m := &b.member.live
	m.asked = append(m.asked, a)
	b.sendAsked(fx)
}

// sendAsked sends what is not under way, unless what was lost waits to be sent
// again.
func (b *Broker) sendAsked(fx *sim.Effects) {
	m := &b.member.live
	if m.sent < 0 {
		return
	}
	for ; m.sent < len(m.asked); m.sent++ {
		m.link = fx.Send(b.member.controller, controller.LaneRequests, m.asked[m.sent].request)
	}
}

// heartbeatDue is the heartbeat's timer. A connection on which nothing comes
// back is given up.
func (b *Broker) heartbeatDue(fx *sim.Effects) {
	m := &b.member.live
	b.armHeartbeat(fx)
	switch {
	case slices.ContainsFunc(m.asked, asked.isSession):
		if m.silent++; m.silent == 2 {
			fx.Hangup(m.link)
			b.lostController(fx)
		}
	case m.epoch < 0:
		b.register(fx)
	default:
		b.heartbeat(fx)
	}
}

// isSession tells registrations and heartbeats, of which a newer one is as good.
func (a asked) isSession() bool {
	switch a.request.(type) {
	case *api.BrokerRegistrationRequest, *api.BrokerHeartbeatRequest:
		return true
	}
	return false
}

// lostController keeps what has to be asked again. Some of it may have been
// done: a topic that is created twice exists already.
func (b *Broker) lostController(fx *sim.Effects) {
	m := &b.member.live
	m.asked = slices.DeleteFunc(m.asked, asked.isSession)
	m.sent, m.silent = -1, 0
	fx.SetTimer(TimerRetry, fx.Name(b.member.controller), controllerRetry)
}

// retryController goes on with a new connection.
func (b *Broker) retryController(fx *sim.Effects) {
	b.member.live.sent = 0
	b.sendAsked(fx)
}

// answered takes the controller's answer to the oldest request.
func (b *Broker) answered(fx *sim.Effects, answer sim.Message) {
	m := &b.member.live
	if m.sent <= 0 {
		return
	}
	a := m.asked[0]
	m.asked = m.asked[1:]
	m.sent--
	if len(m.asked) == 0 {
		m.asked = nil
	}
	switch r := answer.(type) {
	case *api.BrokerRegistrationResponse:
		if r.ErrorCode == api.None {
			m.epoch = r.BrokerEpoch
			b.heartbeat(fx)
		}
	case *api.BrokerHeartbeatResponse:
		b.heartbeatAnswered(fx, r)
	case *api.AlterPartitionResponse:
		b.altered(fx, r)
	default:
		if a.forward {
			b.reply(fx, a.client, answer)
		}
	}
}

func (b *Broker) heartbeatAnswered(fx *sim.Effects, r *api.BrokerHeartbeatResponse) {
	m := &b.member.live
	m.silent = 0
	switch {
	case r.ErrorCode == api.StaleBrokerEpoch || r.ErrorCode == api.BrokerIDNotRegistered:
		m.epoch = -1 // somebody else has its id, or nobody knows it: registered anew when next due
	case r.ErrorCode != api.None:
	case r.ShouldShutDown:
		b.member.cleanEpoch = m.epoch
		fx.Exit()
	case r.IsFenced:
		fx.SetTimer(TimerHeartbeat, fx.Name(b.member.controller), heartbeatSoon)
	case !m.serving:
		b.serve()
	}
}

// serve begins to read what clients send (BrokerServer.startup waits to be
// unfenced before it does).
func (b *Broker) serve() {
	b.member.live.serving = true
	for i := range b.live.conns {
		if k := &b.live.conns[i]; !k.muted && len(k.waiting) > 0 {
			b.ready = append(b.ready, sim.Conn{Peer: k.peer, Lane: k.lane, Inc: k.inc})
		}
	}
}

// hear takes a message that is not from a client or follower.
func (b *Broker) hear(fx *sim.Effects, c sim.Conn, m sim.Message) bool {
	switch {
	case c.Peer == b.member.controller && c.Lane == controller.LaneImages:
		if u, ok := m.(*api.MetadataUpdate); ok && u.Image.Offset > b.imageOffset() {
			b.apply(fx, u.Image)
		}
	case c.Peer == b.member.controller:
		if c == b.member.live.link {
			b.answered(fx, m)
		}
	default:
		leader, ok := b.isFetchLink(c)
		if ok {
			b.fetched(fx, leader, c, m)
		}
		return ok
	}
	return true
}

// lost is the end of a connection that is no client's or follower's.
func (b *Broker) lost(fx *sim.Effects, c sim.Conn) bool {
	switch {
	case c.Peer == b.member.controller:
		if c == b.member.live.link {
			b.lostController(fx)
		}
	default:
		leader, ok := b.isFetchLink(c)
		if ok {
			b.fetchLost(fx, leader, c)
		}
		return ok
	}
	return true
}
