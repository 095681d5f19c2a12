package model

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawEvent draws an event that has what its kind needs, and anything else.
func drawEvent(t *rapid.T) Event {
	name := rapid.StringN(1, 8, -1)
	small := rapid.OneOf(rapid.Just(int32(0)), rapid.Int32())
	number := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64())
	partition := rapid.Custom(func(t *rapid.T) PartitionOffset {
		return PartitionOffset{TopicPartition{name.Draw(t, "topic"), small.Draw(t, "partition")}, number.Draw(t, "offset")}
	})
	e := Event{
		At:             rapid.Int64Min(0).Draw(t, "us"),
		Kind:           rapid.SampledFrom(schema).Draw(t, "kind").Kind,
		Client:         name.Draw(t, "client"),
		Node:           name.Draw(t, "node"),
		Group:          name.Draw(t, "group"),
		Member:         name.Draw(t, "member"),
		Instance:       rapid.String().Draw(t, "instance"),
		Generation:     small.Draw(t, "generation"),
		TopicPartition: TopicPartition{name.Draw(t, "topic"), small.Draw(t, "partition")},
		From:           number.Draw(t, "from"),
		To:             number.Draw(t, "to"),
		Deliveries:     small.Draw(t, "deliveries"),
		Op:             number.Draw(t, "op"),
		Error:          rapid.String().Draw(t, "error"),
		Cause:          name.Draw(t, "cause"),
	}
	if list := rapid.SliceOfN(partition, 0, 3).Draw(t, "partitions"); len(list) > 0 {
		e.Partitions = list
	}
	if list := rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "keys"); len(list) > 0 {
		e.Keys = list
	}
	if list := rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "values"); len(list) > 0 {
		e.Values = list
	}
	if list := rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "members"); len(list) > 0 {
		e.Members = list
	}
	return e
}

func drawSettings(t *rapid.T) (s Settings) {
	for _, set := range s.List() {
		if set.Flag != nil {
			*set.Flag = rapid.Bool().Draw(t, set.Name)
		} else {
			*set.Number() = rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Min(0)).Draw(t, set.Name)
		}
	}
	return s
}

// TestSettingsAreOptions: none is lost on its way from a header to a Judge.
func TestSettingsAreOptions(t *testing.T) {
	var s Settings
	for i, set := range s.List() {
		if set.Flag != nil {
			*set.Flag = true
		} else {
			*set.Number() = int64(i)
		}
	}
	if got := (Header{Settings: s}).Options().Settings(); got != s {
		t.Errorf("got %+v, want %+v", got, s)
	}
	if o := (Header{Fresh: true}).Options(); !o.Fresh || o.Midlife {
		t.Errorf("a fresh history gives %+v", o)
	}
}

func TestDecodeEncodeIsIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvent(t)
		h := Header{HistoryVersion, rapid.String().Draw(t, "source"), rapid.String().Draw(t, "note"), rapid.Bool().Draw(t, "fresh"),
			rapid.Int64Min(0).Draw(t, "began"), drawSettings(t)}
		var file bytes.Buffer
		w := NewWriter(&file, h)
		if err := w.Write(&e); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		text := file.String()
		r, err := NewReader(&file)
		if err != nil || r.Header != h {
			t.Fatalf("header %+v, want %+v, %v\n%s", r.Header, h, err, text)
		}
		var got Event
		if err := r.Next(&got); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if !reflect.DeepEqual(got, e) {
			t.Fatalf("got  %+v\nwant %+v\n%s", got, e, text)
		}
		if err := r.Next(&got); err != io.EOF {
			t.Fatalf("after the last event: %v", err)
		}
	})
}

