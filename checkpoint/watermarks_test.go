package checkpoint

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

var (
	p0 = model.TopicPartition{Topic: "t", Partition: 0}
	p1 = model.TopicPartition{Topic: "t", Partition: 1}
)

// ticks calls mark every 200 ms, and writes down what it emits.
type ticks struct {
	*marker
	now sim.Time
	out []string
}

func (k *ticks) tick(n int) {
	for range n {
		k.now += 200 * sim.Millisecond
		switch at, idle, changed := k.mark(k.now); {
		case !changed:
		case idle:
			k.out = append(k.out, fmt.Sprint(k.now, " idle"))
		default:
			k.out = append(k.out, fmt.Sprint(k.now, " ", at))
		}
	}
}

func (k *ticks) see(p model.TopicPartition, at int64) {
	k.saw(&Record{TopicPartition: p, Timestamp: at}, k.now)
}

func (k *ticks) want(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(k.out, want) {
		t.Errorf("emitted %q, want %q", k.out, want)
	}
	k.out = nil
}

func newTicks(w Watermarks, splits ...model.TopicPartition) *ticks {
	k := &ticks{marker: newMarker(&w)}
	for _, p := range splits {
		k.add(p)
	}
	return k
}

func TestWatermarkIsTheLeastOverSplits(t *testing.T) {
	k := newTicks(Watermarks{On: true, OutOfOrderness: 5 * sim.Second}, p0, p1)
	k.see(p0, 100_000)
	k.tick(2)
	k.want(t) // the other has not begun
	k.see(p1, 50_000)
	k.see(p1, 49_000)
	k.tick(2)
	k.want(t, "0.600s 44999")
	k.remove(p1)
	k.tick(1)
	k.want(t, "1.000s 94999")
	k.add(p1) // begins anew, and cannot bring time back
	k.see(p1, 60_000)
	k.tick(1)
	k.want(t)
}

// FLINK-25818: a subtask without partitions holds up all others, unless there
// is an idle timeout.
func TestReaderWithoutSplits(t *testing.T) {
	k := newTicks(Watermarks{On: true})
	k.tick(10_000)
	k.want(t)
	k = newTicks(Watermarks{On: true, Idle: sim.Second})
	k.tick(100)
	k.want(t, "1.400s idle") // more than a second after the first tick
}

func TestIdleSplits(t *testing.T) {
	k := newTicks(Watermarks{On: true, Idle: sim.Second}, p0, p1)
	k.see(p0, 10_000)
	k.see(p1, 20_000)
	k.tick(1)
	k.want(t, "0.200s 9999")
	for i := range 10 {
		k.see(p1, 20_000+int64(i))
		k.tick(1)
	}
	// Nothing at 0.4 s: the time counts from there.
	k.want(t, "1.600s 20005", "1.800s 20006", "2.000s 20007", "2.200s 20008")
	k.tick(10)
	k.want(t, "3.600s idle")
	k.see(p0, 15_000) // behind what was emitted: it holds nothing up, and does not wake
	k.tick(1)
	k.want(t)
	k.see(p0, 30_000)
	k.tick(1)
	k.want(t, "4.600s 29999")
}

// Which of two splits became idle first does not matter in the end.
func TestAllIdleFlushes(t *testing.T) {
	k := newTicks(Watermarks{On: true, Idle: sim.Second}, p0, p1)
	k.see(p0, 10_000)
	k.see(p1, 20_000)
	k.tick(100)
	k.want(t, "0.200s 9999", "1.600s 19999", "1.800s idle")
}

