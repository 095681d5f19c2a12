package log

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/broker/api"
)

// Whatever is appended, deleted and cut off: what is left reads as it was
// written, and nothing before the beginning or behind the end does.
func TestDeleteBeforeAndTruncate(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := New(0, false)
		var values []string // by offset
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			switch rapid.IntRange(0, 3).Draw(rt, "step") {
			case 0, 1:
				batch := make([]api.Record, rapid.SampledFrom([]int{1, 7, 600, 1500}).Draw(rt, "batch"))
				for i := range batch {
					batch[i].Value = rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "value")
					values = append(values, batch[i].Value)
				}
				l.Append(0, batch)
			case 2:
				at := rapid.Int64Range(0, l.End()+5).Draw(rt, "before")
				want := max(l.Start(), min(at, l.End()))
				if moved := l.Start() != want; l.DeleteBefore(at) != moved || l.Start() != want {
					rt.Fatalf("deleted before %d: the log begins at %d, want %d", at, l.Start(), want)
				}
			case 3:
				at := rapid.Int64Range(l.Start(), l.End()).Draw(rt, "cut")
				values = values[:at]
				l.Truncate(at)
				l.NewEpoch()
			}
			check(rt, &l, values)
		}
	})
}

func check(rt *rapid.T, l *Log, values []string) {
	if l.End() != int64(len(values)) {
		rt.Fatalf("the log ends at %d, want %d", l.End(), len(values))
	}
	if l.Start() > 0 && l.Read(l.Start()-1, l.End(), 1) != nil || l.Read(l.End(), l.End()+1, 1) != nil {
		rt.Fatal("there is something outside of the log")
	}
	for at := l.Start(); at < l.End(); {
		got := l.Read(at, l.End(), 0)
		if len(got) == 0 {
			rt.Fatalf("nothing at %d of [%d, %d)", at, l.Start(), l.End())
		}
		for _, r := range got {
			if r.Offset != at || r.Value != values[at] || r.LeaderEpoch != l.EpochAt(at) {
				rt.Fatalf("%v at %d, want %s of epoch %d", r, at, values[at], l.EpochAt(at))
			}
			at++
		}
	}
}

// Epochs that end before the log begins are unknown, as in Kafka's cache.
func TestDeleteBeforeForgetsEpochs(t *testing.T) {
	l := New(0, false)
	for range 3 {
		l.Append(0, records("a", "b"))
		l.NewEpoch()
	}
	l.DeleteBefore(3)
	if want := (epochs{{1, 3}, {2, 4}, {3, 6}}); !slices.Equal(l.epochs, want) {
		t.Errorf("epochs %v, want %v", l.epochs, want)
	}
	if found, end := l.EndOffsetFor(0); found != 0 || end != 3 {
		t.Errorf("epoch 0 is said to be %d and to end at %d; Kafka says that it ends where the log begins", found, end)
	}
}
