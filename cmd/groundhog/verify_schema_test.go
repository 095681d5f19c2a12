package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/library"
)

var rewriteVerify = flag.Bool("rewrite-verify", false, "write the schema of histories, what verify says of the broken ones, and the outputs in docs/verify.md anew")

// golden compares text with a file.
func golden(t *testing.T, path string, text []byte) {
	t.Helper()
	was, err := os.ReadFile(path)
	if err == nil && bytes.Equal(was, text) {
		return
	}
	if !*rewriteVerify {
		t.Errorf("%s is not what it should be (%v); go test ./cmd/groundhog -run Verify -rewrite-verify brings it up to date. It should be\n%s", path, err, text)
		return
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// schema compiles docs/history.schema.json, which must be what verify --schema
// prints.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	code, out, errs := call(t, "verify", "--schema")
	if code != exitPass {
		t.Fatalf("exit %d: %s", code, errs)
	}
	path := filepath.Join("..", "..", "docs", "history.schema.json")
	golden(t, path, []byte(out))
	c := jsonschema.NewCompiler()
	s, err := c.Compile(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fits(s *jsonschema.Schema, line []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// shapes validates lines, one of each shape: the schema looks at which fields
// there are, whether texts are empty and at the signs of numbers.
type shapes struct {
	schema *jsonschema.Schema
	known  map[string]error
	lines  int
}

var (
	aText   = regexp.MustCompile(`:"[^"\\]+"|([\[,])"[^"\\]+"`)
	aNumber = regexp.MustCompile(`[0-9]+`)
	anEvent = regexp.MustCompile(`"event":"([^"]*)"`)
)

func (s *shapes) fits(line []byte) error {
	s.lines++
	shape := string(anEvent.Find(line)) + string(aNumber.ReplaceAll(aText.ReplaceAll(line, []byte(`$1:"x"`)), []byte("1")))
	err, ok := s.known[shape]
	if !ok {
		err = fits(s.schema, line)
		s.known[shape] = err
	}
	return err
}

// histories are all that are kept in this repository.
func histories(t *testing.T) []string {
	t.Helper()
	var paths []string
	for _, pattern := range []string{"../../model/testdata/anomalies/*/*.jsonl", "testdata/verify/*/*.jsonl*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	return slices.DeleteFunc(paths, func(p string) bool { return strings.Contains(p, "/broken/") })
}

// TestVerifySchemaFits: whatever our runs and services write fits the schema.
func TestVerifySchemaFits(t *testing.T) {
	s := &shapes{schema: schema(t), known: map[string]error{}}
	paths := histories(t)
	if len(paths) < 90 {
		t.Errorf("only %d histories", len(paths))
	}
	for _, path := range paths {
		text := readPlain(t, path)
		for n, line := range bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) {
			if err := s.fits(line); err != nil {
				t.Errorf("%s:%d: %v", path, n+1, err)
			}
		}
	}
	for _, sc := range library.All() {
		run, err := scenarios.NewTrial(&sc.Spec, 1)
		if err != nil {
			continue // it has cases in its place
		}
		var events []model.Event
		if _, err := scenarios.Recorded(run, nil, func(e *model.Event) { events = append(events, *e) }); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := writeHistory(&b, run, events); err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(b.Bytes()) {
			if err := s.fits(line); err != nil {
				t.Errorf("%s: %s: %v", sc.Name, line, err)
			}
		}
	}
	t.Logf("%d lines of %d shapes", s.lines, len(s.known))
}

func readPlain(t *testing.T, path string) []byte {
	t.Helper()
	s := &source{name: path, path: path}
	f, text, err := s.text()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// stricter are the broken histories of which no single line breaks the schema.
var stricter = []string{"no-header", "header-twice", "field-twice", "time-back", "version-old", "empty"}

// TestVerifyBroken: each broken history gets its error, with line and column;
// and the schema refuses it too where it can.
func TestVerifyBroken(t *testing.T) {
	s := schema(t)
	paths, err := filepath.Glob("testdata/verify/broken/*.jsonl")
	if err != nil || len(paths) < 30 {
		t.Fatalf("%d broken histories, %v", len(paths), err)
	}
	var all bytes.Buffer
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".jsonl")
		code, out, errs := call(t, "verify", path)
		if code != exitUsage || out != "" {
			t.Errorf("%s: exit %d, %s", name, code, out)
		}
		all.WriteString(strings.ReplaceAll(errs, path, name))
		refused := false
		for line := range bytes.Lines(readPlain(t, path)) {
			refused = refused || fits(s, line) != nil
		}
		if refused == slices.Contains(stricter, name) {
			t.Errorf("%s: refused by the schema: %v", name, refused)
		}
	}
	golden(t, "testdata/verify/broken/errors.txt", all.Bytes())
}

// TestVerifySchemaRefuses: an event that lacks what it must have fits neither
// the schema nor the reader.
func TestVerifySchemaRefuses(t *testing.T) {
	s := schema(t)
	text := readPlain(t, "../../docs/history.md")
	tried := 0
	for line := range bytes.Lines(text) {
		var fields map[string]any
		if !bytes.HasPrefix(line, []byte(`{"us":`)) || json.Unmarshal(line, &fields) != nil {
			continue
		}
		if err := fits(s, line); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		for name, value := range fields {
			for _, worse := range []any{nil, 1.5, "", []any{}, map[string]any{}} {
				fields[name] = worse
				if worse == nil {
					delete(fields, name)
				}
				one, err := json.Marshal(fields)
				if err != nil {
					t.Fatal(err)
				}
				tried++
				bySchema, byReader := fits(s, one), reads(one)
				if (bySchema == nil) != (byReader == nil) {
					t.Errorf("%s\nschema: %v\nreader: %v", one, bySchema, byReader)
				}
			}
			fields[name] = value
		}
	}
	if tried < 900 {
		t.Errorf("only %d lines were tried", tried)
	}
}

func reads(line []byte) error {
	err := model.ReadHistory(io.MultiReader(strings.NewReader(headLine), bytes.NewReader(line)), func(*model.Event) error { return nil })
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
