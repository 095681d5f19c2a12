package explore

import (
	"reflect"
	"strings"
	"testing"
)

func TestCheckFlat(t *testing.T) {
	type inner struct {
		A [3]uint8
		B bool
	}
	type blank struct {
		A uint8
		_ uint8
	}
	for _, c := range []struct {
		value any
		want  string // "" if it is flat
	}{
		{uint64(0), ""},
		{[4]int16{}, ""},
		{struct{}{}, ""},
		{struct {
			A uint32
			B [2]inner
		}{}, ""},
		{struct {
			A uint8
			B uint16
		}{}, "has 1 bytes of padding before B: order its fields from wide to narrow"},
		{struct {
			A uint16
			B uint8
		}{}, "has 1 bytes of padding at its end: add a field of that size"},
		{blank{}, "blank field"},
		{struct{ A []int }{}, ".A is a []int, which is or holds a pointer: use an array"},
		{[2]string{}, "[i] is a string, which is or holds a pointer"},
		{struct{ A map[int]int }{}, "is or holds a pointer"},
		{new(int), "is or holds a pointer"},
		{1.5, "whose equal values can differ in their bytes: use an integer"},
	} {
		typ := reflect.TypeOf(c.value)
		err := checkFlat(typ, typ.String())
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v: got %v, want %q", typ, err, c.want)
		}
	}
}

type pointing struct {
	Flat[*int]
	Model[*int, int]
}

func (pointing) Fingerprint(s **int) uint64 { return Flat[*int]{}.Fingerprint(s) }

func TestRunRefusesStatesThatAreNotFlat(t *testing.T) {
	_, err := Run(pointing{}, Options{})
	if err == nil || !strings.Contains(err.Error(), "*int is a *int, which is or holds a pointer") {
		t.Errorf("got %v", err)
	}
}

// Every bit of a value of any length counts.
func TestHashBytesSeesEveryBit(t *testing.T) {
	for n := range 70 {
		b := make([]byte, n)
		seen := map[uint64]int{hashBytes(b): -1}
		for bit := range 8 * n {
			b[bit/8] ^= 1 << (bit % 8)
			h := hashBytes(b)
			if other, ok := seen[h]; ok {
				t.Errorf("%d bytes: bit %d gives the same hash as bit %d", n, bit, other)
			}
			seen[h] = bit
			b[bit/8] ^= 1 << (bit % 8)
		}
	}
}

// Small numbers differ in few bits, all of them low; keys must be spread out nevertheless.
func TestKeySpreadsSmallNumbers(t *testing.T) {
	const n, parts = 1 << 16, 64
	var count [parts]int
	for i := range uint64(n) {
		count[home(key(i), parts)]++
	}
	for part, c := range count {
		if c < n/parts*9/10 || c > n/parts*11/10 {
			t.Errorf("part %d of the table gets %d of %d keys", part, c, n)
		}
	}
}
