package group

import (
	"strings"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/internal/flat"
	"github.com/groundhogsim/groundhog/sim"
)

// State is the state of a classic group (ClassicGroupState).
type State uint8

// The states. Dead is what a group is after its coordinator has resigned.
const (
	Dead State = iota
	Empty
	PreparingRebalance  // the join phase: waiting for members to (re)join
	CompletingRebalance // the sync phase: waiting for the leader's assignment
	Stable
)

var stateNames = [...]string{
	Dead: "Dead", Empty: "Empty", PreparingRebalance: "PreparingRebalance",
	CompletingRebalance: "CompletingRebalance", Stable: "Stable",
}

// String is Kafka's name for the state.
func (s State) String() string { return stateNames[s] }

// classic is a classic group as it is at this moment (ClassicGroup): all of it
// is volatile.
type classic struct {
	id           string
	state        State
	previous     State
	since        sim.Time `canon:"-"` // when it came into this state
	protocolType string
	protocol     string // the one that the members agreed on; empty without members
	generation   int32
	leader       string // member id; empty for none

	members assignor.JavaMap[*member]
	static  flat.Map[string, string] // instance id → member id (I-C5)
	// pending members have been given an id with MEMBER_ID_REQUIRED and have
	// not come back with it. The join phase waits for them, too.
	pending flat.Map[string, pendingMember]
	// pendingSync are the ids that have yet to send SyncGroup in this
	// generation. The id that a static member had before stays among them, as
	// it does in Kafka: it holds up the end of the sync phase.
	pendingSync flat.Map[string, yes]

	// topics are what the members subscribed to when the join phase last ended
	// or the group was loaded. A static member that comes back with others in a
	// stable group changes them for the next coordinator only.
	topics      []string `canon:"shared"`
	topicsKnown bool
	// expires is when the first offset, or the group, can go: at or before the
	// truth. The times it comes from are no part of the state, so it is not.
	expires sim.Time `canon:"-"`

	newMemberAdded bool  // during the initial delay: reason to extend it
	delayMs        int32 // the initial delay that runs
	remainingMs    int32 // by how much it can still be extended

	joinTimer string // initial-delay, rebalance-timeout or empty
	syncTimer bool
	timerKey  string `canon:"-"` // GROUP
}

type pendingMember struct {
	timerKey string `canon:"-"` // GROUP/MEMBER
}

func newClassic(id string, now sim.Time) *classic {
	return &classic{id: id, state: Empty, previous: Dead, since: now, expires: sim.Never, timerKey: escapeKey(id)}
}

// become changes the state. Which changes there are is A.1.1's table; a test
// checks that no other happens.
func (g *classic) become(s State, now sim.Time) {
	g.previous, g.state, g.since = g.state, s, now
}

func (g *classic) member(id string) *member {
	m, _ := g.members.Get(id)
	return m
}

func (g *classic) isLeader(id string) bool { return g.leader != "" && g.leader == id }

func (g *classic) isPending(id string) bool { return g.pending.Get(id) != nil }

func (g *classic) staticMember(instanceID string) (id string, ok bool) {
	if p := g.static.Get(instanceID); p != nil {
		return *p, true
	}
	return "", false
}

// canRebalance tells the states from which a rebalance can begin.
func (g *classic) canRebalance() bool {
	return g.state == Stable || g.state == CompletingRebalance || g.state == Empty
}

// yes is the value of tables that are sets.
type yes struct{}

// add makes m a member. The first one leads, and sets the protocol type.
func (g *classic) add(m *member, protocolType string) {
	if g.members.Len() == 0 {
		g.protocolType = protocolType
	}
	if m.isStatic() {
		g.static.Put(m.instanceID, m.id)
	}
	if g.leader == "" {
		g.leader = m.id
	}
	g.members.Put(m.id, m)
	g.pending.Delete(m.id)
}

// remove takes a member or pending member out. Another one becomes leader if
// it led: the first in Java's order.
func (g *classic) remove(id string) {
	if m := g.member(id); m != nil {
		g.members.Delete(id)
		if m.isStatic() {
			g.static.Delete(m.instanceID)
		}
	}
	if g.isLeader(id) {
		g.leader, _ = g.members.First()
	}
	g.pending.Delete(id)
	g.pendingSync.Delete(id)
}

