package orders

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/scenarios"
)

func spec(handler func(scenarios.Env) scenarios.Handler) scenarios.Spec {
	return scenarios.Spec{
		Topics:  []scenarios.Topic{{Name: "orders", Partitions: 3}},
		Group:   scenarios.Classic("order-service", assignor.Range),
		Members: 3,
		Handler: handler,
		Client:  scenarios.ClientConfig{BlockRebalanceOnPoll: true},
		Load:    scenarios.Keyed(200, "customer-%d", 20),
		Faults:  scenarios.AnyOf(scenarios.Crash, scenarios.Pause, scenarios.Join, scenarios.Leave),
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke(),
	}
}

func TestOrdersSurviveRebalance(t *testing.T) {
	scenarios.Run(t, spec(func(env scenarios.Env) scenarios.Handler { return New(env) }))
}

// TestHastyOrders fails, and is meant to: it shows what groundhog prints. It
// runs only when asked for.
func TestHastyOrders(t *testing.T) {
	if os.Getenv("ORDERS_SHOW_FAILURE") == "" {
		t.Skip("set ORDERS_SHOW_FAILURE=1 to see it fail")
	}
	scenarios.Run(t, spec(func(env scenarios.Env) scenarios.Handler { return NewHasty(env) }))
}

// The wrong service must be found out, in at most fifteen lines, and its saved
// log must show the same again.
func TestHastyOrdersAreFoundOut(t *testing.T) {
	dir := t.TempDir()
	test := filepath.Join(dir, "orders.test")
	if out, err := exec.Command("go", "test", "-c", "-o", test, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fails := func(args ...string) string {
		cmd := exec.Command(test, append([]string{"-test.run", "^TestHastyOrders$"}, args...)...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "ORDERS_SHOW_FAILURE=1")
		out, err := cmd.CombinedOutput()
		if err == nil {
			t.Fatalf("the wrong service passed:\n%s", out)
		}
		return string(out)
	}
	first := fails()
	report := between(first, "seed 0x", "replay: ")
	if !strings.Contains(report, "ANOMALY commit-ahead-of-processing: orders/") {
		t.Fatalf("the loss is not named:\n%s", first)
	}
	if n := strings.Count(report, "\n") + 1; n > 15 {
		t.Errorf("the report has %d lines:\n%s", n, report)
	}
	logs, err := filepath.Glob(filepath.Join(dir, "testdata/groundhog/*commit-ahead*.log"))
	if err != nil || len(logs) != 1 {
		t.Fatalf("saved logs: %v, %v", logs, err)
	}
	again := lines(fails("-groundhog.file="+logs[0]), "ANOMALY", "legal: ")
	if want := lines(report, "ANOMALY", "legal: "); again != want {
		t.Errorf("the saved log shows\n%s\nwant\n%s", again, want)
	}
	// Saved failures run first, without being asked for.
	if out := fails(); !strings.Contains(out, "saved failure") {
		t.Errorf("the saved log did not run first:\n%s", out)
	}
	if b, err := os.ReadFile(logs[0]); err != nil || !bytes.HasPrefix(b, []byte("groundhog-log 1\n")) {
		t.Errorf("the saved log reads %.40q, %v", b, err)
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
