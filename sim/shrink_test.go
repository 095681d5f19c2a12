package sim

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Whatever the needles are, the shrinker must find just them in the haystack,
// and round their times as far as the failure lets it.
func TestShrinkFindsTheNeedles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "entries")
		var list []Entry
		for i := range n {
			list = append(list, Entry{At: Time(i)*137*Millisecond + 41, Ord: i, Action: Action{Kind: Crash, Node: NodeID(i)}})
		}
		needles := rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 1, min(4, n), rapid.ID).Draw(t, "needles")
		slices.Sort(needles)
		s := Shrinker{Runs: 10_000, Fails: func(l []Entry) bool {
			for _, want := range needles {
				if !slices.ContainsFunc(l, func(e Entry) bool { return int(e.Action.Node) == want }) {
					return false
				}
			}
			return slices.IsSortedFunc(l, func(a, b Entry) int { return int(a.At - b.At) })
		}}
		small := s.Shrink(list)
		var got []int
		for _, e := range small {
			got = append(got, int(e.Action.Node))
		}
		if !slices.Equal(got, needles) {
			t.Fatalf("shrunk to %v, want %v", got, needles)
		}
		if small[0].At%Second != 0 {
			t.Fatalf("the first moment is %v, and could be a whole second", small[0].At)
		}
	})
}

func TestShrinkKeepsItsBound(t *testing.T) {
	var list []Entry
	for i := range 64 {
		list = append(list, Entry{At: Time(i), Action: Action{Kind: Crash, Node: NodeID(i)}})
	}
	tried := 0
	s := Shrinker{Runs: 10, Fails: func(l []Entry) bool { tried++; return len(l) > 20 }}
	if small := s.Shrink(list); tried != 10 || s.Tried != 10 || len(small) <= 20 {
		t.Fatalf("tried %d, left %d", tried, len(small))
	}
}

// The random runs of the property tests must reach every kind of action:
// what they never do they do not test.
func TestRandomRunsReachEveryKind(t *testing.T) {
	reached := map[Kind]int{}
	missing := func() (names []string) {
		for k := Deliver; k <= Skew; k++ {
			if reached[k] == 0 {
				names = append(names, (&Names{Nodes: []string{"n"}}).Print(Action{Kind: k, Peer: Nobody}))
			}
		}
		return names
	}
	for range 20 {
		rapid.Check(t, func(t *rapid.T) {
			d, untimed := drawDriver(t, drawPlan(t))
			_, log := run(t, untimed, d, toyConfig(toyNodes, rapid.Uint64().Draw(t, "seed")))
			for _, e := range log.Entries {
				reached[e.Action.Kind]++
			}
		})
		if len(missing()) == 0 {
			return
		}
	}
	t.Errorf("no run had: %v", missing())
}