func TestErrorsSayWhereAndWhat(t *testing.T) {
	const head = `{"groundhog-history":1}` + "\n"
	const calm = `{"us":5,"event":"calm"}` + "\n"
	for name, c := range map[string]struct{ file, want string }{
		"empty file":        {"", `line 1: the file is empty; expected a header: {"groundhog-history":5}`},
		"no header":         {calm, `line 1, column 2: expected a header as the first line, found an event; put {"groundhog-history":5} before it`},
		"other file":        {`{}` + "\n", `line 1, column 1: not a history; expected {"groundhog-history":5} as the first line`},
		"newer version":     {`{"groundhog-history":6}` + "\n", `line 1, column 2: version 6 of the format; this program reads up to 5`},
		"newer event":       {head + `{"us":1,"event":"group-deleted","group":"g"}` + "\n", `line 2, column 1: event group-deleted came with version 2 of the format; begin the file with {"groundhog-history":5}`},
		"newest event":      {`{"groundhog-history":3}` + "\n" + `{"us":1,"event":"metric","client":"m1","to":1,"cause":"c"}` + "\n", `line 2, column 1: event metric came with version 4 of the format`},
		"share event":       {`{"groundhog-history":4}` + "\n" + `{"us":1,"event":"share-unloaded","node":"b0","group":"g","topic":"t","partition":0}` + "\n", `line 2, column 1: event share-unloaded came with version 5 of the format`},
		"newest field":      {`{"groundhog-history":4}` + "\n" + `{"us":1,"event":"calm","deliveries":1}` + "\n", `line 2, column 1: deliveries came with version 5 of the format`},
		"newer field":       {head + `{"us":1,"event":"joining","client":"m1","group":"g","instance":"i"}` + "\n", `line 2, column 1: instance came with version 2 of the format; begin the file with {"groundhog-history":5}`},
		"header field":      {`{"groundhog-history":1,"sauce":"x"}` + "\n", `line 1, column 24: unknown field "sauce" in the header; expected groundhog-history, source, note, fresh, began_us, settings`},
		"unknown event":     {head + `{"us":1,"event":"pulled"}` + "\n", `line 2, column 17: unknown event "pulled"; expected one of started, stopped,`},
		"unknown field":     {head + `{"us":1,"event":"calm","colour":3}` + "\n", `line 2, column 24: unknown field "colour"; expected one of us, event, node,`},
		"field twice":       {head + `{"us":1,"us":1,"event":"calm"}` + "\n", `line 2, column 9: field "us" stands twice`},
		"time goes back":    {head + calm + `{"us":4,"event":"end"}` + "\n", `line 3, column 2: time goes back: 4 µs, after 5 on a line before`},
		"missing field":     {head + `{"us":1,"event":"polled","client":"m1","group":"g","topic":"t","from":1}` + "\n", `line 2, column 1: polled lacks partition, to`},
		"empty field":       {head + `{"us":1,"event":"started","client":""}` + "\n", `line 2, column 27: started needs client; expected a name, found an empty string`},
		"missing time":      {head + `{"event":"calm"}` + "\n", `line 2, column 1: calm lacks us`},
		"missing event":     {head + `{"us":1}` + "\n", `line 2, column 1: the event lacks event`},
		"missing offset":    {head + `{"us":1,"event":"commit","client":"m1","group":"g","op":1,"partitions":[{"topic":"t","partition":0}]}` + "\n", `line 2, column 73: commit has a partition without an offset`},
		"missing topic":     {head + `{"us":1,"event":"lost","client":"m1","group":"g","partitions":[{"partition":0}]}` + "\n", `line 2, column 64: a partition lacks topic or partition`},
		"negative time":     {head + `{"us":-1,"event":"calm"}` + "\n", `line 2, column 7: expected a number not below 0, found -1`},
		"fraction":          {head + `{"us":1.5,"event":"calm"}` + "\n", `line 2, column 8: expected an integer, found a fraction or an exponent`},
		"text for a number": {head + `{"us":"1","event":"calm"}` + "\n", `line 2, column 7: expected an integer, found '"'`},
		"number for a text": {head + `{"us":1,"event":7}` + "\n", `line 2, column 17: expected a string, found '7'`},
		"null":              {head + `{"us":1,"event":"calm","cause":null}` + "\n", `line 2, column 32: expected a string, found 'n'`},
		"out of range":      {head + `{"us":1,"event":"calm","generation":3000000000}` + "\n", `line 2, column 37: the number 3000000000 is out of range`},
		"not an object":     {head + "[]\n", `line 2, column 1: expected '{', found '['`},
		"empty line":        {head + "\n", `line 2, column 1: expected '{', found the end of the line`},
		"two objects":       {head + `{"us":1,"event":"calm"}{}` + "\n", `line 2, column 24: expected the end of the line after the object, found '{'`},
		"not UTF-8":         {head + "{\"us\":1,\"event\":\"calm\",\"cause\":\"\xff\"}\n", `line 2, column 33: a string that is not UTF-8`},
		"bad escape":        {head + `{"us":1,"event":"calm","cause":"\x"}` + "\n", `line 2, column 33: unknown escape \x`},
		"half a surrogate":  {head + `{"us":1,"event":"calm","cause":"\ud800"}` + "\n", `line 2, column 33: half a surrogate pair`},
		"cut off":           {head + calm + `{"us":6,"event":"en`, `line 3, column 20: the last line is cut off: the line ends inside a string`},
		"cut off later":     {head + calm + `{"us":6,"event":"end"`, `line 3, column 22: the last line is cut off: expected ',' or '}', found the end of the line`},
		"line ends early":   {head + `{"us":6,` + "\n" + calm, `line 2, column 9: expected a string, found the end of the line`},
		"empty topic":       {head + `{"us":1,"event":"lost","client":"m1","group":"g","partitions":[{"topic":"","partition":0}]}` + "\n", `line 2, column 64: lost has a partition whose topic is empty`},
		"second header":     {head + calm + head, `line 3, column 2: a second header; give the histories of several processes`},
		"newer header":      {`{"groundhog-history":2,"began_us":7}` + "\n", `line 1, column 1: began_us came with version 3 of the format`},
		"unknown setting":   {`{"groundhog-history":3,"settings":{"lag":7}}` + "\n", `line 1, column 36: unknown setting "lag"; expected one of hidden_retries,`},
		"setting twice":     {`{"groundhog-history":3,"settings":{"from_start":true,"from_start":true}}` + "\n", `line 1, column 54: setting "from_start" stands twice`},
		"setting's type":    {`{"groundhog-history":3,"settings":{"lag_bound_us":"7s"}}` + "\n", `line 1, column 51: expected an integer, found '"'`},
		"negative bound":    {`{"groundhog-history":3,"settings":{"lag_bound_us":-1}}` + "\n", `line 1, column 51: expected a number not below 0, found -1`},
	} {
		err := ReadHistory(strings.NewReader(c.file), func(*Event) error { return nil })
		var he *HistoryError
		if !errors.As(err, &he) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s:\ngot  %v\nwant %s", name, err, c.want)
		}
	}
}

