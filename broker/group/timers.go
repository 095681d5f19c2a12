package group

import (
	"strings"

	"github.com/groundhogsim/groundhog/sim"
)

// The coordinator's timers, as decision logs name them. Kafka has one key for
// a member's three, and one for a group's first two: of each only one is ever
// armed.
const (
	TimerSession          = "session-timeout"        // GROUP/MEMBER: no heartbeat came
	TimerNewMember        = "new-member-timeout"     // GROUP/MEMBER: a first join waited too long
	TimerPendingMember    = "pending-member-timeout" // GROUP/MEMBER: did not come back with its new id
	TimerInitialDelay     = "initial-delay"          // GROUP: a new group waits for more members
	TimerRebalance        = "rebalance-timeout"      // GROUP: the join phase
	TimerSync             = "sync-timeout"           // GROUP: the sync phase
	TimerShareSession     = "share-session-timeout"  // GROUP/MEMBER: no heartbeat came, of a share group
	TimerOffsetsExpiry    = "offsets-expiry"         // PARTITION: offsets, or groups, have outlived their use
	TimerReplicate        = "replicate"              // PARTITION: the other replicas have caught up
	TimerWriteTimeout     = "write-timeout"          // PARTITION: they have not
	TimerCoordinatorReady = "coordinator-load"       // PARTITION: the coordinator has read its log

	TimerCoordinatorUnload = "coordinator-unload" // PARTITION: a coordinator ends whose broker has been deposed
)

// Fire takes a timer that went off. It is false if it is none of the
// coordinator's.
func (c *Coordinator) Fire(fx *sim.Effects, label, key string, t Topics) bool {
	switch label {
	case TimerSession, TimerNewMember, TimerPendingMember:
		group, member, _ := strings.Cut(key, "/")
		if g := c.group(unescapeKey(group)); g != nil {
			c.write(fx, c.expireMember(fx, g, unescapeKey(member), label), sim.Conn{}, nil)
		}
	case TimerShareSession:
		group, member, _ := strings.Cut(key, "/")
		c.expireShareMember(fx, unescapeKey(group), unescapeKey(member), t)
	case TimerInitialDelay, TimerRebalance, TimerSync:
		if g := c.group(unescapeKey(key)); g != nil {
			c.write(fx, c.fireGroup(fx, g, label), sim.Conn{}, nil)
		}
	case TimerReplicate:
		if key != c.partition {
			return false
		}
		c.replicated(fx)
	case TimerWriteTimeout:
		c.writeTimeout(fx)
	case TimerOffsetsExpiry:
		c.expireOffsets(fx)
	case TimerCoordinatorReady:
		c.loaded(fx)
	case TimerCoordinatorUnload:
		c.Unload(fx)
	default:
		return false
	}
	return true
}

func (c *Coordinator) fireGroup(fx *sim.Effects, g *classic, label string) outcome {
	switch label {
	case TimerInitialDelay:
		g.joinTimer = ""
		return c.initialDelayOver(fx, g)
	case TimerRebalance:
		g.joinTimer = ""
		return c.completeJoin(fx, g)
	}
	g.syncTimer = false
	return c.expirePendingSync(fx, g)
}

// arm sets the timer of a member, in place of the one it may have.
func arm(fx *sim.Effects, m *member, label string, afterMs int32) {
	if m.timer != label {
		disarm(fx, m)
		m.timer = label
	}
	fx.SetTimer(label, m.timerKey, ms(afterMs))
}

func disarm(fx *sim.Effects, m *member) {
	if m.timer != "" {
		fx.StopTimer(m.timer, m.timerKey)
		m.timer = ""
	}
}

// armSession gives a member another session timeout to live
// (rescheduleClassicGroupMemberHeartbeat).
func armSession(fx *sim.Effects, m *member) { arm(fx, m, TimerSession, m.sessionTimeoutMs) }

func armJoin(fx *sim.Effects, g *classic, label string, afterMs int32) {
	if g.joinTimer != label {
		disarmJoin(fx, g)
		g.joinTimer = label
	}
	fx.SetTimer(label, g.timerKey, ms(afterMs))
}

func disarmJoin(fx *sim.Effects, g *classic) {
	if g.joinTimer != "" {
		fx.StopTimer(g.joinTimer, g.timerKey)
		g.joinTimer = ""
	}
}

func armSync(fx *sim.Effects, g *classic) {
	g.syncTimer = true
	fx.SetTimer(TimerSync, g.timerKey, ms(g.rebalanceTimeoutMs()))
}

func disarmSync(fx *sim.Effects, g *classic) {
	if g.syncTimer {
		g.syncTimer = false
		fx.StopTimer(TimerSync, g.timerKey)
	}
}
