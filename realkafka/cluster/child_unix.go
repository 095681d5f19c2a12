//go:build unix && !linux

package cluster

import (
	"os/exec"
	"syscall"
)

// tieToParent puts cmd into its own process group. There is no death signal on
// this system: a child outlives a parent that is killed.
func tieToParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
