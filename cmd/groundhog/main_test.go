package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// call runs the command line and gives its exit code and what it printed.
func call(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, &o, &e)
	return code, o.String(), e.String()
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Bad input must be answered with its place and a remedy, and the right code.
func TestBadInput(t *testing.T) {
	log := filepath.Join(t.TempDir(), "run.log")
	if code, _, errs := call(t, "run", "C14", "--log", log); code != exitPass {
		t.Fatalf("run C14: %d %s", code, errs)
	}
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	good := string(b)
	history := `{"groundhog-history":1}` + "\n"
	inTheWay := file(t, "file", "")
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no such command":    {[]string{"frobnicate"}, exitUsage, "unknown command"},
		"no such flag":       {[]string{"check", "--sedes", "3"}, exitUsage, "unknown flag: --sedes"},
		"bad flag value":     {[]string{"check", "--seeds", "many"}, exitUsage, "many"},
		"no such scenario":   {[]string{"check", "C99"}, exitUsage, `no scenario is called "C99"; near it are: C01`},
		"run of several":     {[]string{"run", "B08"}, exitUsage, "means several scenarios"},
		"run of none":        {[]string{"run"}, exitUsage, "accepts 1 arg"},
		"no such world":      {[]string{"run", "C14", "--on", "mars"}, exitUsage, `"mars" is none; there are: sim`},
		"negative seeds":     {[]string{"check", "--seeds", "-1"}, exitUsage, "cannot be negative"},
		"no workers":         {[]string{"check", "--workers", "0"}, exitUsage, "at least 1"},
		"missing log":        {[]string{"replay", "/nonexistent/x.log"}, exitUsage, "no such file"},
		"malformed log":      {[]string{"replay", file(t, "x.log", strings.Replace(good, "start b0", "start b7", 1))}, exitUsage, `no node is called "b7"`},
		"truncated log":      {[]string{"replay", file(t, "x.log", good[:len(good)-40])}, exitUsage, "is it cut short?"},
		"newer log":          {[]string{"replay", file(t, "x.log", strings.Replace(good, "groundhog-log 1", "groundhog-log 9", 1))}, exitUsage, "newer groundhog"},
		"no log at all":      {[]string{"shrink", file(t, "x.log", "PNG")}, exitUsage, "begins with: groundhog-log 1"},
		"log of a test":      {[]string{"replay", file(t, "x.log", strings.Replace(good, "scenario C14", "test TestX", 1))}, exitUsage, "go test"},
		"log of another":     {[]string{"replay", file(t, "x.log", strings.Replace(good, "scenario C14", "scenario C77", 1))}, exitUsage, `no scenario is called "C77"`},
		"missing history":    {[]string{"verify", "/nonexistent/h.jsonl"}, exitUsage, "no such file"},
		"unknown event":      {[]string{"verify", file(t, "h.jsonl", history+`{"us":0,"event":"exploded","client":"m1"}`+"\n")}, exitUsage, "line 2"},
		"time backwards":     {[]string{"verify", file(t, "h.jsonl", history+`{"us":5,"event":"started","client":"m1"}`+"\n"+`{"us":4,"event":"stopped","client":"m1","cause":"end"}`+"\n")}, exitUsage, "line 3"},
		"unwritable out":     {[]string{"check", "C14", "--seeds", "1", "--out", filepath.Join(inTheWay, "out")}, exitEnvironment, "--out"},
		"unwritable log":     {[]string{"run", "C14", "--log", filepath.Join(inTheWay, "x.log")}, exitEnvironment, "can be written"},
		"nothing to explore": {[]string{"explore", "space"}, exitUsage, "there are: group, slice"},
		"bad parameter":      {[]string{"explore", "slice", "--set", "M=9"}, exitUsage, "want a number from 1 to 3"},
		"unknown parameter":  {[]string{"explore", "group", "--set", "Q=1"}, exitUsage, "Q"},
		"bad order":          {[]string{"explore", "group", "--order", "sideways"}, exitUsage, "want dfs or bfs"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := call(t, c.args...)
			if code != c.code || !strings.Contains(errs, c.want) {
				t.Errorf("exit %d, want %d; said %q, want it to say %q; printed %q", code, c.code, errs, c.want, out)
			}
		})
	}
}

var wall = regexp.MustCompile(`"wall_seconds":[0-9.]+`)