func TestReaderAccepts(t *testing.T) {
	file := "{ \"groundhog-history\" : 1 , \"fresh\":true}\r\n" +
		`{"event":"started", "client":"caf\u00e9 \ud83d\ude00\n", "us":0}` + "\n" +
		`{"us":0,"event":"fault","cause":"` + strings.Repeat("x", 1<<17) + `"}` + "\n" +
		`{"us":7,"event":"end"}` // without a line end, but whole
	var got []Event
	err := ReadHistory(strings.NewReader(file), func(e *Event) error {
		got = append(got, *e)
		return nil
	})
	if err != nil || len(got) != 3 || got[0].Client != "café 😀\n" || len(got[1].Cause) != 1<<17 || got[2].At != 7 {
		t.Fatalf("%d events, %v", len(got), err)
	}
	stop := errors.New("enough")
	if err := ReadHistory(strings.NewReader(file), func(*Event) error { return stop }); err != stop {
		t.Errorf("got %v, want the error of the callback", err)
	}
}

func TestWriterRefusesWhatNobodyCouldRead(t *testing.T) {
	w := NewWriter(io.Discard, Header{})
	for want, e := range map[string]Event{
		"needs client":                 {Kind: Started},
		`unknown event "pulled"`:       {Kind: "pulled"},
		"a partition without a topic":  {Kind: Lost, Client: "m1", Group: "g", Partitions: []PartitionOffset{{}}},
		"time goes back from 0 to -10": {Kind: Calm, At: -10},
	} {
		if err := w.Write(&e); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// FuzzReadHistory: whatever is read can be written, and reads the same again.
func FuzzReadHistory(f *testing.F) {
	for _, spec := range schema {
		e := exampleOf(spec.Kind)
		f.Add([]byte(`{"groundhog-history":2}` + "\n" + string(AppendEvent(nil, &e))))
	}
	f.Add([]byte(`{"groundhog-history":1,"note":"\u00e9"}` + "\n" + `{"us":1,"event":"fault","cause":"\ud83d\ude00"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		err := ReadHistory(bytes.NewReader(data), func(e *Event) error {
			var again Event
			line := AppendEvent(nil, e)
			s := scanner{names: map[string]string{}}
			if err := s.event(line, &again); err != nil {
				t.Fatalf("%v\n%s", err, line)
			}
			if got := AppendEvent(nil, &again); !bytes.Equal(got, line) {
				t.Fatalf("written\n%s\nagain\n%s", line, got)
			}
			return nil
		})
		var he *HistoryError
		if err != nil && !errors.As(err, &he) {
			t.Fatalf("an error without a line: %v", err)
		}
	})
}

func BenchmarkAppendEvent(b *testing.B) {
	e := exampleOf(Processed)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendEvent(buf[:0], &e)
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkReadEvent(b *testing.B) {
	e := exampleOf(Processed)
	line := AppendEvent(nil, &e)
	s := scanner{names: map[string]string{}}
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		if err := s.event(line, &e); err != nil {
			b.Fatal(err)
		}
	}
}
