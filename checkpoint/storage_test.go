package checkpoint

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
)

// asker sends what a test gives it, and notes the answers with their times.
type asker struct {
	ask     []sim.Message
	answers []string
	reads   map[string][]byte
}

func (a *asker) Step(in *sim.Input, fx *sim.Effects) {
	switch m := in.Msg.(type) {
	case *Written:
		a.answers = append(a.answers, fmt.Sprintf("%v written %s %s", fx.Now(), m.Path, m.Error))
	case *Content:
		a.answers = append(a.answers, fmt.Sprintf("%v content %s %q %s", fx.Now(), m.Path, m.Data, m.Error))
		a.reads[m.Path] = m.Data
	}
	if in.Kind == sim.InClosed {
		a.answers = append(a.answers, fmt.Sprintf("%v closed", fx.Now()))
	}
	if in.Kind == sim.InCommand {
		for _, m := range a.ask {
			fx.Send(1, laneControl, m)
		}
		a.ask = nil
	}
}

func (a *asker) Crash() {}

type storageWorld struct {
	t       *testing.T
	w       *sim.World
	asker   *asker
	storage *Storage
}

func newStorageWorld(t *testing.T, cfg StorageConfig, seed uint64) *storageWorld {
	s := &storageWorld{t: t, asker: &asker{reads: map[string][]byte{}}, storage: NewStorage(cfg)}
	var err error
	s.w, err = sim.New(sim.Config{Names: sim.Names{Nodes: []string{"tm1", "fs"}, Lanes: []string{""}}, Nodes: []sim.Node{s.asker, s.storage}, Draws: sim.SeededDraws(seed)})
	if err != nil {
		t.Fatal(err)
	}
	s.do(sim.Start, 0, "", "")
	s.do(sim.Start, 1, "", "")
	return s
}

