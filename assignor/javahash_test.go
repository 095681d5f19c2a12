package assignor

import (
	"slices"
	"strings"
	"testing"
)

// The expected values were printed by OpenJDK 17.

func TestJavaHash(t *testing.T) {
	for s, want := range map[string]int32{
		"": 0, "a": 97, "m1-1": 3295752, "m2-1": 3296713, "order-service-1": -229043366,
		"héllo": 103094734, "😀x": 54959989, "zzzzzzzzzzzzzzzzzzzz": 1718487168,
		"m1-4b1c6f0e-8f3e-4a56-9d8e-1c2b3a4d5e6f": 1255873156,
	} {
		if got := JavaHash(s); got != want {
			t.Errorf("JavaHash(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestJavaMapOrder(t *testing.T) {
	for _, c := range []struct{ name, ops, want string }{
		{"small", "+m3-1 +m1-3 +m1-2 +m6-3 -m1-2 +m6-3", "m3-1 m1-3 m6-3"},
		{"grown once", "+m1-1 +m7-3 +m5-1 +m9-2 -m5-1 +m15-2 +m1-1 +m26-1 +m13-2 -m7-3 +m25-2 +m11-3 +m8-3 +m22-1 -m22-1 +m16-1 +m6-2 +m22-2 +m16-1 -m16-1 +m22-2 +m24-2 +m19-3 +m3-3 -m9-2 +m26-2",
			"m15-2 m26-2 m26-1 m25-2 m13-2 m8-3 m24-2 m11-3 m22-2 m19-3 m1-1 m6-2 m3-3"},
		{"grown twice", "+m22-1 +m38-3 +m33-2 +m15-3 -m22-1 +m20-1 +m40-2 +m42-2 +m50-2 -m20-1 +m27-2 +m6-1 +m1-2 +m24-3 -m42-2 +m34-1 +m25-3 +m20-1 +m37-1 -m27-2 +m60-1 +m10-1 +m57-2 +m31-2 -m60-1 +m50-3 +m32-1 +m27-2 +m3-3 -m33-2 +m58-2 +m52-1 +m47-2 +m27-1 -m50-3 +m49-3 +m44-3 +m13-2 +m4-2 -m25-3 +m53-3 +m59-2 +m13-3 +m46-3 -m6-1 +m14-3 +m48-2 +m24-3 +m24-1 -m58-2 +m8-3 +m11-3 +m42-1 +m2-2 -m44-3 +m12-3 +m22-2 +m37-3 +m51-2 -m47-2",
			"m27-2 m49-3 m27-1 m24-3 m24-1 m22-2 m46-3 m48-2 m40-2 m42-1 m20-1 m38-3 m15-3 m14-3 m13-3 m13-2 m8-3 m12-3 m11-3 m34-1 m10-1 m31-2 m32-1 m53-3 m57-2 m37-1 m59-2 m37-3 m50-2 m52-1 m51-2 m2-2 m1-2 m3-3 m4-2"},
		{"one long chain", "+AaAaAaAa +BBAaAaAa +AaBBAaAa +BBBBAaAa +AaAaBBAa +BBAaBBAa +AaBBBBAa +BBBBBBAa +AaAaAaBB +BBAaAaBB +k0 +k1 +k2 +k3 +k4 +k5 +k6 +k7",
			"AaAaAaAa BBAaAaAa AaBBAaAa BBBBAaAa AaAaBBAa BBAaBBAa AaBBBBAa BBBBBBAa AaAaAaBB BBAaAaBB k0 k1 k2 k3 k4 k5 k6 k7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var m JavaMap[int]
			held := map[string]int{}
			for i, op := range strings.Fields(c.ops) {
				if key := op[1:]; op[0] == '+' {
					m.Put(key, i)
					held[key] = i
				} else {
					m.Delete(key)
					delete(held, key)
				}
			}
			var got []string
			for key, v := range m.All() {
				got = append(got, key)
				if w, ok := m.Get(key); !ok || v != w || v != held[key] {
					t.Errorf("%s: All gives %d, Get %d %v, put was %d", key, v, w, ok, held[key])
				}
			}
			if !slices.Equal(got, strings.Fields(c.want)) {
				t.Errorf("order\n%s\nwant\n%s", strings.Join(got, " "), c.want)
			}
			if first, _ := m.First(); first != got[0] || m.Len() != len(held) {
				t.Errorf("first %s of %d, want %s of %d", first, m.Len(), got[0], len(held))
			}
		})
	}
}
