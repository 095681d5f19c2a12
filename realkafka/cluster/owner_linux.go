package cluster

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// thisProgram is this process. Its host is the boot and the namespace of
// process numbers: a container has its own.
func thisProgram() owner {
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	space, _ := os.Readlink("/proc/self/ns/pid")
	pid := strconv.Itoa(os.Getpid())
	return owner{host: strings.TrimSpace(string(boot)) + "/" + space, pid: pid, begun: processStart(pid)}
}

// lives tells whether the process runs; a later one may have its number.
func (o owner) lives() bool {
	begun := processStart(o.pid)
	return begun != "" && begun == o.begun
}

// processStart is when a process started, in clock ticks since the boot; "" if
// there is no such process, or it is a zombie.
func processStart(pid string) string {
	text, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return ""
	}
	// The second field is a name in parentheses, which may have any character.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	const state, start = 0, 19 // fields 3 and 22 of proc(5)
	if len(fields) <= start || fields[state] == "Z" || fields[state] == "X" {
		return ""
	}
	return fields[start]
}
