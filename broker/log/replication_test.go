package log

import (
	"fmt"
	"testing"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

const lag = 10 * sim.Second

// led makes a leader of epoch 3 with ten records, of which followers 1 and 2
// have those before ends; eight were there when the epoch began.
func led(minISR int32, isr []int32, ends ...int64) *Log {
	l := NewReplica(0, Rules{MinInsyncReplicas: minISR, LagTimeMax: lag})
	l.Lead(&Assignment{Leader: 0, LeaderEpoch: 2, PartitionEpoch: 5, Replicas: []int32{0, 1, 2}, ISR: []int32{0}}, 0)
	l.Append(0, make([]api.Record, 8))
	l.Follow(&Assignment{Leader: 1, LeaderEpoch: 2, PartitionEpoch: 6})
	l.Lead(&Assignment{Leader: 0, LeaderEpoch: 3, PartitionEpoch: 7, Replicas: []int32{0, 1, 2}, ISR: isr}, 0)
	l.Append(0, make([]api.Record, 2))
	for i, end := range ends {
		f := l.Follower(int32(i + 1))
		l.Fetched(f, end, 1, sim.Second)
		l.SetEligible(f.Broker, true, 1)
	}
	l.Advance(sim.Second)
	return &l
}

// TestExpand: who joins the ISR has all that is committed, and all from before
// the leader's epoch, for that may be committed, too.
func TestExpand(t *testing.T) {
	for _, c := range []struct {
		name string
		end  int64
		want string
	}{
		{"all", 10, "[0 2 1]"}, {"the epoch's start", 8, "[0 2 1]"}, {"less", 7, "[]"},
	} {
		l := led(1, []int32{0, 2}, c.end, 8)
		if got := fmt.Sprint(l.Expand(l.Follower(1))); got != c.want {
			t.Errorf("with %s: %s, want %s", c.name, got, c.want)
		}
	}
	l := led(1, []int32{0}, 8, 8)
	l.Follower(1).upToDate, l.Follower(2).upToDate = longAgo, longAgo
	l.Advance(sim.Second) // to 10: nobody else is in sync
	if hw := l.HighWatermark(); hw != 10 {
		t.Fatalf("high watermark %d", hw)
	}
	if isr := l.Expand(l.Follower(1)); isr != nil {
		t.Errorf("below the high watermark: %v", isr)
	}
	l = led(1, []int32{0, 2}, 10, 10)
	l.SetEligible(1, true, 2) // another process of the broker is registered
	if isr := l.Expand(l.Follower(1)); isr != nil {
		t.Errorf("of another registration: %v", isr)
	}
}

// TestMaximalISR: a replica that is asked for counts already, one that is to
// go still does (KIP-497); who was refused does not.
func TestMaximalISR(t *testing.T) {
	l := led(1, []int32{0, 2}, 8, 8)
	l.Expand(l.Follower(1))
	l.Fetched(l.Follower(2), 10, 1, 2*sim.Second)
	if l.Advance(20*sim.Second) || l.HighWatermark() != 8 {
		t.Errorf("high watermark %d while the third is asked for", l.HighWatermark())
	}
	if !l.Altered(api.IneligibleReplica, &Assignment{}, 20*sim.Second) {
		l.Advance(20 * sim.Second)
	}
	if l.HighWatermark() != 10 || l.Proposed() != nil {
		t.Errorf("high watermark %d, proposed %v after it was refused", l.HighWatermark(), l.Proposed())
	}
	l = led(1, []int32{0, 1, 2}, 8, 10)
	if isr := l.Shrink(5 * sim.Second); isr != nil {
		t.Errorf("too early: %v", isr)
	}
	if isr := fmt.Sprint(l.Shrink(20 * sim.Second)); isr != "[0 2]" {
		t.Errorf("in sync are to be %s", isr)
	}
	if l.Advance(20*sim.Second) || l.HighWatermark() != 8 {
		t.Errorf("high watermark %d before the controller has agreed", l.HighWatermark())
	}
	if !l.Altered(api.None, &Assignment{LeaderEpoch: 3, PartitionEpoch: 8, ISR: []int32{0, 2}}, 20*sim.Second) || l.HighWatermark() != 10 {
		t.Errorf("high watermark %d after it has", l.HighWatermark())
	}
}

// TestOldImage: an image older than the controller's last answer, which came
// by another way, changes nothing.
func TestOldImage(t *testing.T) {
	l := led(1, []int32{0, 1, 2}, 8, 10)
	l.Shrink(20 * sim.Second)
	l.Altered(api.None, &Assignment{LeaderEpoch: 3, PartitionEpoch: 8, ISR: []int32{0, 2}}, 20*sim.Second)
	old := &Assignment{Leader: 0, LeaderEpoch: 3, PartitionEpoch: 7, Replicas: []int32{0, 1, 2}, ISR: []int32{0, 1, 2}}
	if l.Lead(old, 20*sim.Second); fmt.Sprint(l.ISR()) != "[0 2]" {
		t.Errorf("in sync are %v", l.ISR())
	}
	old.Leader = 1
	if l.Follow(old); !l.Leads() {
		t.Error("an old image has deposed it")
	}
	// An answer of an epoch that is over changes nothing either.
	l.Shrink(20 * sim.Second)
	if l.Altered(api.None, &Assignment{LeaderEpoch: 2, PartitionEpoch: 9, ISR: []int32{0}}, 0); fmt.Sprint(l.ISR()) != "[0 2]" {
		t.Errorf("in sync are %v by an answer to another leader", l.ISR())
	}
}

// TestMinISR: min.insync.replicas holds the high watermark, and is never more
// than there are replicas.
func TestMinISR(t *testing.T) {
	l := led(2, []int32{0}, 10, 10)
	if !l.UnderMinISR() || l.HighWatermark() != 0 {
		t.Errorf("under %v, high watermark %d", l.UnderMinISR(), l.HighWatermark())
	}
	if l = led(2, []int32{0, 1}, 10, 8); l.UnderMinISR() {
		t.Error("two are in sync, and two are asked for")
	}
	one := NewReplica(0, Rules{MinInsyncReplicas: 2})
	one.Lead(&Assignment{Leader: 0, LeaderEpoch: 0, Replicas: []int32{0}, ISR: []int32{0}}, 0)
	if _, committed := one.Append(0, make([]api.Record, 1)); !committed {
		t.Error("a partition of one replica commits nothing")
	}
}

// TestEndOffsetFor is LeaderEpochFileCache.endOffsetFor's table.
func TestEndOffsetFor(t *testing.T) {
	e := epochs{{2, 4}, {5, 9}}
	for _, c := range []struct {
		epoch, found int32
		end          int64
	}{{-1, -1, -1}, {1, 1, 4}, {2, 2, 9}, {4, 2, 9}, {5, 5, 20}, {6, -1, -1}} {
		if found, end := e.endOffsetFor(c.epoch, 20); found != c.found || end != c.end {
			t.Errorf("epoch %d: %d ends at %d, want %d at %d", c.epoch, found, end, c.found, c.end)
		}
	}
}
