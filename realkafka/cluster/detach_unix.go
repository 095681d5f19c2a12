//go:build unix

package cluster

import (
	"os/exec"
	"syscall"
)

// detach puts cmd into a session of its own: what ends this program, or its
// group, does not reach it.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
