package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestConformUsage(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.txt")
	if err := os.WriteFile(bad, []byte("new topics=orders:1\njoin m1 gen=1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		args []string
		want string
	}{
		{[]string{"--kafka", "somewhere"}, "want process, container, or HOST:PORT"},
		{[]string{"--kafka", "a:1", "--kafka-sasl", "gssapi"}, "want plain, scram-sha-256, scram-sha-512"},
		{[]string{"--subject", "redpanda"}, "want kafka or kfake"},
		{[]string{"--sequences", "0"}, "want at least one"},
		{[]string{bad}, "line 2: join m1 gen=1: join has no operand gen"},
	} {
		var out, errs strings.Builder
		if code := run(t.Context(), append([]string{"conform"}, x.args...), &out, &errs); code != exitUsage || !strings.Contains(errs.String(), x.want) {
			t.Errorf("%v: exit %d, %q; want %d, %q", x.args, code, errs.String(), exitUsage, x.want)
		}
	}
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"conform", "--kafka", "127.0.0.1:1"}, &out, &errs); code != exitEnvironment || !strings.Contains(errs.String(), "nobody listens there") {
		t.Errorf("no broker: exit %d, %q", code, errs.String())
	}
}
