package conform

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/groundhogsim/groundhog/realkafka/cluster"
)

// TestLive compares the model with Apache Kafka: sequences that are drawn, and
// the scripts in testdata, whose recordings GROUNDHOG_RECORD=1 writes anew.
func TestLive(t *testing.T) {
	if testing.Short() {
		t.Skip("plays in real time")
	}
	live, stop, err := OpenKafka(t.Context(), cluster.FromEnvironment())
	var lacking *cluster.EnvError
	if errors.As(err, &lacking) && os.Getenv("GROUNDHOG_REQUIRE_KAFKA") != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	t.Run("scripts", func(t *testing.T) { playRecorded(t, live) })
	t.Run("drawn", func(t *testing.T) {
		s := runLive(t, Config{Subject: live, Seed: 1, Sequences: 96, Groups: 32})
		if s.Late > 2 {
			t.Errorf("%d of %d sequences were late", s.Late, s.Sequences)
		}
	})
}

func runLive(t *testing.T, c Config) *Summary {
	t.Helper()
	told := c.Told
	c.Told = func(r Result) error {
		if r.Outcome() == "mismatch" {
			t.Errorf("number %d: %v in\n%s", r.Number, r.Verdict.Mismatches, r.Script)
		}
		if told != nil {
			return told(r)
		}
		return nil
	}
	s, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d sequences, %d requests in %v: %d match, %d late", s.Sequences, s.Requests, s.Wall, s.Matched, s.Late)
	return s
}

// playRecorded plays the scripts of the recordings again.
func playRecorded(t *testing.T, live *Live) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var scripts []*Script
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		s, err := ParseScript(f)
		f.Close()
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		scripts = append(scripts, s)
	}
	keep := &keeper{Subject: live, last: map[*Script]*Recording{}}
	runLive(t, Config{Subject: keep, Scripts: scripts, Groups: len(scripts)})
	if os.Getenv("GROUNDHOG_RECORD") != "1" {
		return
	}
	for i, path := range files {
		if err := record(path, scripts[i], keep.last[scripts[i]]); err != nil {
			t.Fatal(err)
		}
	}
}

// record writes a recording anew; what it is about stays.
func record(path string, s *Script, r *Recording) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for line := range bytes.Lines(old) {
		if line[0] == '#' {
			b.Write(line)
		}
	}
	if err := WriteRecording(&b, s, r); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// keeper keeps the last recording of each script.
type keeper struct {
	Subject
	mu   sync.Mutex
	last map[*Script]*Recording
}

func (k *keeper) Play(ctx context.Context, s *Script, p *Plan) (*Recording, error) {
	r, err := k.Subject.Play(ctx, s, p)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last[s] = r
	return r, err
}