// electJoined makes sure that the leader is a member that has rejoined: the
// first one that has, in Java's order, if the leader has not. It is false when
// there is none (maybeElectNewJoinedLeader).
func (g *classic) electJoined() bool {
	if g.leader == "" {
		return false
	}
	if l := g.member(g.leader); l != nil && l.join.waits {
		return true
	}
	for id, m := range g.members.All() {
		if m.join.waits {
			g.leader = id
			return true
		}
	}
	return false
}

// awaitingJoin counts the members that have (re)joined.
func (g *classic) awaitingJoin() (n int) {
	for _, m := range g.members.All() {
		if m.join.waits {
			n++
		}
	}
	return n
}

func (g *classic) hasAllMembersJoined() bool {
	return g.members.Len() == g.awaitingJoin() && g.pending.Len() == 0
}

// rebalanceTimeoutMs is the longest of all members.
func (g *classic) rebalanceTimeoutMs() (longest int32) {
	for _, m := range g.members.All() {
		longest = max(longest, m.rebalanceTimeoutMs)
	}
	return longest
}

// supported tells whether all members support a protocol.
func (g *classic) supported(protocol string) bool {
	for _, m := range g.members.All() {
		if !m.supports(protocol) {
			return false
		}
	}
	return true
}

// supportsProtocols tells whether a member with these protocols fits in: in a
// group with members one that all support must be among them.
func (g *classic) supportsProtocols(protocolType string, protocols []api.JoinGroupProtocol) bool {
	if g.state == Empty {
		return protocolType != "" && len(protocols) > 0
	}
	if g.protocolType == "" || g.protocolType != protocolType {
		return false
	}
	for i := range protocols {
		if g.supported(protocols[i].Name) {
			return true
		}
	}
	return false
}

// selectProtocol holds the vote: each member for the first in its list that
// all support. A tie goes to the first in the order of the HashMap that Kafka
// counts votes in.
func (g *classic) selectProtocol() string {
	var votes assignor.JavaMap[int]
	for _, m := range g.members.All() {
		for i := range m.protocols {
			if name := m.protocols[i].Name; g.supported(name) {
				n, _ := votes.Get(name)
				votes.Put(name, n+1)
				break
			}
		}
	}
	best, most := "", 0
	for name, n := range votes.All() {
		if n > most {
			best, most = name, n
		}
	}
	return best
}

// validate is the first check of every request from a member
// (ClassicGroup.validateMember).
func (g *classic) validate(memberID, instanceID string) api.ErrorCode {
	if instanceID != "" {
		switch id, ok := g.staticMember(instanceID); {
		case !ok:
			return api.UnknownMemberID
		case id != memberID:
			return api.FencedInstanceID
		}
	}
	if g.member(memberID) == nil {
		return api.UnknownMemberID
	}
	return api.None
}

// everybody is what the leader is told: all members, in Java's order.
func (g *classic) everybody() []api.JoinGroupMember {
	all := make([]api.JoinGroupMember, 0, g.members.Len())
	for _, m := range g.members.All() {
		all = append(all, api.JoinGroupMember{
			MemberID: m.id, GroupInstanceID: m.instanceID, Metadata: m.metadata(g.protocol),
		})
	}
	return all
}

// memberIDs lists the leader, then the others in Java's order.
func (g *classic) memberIDs() []string {
	ids := make([]string, 0, g.members.Len())
	if g.leader != "" {
		ids = append(ids, g.leader)
	}
	for id := range g.members.All() {
		if id != g.leader {
			ids = append(ids, id)
		}
	}
	return ids
}

// escapeKey makes a name fit for a timer's key: GROUP/MEMBER has one slash,
// and a log's line no line breaks.
func escapeKey(s string) string {
	if !strings.ContainsAny(s, "/%\n\r") {
		return s
	}
	return strings.NewReplacer("%", "%25", "/", "%2F", "\n", "%0A", "\r", "%0D").Replace(s)
}

func unescapeKey(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	return strings.NewReplacer("%25", "%", "%2F", "/", "%0A", "\n", "%0D", "\r").Replace(s)
}
