package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// anyBroker is whom the client asks what every broker knows. It stays with one
// until that one fails, and then goes on to the next that metadata told of
// (kgo's Client.broker; NetworkClient.leastLoadedNode prefers a connected
// one). The first is drawn, as both shuffle the bootstrap list.
func (c *calls) anyBroker(fx *sim.Effects) int32 {
	if c.Any < 0 {
		c.Any = int32(fx.Draw("bootstrap", uint64(fx.Now()), int64(len(c.cfg.Brokers))))
	}
	return c.Any
}

// nextBroker turns to another broker. When all that metadata told of have
// failed, those of the configuration are tried again (KIP-899 in Java; kgo's
// seeds).
func (c *calls) nextBroker() {
	if c.Silent++; c.Silent > len(c.Known) {
		c.Known, c.Silent = nil, 0
	}
	for range c.cfg.Brokers {
		c.Any = (c.Any + 1) % int32(len(c.cfg.Brokers))
		if c.Known == nil || slices.Contains(c.Known, c.Any) {
			return
		}
	}
}

// learnBrokers takes the brokers that are up from metadata; ids that the
// configuration gives no node for are left out.
func (c *calls) learnBrokers(ids []int32) {
	c.Known = c.Known[:0]
	for _, id := range ids {
		if c.reachable(id) {
			c.Known = append(c.Known, id)
		}
	}
	if len(c.Known) == 0 {
		c.Known = nil
	}
}

// reachable tells whether there is a node for a broker id; there is none for
// -1, which stands for no leader.
func (c *calls) reachable(id int32) bool { return id >= 0 && int(id) < len(c.cfg.Brokers) }

func (c *calls) findCoordinator(fx *sim.Effects) {
	if !c.under(forCoordinator) {
		c.begin(forCoordinator, 0, &api.FindCoordinatorRequest{Header: c.header(4), Key: c.cfg.Group}, fx)
	}
}

// foundCoordinator sends what waited for it.
func (c *calls) foundCoordinator(k call, r *api.FindCoordinatorResponse, fx *sim.Effects) {
	if r.ErrorCode != api.None || !c.reachable(r.NodeID) {
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

// loseCoordinator forgets who coordinates the group. Java also closes the
// connection to it, and what was under way there has failed
// (AbstractCoordinator.markCoordinatorUnknown).
func (c *calls) loseCoordinator(fx *sim.Effects) {
	at := c.Coordinator
	c.Coordinator = -1
	if at < 0 || !c.cfg.pol.java {
		return
	}
	for i := range c.List {
		k := &c.List[i]
		if (k.State == sent || k.State == abandoned) && k.Broker == at && k.Conn.Lane == LaneGroup {
			conn := k.Conn
			fx.Hangup(conn)
			c.closed(conn, fx)
			return
		}
	}
}
