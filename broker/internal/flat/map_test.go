package flat

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestAgainstMap compares a table with Go's own map.
func TestAgainstMap(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var m Map[int, string]
		want := map[int]string{}
		for range rapid.IntRange(0, 50).Draw(rt, "steps") {
			k := rapid.IntRange(0, 9).Draw(rt, "key")
			switch rapid.IntRange(0, 2).Draw(rt, "step") {
			case 0:
				v := rapid.StringN(0, 3, -1).Draw(rt, "value")
				want[k] = v
				if p := m.Put(k, v); *p != v {
					rt.Fatalf("put gives the place of %q", *p)
				}
			case 1:
				delete(want, k)
				m.Delete(k)
			case 2:
				if _, ok := want[k]; !ok {
					want[k] = ""
				}
				if p := m.GetOrPut(k); *p != want[k] {
					rt.Fatalf("%d is %q, want %q", k, *p, want[k])
				}
			}
			if v, ok := want[k]; (m.Get(k) != nil) != ok || ok && *m.Get(k) != v {
				rt.Fatalf("%d is %v, want %q %v", k, m.Get(k), v, ok)
			}
		}
		if !slices.Equal(slices.Collect(m.Keys()), slices.Sorted(maps.Keys(want))) || m.Len() != len(want) {
			rt.Fatalf("keys %v, want those of %v", slices.Collect(m.Keys()), want)
		}
		for k, v := range m.All() {
			if *v != want[k] {
				rt.Fatalf("%d is %q, want %q", k, *v, want[k])
			}
		}
	})
}
