package conform

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/broker/api"
)

// TestScriptsReadAsWritten: parsing is the inverse of printing, for scripts as
// they are drawn.
func TestScriptsReadAsWritten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, err := Draw(rapid.Uint64().Draw(rt, "seed"), rapid.Uint64Range(0, 1000).Draw(rt, "number"))
		if err != nil {
			rt.Fatal(err)
		}
		if n := len(s.Steps); n < minSteps || n > maxSteps {
			rt.Fatalf("%d steps", n)
		}
		back, err := ParseScript(strings.NewReader(s.String()))
		if err != nil {
			rt.Fatalf("%v in\n%s", err, s)
		}
		if !reflect.DeepEqual(back, s) {
			rt.Fatalf("read\n%s\nwritten\n%s", back, s)
		}
	})
}

// TestRecordingsReadAsWritten: the same for recordings, and the verdict on what
// was read is the verdict on what was written: the model agrees with itself.
func TestRecordingsReadAsWritten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, err := Draw(rapid.Uint64().Draw(rt, "seed"), 0)
		if err != nil {
			rt.Fatal(err)
		}
		r, err := Model{}.Play(t.Context(), s, nil)
		if err != nil {
			rt.Fatal(err)
		}
		var b bytes.Buffer
		if err := WriteRecording(&b, s, r); err != nil {
			rt.Fatal(err)
		}
		s2, r2, err := ReadRecording(&b)
		if err != nil {
			rt.Fatal(err)
		}
		if !reflect.DeepEqual(s2, s) || fmt.Sprint(r2) != fmt.Sprint(r) {
			rt.Fatalf("read\n%v\nwritten\n%v", r2, r)
		}
		v, err := Judge(s2, r2)
		if err != nil {
			rt.Fatal(err)
		}
		if len(v.Mismatches) > 0 {
			rt.Fatalf("the model differs from itself: %v in\n%s", v.Mismatches, s)
		}
	})
}

// TestDrawnAlike: a seed and a number give one script.
func TestDrawnAlike(t *testing.T) {
	for n := range uint64(20) {
		a, err := Draw(7, n)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Draw(7, n)
		if err != nil {
			t.Fatal(err)
		}
		if a.String() != b.String() {
			t.Errorf("number %d gives\n%s and\n%s", n, a, b)
		}
	}
}

// TestErrorNumbers holds the numbers of errors against franz-go's: recordings
// have names, which the model gives to its own numbers.
func TestErrorNumbers(t *testing.T) {
	for code := api.ErrorCode(-1); code < 200; code++ {
		name := code.String()
		if strings.HasPrefix(name, "ERROR_") || code == api.None || code == api.NotLeaderOrFollower { // whose name has changed
			continue
		}
		var known *kerr.Error
		if err := kerr.ErrorForCode(int16(code)); !errors.As(err, &known) || known.Message != name {
			t.Errorf("%d is %s here, %v there", code, name, err)
		}
	}
}

func TestBadScripts(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "line 1: want new topics",
		"join m1":                                "line 1: \"join m1\": want new topics",
		"new topics=orders":                      "line 1: \"orders\": want NAME:PARTITIONS",
		"new topics=orders:1\njoin":              "line 2: \"join\": want a verb, and a member",
		"new topics=orders:1\n\njump m1":         "line 3: jump m1: no such verb",
		"new topics=orders:1\njoin m9":           "want a member m1…m6",
		"new topics=orders:1\njoin m1 gen=3":     "join has no operand gen; it has group, id",
		"new topics=orders:1\njoin m1 v=10":      "v=10: there are versions 2 to 9",
		"new topics=orders:1\njoin m1 lane=6":    "lane=6: there are lanes 0 to 5",
		"new topics=orders:1\nsync m1 gen=x":     "gen=x: want a number, next or last",
		"new topics=orders:1\njoin m1 v=5 v=6":   "v stands twice",
		"new topics=orders:1\nwait soon":         "want a span, as in wait 1.5s",
		"new topics=orders:1\njoin m1 session=6": "session=6: want a span",
	} {
		_, err := ParseScript(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
}
