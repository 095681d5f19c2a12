package vectors

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"github.com/groundhogsim/groundhog/assignor"
)

func pairs(topic string, ps ...int32) (out []assignor.TopicPartition) {
	for _, p := range ps {
		out = append(out, assignor.TopicPartition{Topic: topic, Partition: p})
	}
	return out
}

// The first difference is named; order counts for client assignors alone.
func TestDifference(t *testing.T) {
	for name, c := range map[string]struct {
		want, got []assignor.TopicPartition
		ordered   bool
		text      string // partition: expected, got; empty: no difference
	}{
		"equal":            {pairs("a", 1, 2), pairs("a", 1, 2), true, ""},
		"both empty":       {nil, []assignor.TopicPartition{}, true, ""},
		"order":            {pairs("a", 1, 2), pairs("a", 2, 1), true, "a-1: it as number 1 of its list, a-2"},
		"order of a set":   {pairs("a", 1, 2), pairs("a", 2, 1), false, ""},
		"list too short":   {pairs("a", 1, 2), pairs("a", 1), true, "a-2: it as number 2 of its list, no more"},
		"list too long":    {pairs("a", 1), pairs("a", 1, 7), true, "a-7: no more after 1, it"},
		"set lacks":        {pairs("a", 1, 2, 3), pairs("a", 3, 1), false, "a-2: it, it not"},
		"set lacks last":   {pairs("a", 1, 2), pairs("a", 1), false, "a-2: it, it not"},
		"set has too many": {pairs("a", 1, 3), pairs("a", 3, 2, 1), false, "a-2: it not, it"},
		"doubled":          {pairs("a", 1), pairs("a", 1, 1), false, "a-1: it not, it"},
	} {
		m, differ := difference(c.want, c.got, c.ordered)
		text := m.Partition + ": " + m.Expected + ", " + m.Got
		if differ != (c.text != "") || differ && text != c.text {
			t.Errorf("%s: %v %q, want %q", name, differ, text, c.text)
		}
	}
}

const goodKey = `{"key":"aA==","murmur2":-1,"partition":{"3":1}}` + "\n"

// A key that goes elsewhere is named with what differs.
func TestKeyMismatch(t *testing.T) {
	r, err := Check("keys", strings.NewReader(goodKey))
	if err != nil || r.Rounds != 1 || len(r.Mismatches) == 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if s := r.Mismatches[0].String(); !strings.HasPrefix(s, `keys:1: murmur2, case "h", round 1, partition hash: expected -1, got `) {
		t.Error(s)
	}
}

// Errors carry file and line, also from within gzip that is cut short.
func TestErrorsHaveAPlace(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write([]byte(strings.Repeat(goodKey, 100)))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	server := `{"assignor":"uniform","case":3,"rounds":[{"topics":{"a":{"partitions":1,"id":"AAAAAAAAAAAAAAAAAAAAAQ","id_bits":["0","1"]}},"members":[],"assignment":{}}]}`
	for name, c := range map[string]struct{ text, want string }{
		"cut gzip":       {z.String()[:z.Len()-12], "is the file cut short?"},
		"second line":    {goodKey + "[]\n", "f:2: "},
		"ids disagree":   {strings.Replace(server, `"1"]`, `"2"]`, 1), `f:1: case 3, round 1: topic "a": id "AAAAAAAAAAAAAAAAAAAAAQ" and id_bits [0 2] are different ids`},
		"bits no number": {strings.Replace(server, `"1"]`, `"g"]`, 1), "id_bits"},
		"no topic id":    {strings.Replace(server, `"id":"AAAAAAAAAAAAAAAAAAAAAQ",`, "", 1), `"id" is missing`},
		"id too short":   {strings.Replace(server, "AAAAAAAAAAAAAAAAAAAAAQ", "AAAA", 1), "is no UUID"},
		"no target": {strings.Replace(server, `"members":[],`, `"members":[{"id":"m","instance":null,"topics":[]}],`, 1),
			`member 1: "target" is missing`},
	} {
		_, err := Check("f", strings.NewReader(c.text))
		var at *Error
		if !errors.As(err, &at) || at.File != "f" || at.Line == 0 || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
