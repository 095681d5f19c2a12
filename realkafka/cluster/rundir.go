package cluster

import (
	"os"
	"path/filepath"
	"time"
)

const (
	runDirPattern = "groundhog-kafka-*"
	ownerFile     = "owner.lock"
)

// runDir is the folder of one running cluster, with a folder for each broker.
// Its owner holds a lock in it, so that a later start can tell a run that was
// killed from one that runs, and clear it away.
type runDir struct {
	path  string
	owner *os.File
}

// newRunDir makes a run folder below parent, or below the system's folder for
// temporary files if parent is empty, after it has cleared away abandoned ones.
func newRunDir(parent string) (*runDir, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	parent, err := filepath.Abs(parent)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, folderError(err, parent, runDirSetting)
	}
	sweep(parent)
	path, err := os.MkdirTemp(parent, runDirPattern)
	if err != nil {
		return nil, folderError(err, parent, runDirSetting)
	}
	owner, err := os.OpenFile(filepath.Join(path, ownerFile), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		os.RemoveAll(path)
		return nil, folderError(err, parent, runDirSetting)
	}
	tryLock(owner) // of a file that is new: nobody else has it
	return &runDir{path: path, owner: owner}, nil
}

const runDirSetting = "ProcessConfig.RunDir or TMPDIR"

// remove deletes the folder. The JVM has ended by then, so nothing writes.
func (d *runDir) remove() error {
	err := os.RemoveAll(d.path)
	d.owner.Close()
	return err
}

// sweep deletes run folders below parent whose owner is dead. Young ones stay,
// for an owner takes its lock a moment after it has made the folder.
func sweep(parent string) {
	if !locksWork {
		return
	}
	found, _ := filepath.Glob(filepath.Join(parent, runDirPattern))
	for _, dir := range found {
		path := filepath.Join(dir, ownerFile)
		info, err := os.Stat(path)
		if err != nil || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		if tryLock(f) {
			os.RemoveAll(dir)
		}
		f.Close()
	}
}
