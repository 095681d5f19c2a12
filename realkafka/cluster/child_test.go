package cluster

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// TestStopKillsWhatWillNotEnd stops a shell that ignores SIGTERM and has a child
// in its group that ignores it too.
func TestStopKillsWhatWillNotEnd(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no signals to ignore")
	}
	dir := t.TempDir()
	ready := filepath.Join(dir, "ready")
	script := `trap "" TERM; (while :; do sleep 0.1; done) & : >` + ready + `; while :; do sleep 0.1; done`
	c, err := startChild(exec.Command("sh", "-c", script))
	if err != nil {
		t.Fatal(err)
	}
	for {
		if found, _ := filepath.Glob(ready); len(found) == 1 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if n := len(processesNaming(t, dir)); n != 2 {
		t.Errorf("%d processes before stop", n)
	}
	if c.stop(50 * time.Millisecond) {
		t.Error("it ended orderly although it ignores SIGTERM")
	}
	// The grandchild was sent the same signal, but is reaped by another parent.
	for deadline := time.Now().Add(5 * time.Second); len(processesNaming(t, dir)) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("left: %v", processesNaming(t, dir))
		}
	}
	if !c.stop(time.Hour) {
		t.Error("a second stop is not at once")
	}
}

func TestStopIsGentleFirst(t *testing.T) {
	c, err := startChild(exec.Command("sleep", "60"))
	if err != nil {
		t.Skip(err)
	}
	if !c.stop(10 * time.Second) {
		t.Error("it was killed although it ends by SIGTERM")
	}
	c.kill() // of one that has ended: returns
}
