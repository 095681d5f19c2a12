package checkpoint

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/model"
)

func split(topic string, partition int32, offset int64) Split {
	return Split{TopicPartition: model.TopicPartition{Topic: topic, Partition: partition}, Offset: offset}
}

func drawState(t *rapid.T) []GroupState {
	var state []GroupState
	for group := range rapid.IntRange(0, 6).Draw(t, "groups") {
		if data := rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, "data"); rapid.Bool().Draw(t, "text") {
			state = append(state, GroupState{group, data})
		} else {
			state = append(state, GroupState{group, []byte(rapid.String().Draw(t, "words"))})
		}
	}
	return state
}

func someMetadata() *Metadata {
	return &Metadata{Job: "orders per day", ID: 7, Parallelism: 2, MaxParallelism: 128, Topics: []string{"orders"},
		Handles: []Handle{
			{Task: "operator-0", ID: 7, Files: []File{{Path: "a", Size: 10, Sum: 1 << 63, ID: 3, Groups: []int{0, 4}, Of: 3}, {Path: "b", Size: 9, Sum: 2, ID: 7, Groups: []int{1}, Of: 1}}},
			{Task: "source-1", Subtask: 1, ID: 7, Inline: []byte("state")},
		},
		Enumerator: EnumeratorState{Discovered: true, Unassigned: []Split{split("orders", 1, StartEarliest)}}}
}

// every calls refuse with each beginning of a file, and with each file that one
// changed bit, or all changed bits of a byte, make of it.
func every(whole []byte, refuse func(what string, at int, data []byte)) {
	for n := range whole {
		refuse("cut at", n, whole[:n])
	}
	refuse("longer than", len(whole), append(bytes.Clone(whole), '\n'))
	for i := range whole {
		for _, mask := range []byte{1, 2, 4, 8, 16, 32, 64, 128, 255} {
			data := bytes.Clone(whole)
			data[i] ^= mask
			refuse("changed at", i, data)
		}
	}
}

func TestDamagedFilesAreRefused(t *testing.T) {
	want := Header{stateFile, "orders per day", 7, "operator-0"}
	state := encodeState(want, []GroupState{{0, []byte("a=1 b=\"2\"")}, {3, []byte{0xff, 0}}})
	every(state, func(what string, at int, data []byte) {
		if _, err := decodeState("state", data, want, nil); err == nil {
			t.Errorf("state %s %d is taken", what, at)
		} else if e := new(FormatError); !errors.As(err, &e) || e.Remedy == "" {
			t.Errorf("state %s %d: %v: no remedy", what, at, err)
		}
	})
	every(someMetadata().encode(), func(what string, at int, data []byte) {
		if _, err := ReadMetadata("metadata", data); err == nil {
			t.Errorf("metadata %s %d are taken", what, at)
		}
	})
}

func TestStateComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		state := drawState(t)
		b := Backend{Kind: rapid.SampledFrom([]BackendKind{"", Memory, FileSystem, Incremental}).Draw(t, "backend")}
		job := rapid.String().Draw(t, "job")
		h, writes := b.store(job, 9, "operator-2", 2, state, &Uploads{})
		got, err := load(&h, job, 9, written(map[string][]byte{}, writes))
		if err != nil {
			t.Fatal(err)
		}
		if want := withData(state); len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestSplitsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		splits := []Split{}
		for range rapid.IntRange(0, 4).Draw(t, "n") {
			s := split(rapid.StringN(1, 5, -1).Draw(t, "topic"), rapid.Int32Min(0).Draw(t, "partition"), rapid.Int64Min(StartCommitted).Draw(t, "offset"))
			s.Stop = rapid.Int64Min(0).Draw(t, "stop")
			splits = append(splits, s)
		}
		got, err := decodeSplits(encodeSplits(splits))
		if err != nil || !reflect.DeepEqual(got, splits) {
			t.Fatalf("got %v, %v; want %v", got, err, splits)
		}
	})
	for _, bad := range []string{"", "null", "{}", "[", `[{"topic":"a","partition":-1,"offset":0}]`, `[{"topic":"a","partition":0,"offset":-4}]`,
		`[{"partition":0,"offset":0}]`, `[{"topic":"a","partition":0,"offset":0,"stop":-1}]`, `[{"topic":"a","at":0}]`, "[] []"} {
		if got, err := decodeSplits([]byte(bad)); err == nil {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
}

func TestMetadataComeBack(t *testing.T) {
	m := someMetadata()
	got, err := ReadMetadata("m", m.encode())
	if err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// What is whole, and not what was looked for.
func TestOtherFilesAreRefused(t *testing.T) {
	h, writes := Backend{}.store("orders", 7, "operator-0", 0, []GroupState{{1, []byte("x")}}, nil)
	path := h.Paths()[0]
	files := written(map[string][]byte{}, writes)
	other := func(job string, id int64, task string) map[string][]byte {
		data := encodeState(Header{stateFile, job, id, task}, []GroupState{{1, []byte("x")}})
		h.Files[0].Size, h.Files[0].Sum = len(data), sumOf(data)
		return map[string][]byte{path: data}
	}
	version := bytes.Replace(files[path], []byte(magic+" 1 "), []byte(magic+" 2 "), 1)
	good := h.Files[0]
	for _, c := range []struct {
		name  string
		files map[string][]byte
		id    int64
		want  []string
	}{
		{"lost", nil, 7, []string{"no such file", remedyOther}},
		{"short", map[string][]byte{path: files[path][:20]}, 7, []string{"20 bytes", remedyOther}},
		{"changed", map[string][]byte{path: bytes.Replace(files[path], []byte("x"), []byte("y"), 1)}, 7, []string{"sum"}},
		{"other job", other("payments", 7, "operator-0"), 7, []string{`"payments"`, `"orders"`, remedyJob}},
		{"other checkpoint", other("orders", 6, "operator-0"), 7, []string{"checkpoint is 6", "7"}},
		{"other task", other("orders", 7, "operator-1"), 7, []string{`"operator-1"`, `"operator-0"`}},
		{"other handle", files, 8, []string{"checkpoint 7", "checkpoint 8"}},
	} {
		h.Files[0] = good
		if strings.HasPrefix(c.name, "other ") && c.id == 7 {
			h.Files[0].Size, h.Files[0].Sum = len(c.files[path]), sumOf(c.files[path])
		}
		_, err := load(&h, "orders", c.id, c.files)
		if err == nil {
			t.Errorf("%s: taken", c.name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q does not say %q", c.name, err, want)
			}
		}
	}
	_, err := decodeState(path, version, Header{stateFile, "orders", 7, "operator-0"}, nil)
	if err == nil || !strings.Contains(err.Error(), "version 2") || !strings.Contains(err.Error(), remedyVersion) {
		t.Errorf("another version: %v", err)
	}
}

// Files that are whole each, and cannot belong together.
func TestHandlesThatCannotBe(t *testing.T) {
	one, w1 := Backend{}.store("orders", 6, "operator-0", 0, []GroupState{{1, []byte("x")}}, nil)
	two, w2 := Backend{}.store("orders", 7, "operator-0", 0, []GroupState{{1, []byte("y")}}, nil)
	files := written(written(map[string][]byte{}, w1), w2)
	both := Handle{Task: "operator-0", ID: 7, Files: slices.Concat(one.Files, two.Files)}
	if _, err := load(&both, "orders", 7, files); err == nil || !strings.Contains(err.Error(), "key group 1 stands in two files") {
		t.Errorf("%v", err)
	}
	later := Handle{Task: "operator-0", ID: 6, Files: two.Files}
	if _, err := load(&later, "orders", 6, files); err == nil || !strings.Contains(err.Error(), "for checkpoint 7, after 6") {
		t.Errorf("%v", err)
	}
	two.Files[0].Groups = []int{1, 2}
	if _, err := load(&two, "orders", 7, files); err == nil || !strings.Contains(err.Error(), "no key group 2") {
		t.Errorf("%v", err)
	}
}

func TestDescribeFile(t *testing.T) {
	state := DescribeFile(encodeState(Header{stateFile, "orders", 7, "operator-0"}, []GroupState{{3, []byte("a=1")}}))
	if want := "state of job \"orders\", checkpoint 7, of operator-0\n  key group 3: 3 bytes\n"; state != want {
		t.Errorf("got %s", state)
	}
	want := `metadata of job "orders per day", checkpoint 7
  topics orders, parallelism 2, 128 key groups
  operator-0: 9 bytes in 1 files, 10 in 1 of earlier checkpoints, 0 inline
  source-1: 0 bytes in 0 files, 0 in 0 of earlier checkpoints, 5 inline
  orders/1 is no source's yet, at -2
`
	if got := DescribeFile(someMetadata().encode()); got != want {
		t.Errorf("got %s", got)
	}
	if got := DescribeFile([]byte("x")); !strings.Contains(got, remedyOther) {
		t.Errorf("got %s", got)
	}
}

func TestPathsOfJobsAreTheirOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		job := func(l string) string { return rapid.StringOf(rapid.RuneFrom([]rune("ab./% -_%2Fé"))).Draw(t, l) }
		a, b := job("a"), job("b")
		if a != b && dirOf(a) == dirOf(b) {
			t.Fatalf("%q and %q share %q", a, b, dirOf(a))
		}
		if d := dirOf(a); strings.ContainsAny(d, "/ ") || strings.HasPrefix(d, ".") {
			t.Fatalf("%q is in %q", a, d)
		}
	})
}