func TestValve(t *testing.T) {
	v := newValve(2)
	step := func(channel int, at int64, idle bool, want int64, moves bool) {
		t.Helper()
		if out, ok := v.take(channel, at, idle); ok != moves || ok && out != want {
			t.Errorf("take(%d, %d, %v) = %d, %v; want %d, %v", channel, at, idle, out, ok, want, moves)
		}
	}
	step(0, 10, false, 0, false)
	step(1, 5, false, 5, true)
	step(1, 3, false, 0, false) // older than what it said before
	step(1, 0, true, 10, true)  // nobody waits for it any more
	step(0, 20, false, 20, true)
	step(1, 8, false, 0, false)  // back, behind
	step(0, 30, false, 30, true) // is not waited for until it has caught up
	step(1, 40, false, 0, false)
	step(0, 50, false, 40, true) // now it is
	step(1, 0, true, 50, true)
	step(0, 0, true, 0, false)
	step(1, 45, false, 0, false)
	step(1, 60, false, 60, true)
}

// When all inputs become idle the watermark is the greatest, in any order.
func TestValveFlushesWhenAllAreIdle(t *testing.T) {
	for first := range 2 {
		v := newValve(2)
		v.take(0, 10, false)
		v.take(1, 5, false)
		v.take(first, 0, true)
		v.take(1-first, 0, true)
		if v.out != 10 {
			t.Errorf("with %d idle first the watermark is %d", first, v.out)
		}
	}
}

// The valve against its rule, said slowly; and it never goes back.
func TestValveProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "channels")
		v := newValve(n)
		marks, idle, waits := make([]int64, n), make([]bool, n), make([]bool, n)
		for i := range n {
			marks[i], waits[i] = noWatermark, true
		}
		out := noWatermark
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			c := rapid.IntRange(0, n-1).Draw(t, "channel")
			rest := rapid.IntRange(0, 3).Draw(t, "idle") == 0
			at := int64(rapid.IntRange(0, 30).Draw(t, "at"))
			got, moved := v.take(c, at, rest)
			want, look := out, false
			switch {
			case rest && !idle[c]:
				idle[c], waits[c], look = true, false, marks[c] == out
			case !rest:
				if idle[c] {
					idle[c], waits[c] = false, marks[c] >= out
				}
				if look = at > marks[c]; look {
					marks[c] = at
					waits[c] = waits[c] || at >= out
				}
			}
			if !slices.Contains(idle, false) {
				want = max(want, slices.Max(marks))
			} else if look && slices.Contains(waits, true) {
				least := lastWatermark
				for i := range n {
					if waits[i] {
						least = min(least, marks[i])
					}
				}
				want = max(want, least)
			}
			if got != want || moved != (want > out) {
				t.Fatalf("take(%d, %d, %v) = %d, %v; want %d", c, at, rest, got, moved, want)
			}
			out = got
		}
	})
}

func TestWatermarksAreChecked(t *testing.T) {
	for _, c := range []struct {
		w    Watermarks
		want string
	}{
		{Watermarks{}, "<nil>"},
		{Watermarks{On: true, OutOfOrderness: sim.Second, Idle: sim.Minute}, "<nil>"},
		{Watermarks{OutOfOrderness: -1}, "Job.Watermarks.OutOfOrderness: it cannot be negative"},
		{Watermarks{OutOfOrderness: 1500}, "Job.Watermarks.OutOfOrderness: event time has whole milliseconds"},
		{Watermarks{Idle: -1}, "Job.Watermarks.Idle: it cannot be negative; 0 means that partitions never count as idle"},
		{Watermarks{Every: -1}, "Job.Watermarks.Every: it cannot be negative; 0 means 200 ms"},
	} {
		if got := fmt.Sprint(c.w.check()); got != c.want {
			t.Errorf("%+v: %s, want %s", c.w, got, c.want)
		}
	}
	if w := (Watermarks{On: true}).WithDefaults(); w.Every != 200*sim.Millisecond {
		t.Errorf("the interval is %v", w.Every)
	}
}

// A partition that a group assigned holds the watermark from its first record.
func TestUnknownSplitIsWaitedFor(t *testing.T) {
	k := newTicks(Watermarks{On: true}, p0)
	k.see(p0, 100)
	k.see(p1, 50)
	k.tick(1)
	k.want(t, "0.200s 49")
}
