package client

import "github.com/groundhogsim/groundhog/broker/api"

// phase is where a consumer is in the life of its membership.
type phase uint8

const (
	starting phase = iota // it looks for its topics, or has not polled yet
	joining               // JoinGroup is parked at the coordinator
	syncing               // SyncGroup is
	member                // it is in a generation and heartbeats
	resting               // it failed, and waits before it joins again
	leaving               // it says goodbye
	closed
)

var phaseNames = [...]string{"starting", "joining", "syncing", "a member", "waiting to rejoin", "leaving", "closed"}

// unsettledMembership tells what keeps the membership from being at rest;
// empty when nothing does.
func (c *Consumer) unsettledMembership() string {
	switch {
	case c.Manual:
	case c.Failure == api.FencedInstanceID || c.Fatal == api.FencedInstanceID:
		return "is fenced: another process has its group.instance.id"
	case c.Phase != member:
		return "is " + phaseNames[c.Phase]
	case c.Running != noCallback || c.Held != noCallback || c.Awaiting || c.Preparing:
		return "has a rebalance callback under way"
	case c.Failure != api.None || c.Rejoin != "" || c.cfg.pol.java && c.rejoinNeededOrPending():
		return "must rejoin"
	}
	return ""
}
