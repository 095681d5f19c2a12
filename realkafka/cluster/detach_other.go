//go:build !unix

package cluster

import "os/exec"

// detach does nothing: there are no sessions on this system.
func detach(*exec.Cmd) {}
