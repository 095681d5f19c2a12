package sim

import (
	"strings"
	"testing"
)

const goodLog = `groundhog-log 1
seed 0x9
follow timed
nodes n0 n1
lanes main side
scenario C14
---
0.000s start n0
1.204s+2 crash n0 ; latency=812 peer=1
end 2 0xab
`

func TestReadLog(t *testing.T) {
	l, err := ReadLog(strings.NewReader(goodLog))
	if err != nil {
		t.Fatal(err)
	}
	if l.Get("scenario") != "C14" || len(l.Entries) != 2 || l.Entries[1].Ord != 2 || l.Entries[1].Draws[1].Value != 1 {
		t.Fatalf("read %+v", l)
	}
	var out strings.Builder
	if _, err := l.WriteTo(&out); err != nil || out.String() != goodLog {
		t.Fatalf("wrote %s, %v", out.String(), err)
	}
}

func TestBadLogsAreExplained(t *testing.T) {
	edit := func(old, new string) string { return strings.Replace(goodLog, old, new, 1) }
	for name, c := range map[string]struct{ text, want string }{
		"empty":       {"", "line 1:"},
		"foreign":     {"PK\x03\x04", "begins with: groundhog-log 1"},
		"newer":       {edit("groundhog-log 1", "groundhog-log 2"), "line 1: \"groundhog-log 2\": written by a newer"},
		"truncated":   {edit("end 2 0xab\n", ""), "line 10: the file ends here"},
		"half line":   {goodLog[:len(goodLog)-20], "is it cut short?"},
		"bad seed":    {edit("0x9", "nine"), "line 2:"},
		"bad follow":  {edit("timed", "loosely"), "line 3:"},
		"no nodes":    {edit("nodes n0 n1\n", ""), "lacks a line: nodes"},
		"bad time":    {edit("0.000s", "noon"), "line 8:"},
		"bad node":    {edit("crash n0", "crash n5"), `no node is called "n5"`},
		"bad draw":    {edit("peer=1", "peer=x"), "line 9:"},
		"after end":   {goodLog + "more\n", "line 11:"},
		"no decision": {edit(" crash n0 ; latency=812 peer=1", ""), "want: TIME ACTION"},
	} {
		if _, err := ReadLog(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v does not say %q", name, err, c.want)
		}
	}
}

func FuzzReadLog(f *testing.F) {
	f.Add(goodLog)
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ReadLog(strings.NewReader(text))
		if err != nil {
			return
		}
		var out strings.Builder
		if _, err := l.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
	})
}
