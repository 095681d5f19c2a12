package group

import (
	"fmt"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
)

// Description is a group as an operator would want to see it: for tests, for
// people, and for comparisons with what a live broker tells.
type Description struct {
	ID           string
	State        State
	ProtocolType string
	Protocol     string
	Generation   int32
	Leader       string
	Timer        string // the group's own timer that is armed: of its join or its sync phase
	Members      []MemberDescription
	Pending      []string // member ids given out and not yet used
	PendingSync  []string // member ids that have yet to send SyncGroup
}

// MemberDescription is one member, in the order of the group's HashMap.
type MemberDescription struct {
	ID         string
	InstanceID string
	ClientID   string
	Protocols  []string
	Assignment []api.TopicPartition
	Waits      string // JoinGroup, SyncGroup or empty: its request that is not answered
	Timer      string // the timer that is armed for it
}

// Describe gives a group as it is now; it is not ok when there is none.
func (c *Coordinator) Describe(id string) (d Description, ok bool) {
	g := c.group(id)
	if g == nil {
		return Description{}, false
	}
	d = Description{
		ID: g.id, State: g.state, ProtocolType: g.protocolType, Protocol: g.protocol,
		Generation: g.generation, Leader: g.leader, Timer: g.joinTimer,
	}
	if g.syncTimer {
		d.Timer = TimerSync
	}
	for _, m := range g.members.All() {
		d.Members = append(d.Members, m.describe())
	}
	for id := range g.pending.Keys() {
		d.Pending = append(d.Pending, id)
	}
	for id := range g.pendingSync.Keys() {
		d.PendingSync = append(d.PendingSync, id)
	}
	return d, true
}

func (m *member) describe() MemberDescription {
	d := MemberDescription{
		ID: m.id, InstanceID: m.instanceID, ClientID: m.clientID,
		Assignment: m.assignment, Timer: m.timer,
	}
	for i := range m.protocols {
		d.Protocols = append(d.Protocols, m.protocols[i].Name)
	}
	switch {
	case m.join.waits:
		d.Waits = "JoinGroup"
	case m.sync.waits:
		d.Waits = "SyncGroup"
	}
	return d
}

// MarkDead makes a group Dead, which otherwise only its coordinator's
// resignation does: then nothing can ask it any more. It is for showing what a
// request would find in between.
func (c *Coordinator) MarkDead(id string) {
	if g := c.group(id); g != nil {
		g.become(Dead, g.since)
	}
}

// Groups lists the ids of the groups there are, in order.
func (c *Coordinator) Groups() (ids []string) {
	for id := range c.live.groups.Keys() {
		ids = append(ids, id)
	}
	return ids
}

// Records gives the coordinator's log: what is in __consumer_offsets. It is
// good until the next step and must not be changed.
func (c *Coordinator) Records() []Record { return c.log.records }

// HighWatermark is up to where the coordinator's log is committed.
func (c *Coordinator) HighWatermark() int64 { return c.log.HighWatermark() }

// String prints the description on one line for the group and one a member.
func (d *Description) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s generation %d", d.ID, d.State, d.Generation)
	if d.Protocol != "" {
		fmt.Fprintf(&b, " protocol %s", d.Protocol)
	}
	if d.Timer != "" {
		fmt.Fprintf(&b, " (%s)", d.Timer)
	}
	for _, m := range d.Members {
		fmt.Fprintf(&b, "\n  %s", m.ID)
		if m.ID == d.Leader {
			b.WriteString(" leads")
		}
		if m.InstanceID != "" {
			fmt.Fprintf(&b, " instance %s", m.InstanceID)
		}
		for i, p := range m.Assignment {
			if i == 0 {
				b.WriteString(" has")
			}
			fmt.Fprintf(&b, " %s", p)
		}
		if m.Waits != "" {
			fmt.Fprintf(&b, " waits in %s", m.Waits)
		}
		if m.Timer != "" {
			fmt.Fprintf(&b, " (%s)", m.Timer)
		}
	}
	for _, id := range d.Pending {
		fmt.Fprintf(&b, "\n  %s pending", id)
	}
	if len(d.PendingSync) > 0 {
		fmt.Fprintf(&b, "\n  yet to sync: %s", strings.Join(d.PendingSync, " "))
	}
	return b.String()
}
