package group

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// member is a member of a classic group (ClassicGroupMember).
type member struct {
	id                 string
	instanceID         string // empty for dynamic members
	clientID           string
	rebalanceTimeoutMs int32
	sessionTimeoutMs   int32
	protocols          []api.JoinGroupProtocol `canon:"shared"`
	assignment         []api.TopicPartition    `canon:"shared"`

	join  parked // its JoinGroup that waits for the join phase to end
	sync  parked // its SyncGroup that waits for the leader's
	isNew bool   // it waits in its first join, and has not heard of its id otherwise

	timer    string // the label of the timer that is armed for it; empty for none
	timerKey string `canon:"-"` // GROUP/MEMBER
}

// parked is a request that is not answered yet. A newer one of the same kind
// takes the place of an older one, which then is never answered: so it is in
// Kafka, too, where a client repeats a request only on a new connection.
type parked struct {
	waits    bool
	answered bool // with an error already; the member still counts as waiting
	conn     sim.Conn
}

// isOn tells that the request waits on a connection.
func (p *parked) isOn(c sim.Conn) bool { return p.waits && !p.answered && p.conn == c }

func park(c sim.Conn) parked { return parked{waits: true, conn: c} }

func (m *member) isStatic() bool { return m.instanceID != "" }

// metadata is what the member tells the leader under a protocol.
func (m *member) metadata(protocol string) api.Subscription {
	for i := range m.protocols {
		if m.protocols[i].Name == protocol {
			return m.protocols[i].Metadata
		}
	}
	return api.Subscription{}
}

func (m *member) supports(protocol string) bool {
	return slices.ContainsFunc(m.protocols, func(p api.JoinGroupProtocol) bool { return p.Name == protocol })
}

// satisfiesHeartbeat tells that the member is alive without heartbeats,
// because the coordinator owes it an answer (hasSatisfiedHeartbeat). A new
// member can expire even so: it could have given up long ago, and the muted
// connection does not show it.
func (m *member) satisfiesHeartbeat() bool {
	return !m.isNew && (m.join.waits || m.sync.waits)
}

// sameProtocols compares what a member can do and says with what it now sends,
// order included (ClassicGroupMember.matches).
func (m *member) sameProtocols(protocols []api.JoinGroupProtocol) bool {
	return slices.EqualFunc(m.protocols, protocols, func(a, b api.JoinGroupProtocol) bool {
		return a.Name == b.Name && sameSubscription(&a.Metadata, &b.Metadata)
	})
}

func sameSubscription(a, b *api.Subscription) bool {
	return a.UserData == b.UserData && a.GenerationID == b.GenerationID && a.RackID == b.RackID &&
		slices.Equal(a.Topics, b.Topics) && slices.Equal(a.OwnedPartitions, b.OwnedPartitions)
}
