package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVerifyDoc: docs/verify.md has what verify says of the histories that it
// speaks of, and the code of the examples. A block follows its mark:
// <!-- verify DIR: ARGS --> is a call in testdata/verify/DIR, <!-- code FILE:
// FROM … TO --> the lines of a file from the first one with FROM to the next
// with TO.
func TestVerifyDoc(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "verify.md")
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	marks, skip := 0, false
	for line := range strings.Lines(string(doc)) {
		if skip = skip && line != "<!-- end -->\n"; skip {
			continue
		}
		out.WriteString(line)
		mark, is := strings.CutPrefix(strings.TrimSuffix(line, " -->\n"), "<!-- ")
		what, rest, found := strings.Cut(mark, ": ")
		switch kind, name, _ := strings.Cut(what, " "); {
		case !is || !found:
			continue
		case kind == "verify":
			out.WriteString(verifyBlock(t, name, rest))
		case kind == "code":
			out.WriteString(codeBlock(t, name, rest))
		default:
			continue
		}
		marks++
		skip = true
	}
	if marks < 8 || skip {
		t.Fatalf("%d marks, the last without an end: %v", marks, skip)
	}
	golden(t, path, out.Bytes())
}

func verifyBlock(t *testing.T, dir, args string) string {
	t.Helper()
	code := 0
	said := ""
	inDir(t, filepath.Join("testdata", "verify", dir), func() {
		list := []string{"verify"}
		for _, arg := range strings.Fields(args) {
			files, err := filepath.Glob(arg)
			if err != nil {
				t.Fatal(err)
			}
			if len(files) == 0 {
				files = []string{arg}
			}
			list = append(list, files...)
		}
		var errs string
		code, said, errs = call(t, list...)
		said += errs
	})
	return "```text\n$ groundhog verify " + args + "\n" + said + "$ echo $?\n" + string(rune('0'+code)) + "\n```\n"
}

func inDir(t *testing.T, dir string, do func()) {
	t.Helper()
	was, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chdir(dir); err != nil {
		t.Fatal(err)
	}
	defer os.Chdir(was)
	do()
}

func codeBlock(t *testing.T, file, fromTo string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", file))
	from, to, ok := strings.Cut(fromTo, " … ")
	if err != nil || !ok {
		t.Fatalf("%s: %q: %v", file, fromTo, err)
	}
	var b strings.Builder
	b.WriteString("```" + strings.TrimPrefix(filepath.Ext(file), ".") + "\n")
	on := false
	for line := range strings.Lines(string(text)) {
		if on = on || strings.Contains(line, from); on {
			b.WriteString(line)
		}
		if on && strings.HasPrefix(line, to) {
			return b.String() + "```\n"
		}
	}
	t.Fatalf("%s has no lines from %q to %q", file, from, to)
	return ""
}
