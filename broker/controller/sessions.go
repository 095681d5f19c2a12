package controller

import (
	"strconv"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

func (c *Controller) touch(fx *sim.Effects, id int32) {
	c.brokers[id].session = true
	fx.SetTimer(TimerSession, fx.Name(c.nodes[id]), sim.Time(c.settings.BrokerSessionTimeoutMs)*sim.Millisecond)
}

// register takes a broker's process that has come up; another one of the same
// id has to be given up first, by its session's end
// (ClusterControlManager.registerBroker).
func (c *Controller) register(fx *sim.Effects, r *api.BrokerRegistrationRequest) sim.Message {
	if r.BrokerID < 0 || int(r.BrokerID) >= len(c.brokers) {
		return &api.BrokerRegistrationResponse{ErrorCode: api.InvalidRequest, BrokerEpoch: -1}
	}
	b := &c.brokers[r.BrokerID]
	if b.incarnation != r.IncarnationID {
		if b.registered && b.session {
			return &api.BrokerRegistrationResponse{ErrorCode: api.DuplicateRegistration, BrokerEpoch: -1}
		}
		if b.registered { // what was of it before is no more
			unclean := r.BrokerID
			if r.PreviousBrokerEpoch == b.epoch {
				unclean = none
			}
			c.handleGone(r.BrokerID, unclean)
		}
		*b = broker{registered: true, fenced: true, epoch: c.offset + 1, incarnation: r.IncarnationID}
		c.dirty = true
		c.conns[r.BrokerID] = false
	}
	c.touch(fx, r.BrokerID)
	c.listen(fx, r.BrokerID)
	return &api.BrokerRegistrationResponse{BrokerEpoch: b.epoch}
}

// heartbeat is ReplicationControlManager.processBrokerHeartbeat with
// BrokerHeartbeatManager.calculateNextBrokerState.
func (c *Controller) heartbeat(fx *sim.Effects, r *api.BrokerHeartbeatRequest) sim.Message {
	if r.BrokerID < 0 || int(r.BrokerID) >= len(c.brokers) || !c.brokers[r.BrokerID].registered {
		return &api.BrokerHeartbeatResponse{ErrorCode: api.BrokerIDNotRegistered}
	}
	b := &c.brokers[r.BrokerID]
	if b.epoch != r.BrokerEpoch {
		return &api.BrokerHeartbeatResponse{ErrorCode: api.StaleBrokerEpoch}
	}
	b.caughtUp = r.CurrentMetadataOffset
	caughtUp, stop := r.CurrentMetadataOffset >= b.epoch, false
	switch {
	case r.WantShutDown && (b.fenced || !b.shuttingDown && !c.leadsAny(r.BrokerID)):
		stop = true
	case r.WantShutDown && !b.shuttingDown:
		b.shuttingDown, c.dirty = true, true
		b.mustReach = c.offset + 1
		c.handleGone(r.BrokerID, none)
	case r.WantShutDown:
		stop = !c.leadsAny(r.BrokerID) && c.lowestOffset(r.BrokerID) >= b.mustReach
	case b.fenced && caughtUp:
		b.fenced, c.dirty = false, true
		c.handleUnfenced()
	}
	if stop {
		c.fence(r.BrokerID)
		b.session = false
		fx.StopTimer(TimerSession, fx.Name(c.nodes[r.BrokerID]))
	} else {
		c.touch(fx, r.BrokerID)
	}
	c.listen(fx, r.BrokerID)
	return &api.BrokerHeartbeatResponse{IsCaughtUp: caughtUp, IsFenced: b.fenced, ShouldShutDown: stop}
}

// lowestOffset is how far the images of all other active brokers are.
func (c *Controller) lowestOffset(but int32) int64 {
	least := c.offset
	for id := range c.brokers {
		if int32(id) != but && c.Active(int32(id)) {
			least = min(least, c.brokers[id].caughtUp)
		}
	}
	return least
}

// fence takes a broker out of all that it leads and is in sync with.
func (c *Controller) fence(id int32) {
	b := &c.brokers[id]
	if b.registered && b.fenced {
		return
	}
	b.fenced, c.dirty = true, true
	c.handleGone(id, none)
}

func (c *Controller) fire(fx *sim.Effects, label, key string) {
	switch label {
	case TimerSession:
		for id, n := range c.nodes {
			if fx.Name(n) == key {
				c.brokers[id].session = false
				c.fence(int32(id))
			}
		}
	case TimerBalance:
		c.electPreferred()
		c.armBalance(fx)
	}
}

func (c *Controller) armBalance(fx *sim.Effects) {
	if n := c.settings.LeaderImbalanceCheckSeconds; n > 0 {
		fx.SetTimer(TimerBalance, strconv.Itoa(int(n))+"s", sim.Time(n)*sim.Second)
	}
}
