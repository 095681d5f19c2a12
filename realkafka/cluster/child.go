package cluster

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// child is an operating-system process that dies with this one. It runs in a
// process group of its own, so a Ctrl-C at the terminal reaches only us, and a
// signal to it reaches its own children too.
type child struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended and was reaped
	err  error         // of cmd.Wait; read it only after done
}

// startChild starts cmd and returns at once.
func startChild(cmd *exec.Cmd) (*child, error) {
	c := &child{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// On Linux the death signal fires when the *thread* that forked the
		// child ends, not the process. So the fork happens on a thread that is
		// held, here, until the child is gone.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		tieToParent(cmd)
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		c.err = cmd.Wait()
		close(c.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

// ended tells whether the process has ended.
func (c *child) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// stop asks the process to end, kills it and its group after grace, and returns
// when it is reaped. It tells whether the process ended by itself after the
// request; one that had ended before counts too.
func (c *child) stop(grace time.Duration) (orderly bool) {
	if c.ended() {
		return true
	}
	askToEnd(c.cmd.Process)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-c.done:
		return true
	case <-timer.C:
	}
	c.kill()
	return false
}

// kill ends the process and its group at once and waits until it is reaped.
func (c *child) kill() {
	if !c.ended() {
		killGroup(c.cmd.Process)
	}
	<-c.done
}

// runChild runs cmd to its end, or kills it when ctx ends. It returns what cmd
// wrote to standard output and standard error, together, 1 MiB at most.
func runChild(ctx context.Context, cmd *exec.Cmd) (string, error) {
	// A file, not a pipe: a grandchild that outlives cmd cannot make us wait.
	f, err := os.CreateTemp("", "groundhog-out-*")
	if err != nil {
		return "", folderError(err, os.TempDir(), "TMPDIR")
	}
	defer os.Remove(f.Name())
	defer f.Close()
	cmd.Stdout, cmd.Stderr = f, f
	c, err := startChild(cmd)
	if err != nil {
		return "", err
	}
	select {
	case <-c.done:
		err = c.err
	case <-ctx.Done():
		c.kill()
		err = fmt.Errorf("%s was stopped: %w", cmd.Path, ctx.Err())
	}
	out := make([]byte, 1<<20)
	n, readErr := f.ReadAt(out, 0)
	if readErr != nil && readErr != io.EOF && err == nil {
		err = readErr
	}
	return string(out[:n]), err
}
