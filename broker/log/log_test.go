package log

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim/canon"
)

func records(values ...string) []api.Record {
	var rs []api.Record
	for i, v := range values {
		rs = append(rs, api.Record{Value: v, Timestamp: int64(i)})
	}
	return rs
}

// TestAgainstSlice compares the log with a plain slice of records.
func TestAgainstSlice(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := New(0, rapid.Bool().Draw(rt, "lags"))
		var all []api.Record
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			switch rapid.IntRange(0, 3).Draw(rt, "step") {
			case 0, 1:
				batch := make([]api.Record, rapid.SampledFrom([]int{1, 2, 7, 600, 3000}).Draw(rt, "batch"))
				for i := range batch {
					batch[i] = api.Record{Timestamp: rapid.Int64Range(0, 50).Draw(rt, "time") + int64(i%3), Value: fmt.Sprint(len(all) + i)}
				}
				base, committed := l.Append(0, batch)
				if base != int64(len(all)) || committed == l.Lagging() {
					rt.Fatalf("base %d after %d records", base, len(all))
				}
				for i, r := range batch {
					r.Offset = base + int64(i)
					all = append(all, r)
				}
			case 2:
				before := l.HighWatermark()
				if moved := l.CatchUp(); moved != (before != l.End()) || l.HighWatermark() != l.End() {
					rt.Fatalf("high watermark %d of %d after catching up", l.HighWatermark(), l.End())
				}
			}
			checkReads(rt, &l, all)
		}
	})
}

func checkReads(rt *rapid.T, l *Log, all []api.Record) {
	if l.End() != int64(len(all)) || l.HighWatermark() > l.End() {
		rt.Fatalf("end %d, high watermark %d, %d records", l.End(), l.HighWatermark(), len(all))
	}
	from := rapid.Int64Range(-1, l.End()+1).Draw(rt, "from")
	limit := rapid.Int64Range(0, l.End()).Draw(rt, "limit")
	n := rapid.IntRange(0, 1500).Draw(rt, "n")
	got := l.Read(from, limit, n)
	if from < 0 || from >= limit {
		if len(got) != 0 {
			rt.Fatalf("read [%d, %d) gave %d records", from, limit, len(got))
		}
	} else {
		if len(got) == 0 || n > 0 && len(got) > n || !slices.Equal(got, all[from:min(from+int64(len(got)), limit)]) {
			rt.Fatalf("read [%d, %d) of at most %d gave %d records", from, limit, n, len(got))
		}
		// Less than was asked for only at the end of a segment.
		want := limit - from
		if n > 0 {
			want = min(want, int64(n))
		}
		if end := from + int64(len(got)); int64(len(got)) < want && end%segmentRecords != 0 {
			rt.Fatalf("read [%d, %d) of at most %d stopped at %d", from, limit, n, end)
		}
	}
	at := rapid.Int64Range(0, 60).Draw(rt, "timestamp")
	r, ok := l.FirstAt(at)
	i := slices.IndexFunc(all, func(r api.Record) bool { return r.Timestamp >= at })
	if ok != (i >= 0) || ok && r.Offset != int64(i) {
		rt.Fatalf("first at %d is %v %v, want %d", at, r, ok, i)
	}
}

// TestReadsAreShared: a read costs no copy, and appending later does not
// change what was read.
func TestReadsAreShared(t *testing.T) {
	l := New(0, false)
	l.Append(0, records("a", "b", "c"))
	first := l.Read(0, 3, 0)
	again := l.Read(0, 3, 0)
	if &first[0] != &again[0] {
		t.Error("a read copies")
	}
	for range 5000 {
		l.Append(0, records("x"))
	}
	if first[0].Value != "a" || first[2].Value != "c" || cap(first) != 3 {
		t.Errorf("what was read has become %v", first)
	}
	if n := testing.AllocsPerRun(100, func() { l.Read(1000, 1020, 10) }); n != 0 {
		t.Errorf("a read allocates %v times", n)
	}
}

// TestUnshare: a copy and its original go separate ways, in any order.
func TestUnshare(t *testing.T) {
	l := New(0, true)
	l.Append(0, records("a"))
	c := canon.Clone(&l)
	c.Unshare()
	l.Append(0, records("l1", "l2"))
	c.Append(0, records("c1"))
	d := canon.Clone(c)
	d.Unshare()
	c.Append(0, records("c2"))
	d.Append(0, records("d2"))
	c.CatchUp()
	for _, x := range []struct {
		name string
		l    *Log
		want string
		hw   int64
	}{{"original", &l, "[a l1 l2]", 0}, {"copy", c, "[a c1 c2]", 3}, {"copy's copy", d, "[a c1 d2]", 0}} {
		var got []string
		for _, r := range x.l.Read(0, x.l.End(), 0) {
			got = append(got, r.Value)
		}
		if fmt.Sprint(got) != x.want || x.l.HighWatermark() != x.hw {
			t.Errorf("%s: %v, high watermark %d; want %s, %d", x.name, got, x.l.HighWatermark(), x.want, x.hw)
		}
	}
}

func TestEpochs(t *testing.T) {
	l := New(0, false)
	l.NewEpoch() // 1, without a record of 0
	l.Append(0, records("a", "b"))
	l.NewEpoch()
	l.NewEpoch() // 3, without a record of 2
	l.Append(0, records("c"))
	if l.Epoch() != 3 || l.EpochStart() != 2 {
		t.Errorf("epoch %d from %d on, want 3 from 2", l.Epoch(), l.EpochStart())
	}
	for offset, want := range []int32{1, 1, 3, 3} {
		if got := l.EpochAt(int64(offset)); got != want {
			t.Errorf("epoch at %d is %d, want %d", offset, got, want)
		}
	}
}

// TestMillionRecords: a million records, appended one by one, fit in 100 MB.
func TestMillionRecords(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 100 MB")
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	l := New(0, false)
	one := []api.Record{{}}
	for i := range 1_000_000 {
		one[0] = api.Record{Timestamp: int64(i), Key: fmt.Sprintf("patient-%d", i%20), Value: fmt.Sprintf("v%d", i)}
		l.Append(0, one)
	}
	used := heap() - before
	t.Logf("%d MB", used>>20)
	if used > 100<<20 {
		t.Errorf("a million records take %d MB", used>>20)
	}
	runtime.KeepAlive(&l)
}

func BenchmarkAppend(b *testing.B) {
	b.ReportAllocs()
	l := New(0, false)
	one := records("value")
	for b.Loop() {
		l.Append(0, one)
	}
}

func BenchmarkRead(b *testing.B) {
	b.ReportAllocs()
	l := New(0, false)
	for range 100_000 {
		l.Append(0, records("value"))
	}
	i := int64(0)
	for b.Loop() {
		l.Read(i%100_000, l.End(), 100)
		i += 7
	}
}
