package main

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const vectorDir = "../../assignor/testdata/vectors"

// rangeLines are the golden vectors of range, unpacked.
func rangeLines(t *testing.T) []string {
	t.Helper()
	f, err := os.Open(filepath.Join(vectorDir, "range.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return strings.SplitAfter(string(b), "\n")
}

// firstRound begins the assignment of a line's first member in its first round.
const firstRound = `"assignment":{`

// spoil puts one partition of a vector elsewhere: "…",N] becomes "…",N+50].
func spoil(t *testing.T, line string) (spoiled, member, partition string) {
	t.Helper()
	head, tail, ok := strings.Cut(line, firstRound)
	quoted, list, ok2 := strings.Cut(tail, `:[["`)
	topic, rest, ok3 := strings.Cut(list, `",`)
	number, rest, ok4 := strings.Cut(rest, "]")
	if !ok || !ok2 || !ok3 || !ok4 {
		t.Fatalf("no partition is assigned in %.200s", line)
	}
	quoted = quoted[strings.LastIndex(quoted, `,"`)+1:]
	spoiled = head + firstRound + tail[:strings.Index(tail, `:[["`)] + `:[["` + topic + `",5` + number + "]" + rest
	return spoiled, strings.Trim(quoted, `"`), topic + "-5" + number
}

func TestAssignMeetsVectors(t *testing.T) {
	files := []string{filepath.Join(vectorDir, "range.jsonl.gz"), filepath.Join(vectorDir, "murmur2.jsonl.gz")}
	code, out, errs := call(t, append([]string{"assign"}, files...)...)
	if want := files[0] + ": 923 rounds, 0 mismatches\n" + files[1] + ": 300 rounds, 0 mismatches\n"; code != exitPass || out != want {
		t.Errorf("exit %d, printed %q, said %q; want %q", code, out, errs, want)
	}
}

// A spoiled vector must be found and named, to people and to programs.
func TestAssignNamesWhatDiffers(t *testing.T) {
	lines := rangeLines(t)[:10]
	spoiled, member, partition := spoil(t, lines[6])
	lines[6] = spoiled
	path := file(t, "range.jsonl", strings.Join(lines, ""))
	code, out, _ := call(t, "assign", path)
	for _, want := range []string{" 1 mismatches\n", path + ":7: range, case 6, round 1, member " + member, "partition " + partition, "expected it as number 1", "got topic-"} {
		if code != exitFail || !strings.Contains(out, want) {
			t.Errorf("exit %d, printed %q; want exit %d and %q", code, out, exitFail, want)
		}
	}
	code, out, _ = call(t, "assign", "--json", path)
	var got struct {
		File       string
		Rounds     int
		Mismatches int
		Details    []struct {
			Line                             int
			Case, Member, Partition, Got     string
			Assignor, Expected, File, Reason string
			Round                            int
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if code != exitFail || got.File != path || got.Mismatches != 1 || len(got.Details) != 1 ||
		got.Details[0].Line != 7 || got.Details[0].Member != member || got.Details[0].Partition != partition || got.Details[0].Round != 1 {
		t.Errorf("exit %d, printed %s", code, out)
	}
}

// What cannot be read is told with its place, and outweighs a mismatch.
func TestAssignBadInput(t *testing.T) {
	lines := rangeLines(t)
	good := lines[0]
	spoiled, _, _ := spoil(t, lines[0])
	for name, c := range map[string]struct{ text, want string }{
		"unknown assignor": {good + strings.Replace(good, `"range"`, `"best"`, 1), `:2: no assignor is called "best"; there are: range`},
		"missing field":    {strings.Replace(good, `"rack":null,`, ``, 1), `:1: case 0, round 1: member 1: "rack" is missing`},
		"unknown field":    {strings.Replace(good, `"rack":null,`, `"rack":null,"shelf":3,`, 1), `unknown field "shelf"`},
		"null for a list":  {strings.Replace(good, `"owned":[]`, `"owned":null`, 1), `"owned" is null`},
		"no case":          {strings.Replace(good, `"case":0,`, ``, 1), `:1: "case" is missing`},
		"no partition":     {strings.Replace(good, `",1]`, `","1"]`, 1), "is no [topic, partition]"},
		"member forgotten": {strings.Replace(good, firstRound, firstRound+`"m77":[],`, 1), `"assignment" has 4 members, "members" 3`},
		"cut line":         {good + good[:200], ":2: "},
		"no JSON":          {"PNG\n", ":1: no JSON object"},
		"neither":          {"{}\n", `neither "assignor" nor "key"`},
		"key not base64":   {`{"key":"?","murmur2":1,"partition":{"3":1}}`, "no base64"},
		"no partitions":    {`{"key":"aA==","murmur2":1,"partition":{"0":1}}`, `"0" is no number of partitions`},
		"nothing":          {"\n", "holds no vectors"},
		"with a mismatch":  {spoiled + "{}\n", ":2: neither"},
		"cut gzip":         {"\x1f\x8b\x08", "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			path := file(t, "x.jsonl", c.text)
			code, _, errs := call(t, "assign", path)
			if code != exitUsage || !strings.Contains(errs, c.want) || !strings.Contains(errs, path) {
				t.Errorf("exit %d, said %q; want it to say %q", code, errs, c.want)
			}
		})
	}
	for name, path := range map[string]string{"directory": t.TempDir(), "missing": "/nonexistent/x.jsonl"} {
		if code, _, errs := call(t, "assign", path); code != exitUsage {
			t.Errorf("%s: exit %d, said %q", name, code, errs)
		}
	}
	if code, out, errs := call(t, "assign", "--json", "/nonexistent/x.jsonl"); code != exitUsage || !strings.Contains(out, `"error":"open`) {
		t.Errorf("exit %d, printed %q, said %q", code, out, errs)
	}
	if code, _, errs := call(t, "assign"); code != exitUsage {
		t.Errorf("no file: exit %d, said %q", code, errs)
	}
}
