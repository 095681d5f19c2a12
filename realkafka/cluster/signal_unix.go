//go:build unix

package cluster

import (
	"os"
	"syscall"
)

// askToEnd sends SIGTERM to p's process group. Errors mean that it has ended.
func askToEnd(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGTERM) }

// killGroup sends SIGKILL to p's process group.
func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }
