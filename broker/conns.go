package broker

import (
	"slices"
	"strconv"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// connection is one connection as Kafka's SocketServer treats it: from a
// request until its answer it is muted, and nothing more is read from it. Nor
// does the broker notice meanwhile that the client is gone; only what waits on
// the connection itself is dropped then.
type connection struct {
	peer    sim.NodeID
	lane    sim.Lane
	inc     uint16
	muted   bool
	tag     uint32    `canon:"-"` // of the request that it is muted for: its correlation id
	waiting []request // requests not read yet, oldest first
	key     string    `canon:"-"` // names the connection in timers: m1 or m1/2
}

// request is a request and its correlation id.
type request struct {
	message sim.Message
	tag     uint32 `canon:"-"`
}

// connection finds the entry of a connection, and makes it if it is new. It is
// good until the next call.
func (b *Broker) connection(fx *sim.Effects, c sim.Conn) *connection {
	i, found := b.findConn(c)
	if !found {
		key := fx.Name(c.Peer)
		if c.Lane != 0 {
			key += "/" + strconv.Itoa(int(c.Lane))
		}
		b.live.conns = slices.Insert(b.live.conns, i, connection{peer: c.Peer, lane: c.Lane, inc: c.Inc, key: key})
	}
	return &b.live.conns[i]
}

// findConn gives the place of a connection in the table, which is sorted by
// peer and lane; or else where it would go.
func (b *Broker) findConn(c sim.Conn) (i int, found bool) {
	lo, hi := 0, len(b.live.conns)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if k := &b.live.conns[mid]; k.peer < c.Peer || k.peer == c.Peer && k.lane < c.Lane {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < len(b.live.conns) && b.live.conns[lo].peer == c.Peer && b.live.conns[lo].lane == c.Lane
}

// receive takes a message off a connection, or leaves it there until what came
// before it is answered.
func (b *Broker) receive(fx *sim.Effects, c sim.Conn, m sim.Message, tag uint32) {
	k := b.connection(fx, c)
	if k.inc != c.Inc { // a new incarnation; what was before it is lost
		b.dropParked(fx, sim.Conn{Peer: c.Peer, Lane: c.Lane, Inc: k.inc})
		k.inc, k.muted, k.waiting = c.Inc, false, nil
	}
	if k.muted || b.member != nil && !b.member.live.serving {
		k.waiting = append(k.waiting, request{m, tag})
		return
	}
	k.muted, k.tag = true, tag
	b.handle(fx, c, m)
}

// reply answers the request that a connection is muted for, and lets it be
// read from again. A reply to an incarnation that is gone goes nowhere.
func (b *Broker) reply(fx *sim.Effects, c sim.Conn, m sim.Message) {
	if i, found := b.findConn(c); found {
		fx.ReplyTagged(c, m, b.live.conns[i].tag)
	}
	b.unmute(c)
}

func (b *Broker) unmute(c sim.Conn) {
	i, found := b.findConn(c)
	if !found || b.live.conns[i].inc != c.Inc {
		return
	}
	b.live.conns[i].muted = false
	if len(b.live.conns[i].waiting) > 0 {
		b.ready = append(b.ready, c)
	}
}

// closed forgets a connection and what waits on it. Members whose JoinGroup or
// SyncGroup waits stay as they are: Kafka does not notice.
func (b *Broker) closed(fx *sim.Effects, c sim.Conn) {
	i, found := b.findConn(c)
	if !found || b.live.conns[i].inc != c.Inc {
		return
	}
	b.dropParked(fx, c)
	b.live.gathers = slices.DeleteFunc(b.live.gathers, func(g gather) bool { return g.conn == c })
	b.live.conns = slices.Delete(b.live.conns, i, i+1)
}

// settle ends a step: parked fetches and produces that can be answered now
// are, the coordinator's answers go out, and connections that were answered are
// read on, until nothing moves any more.
func (b *Broker) settle(fx *sim.Effects) {
	for {
		for i := range b.shards {
			b.answerCalls(fx, i)
			for _, a := range b.shards[i].Take() {
				if len(b.live.gathers) == 0 {
					b.reply(fx, a.Conn, a.Message)
				} else {
					b.deliver(fx, int32(i), &a)
				}
			}
			if b.shards[i].Grew() {
				b.moved = true // for followers
			}
		}
		switch {
		case b.moved:
			b.moved = false
			b.checkParked(fx)
		case len(b.ready) > 0:
			c := b.ready[0]
			b.ready = b.ready[1:]
			b.readOn(fx, c)
		default:
			b.ready = nil
			return
		}
	}
}

// answerCalls answers what a shard of the coordinator asks of share
// coordinators, of which there is none yet: as in Kafka while
// __share_group_state is not there.
func (b *Broker) answerCalls(fx *sim.Effects, shard int) {
	for calls := b.shards[shard].TakeCalls(); len(calls) > 0; calls = b.shards[shard].TakeCalls() {
		for _, k := range slices.Clone(calls) {
			b.shards[shard].Called(fx, k.ID, nil, api.CoordinatorNotAvailable, nil)
		}
	}
}

// readOn takes the next request off a connection that is not muted any more.
func (b *Broker) readOn(fx *sim.Effects, c sim.Conn) {
	i, found := b.findConn(c)
	if !found || b.live.conns[i].inc != c.Inc || b.live.conns[i].muted || len(b.live.conns[i].waiting) == 0 {
		return
	}
	k := &b.live.conns[i]
	m := k.waiting[0]
	k.waiting = k.waiting[1:]
	if len(k.waiting) == 0 {
		k.waiting = nil
	}
	k.muted, k.tag = true, m.tag
	b.handle(fx, c, m.message)
}

// handle is KafkaApis.handle: one request to the one that knows about it.
func (b *Broker) handle(fx *sim.Effects, c sim.Conn, m sim.Message) {
	if !supported(m) {
		b.refuse(fx, c)
		return
	}
	switch r := m.(type) {
	case *api.ProduceRequest:
		b.produce(fx, c, r)
	case *api.FetchRequest:
		b.fetch(fx, c, r)
	case *api.ListOffsetsRequest:
		b.reply(fx, c, b.listOffsets(r))
	case *api.MetadataRequest:
		b.reply(fx, c, b.metadata(r))
	case *api.FindCoordinatorRequest:
		b.reply(fx, c, b.findCoordinator(r))
	case *api.OffsetForLeaderEpochRequest:
		b.reply(fx, c, b.offsetsForEpochs(r))
	case *api.ApiVersionsRequest:
		b.reply(fx, c, apiVersions(r))
	case *api.CreateTopicsRequest, *api.DeleteTopicsRequest, *api.CreatePartitionsRequest:
		b.administer(fx, c, m)
	default:
		if !b.coordinate(fx, c, m) {
			b.refuse(fx, c)
		}
	}
}

// refuse closes a connection on which came what is no request that the broker
// knows (SocketServer.processCompletedReceives).
func (b *Broker) refuse(fx *sim.Effects, c sim.Conn) {
	b.closed(fx, c)
	fx.Hangup(c)
}
