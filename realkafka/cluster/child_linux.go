package cluster

import (
	"os/exec"
	"syscall"
)

// tieToParent puts cmd into its own process group and has the kernel kill it
// when the calling thread ends. Call it on the thread that starts cmd.
func tieToParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
