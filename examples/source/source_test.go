package clicks

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// spec is a job of two slots that counts clicks, while all that can fail does.
func spec(source func(checkpoint.Env) checkpoint.Source) scenarios.Spec {
	return scenarios.Spec{
		Topics:  []scenarios.Topic{{Name: "clicks", Partitions: 3}},
		Group:   scenarios.Classic("click-counter"),
		Members: 2,
		Job:     &scenarios.Job{Interval: 5 * time.Second, Source: source},
		Load:    scenarios.Keyed(300, "visitor-%d", 20),
		Faulty:  30 * time.Second,
		Faults:  scenarios.AnyOf(scenarios.Crash, scenarios.TaskFailure, scenarios.JobManagerCrash),
		Promise: scenarios.ExactlyOnceState().CommitsFollowCheckpoints(),
	}
}

func TestClicksAreCountedOnce(t *testing.T) {
	scenarios.Run(t, spec(func(env checkpoint.Env) checkpoint.Source { return New(env) }))
}

// TestOffByOne fails, and is meant to: it shows what groundhog prints. It runs
// only when asked for.
func TestOffByOne(t *testing.T) {
	if os.Getenv("CLICKS_SHOW_FAILURE") == "" {
		t.Skip("set CLICKS_SHOW_FAILURE=1 to see it fail")
	}
	s := spec(func(env checkpoint.Env) checkpoint.Source { return NewOffByOne(env) })
	s.Promise = scenarios.Promise{}.Forbidding("counted once", model.DuplicateInState)
	scenarios.Run(t, s)
}

// The wrong source must be found out, in at most fifteen lines, and its saved
// log must show the same again.
func TestOffByOneIsFoundOut(t *testing.T) {
	dir := t.TempDir()
	test := filepath.Join(dir, "clicks.test")
	if out, err := exec.Command("go", "test", "-c", "-o", test, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fails := func(args ...string) string {
		cmd := exec.Command(test, append([]string{"-test.run", "^TestOffByOne$"}, args...)...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "CLICKS_SHOW_FAILURE=1")
		out, err := cmd.CombinedOutput()
		if err == nil {
			t.Fatalf("the wrong source passed:\n%s", out)
		}
		return string(out)
	}
	first := fails()
	report := between(first, "seed 0x", "replay: ")
	if !strings.Contains(report, "ANOMALY duplicate-in-state: clicks/") {
		t.Fatalf("the click that counts twice is not named:\n%s", first)
	}
	if n := strings.Count(report, "\n") + 1; n > 15 {
		t.Errorf("the report has %d lines:\n%s", n, report)
	}
	logs, err := filepath.Glob(filepath.Join(dir, "testdata/groundhog/*duplicate-in-state*.log"))
	if err != nil || len(logs) != 1 {
		t.Fatalf("saved logs: %v, %v", logs, err)
	}
	again := lines(fails("-groundhog.file="+logs[0]), "ANOMALY", "observed: ")
	if want := lines(report, "ANOMALY", "observed: "); again != want {
		t.Errorf("the saved log shows\n%s\nwant\n%s", again, want)
	}
}

// lines is between, without indentation.
func lines(s, from, to string) string {
	var out []string
	for line := range strings.Lines(between(s, from, to)) {
		out = append(out, strings.TrimSpace(line))
	}
	return strings.Join(out, "\n")
}

// between cuts a text from the first mark up to the line of the last.
func between(s, from, to string) string {
	i := strings.Index(s, from)
	if i < 0 {
		return ""
	}
	s = s[i:]
	if j := strings.Index(s, to); j >= 0 {
		if k := strings.IndexByte(s[j:], '\n'); k >= 0 {
			return s[:j+k]
		}
	}
	return s
}
