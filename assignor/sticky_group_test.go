package assignor

import (
	"fmt"
	"testing"
)

// The order of many members is worked out at once, but is that of a JavaMap.
func TestStickyJavaOrder(t *testing.T) {
	for _, n := range []int{0, 1, 12, 13, 24, 25, 48, 49, 96, 97, 1000} {
		members := make([]Member, n)
		var ids JavaMap[int32]
		for i := range members {
			members[i].ID = fmt.Sprintf("consumer-%d-%x", i, i*i*7919)
			ids.Put(members[i].ID, int32(i))
		}
		got, at := javaOrder(members), 0
		if len(got) != n {
			t.Fatalf("%d of %d members", len(got), n)
		}
		for _, want := range ids.All() {
			if got[at] != want {
				t.Fatalf("of %d, place %d has %d, want %d", n, at, got[at], want)
			}
			at++
		}
	}
}
