package explore

import (
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func TestTableAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := newTable(rapid.Uint64Range(minSlots, 3*minSlots).Draw(t, "slots"))
		known := map[uint64]bool{}
		// Keys near 0 and near the end share homes, and wrap around.
		keys := rapid.OneOf(rapid.Uint64Range(0, 9), rapid.Uint64Range(^uint64(9), ^uint64(0)),
			rapid.Uint64())
		for _, k := range rapid.SliceOfN(keys, 0, 300).Draw(t, "keys") {
			if got := table.has(k); got != known[k] {
				t.Fatalf("has(%x) = %v", k, got)
			}
			if got := table.insert(k); got == known[k] {
				t.Fatalf("insert(%x) = %v", k, got)
			}
			known[k] = true
		}
		for before := -1; before != len(table.slots); table.grow() {
			before = len(table.slots)
			for k := range known {
				if !table.has(k) {
					t.Fatalf("%x is lost in %d slots", k, len(table.slots))
				}
			}
		}
		if uint64(len(table.slots)) != table.maximum {
			t.Fatalf("grew to %d of %d slots", len(table.slots), table.maximum)
		}
	})
}

func TestTableGrowsToItsMaximum(t *testing.T) {
	table := newTable(5*minSlots + 3)
	n := uint64(0)
	for {
		for ; n < table.room(); n++ {
			if !table.insert(key(n)) {
				t.Fatalf("%d was there already", n)
			}
		}
		if table.halved == 0 {
			break
		}
		want := table.growBytes()
		before := table.bytes()
		table.grow()
		if got := before + table.bytes(); got != want {
			t.Fatalf("growing took %d bytes, %d were announced", got, want)
		}
	}
	for i := range n {
		if !table.has(key(i)) {
			t.Fatalf("%d is lost", i)
		}
	}
	if table.has(key(n)) {
		t.Fatalf("%d was never put in", n)
	}
}

// Of several goroutines that insert the same key, exactly one learns that it is new.
func TestTableConcurrently(t *testing.T) {
	const n, workers = 20_000, 4
	table := newTable(minSlots)
	var fresh [workers]int
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := range uint64(n) {
				if table.insert(key(i)) {
					fresh[w]++
				}
			}
		})
	}
	group.Wait()
	sum := 0
	for _, f := range fresh {
		sum += f
	}
	if sum != n {
		t.Errorf("%d keys were new %d times", n, sum)
	}
}
