//go:build unix

package cluster

import (
	"os"
	"syscall"
)

// locksWork tells whether tryLock really excludes other processes.
const locksWork = true

// tryLock takes an exclusive advisory lock on f, which ends when f is closed or
// the process dies. It returns false if another open file holds it.
func tryLock(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
