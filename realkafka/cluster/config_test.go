package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestRenderGolden(t *testing.T) {
	overrides := map[string]string{
		"group.initial.rebalance.delay.ms": "0",          // not a default: at the end
		"num.io.threads":                   "8",          // a default: in its place
		"a.path":                           `C:\kafka x`, // needs escapes
	}
	for _, brokers := range []int{1, 3} {
		l := layout{overrides: overrides}
		for i := range brokers {
			l.nodes = append(l.nodes, nodeConfig{
				id: i + 1, clientPort: 9092 + 2*i, controllerPort: 9093 + 2*i,
				dataDir: fmt.Sprintf("/run/broker-%d/data", i+1),
			})
		}
		got := l.render(l.nodes[brokers-1])
		path := filepath.Join("testdata", fmt.Sprintf("server-%d.properties", brokers))
		if *rewrite {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs (-rewrite accepts it); got:\n%s", path, got)
		}
	}
	if len(overrides) != 3 {
		t.Error("render changed the caller's overrides")
	}
}

func TestEscapeProperty(t *testing.T) {
	for _, c := range []struct {
		in   string
		key  bool
		want string
	}{
		{"plain.key", true, "plain.key"},
		{"a=b:c d", true, `a\=b\:c\ d`},
		{"host:1,x=y z", false, "host:1,x=y z"},
		{" leading", false, `\ leading`},
		{"two\nlines\t\\", false, `two\nlines\t\\`},
		{"é", false, `\u00e9`},
	} {
		if got := escapeProperty(c.in, c.key); got != c.want {
			t.Errorf("escapeProperty(%q, %v) = %s, want %s", c.in, c.key, got, c.want)
		}
	}
}

func TestOwnedSettingsAreRefused(t *testing.T) {
	for _, key := range []string{"listeners", "log.dirs", "node.id", "unstable.api.versions.enable", ""} {
		cfg := ProcessConfig{Settings: map[string]string{key: "x"}}
		if _, err := cfg.withDefaults(); err == nil {
			t.Errorf("override of %q was accepted", key)
		}
	}
	if _, err := (ProcessConfig{Brokers: 2}).withDefaults(); err == nil {
		t.Error("2 brokers were accepted")
	}
}

func TestStampMeta(t *testing.T) {
	in := "#\n#a date\nnode.id=1\ndirectory.id=aaa\nversion=1\ncluster.id=bbb\n"
	want := "#\n#a date\nnode.id=3\ndirectory.id=ddd\nversion=1\ncluster.id=ccc\n"
	if got := stampMeta(in, "ccc", "ddd", 3); got != want {
		t.Errorf("got:\n%s", got)
	}
}
