package cluster

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

func TestMain(m *testing.M) {
	if dir := os.Getenv(orphanEnv); dir != "" {
		startAndWait(dir)
		return
	}
	if os.Getenv(orphanContainerEnv) != "" {
		containAndWait()
		return
	}
	os.Exit(m.Run())
}

// needKafka skips t if java or mvn is missing, unless GROUNDHOG_REQUIRE_KAFKA is
// 1, as CI sets it.
func needKafka(t *testing.T) {
	t.Helper()
	_, missing := javaPath()
	if missing == nil {
		c, err := openCache("")
		if err != nil {
			t.Fatal(err)
		}
		if !c.has(jarsName()) {
			_, missing = findMaven()
		}
	}
	if missing == nil {
		return
	}
	if os.Getenv("GROUNDHOG_REQUIRE_KAFKA") == "1" {
		t.Fatal(missing)
	}
	t.Skip(missing)
}

// nothingLeft fails t if a process names the folder dir in its command line, or
// if dir has anything in it.
func nothingLeft(t *testing.T, dir string) {
	t.Helper()
	if pids := processesNaming(t, dir); len(pids) > 0 {
		t.Errorf("processes are left: %v", pids)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("files are left: %v", left)
	}
}

// processesNaming returns the ids of processes with dir in their command line.
// A zombie has none, so it does not count.
func processesNaming(t *testing.T, dir string) []string {
	t.Helper()
	if runtime.GOOS != "linux" {
		out, _ := exec.Command("pgrep", "-f", dir).Output()
		return strings.Fields(string(out))
	}
	var pids []string
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range lines {
		if text, err := os.ReadFile(path); err == nil && strings.Contains(string(text), dir) {
			pids = append(pids, filepath.Base(filepath.Dir(path)))
		}
	}
	return pids
}
