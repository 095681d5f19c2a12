package checkpoint

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/sim"
)

// results are what an operator emitted, in order, and how many it dropped.
func results(out *Output) string {
	var s []string
	for _, r := range out.emit {
		s = append(s, r.Key+"="+r.Value)
	}
	return fmt.Sprintf("%s late %d", strings.Join(s, " "), out.late)
}

func TestAverageFires(t *testing.T) {
	a, out := &Average{Size: sim.Minute}, &Output{}
	for _, r := range []*Record{rec(0, "b", "1", 0), rec(1, "a", "70", 59_999), rec(2, "a", "75", 1), rec(3, "a", "?", 2), rec(4, "a", "9", 60_000), rec(5, "b", "2", -1)} {
		a.Apply(r, keyGroup(r.Key, 128), out)
	}
	steps := ""
	for _, at := range []int64{-2, -1, 59_998, 59_999, 100_000, lastWatermark} {
		*out = Output{}
		a.Watermark(at, out)
		steps += fmt.Sprintln(at, results(out))
	}
	if want := `-2  late 0
-1 b@0=2 late 0
59998  late 0
59999 a@60000=72.5 b@60000=1 late 0
100000  late 0
9223372036854775807 a@120000=9 late 0
`; steps != want {
		t.Errorf("got\n%s\nwant\n%s", steps, want)
	}
	if a.panes != 0 {
		t.Errorf("%d windows are left", a.panes)
	}
}

func TestAverageLateness(t *testing.T) {
	a, out := &Average{Size: sim.Minute, Lateness: 10 * sim.Second}, &Output{}
	apply := func(value string) { a.Apply(rec(0, "k", value, 30_000), 7, out) }
	apply("1")
	a.Watermark(59_999, out)
	apply("2") // late, but not too late: it fires again, at once
	if got, want := results(out), "k@60000=1 k@60000=1.5 late 0"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	a.Watermark(65_000, out) // and not once more
	state := a.Snapshot(7)   // fired, and kept
	a.Watermark(69_999, out) // gone
	apply("3")               // dropped
	if got, want := results(out), "k@60000=1 k@60000=1.5 late 1"; got != want || a.panes != 0 {
		t.Errorf("got %s, want %s; %d windows are left", got, want, a.panes)
	}
	restored := func() *Average {
		b := &Average{Size: sim.Minute, Lateness: 10 * sim.Second}
		if err := b.Restore(7, state); err != nil {
			t.Fatal(err)
		}
		return b
	}
	b, out := restored(), &Output{}
	b.Watermark(61_000, out) // it has fired, before the checkpoint
	b.Apply(rec(0, "k", "3", 30_000), 7, out)
	b.Watermark(lastWatermark, out)
	if got, want := results(out), "k@60000=2 late 0"; got != want {
		t.Errorf("after the restore %s, want %s", got, want)
	}
	b, out = restored(), &Output{}
	b.Apply(rec(0, "k", "3", 30_000), 7, out) // before event time has come so far again
	b.Watermark(61_000, out)
	if got, want := results(out), "k@60000=2 late 0"; got != want {
		t.Errorf("after the restore %s, want %s", got, want)
	}
}

// The results are those of the records, whatever their order within the
// out-of-orderness bound, the moments of the watermarks, and crashes between:
// what a failure-free run in order gives (E27).
func TestAveragesDoNotDependOnOrder(t *testing.T) {
	const most = 8
	rapid.Check(t, func(t *rapid.T) {
		bound := int64(rapid.IntRange(0, 400).Draw(t, "bound"))
		records := disordered(t, bound)
		want := batch(records, 100)

		w := &Watermarks{On: true, OutOfOrderness: sim.Time(bound) * sim.Millisecond}
		run := newWindowRun(w, rapid.IntRange(1, 3).Draw(t, "parallelism"), most)
		saved, from := run.snapshot(), 0
		for i := 0; i < len(records); i++ {
			run.apply(&records[i])
			switch rapid.IntRange(0, 9).Draw(t, "then") {
			case 0, 1, 2:
				run.tick()
			case 3:
				saved, from = run.snapshot(), i+1
			case 4:
				got := run.got
				run = newWindowRun(w, rapid.IntRange(1, 3).Draw(t, "parallelism"), most)
				run.restore(t, saved)
				run.got, i = got, from-1
			}
		}
		run.watermark(lastWatermark)
		if run.late > 0 {
			t.Fatalf("%d records within the bound were late", run.late)
		}
		if !maps.Equal(run.got, want) {
			t.Fatalf("windows %v, want %v", run.got, want)
		}
	})
}

// disordered draws records each of which lies at most bound behind the latest
// before it.
func disordered(t *rapid.T, bound int64) []Record {
	var records []Record
	latest := int64(0)
	for i := range rapid.IntRange(0, 60).Draw(t, "records") {
		at := latest + rapid.Int64Range(-bound, 60).Draw(t, "step")
		latest = max(latest, at)
		records = append(records, *rec(int64(i), fmt.Sprint("k", rapid.IntRange(0, 3).Draw(t, "key")),
			rapid.StringMatching(`-?[0-9]{1,3}(\.[0-9]{1,3})?`).Draw(t, "value"), at))
	}
	return records
}

// batch works out all windows at once.
func batch(records []Record, size int64) map[string]string {
	sums, counts := map[string]int64{}, map[string]int64{}
	for _, r := range records {
		end := size
		for end-size > r.Timestamp {
			end -= size
		}
		for end <= r.Timestamp {
			end += size
		}
		k := fmt.Sprintf("%s@%d", r.Key, end)
		v, _ := millionths(r.Value)
		sums[k], counts[k] = sums[k]+v, counts[k]+1
	}
	out := map[string]string{}
	for k := range sums {
		out[k] = decimal(sums[k], counts[k])
	}
	return out
}

// windowRun is a source and its operators.
type windowRun struct {
	marker    *marker
	operators []*Average
	most      int
	now       sim.Time
	got       map[string]string
	late      int64
}

func newWindowRun(w *Watermarks, parallelism, most int) *windowRun {
	r := &windowRun{marker: newMarker(w), most: most, got: map[string]string{}}
	r.marker.add(p0)
	for range parallelism {
		r.operators = append(r.operators, &Average{Size: 100 * sim.Millisecond})
	}
	return r
}

func (r *windowRun) apply(rec *Record) {
	out := &Output{}
	g := keyGroup(rec.Key, r.most)
	r.operators[subtaskOf(g, len(r.operators), r.most)].Apply(rec, g, out)
	r.marker.saw(rec, r.now)
	r.late += out.late
}

func (r *windowRun) tick() {
	r.now += 200 * sim.Millisecond
	if at, idle, changed := r.marker.mark(r.now); changed && !idle {
		r.watermark(at)
	}
}

func (r *windowRun) watermark(at int64) {
	for _, o := range r.operators {
		out := &Output{}
		o.Watermark(at, out)
		for _, res := range out.emit {
			r.got[res.Key] = res.Value
		}
	}
}

func (r *windowRun) snapshot() [][]byte {
	var groups [][]byte
	for g := range r.most {
		groups = append(groups, slices.Clone(r.operators[subtaskOf(g, len(r.operators), r.most)].Snapshot(g)))
	}
	return groups
}

func (r *windowRun) restore(t *rapid.T, groups [][]byte) {
	for g, state := range groups {
		if err := r.operators[subtaskOf(g, len(r.operators), r.most)].Restore(g, state); err != nil {
			t.Fatal(err)
		}
	}
}
