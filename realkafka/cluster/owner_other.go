//go:build !linux

package cluster

import (
	"os"
	"strconv"
	"strings"
)

// thisProgram is this process on this machine.
func thisProgram() owner {
	name, _ := os.Hostname()
	return owner{host: strings.ReplaceAll(name, " ", "-"), pid: strconv.Itoa(os.Getpid())}
}

// lives is always true: when a process started is not to be had here, and
// another may have its number. The reaper is what removes containers.
func (owner) lives() bool { return true }
