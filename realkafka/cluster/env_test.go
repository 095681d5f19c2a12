package cluster

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tools makes PATH a folder with only these shell scripts, and unsets
// JAVA_HOME.
func tools(t *testing.T, scripts map[string]string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("shell scripts stand for java and mvn")
	}
	dir := t.TempDir()
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	t.Setenv("JAVA_HOME", "")
}

const (
	goodJava = `echo 'Picked up JAVA_TOOL_OPTIONS: -Dx' >&2; echo 'openjdk version "21.0.3" 2024-04-16' >&2`
	oldJava  = `echo 'openjdk version "11.0.23" 2024-04-16' >&2`
	badMaven = `echo '[INFO] x'; echo '[ERROR] Failed to execute goal: kafka_2.13 is absent'; echo '[ERROR] more'; exit 1`
)

// wantEnvError fails t unless err is an *EnvError whose text has all parts and
// which names a remedy.
func wantEnvError(t *testing.T, err error, parts ...string) {
	t.Helper()
	var env *EnvError
	if !errors.As(err, &env) {
		t.Fatalf("not an EnvError: %v", err)
	}
	if env.Remedy == "" {
		t.Error("no remedy")
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
}

func TestWhatTheMachineLacks(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		scripts map[string]string
		home    string // JAVA_HOME
		cache   string // below a file it cannot be written, not even by root
		want    []string
	}{
		{"no java", nil, "", "", []string{"no java", "17", "JAVA_HOME"}},
		{"wrong JAVA_HOME", map[string]string{"java": goodJava}, "/no/such/java", "", []string{"/no/such/java", "JAVA_HOME"}},
		{"old java", map[string]string{"java": oldJava}, "", "", []string{"Java 11", "17"}},
		{"odd java", map[string]string{"java": "echo hello"}, "", "", []string{"hello"}},
		{"failing java", map[string]string{"java": "echo no runtime; exit 1"}, "", "", []string{"no runtime"}},
		{"no mvn", map[string]string{"java": goodJava}, "", "", []string{"mvn", "Maven"}},
		{"mvn fails", map[string]string{"java": goodJava, "mvn": badMaven}, "", "", []string{"kafka_2.13 is absent", "network"}},
		{"unwritable cache", map[string]string{"java": goodJava}, "", filepath.Join(file, "cache"), []string{file, cacheSetting}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tools(t, c.scripts)
			t.Setenv("JAVA_HOME", c.home)
			cache := c.cache
			if cache == "" {
				cache = t.TempDir()
			}
			t.Setenv(cacheSetting, cache)
			_, err := StartProcess(t.Context(), ProcessConfig{})
			wantEnvError(t, err, c.want...)
			if c.name != "mvn fails" { // that one shows only when it runs
				wantEnvError(t, Check(t.Context(), ""), c.want...)
			}
		})
	}
}

func TestUnwritableRunDir(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := newRunDir(filepath.Join(file, "run"))
	wantEnvError(t, err, file, "RunDir")
}

func TestCancelledWhileMavenRuns(t *testing.T) {
	running := filepath.Join(t.TempDir(), "running")
	tools(t, map[string]string{"java": goodJava, "mvn": ": >" + running + "; while :; do :; done"})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- Prepare(ctx, t.TempDir()) }()
	for {
		if _, err := os.Stat(running); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestFolderError(t *testing.T) {
	full := &os.PathError{Op: "write", Path: "/d/f", Err: syscall.ENOSPC}
	wantEnvError(t, folderError(full, "/d", "SETTING"), "full", "SETTING")
	program := &os.PathError{Op: "fork/exec", Path: "/d/java", Err: syscall.EACCES}
	if err := folderError(program, "/d", "SETTING"); err != error(program) {
		t.Errorf("a program that cannot start was taken for a folder: %v", err)
	}
	if err := folderError(nil, "/d", "SETTING"); err != nil {
		t.Error(err)
	}
}

func TestStartFailure(t *testing.T) {
	cause := errors.New("it ended")
	wantEnvError(t, startFailure(cause, "x\njava.io.IOException: No space left on device\n", "/d"), "full", "/d")
	wantEnvError(t, startFailure(cause, "There is insufficient memory for the Java Runtime Environment", "/d"), "memory")
	if err := startFailure(cause, "failed to bind to 127.0.0.1:1: Address already in use.", "/d"); !errors.Is(err, errPortTaken) {
		t.Error(err)
	}
	log := "[t] INFO start (x)\n[t] ERROR it broke (x)\njava.lang.Oops: why\n\tat a.b\nCaused by: root\n" +
		strings.Repeat("[t] INFO shutting down (x)\n", 50)
	err := startFailure(cause, log, "/d")
	for _, part := range []string{"it ended", "it broke", "Oops: why", "Caused by: root", "shutting down"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is missing from:\n%v", part, err)
		}
	}
	if n := strings.Count(err.Error(), "\n"); n > 20 {
		t.Errorf("%d lines are too many", n)
	}
}

func TestJavaMajor(t *testing.T) {
	for out, want := range map[string]int{
		`openjdk version "17.0.15" 2025-04-15`: 17,
		`java version "1.8.0_402"`:             8,
		`openjdk version "26-ea" 2026-03-17`:   26,
		`openjdk version "25" 2025-09-16 LTS`:  25,
		"no such thing":                        0,
	} {
		if got, _ := javaMajor(out); got != want {
			t.Errorf("javaMajor(%q) = %d, want %d", out, got, want)
		}
	}
}
