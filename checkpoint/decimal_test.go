package checkpoint

import (
	"testing"

	"pgregory.net/rapid"
)

func TestDecimals(t *testing.T) {
	for s, want := range map[string]int64{"0": 0, "72": 72_000_000, "-3.5": -3_500_000, ".25": 250_000, "1.1234567": 1_123_456, "999999999999": 999_999_999_999_000_000} {
		if v, ok := millionths(s); !ok || v != want {
			t.Errorf("millionths(%q) = %d, %v; want %d", s, v, ok, want)
		}
	}
	for _, s := range []string{"", "-", ".", "+1", "--1", "1e3", "1.2.3", " 1", "1000000000000", "{", "0x1"} {
		if v, ok := millionths(s); ok {
			t.Errorf("millionths(%q) = %d: it is no decimal number", s, v)
		}
	}
	for _, c := range []struct {
		sum, count int64
		want       string
	}{{0, 1, "0"}, {7_000_000, 2, "3.5"}, {10_000_000, 3, "3.333333"}, {20_000_000, 3, "6.666667"}, {-20_000_000, 3, "-6.666667"}, {-1, 3, "0"}, {144_000_000, 2, "72"}} {
		if got := decimal(c.sum, c.count); got != c.want {
			t.Errorf("%d/%d millionths are %s, want %s", c.sum, c.count, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Int64Range(-1e18+1, 1e18-1).Draw(t, "v")
		if back, ok := millionths(decimal(v, 1)); !ok || back != v {
			t.Fatalf("%d is written %s and read %d, %v", v, decimal(v, 1), back, ok)
		}
	})
}
