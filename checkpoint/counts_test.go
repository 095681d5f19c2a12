package checkpoint

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func rec(offset int64, key, value string, at int64) *Record {
	return &Record{TopicPartition: p0, Offset: offset, Key: key, Value: value, Timestamp: at}
}

func TestCounts(t *testing.T) {
	c, sums, out := &Counts{}, &Counts{Sum: true}, &Output{}
	for i, r := range []*Record{rec(0, "a", "5", 0), rec(1, "b", "x", 0), rec(2, "a", "-7", 0)} {
		c.Apply(r, keyGroup(r.Key, 128), out)
		sums.Apply(r, keyGroup(r.Key, 128), out)
		if of := out.emit[2*i].Of; of != *r {
			t.Errorf("result %d is of %v", i, of)
		}
	}
	got := ""
	for _, r := range out.emit {
		got += r.Key + "=" + r.Value + " "
	}
	if want := "a=1 a=5 b=1 b=0 a=2 a=-2 "; got != want {
		t.Errorf("results %s, want %s", got, want)
	}
}

// What is applied before a snapshot is there after a restore, with whatever
// parallelism, and nothing else; a snapshot is not changed by what comes later.
func TestCountsRestored(t *testing.T) {
	const most = 16
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOf(rapid.StringMatching(`[a-e]{0,2}`)).Draw(t, "keys")
		cut := rapid.IntRange(0, len(keys)).Draw(t, "cut")
		parallelism := rapid.IntRange(1, 4).Draw(t, "parallelism")
		before, out := &Counts{}, &Output{}
		want := map[string]int64{}
		for i, k := range keys[:cut] {
			before.Apply(rec(int64(i), k, "1", 0), keyGroup(k, most), out)
			want[k]++
		}
		var state, copies [most][]byte
		for g := range most {
			state[g] = before.Snapshot(g)
			copies[g] = bytes.Clone(state[g])
		}
		for i, k := range keys[cut:] {
			before.Apply(rec(int64(cut+i), k, "1", 0), keyGroup(k, most), out)
		}
		subtasks := make([]*Counts, parallelism)
		for s := range subtasks {
			subtasks[s] = &Counts{}
		}
		all := &Counts{}
		for g := range most {
			if err := all.Restore(g, before.Snapshot(g)); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(all.Snapshot(g), before.Snapshot(g)) {
				t.Fatalf("group %d is stored in another order when its keys came in another", g)
			}
			if !bytes.Equal(state[g], copies[g]) {
				t.Fatalf("the snapshot of group %d has changed", g)
			}
			to := subtasks[subtaskOf(g, parallelism, most)]
			if err := to.Restore(g, state[g]); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(to.Snapshot(g), state[g]) {
				t.Fatalf("group %d is not the same when it is stored again", g)
			}
		}
		for _, k := range keys {
			if all.Count(k) != before.Count(k) {
				t.Fatalf("%q counts %d in a later snapshot, want %d", k, all.Count(k), before.Count(k))
			}
			if got := subtasks[subtaskOf(keyGroup(k, most), parallelism, most)].Count(k); got != want[k] {
				t.Fatalf("%q counts %d after the restore, want %d", k, got, want[k])
			}
		}
	})
}

// Every part of a state is refused, or is a whole number of entries.
func TestTornStateIsRefused(t *testing.T) {
	c, a, out := &Counts{}, &Average{}, &Output{}
	for i := range 300 {
		c.Apply(rec(int64(i), "patient-1", "1", 0), 0, out)
		a.Apply(rec(int64(i), "patient-1", "1000", 1e12), 0, out)
	}
	for name, state := range map[string][]byte{"counts": c.Snapshot(0), "windows": a.Snapshot(0)} {
		for n := 1; n < len(state); n++ {
			var err error
			if name == "counts" {
				err = (&Counts{}).Restore(0, state[:n])
			} else {
				err = (&Average{}).Restore(0, state[:n])
			}
			if err == nil {
				t.Errorf("%s: %d of %d bytes are taken for a state", name, n, len(state))
			}
		}
	}
}

func FuzzRestore(f *testing.F) {
	c, a, out := &Counts{}, &Average{}, &Output{}
	c.Apply(rec(0, "k", "1", 0), 0, out)
	a.Apply(rec(0, "k", "1", 0), 0, out)
	f.Add(c.Snapshot(0))
	f.Add(a.Snapshot(0))
	f.Fuzz(func(t *testing.T, state []byte) {
		for _, o := range []Operator{&Counts{}, &Average{}} {
			if o.Restore(0, state) == nil {
				o.Snapshot(0)
				o.Watermark(lastWatermark, &Output{})
			}
		}
	})
}

func BenchmarkCounts(b *testing.B) {
	keys := make([]string, 10_000)
	groups := make([]int, len(keys))
	for i := range keys {
		keys[i] = fmt.Sprint("patient-", i)
		groups[i] = keyGroup(keys[i], 128)
	}
	c, out, r := &Counts{}, &Output{}, Record{TopicPartition: p0, Value: "72"}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		k := i * 7919 % len(keys)
		r.Offset, r.Key = int64(i), keys[k]
		c.Apply(&r, groups[k], out)
		if out.emit = out.emit[:0]; i%100_000 == 99_999 {
			for g := range 128 {
				c.Snapshot(g)
			}
		}
	}
}

func BenchmarkKeyGroup(b *testing.B) {
	for b.Loop() {
		keyGroup("patient-4711", 128)
	}
}
