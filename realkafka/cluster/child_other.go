//go:build !unix

package cluster

import (
	"os"
	"os/exec"
)

// tieToParent does nothing: this system has neither process groups nor a death
// signal as Unix has them.
func tieToParent(*exec.Cmd) {}

// askToEnd kills p: there is no gentler signal here.
func askToEnd(p *os.Process) { _ = p.Kill() }

func killGroup(p *os.Process) { _ = p.Kill() }
