package cluster

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"
)

// orphanEnv makes this test program start Kafka in the folder that it names,
// say so, and wait to be killed.
const orphanEnv = "GROUNDHOG_TEST_ORPHAN_DIR"

// init keeps the main thread for the main goroutine in such a program: the main
// thread never ends before the process, so a broker started on it shows nothing.
func init() {
	if os.Getenv(orphanEnv) != "" {
		runtime.LockOSThread()
	}
}

// startAndWait is the whole of such a program. StartProcess is called on a
// thread that ends right after: a broker that was tied to that thread, and not
// to the process, would die with it.
func startAndWait(dir string) {
	started := make(chan *Process)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		p, err := StartProcess(context.Background(), ProcessConfig{RunDir: dir})
		if err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		started <- p
	}()
	p := <-started
	time.Sleep(200 * time.Millisecond)
	if p.nodes[0].jvm.ended() {
		fmt.Println("failed: the broker ended with the thread that started it")
		os.Exit(1)
	}
	fmt.Println("started")
	select {}
}

func TestBrokerDiesWithAKilledParent(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has a death signal")
	}
	needKafka(t)
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), orphanEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c, err := startChild(cmd) // should this test die, so does all it started
	if err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	if line != "started\n" {
		c.kill()
		t.Fatal(line)
	}
	if len(processesNaming(t, dir)) != 1 {
		t.Error("no broker is seen before the kill")
	}
	// The parent alone: its group is not the broker's, but be exact.
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-c.done
	for deadline := time.Now().Add(5 * time.Second); len(processesNaming(t, dir)) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			left := processesNaming(t, dir)
			killAll(left)
			t.Fatalf("the broker outlives its parent: %v", left)
		}
	}
	abandonedIsSwept(t, dir)
}

func killAll(pids []string) {
	for _, text := range pids {
		if pid, err := strconv.Atoi(text); err == nil {
			if p, err := os.FindProcess(pid); err == nil {
				p.Kill()
			}
		}
	}
}

// abandonedIsSwept checks that a later start clears away the run folder that the
// killed parent left, but not while it is young.
func abandonedIsSwept(t *testing.T, dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, runDirPattern))
	if len(left) != 1 {
		t.Fatalf("run folders: %v", left)
	}
	sweep(dir)
	if _, err := os.Stat(left[0]); err != nil {
		t.Errorf("a young folder was swept: %v", err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(left[0], ownerFile), old, old); err != nil {
		t.Fatal(err)
	}
	sweep(dir)
	nothingLeft(t, dir)
}

func TestSweepSparesTheLiving(t *testing.T) {
	if !locksWork {
		t.Skip("no locks here")
	}
	parent := t.TempDir()
	d, err := newRunDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(d.path, ownerFile), old, old); err != nil {
		t.Fatal(err)
	}
	sweep(parent)
	if _, err := os.Stat(d.path); err != nil {
		t.Error("a run folder in use was swept")
	}
	if err := d.remove(); err != nil {
		t.Error(err)
	}
	nothingLeft(t, parent)
}
