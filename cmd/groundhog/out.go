package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/groundhogsim/groundhog/sim"
)

// create writes a file whole or not at all.
func create(path string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	tmp := path + ".part"
	if err := os.WriteFile(tmp, b.Bytes(), 0o644); err != nil {
		os.Remove(tmp)
		return environment("%w; choose a place that can be written to", err)
	}
	return os.Rename(tmp, path)
}

func writeLog(dir, name string, l *sim.Log) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", environment("%w; choose a place that can be written to", err)
	}
	path := filepath.Join(dir, name)
	return path, create(path, func(w io.Writer) error { _, err := l.WriteTo(w); return err })
}

func readLog(path string) (*sim.Log, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l, err := sim.ReadLog(f)
	if err != nil {
		return nil, usage("%s: %w", path, err)
	}
	return l, nil
}

// plural counts things in words: 1 run, 2 runs.
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
