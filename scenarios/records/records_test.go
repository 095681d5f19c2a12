package records

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	text := "# patientId:location\n123:{\"at\":\"08:00\",\"room\":\"a:b\"}\n  // more\n456:\n"
	got, skipped, err := Read(strings.NewReader(text), Format{Comments: Skip})
	want := []Record{{"123", `{"at":"08:00","room":"a:b"}`}, {"456", ""}}
	if err != nil || !reflect.DeepEqual(got, want) || !reflect.DeepEqual(skipped, []int{1, 3}) {
		t.Errorf("read %q, skipped %v, %v", got, skipped, err)
	}
	got, _, err = Read(strings.NewReader("a:b=c:d=e"), Format{Separator: "="})
	if want := []Record{{"a:b", "c:d=e"}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestReadTellsWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		format Format
		at     Error // Want: a part of it
	}{
		"comment":      {"1:a\n#2:b", Format{}, Error{2, 1, "set comments to skip"}},
		"no separator": {"1:a\n\n2:b", Format{}, Error{2, 1, `no ":"`}},
		"no key":       {":a", Format{}, Error{1, 1, "no key"}},
		"JSON":         {"1:{}\n22:{\"a\":x}", Format{JSON: true}, Error{2, 9, "no JSON"}},
		"JSON ends":    {"1:{\"a\"", Format{JSON: true}, Error{1, 6, "no JSON"}},
		"long":         {"1:a\n2:" + strings.Repeat("x", longest), Format{}, Error{2, 1, "longer than"}},
	} {
		_, _, err := Read(strings.NewReader(c.text), c.format)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Line != c.at.Line || e.Column != c.at.Column || !strings.Contains(e.Want, c.at.Want) {
			t.Errorf("%s: %v, want %v", name, err, &c.at)
		}
	}
	if _, _, err := Read(strings.NewReader(""), Format{Comments: "keep"}); err == nil {
		t.Error("unknown treatment of comments is taken")
	}
}
