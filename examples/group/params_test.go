package group

import (
	"flag"
	"strings"
	"testing"

	"github.com/groundhogsim/groundhog/sim/explore"
)

func TestParse(t *testing.T) {
	p, err := Parse(map[string]string{"M": "3", "C": "0", "MUT": "2"})
	if want := (Params{M: 3, P: 2, R: 2, C: 0, Mutant: 2}); err != nil || p != want {
		t.Errorf("got %+v, %v, want %+v", p, err, want)
	}
	for _, c := range []struct{ key, value, want string }{
		{"X", "1", `group: unknown key "X": expected one of M, P, R, C, MUT`},
		{"m", "1", `group: unknown key "m": expected one of M, P, R, C, MUT`},
		{"M", "5", `group: M=5: expected 1 to 4`},
		{"P", "0", `group: P=0: expected 1 to 3`},
		{"C", "-1", `group: C=-1: expected 0 to 2`},
		{"R", "two", `group: R="two": expected a whole number from 1 to 3`},
		{"MUT", "", `group: MUT="": expected a whole number from 0 to 3`},
	} {
		_, err := Parse(map[string]string{c.key: c.value})
		if err == nil || err.Error() != c.want {
			t.Errorf("%s=%s: got %v, want %s", c.key, c.value, err, c.want)
		}
	}
}

func TestSet(t *testing.T) {
	p := Default()
	for _, text := range []string{"", "M", "M=3,", "M=3,P=9"} {
		if err := p.Set(text); err == nil || p != Default() {
			t.Errorf("%q: got %v and %v, want an error and no change", text, err, &p)
		}
	}
	if err := p.Set("M=3, P=1"); err != nil || p.String() != "M=3,P=1,R=2,C=1,MUT=0" {
		t.Errorf("got %v, %v", &p, err)
	}
	again := Default()
	if err := again.Set(p.String()); err != nil || again != p {
		t.Errorf("%v was read back as %v, %v", &p, &again, err)
	}
	var _ flag.Value = &p
}

func TestOutOfRange(t *testing.T) {
	for _, p := range []Params{{}, {M: 5, P: 1, R: 1}, {M: 1, P: 1, R: 1, Mutant: 4}} {
		if _, err := Explore(p, explore.Options{}); err == nil || !strings.Contains(err.Error(), "expected") {
			t.Errorf("%v: got %v", &p, err)
		}
		if _, err := Plan(p, explore.Options{}); err == nil {
			t.Errorf("%v: Plan gave no error", &p)
		}
	}
}