// check --json has the published fields, and the same bytes but for the wall
// clock, whatever the number of workers.
func TestCheckJSON(t *testing.T) {
	print := func(workers string) string {
		code, out, errs := call(t, "check", "--json", "--seeds", "8", "--seed", "0x2a", "--workers", workers)
		if code != exitPass && code != exitFail {
			t.Fatalf("exit %d: %s", code, errs)
		}
		return wall.ReplaceAllString(out, `"wall_seconds":_`)
	}
	one := print("1")
	if two := print("2"); one != two {
		t.Errorf("two workers print\n%s\none prints\n%s", two, one)
	}
	for line := range strings.Lines(one) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(strings.Replace(line, `"wall_seconds":_`, `"wall_seconds":0`, 1)), &fields); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		for _, f := range strings.Fields("scenario refs expect verdict seeds steps virtual_seconds wall_seconds rebalances lost duplicates anomalies sometimes trace_hash") {
			if _, ok := fields[f]; !ok {
				t.Errorf("no field %s in %s", f, line)
			}
		}
	}
}

func TestReplayShrinkAndVerify(t *testing.T) {
	dir := t.TempDir()
	log, less, history := filepath.Join(dir, "a.log"), filepath.Join(dir, "b.log"), filepath.Join(dir, "h.jsonl")
	code, first, errs := call(t, "run", "C14-commit-first", "--seed", "3", "--log", log, "--history", history)
	if code != exitFail {
		t.Fatalf("run: exit %d: %s", code, errs)
	}
	code, again, errs := call(t, "replay", log)
	if code != exitFail || again != first {
		t.Errorf("replay: exit %d: %s; it prints another trace", code, errs)
	}
	if code, out, errs := call(t, "shrink", log, "-o", less); code != exitPass || !strings.Contains(out, "ANOMALY commit-ahead-of-processing") {
		t.Fatalf("shrink: exit %d: %s %s", code, out, errs)
	}
	if code, out, errs := call(t, "replay", less); code != exitFail || !strings.Contains(out, "ANOMALY commit-ahead-of-processing") {
		t.Errorf("replay of the shrunk: exit %d: %s %s", code, out, errs)
	}
	if code, out, errs := call(t, "verify", history); code != exitFail || !strings.Contains(out, "commit-ahead-of-processing") {
		t.Errorf("verify: exit %d: %s %s", code, out, errs)
	}
	if code, out, errs := call(t, "list", "--json"); code != exitPass || !strings.Contains(out, `"name":"C14"`) {
		t.Errorf("list: exit %d: %s %s", code, out, errs)
	}
}

func TestExplore(t *testing.T) {
	code, out, errs := call(t, "explore", "group", "--json", "--set", "M=2,P=1,R=1,C=1")
	if code != exitPass || !strings.Contains(out, `"states":14709,"transitions":39565`) {
		t.Errorf("exit %d: %s %s", code, out, errs)
	}
	code, out, errs = call(t, "explore", "group", "--set", "M=2,P=1,R=1,C=1,MUT=1")
	if code != exitFail || !strings.Contains(out, "VIOLATION S2") {
		t.Errorf("mutant 1: exit %d: %s %s", code, out, errs)
	}
	code, out, errs = call(t, "explore", "slice", "--set", "WRONG=1,R=1", "--order", "bfs")
	if code != exitFail || !strings.Contains(out, "VIOLATION commit-ahead-of-processing") {
		t.Errorf("slice, wrong: exit %d: %s %s", code, out, errs)
	}
}

// --out leaves results, plots and the shrunk failures of wrong twins.
func TestOut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	if code, _, errs := call(t, "check", "C14-commit-first", "B08-graceful", "--seeds", "10", "--out", dir); code != exitPass {
		t.Fatalf("exit %d: %s", code, errs)
	}
	for _, pattern := range []string{"results.jsonl", "duplicates.png", "duplicates.svg", "rebalance-latency-b08.svg", "failures/C14-commit-first-*.log"} {
		if found, _ := filepath.Glob(filepath.Join(dir, pattern)); len(found) == 0 {
			t.Errorf("no %s", pattern)
		}
	}
	if found, _ := filepath.Glob(filepath.Join(dir, "*.part")); len(found) > 0 {
		t.Errorf("half-written: %v", found)
	}
}
