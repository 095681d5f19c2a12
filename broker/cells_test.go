package broker_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// cells is the response table of the classic protocol (kafka-semantics A.1.2):
// its rows, by the file that shows them, each with the verb of its requests.
var cells = []struct {
	file, verb string
	rows       []string
}{
	{"heartbeat", "heartbeat", []string{"Heartbeat"}},
	{"sync-group", "sync", []string{"SyncGroup"}},
	{"join-known", "join", []string{
		"JoinGroup, leader, same metadata", "JoinGroup, leader, changed metadata",
		"JoinGroup, follower, same metadata", "JoinGroup, follower, changed metadata",
	}},
	{"join-new", "join", []string{"JoinGroup, no id, from v4", "JoinGroup, no id, before v4", "JoinGroup, no id, static"}},
	{"offset-commit", "commit", []string{"OffsetCommit"}},
	{"leave-group", "leave", []string{"LeaveGroup"}},
	{"offset-fetch", "fetch-offsets", []string{"OffsetFetch"}},
	{"describe-groups", "describe", []string{"DescribeGroups"}},
	{"list-groups", "list", []string{"ListGroups"}},
	{"delete-groups", "delete-groups", []string{"DeleteGroups"}},
	{"offset-delete", "delete-offsets", []string{"OffsetDelete"}},
}

var cellStates = []string{"Empty", "PreparingRebalance", "CompletingRebalance", "Stable", "Dead"}

const cellHeader = "# cell: "

// TestCells: every cell of the table has one section, in the file of its row,
// that brings a group to the state of its column and sends its request there
// and gets an answer.
func TestCells(t *testing.T) {
	const dir = "testdata/scripts/cells"
	var files []string
	for _, c := range cells {
		files = append(files, c.file+".txt")
		text, err := os.ReadFile(filepath.Join(dir, c.file+".txt"))
		if err != nil {
			t.Error(err)
			continue
		}
		sections := strings.Split(string(text), cellHeader)[1:]
		for _, row := range c.rows {
			for _, state := range cellStates {
				name := fmt.Sprintf("%s × %s", row, state)
				i := slices.IndexFunc(sections, func(s string) bool { return strings.HasPrefix(s, name+"\n") })
				if i < 0 {
					t.Errorf("%s.txt has no section %q", c.file, cellHeader+name)
					continue
				}
				if err := checkCell(sections[i], state, c.verb); err != nil {
					t.Errorf("%s.txt, %s: %v", c.file, name, err)
				}
				sections = slices.Delete(sections, i, i+1)
			}
		}
		for _, s := range sections {
			name, _, _ := strings.Cut(s, "\n")
			t.Errorf("%s.txt: %s is none of its cells, or comes twice", c.file, name)
		}
	}
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if !slices.Contains(files, f.Name()) {
			t.Errorf("%s belongs to no row of the table", f.Name())
		}
	}
}

// checkCell looks through what a section has put out. (That given brings the
// group to its state it checks itself.)
func checkCell(section, state, verb string) error {
	_, out, ok := strings.Cut(section, "\n----\n")
	if !ok {
		return fmt.Errorf("there is no output: run with -rewrite")
	}
	reached, static, asked := false, false, false
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		switch {
		case len(words) < 2 || line[0] == ' ':
		case words[0] == "given":
			if reached = words[1] == state; reached {
				static = static || slices.Contains(words, "static")
			}
		case words[0] == verb && reached:
			asked = true
		}
	}
	switch {
	case !asked:
		return fmt.Errorf("no line %q after \"given %s\"", verb, state)
	case !static:
		return fmt.Errorf("no line \"given %s static\"", state)
	}
	return nil
}