func (s *storageWorld) do(kind sim.Kind, node sim.NodeID, label, key string) {
	s.t.Helper()
	if err := s.w.Apply(s.w.Now(), sim.Action{Kind: kind, Node: node, Peer: sim.Nobody, Label: label, Key: key}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *storageWorld) run(span sim.Time) {
	s.t.Helper()
	if _, err := sim.Drive(s.w, &sim.TimedDriver{Until: s.w.Now() + span}, 10_000, nil); err != nil {
		s.t.Fatal(err)
	}
}

// asks sends messages and gives the answers that came within ten seconds.
func (s *storageWorld) asks(ms ...sim.Message) string {
	s.t.Helper()
	s.asker.answers, s.asker.ask = nil, ms
	s.do(sim.Command, 0, "ask", "")
	s.run(10 * sim.Second)
	return strings.Join(s.asker.answers, "\n")
}

func file(path, data string) *Write { return &Write{Path: path, Data: []byte(data)} }

func TestStorageTakesItsTime(t *testing.T) {
	s := newStorageWorld(t, StorageConfig{Read: 2 * sim.Millisecond, Write: 5 * sim.Millisecond, Bandwidth: 1000}, 1)
	got := s.asks(file("a/long", strings.Repeat("x", 100)), file("a/short", "y"), &Read{Path: "a/short"})
	want := `0.002s content a/short "" there is no such file
0.006s written a/short 
0.105s written a/long `
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := s.asks(&Read{Path: "a/long"}, &Delete{Path: "a/short"}, &Delete{Path: "b"}); strings.Count(got, "\n") != 2 || !strings.Contains(got, `content a/long "xxx`) {
		t.Error(got)
	}
	if got := s.storage.Files(); len(got) != 1 || got[0] != "a/long" {
		t.Errorf("files %v", got)
	}
	if got, want := s.storage.Count(), (StorageCount{Writes: 2, Reads: 2, Deletes: 2, BytesWritten: 101}); got != want {
		t.Errorf("count %+v", got)
	}
}

func TestStorageDrawsItsTime(t *testing.T) {
	cfg := StorageConfig{Write: sim.Millisecond, Jitter: sim.Second}
	one := newStorageWorld(t, cfg, 1).asks(file("a", "x"), file("b", "x"), file("c", "x"))
	if again := newStorageWorld(t, cfg, 1).asks(file("a", "x"), file("b", "x"), file("c", "x")); one != again {
		t.Errorf("one seed gives\n%s\nand\n%s", one, again)
	}
	if other := newStorageWorld(t, cfg, 2).asks(file("a", "x"), file("b", "x"), file("c", "x")); one == other {
		t.Errorf("two seeds give\n%s", one)
	}
}

func TestStorageFaults(t *testing.T) {
	for _, c := range []struct {
		commands string
		ask      []sim.Message
		answers  string
		files    string
	}{
		{"fail-writes 1", []sim.Message{file("a", "xxxx"), file("b", "y")}, "0.000s written a input/output error\n0.000s written b ", "b=y"},
		{"fail-writes 1 _meta", []sim.Message{file("a", "x"), file("c/_metadata", "y")}, "0.000s written a \n0.000s written c/_metadata input/output error", "a=x"},
		{"slow-writes 2s 1", []sim.Message{file("a", "x"), file("b", "y")}, "0.000s written b \n2.000s written a ", "a=x b=y"},
		{"slow-writes 2s 1;fail-writes 1", []sim.Message{file("a", "x")}, "2.000s written a input/output error", ""},
		{"tear-writes 1", []sim.Message{file("a", "0123456789")}, "0.000s written a input/output error after 1 of 10 bytes", "a=0"},
		{"tear-silently 1", []sim.Message{file("a", "0123456789"), file("b", "y")}, "0.000s written a \n0.000s written b ", "a=0 b=y"},
		{"fail-writes nonsense;lose nothing;flip last", []sim.Message{file("a", "x")}, "0.000s written a ", "a=x"},
	} {
		s := newStorageWorld(t, StorageConfig{}, 1)
		for _, command := range strings.Split(c.commands, ";") {
			label, key, _ := strings.Cut(command, " ")
			s.do(sim.Command, 1, label, key)
		}
		if got := s.asks(c.ask...); got != c.answers {
			t.Errorf("%s:\n%s\nwant\n%s", c.commands, got, c.answers)
		}
		if got := s.dump(); got != c.files {
			t.Errorf("%s: files %s, want %s", c.commands, got, c.files)
		}
	}
}

func (s *storageWorld) dump() string {
	var files []string
	for _, path := range s.storage.Files() {
		data, _ := s.storage.File(path)
		files = append(files, path+"="+string(data))
	}
	return strings.Join(files, " ")
}

func TestStorageLosesAndFlips(t *testing.T) {
	s := newStorageWorld(t, StorageConfig{}, 1)
	w := file("b", "yyyyyyyy")
	s.asks(file("a", "x"), w)
	before, _ := s.storage.File("b")
	s.do(sim.Command, 1, "flip", "last")
	after, _ := s.storage.File("b")
	if bytes.Equal(before, after) || len(after) != 8 || string(w.Data) != "yyyyyyyy" {
		t.Errorf("%q became %q, and what was sent %q", before, after, w.Data)
	}
	s.do(sim.Command, 1, "lose", "last")
	if got := s.dump(); got != "a=x" {
		t.Error(got)
	}
	s.do(sim.Command, 1, "lose", "a")
	if got := s.dump(); got != "" {
		t.Error(got)
	}
}

func TestStorageCrash(t *testing.T) {
	for _, c := range []struct {
		inPlace bool
		want    string
	}{{false, "a=old"}, {true, "a=new b=0123"}} {
		s := newStorageWorld(t, StorageConfig{Write: sim.Second, InPlace: c.inPlace}, 1)
		s.asks(file("a", "old"))
		s.asker.answers, s.asker.ask = nil, []sim.Message{file("a", "newest"), file("b", "01234567")}
		s.do(sim.Command, 0, "ask", "")
		s.run(sim.Second / 2)
		s.do(sim.Crash, 1, "", "")
		s.run(sim.Second)
		s.do(sim.Start, 1, "", "")
		s.run(5 * sim.Second)
		if got := strings.Join(s.asker.answers, "\n"); strings.Contains(got, "written") || !strings.Contains(got, "closed") {
			t.Errorf("in place %v: answers %s", c.inPlace, got)
		}
		if got := s.dump(); got != c.want {
			t.Errorf("in place %v: files %q, want %q", c.inPlace, got, c.want)
		}
		if got := s.asks(file("a", "next")); !strings.Contains(got, "written a ") {
			t.Errorf("in place %v: after the crash: %s", c.inPlace, got)
		}
		s.do(sim.Crash, 1, "", "")
		if got := s.dump(); !strings.HasPrefix(got, "a=next") {
			t.Errorf("in place %v: nothing is under way, and a crash leaves %q", c.inPlace, got)
		}
	}
}

func TestStorageCommandsAreChecked(t *testing.T) {
	for _, good := range []string{"fail-writes 3", "slow-writes 2s 3", "slow-writes 20ms 1 _metadata", "tear-writes 1 operator", "tear-silently 2", "lose last", "flip a/b"} {
		label, key, _ := strings.Cut(good, " ")
		if err := CheckStorageCommand(label, key); err != nil {
			t.Error(err)
		}
	}
	for bad, want := range map[string]string{"fail-writes": "how many", "fail-writes x": `"x"`, "fail-writes 0": `"0"`, "slow-writes 3": "span", "slow-writes x 3": `"x"`,
		"fail-writes 1 a b": "how many", "lose ": "which file", "burn 3": "knows fail-writes"} {
		label, key, _ := strings.Cut(bad, " ")
		if err := CheckStorageCommand(label, key); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if err := (&StorageConfig{Bandwidth: -1}).Check(); err == nil {
		t.Error("a negative bandwidth is taken")
	}
}

func TestStorageCanBeCopied(t *testing.T) {
	if err := canon.Check[Storage](); err != nil {
		t.Fatal(err)
	}
	if err := canon.Check[Uploads](); err != nil {
		t.Fatal(err)
	}
	s := newStorageWorld(t, StorageConfig{Write: sim.Second}, 1)
	s.asks(file("a", "x"))
	s.asker.ask = []sim.Message{file("a", "y"), file("b", "z")}
	s.do(sim.Command, 0, "ask", "")
	s.run(sim.Millisecond)
	s.do(sim.Command, 1, "slow-writes", "2s 1")
	c := s.storage.Clone().(*Storage)
	enc := func(s *Storage) string { return string(s.Encode(0, nil)) }
	before := enc(s.storage)
	if enc(c) != before {
		t.Error("the copy differs")
	}
	s.do(sim.Command, 1, "fail-writes", "1")
	s.run(5 * sim.Second)
	if enc(c) != before || enc(s.storage) == before {
		t.Error("the copy changes with the original")
	}
}

// What is acknowledged is there, whole, whatever crashes, as long as files are
// written aside; and nothing is ever there in part.
func TestStorageKeepsWhatItAcknowledged(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newStorageWorld(t, StorageConfig{Write: sim.Millisecond, Jitter: 20 * sim.Millisecond, Bandwidth: 1000}, rapid.Uint64().Draw(rt, "seed"))
		for round := range rapid.IntRange(1, 6).Draw(rt, "rounds") {
			for n := range rapid.IntRange(0, 4).Draw(rt, "writes") {
				s.asker.ask = append(s.asker.ask, file(fmt.Sprintf("%d-%d", round, n), strings.Repeat("x", 10+n)))
			}
			s.do(sim.Command, 0, "ask", "")
			s.run(sim.Time(rapid.IntRange(0, 40).Draw(rt, "ms")) * sim.Millisecond)
			if rapid.Bool().Draw(rt, "crash") {
				s.do(sim.Crash, 1, "", "")
				s.do(sim.Start, 1, "", "")
			}
		}
		s.run(sim.Second)
		for _, a := range s.asker.answers {
			if words := strings.Fields(a); words[1] == "written" {
				if _, there := s.storage.File(words[2]); !there {
					rt.Fatalf("%s was acknowledged and is not there", words[2])
				}
			}
		}
		for _, path := range s.storage.Files() {
			var round, n int
			if _, err := fmt.Sscanf(path, "%d-%d", &round, &n); err != nil {
				rt.Fatal(err)
			}
			if data, _ := s.storage.File(path); len(data) != 10+n {
				rt.Fatalf("%s has %d bytes", path, len(data))
			}
		}
	})
}