func TestMetadataThatCannotBe(t *testing.T) {
	for want, spoil := range map[string]func(*Metadata){
		"no job":             func(m *Metadata) { m.Job = "" },
		"no checkpoint's id": func(m *Metadata) { m.ID = 0 },
		"parallelism":        func(m *Metadata) { m.MaxParallelism = 1 },
		"subtask":            func(m *Metadata) { m.Handles[1].Subtask = 0 },
		"twice":              func(m *Metadata) { m.Handles = append(m.Handles, m.Handles[0]) },
		"is of checkpoint 6": func(m *Metadata) { m.Handles[0].ID = 6 },
		"no path":            func(m *Metadata) { m.Handles[0].Files[0].Path = "" },
		"for checkpoint 8":   func(m *Metadata) { m.Handles[0].Files[0].ID = 8 },
		"0 bytes":            func(m *Metadata) { m.Handles[0].Files[0].Size = 0 },
		"is no offset":       func(m *Metadata) { m.Enumerator.Unassigned[0].Offset = -9 },
		"its key groups":     func(m *Metadata) { m.Handles[0].Files[0].Groups = []int{128} },
		"2 are taken":        func(m *Metadata) { m.Handles[0].Files[0].Of = 1 },
	} {
		m := someMetadata()
		spoil(m)
		if _, err := ReadMetadata("m", m.encode()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error that says %q: %v", want, err)
		}
	}
}

func TestWhatAJobCanGoOnFrom(t *testing.T) {
	has := map[string]int32{"orders": 2}
	splits := []Split{split("orders", 0, 5), split("orders", 1, 6)}
	for _, c := range []struct {
		name       string
		cfg        Config
		partitions map[string]int32
		want       []string // of the error; none: it fits
	}{
		{"same", Config{MaxParallelism: 128, Parallelism: 2}, has, nil},
		{"partitions not known", Config{MaxParallelism: 128, Parallelism: 2}, nil, nil},
		{"more partitions, more topics, rescaled", Config{Parallelism: 5, Topics: []string{"payments", "orders"}}, map[string]int32{"orders": 9}, nil},
		{"other job", Config{Name: "b"}, has, []string{`job "a"`, `job "b"`, remedyJob}},
		{"other groups", Config{MaxParallelism: 256}, has, []string{"128", "256", "MaxParallelism to 128"}},
		{"too parallel", Config{Parallelism: 129}, has, []string{"129", "128 key groups"}},
		{"partitions gone", Config{}, map[string]int32{"orders": 1}, []string{"orders/1", "does not have", "bring it back"}},
		{"topic gone", Config{}, map[string]int32{}, []string{"orders/0, orders/1"}},
		{"topic not read", Config{Topics: []string{"payments"}}, has, []string{"orders/0, orders/1", "Topics"}},
	} {
		m := Metadata{Job: "a", ID: 3, Savepoint: true, Parallelism: 2, MaxParallelism: 128,
			Enumerator: EnumeratorState{Unassigned: splits[1:]}}
		if c.cfg.Name == "" {
			c.cfg.Name = "a"
		}
		if c.cfg.Topics == nil {
			c.cfg.Topics = []string{"orders"}
		}
		err := m.fits(&c.cfg, c.partitions, splits)
		if (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), `savepoint 3 of job "a": `) {
				t.Errorf("%s: %q does not say %q", c.name, err, want)
			}
		}
	}
}

func TestGarbage(t *testing.T) {
	with := func(id int64, paths ...string) *Metadata {
		m := &Metadata{Job: "a", ID: id}
		for _, p := range paths {
			m.Handles = append(m.Handles, Handle{ID: id, Files: []File{{Path: p, ID: id}}})
		}
		return m
	}
	old := with(1, "x", "y", "z")
	savepoint := with(2, "z")
	savepoint.Savepoint = true
	if got := garbage(old, []*Metadata{with(3, "x"), savepoint}); !slices.Equal(got, []string{"a/chk-1/_metadata", "y"}) {
		t.Errorf("got %v", got)
	}
	if got := garbage(savepoint, []*Metadata{with(3)}); got != nil {
		t.Errorf("a savepoint loses %v", got)
	}
	if got := garbage(old, []*Metadata{old}); got != nil {
		t.Errorf("a kept checkpoint loses %v", got)
	}
}

func FuzzReadMetadata(f *testing.F) {
	f.Add(someMetadata().encode())
	_, body, err := DecodeFile("m", someMetadata().encode())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte(magic + " 1 metadata {}\nsum 0000000000000000\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		// As a file, and as the body of one whose sum is right.
		for _, file := range [][]byte{data, EncodeFile(Header{Kind: metadataFile, Job: "orders per day", Checkpoint: 7}, data)} {
			m, err := ReadMetadata("m", file)
			_ = DescribeFile(file)
			if err != nil {
				continue
			}
			if again, err := ReadMetadata("m", m.encode()); err != nil || !bytes.Equal(again.encode(), m.encode()) {
				t.Errorf("what was read does not come back: %v", err)
			}
			_ = m.fits(&Config{Name: "orders per day"}, map[string]int32{}, nil)
			_ = garbage(m, nil)
		}
	})
}
