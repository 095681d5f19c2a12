package group

import (
	"testing"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// TestDeadGroup: timers that are left do nothing to a group that is Dead. (What
// requests find there is in the golden scripts: the last section of each row.)
func TestDeadGroup(t *testing.T) {
	w := newWorld(DefaultSettings(), 1)
	m := w.clients[0]
	w.send(0, 0, m.join("g", "range"))
	w.send(0, 0, m.join("g", "range"))
	w.fire(sim.Minute)
	w.send(0, 0, m.sync("g"))
	g := w.c.group("g")
	if g.state != Stable {
		t.Fatalf("the group is %s", g.state)
	}
	w.c.MarkDead("g")
	if !w.fire(sim.Minute) || g.members.Len() != 1 {
		t.Errorf("a session timeout removed a member of a dead group")
	}
}

func errorOf(m sim.Message) api.ErrorCode {
	switch r := m.(type) {
	case *api.JoinGroupResponse:
		return r.ErrorCode
	case *api.SyncGroupResponse:
		return r.ErrorCode
	case *api.HeartbeatResponse:
		return r.ErrorCode
	case *api.LeaveGroupResponse:
		return r.ErrorCode
	case *api.OffsetCommitResponse:
		return r.Partitions[len(r.Partitions)-1].ErrorCode
	case *api.OffsetFetchResponse:
		return r.ErrorCode
	}
	return api.UnknownServerError
}

func TestTimerKeys(t *testing.T) {
	for _, s := range []string{"orders", "a/b", "100%", "%2F", "two\nlines", ""} {
		if e := escapeKey(s); unescapeKey(e) != s {
			t.Errorf("%q is %q and back %q", s, e, unescapeKey(e))
		}
	}
	w := newWorld(DefaultSettings(), 1)
	c := w.clients[0]
	c.name = "x/1"
	w.send(0, 0, c.join("a/b", "range"))
	if n, ok := w.Next(); !ok || n.Action.Key != "a%2Fb/x%2F1-1" || n.Action.Label != TimerPendingMember {
		t.Errorf("the timer is %+v", n.Action)
	}
	w.fire(sim.Minute)
	if g := w.c.group("a/b"); g.pending.Len() != 0 {
		t.Error("the pending member is still there after its time-out")
	}
}
