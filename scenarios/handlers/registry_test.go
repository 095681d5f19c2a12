package handlers

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/scenarios"
)

// Every kind can be found, built and run.
func TestRegistry(t *testing.T) {
	seen := map[string]bool{}
	for i := range Registry {
		e := &Registry[i]
		if seen[e.Name] || e.Text == "" || strings.Contains(e.Text, "\n") {
			t.Errorf("%q stands twice, or has no line of its own: %q", e.Name, e.Text)
		}
		seen[e.Name] = true
		if found, err := Find(e.Name); err != nil || found != e {
			t.Errorf("%s: %v", e.Name, err)
		}
		kind, err := e.Build(nil)
		if err != nil {
			t.Fatal(err)
		}
		trial, err := scenarios.NewTrial(&scenarios.Spec{
			Topics: []scenarios.Topic{{Name: "orders", Partitions: 2}}, Group: scenarios.Classic("g", assignor.Range), Members: 2, Handler: kind,
			Load:   scenarios.Load{Count: 40, Keys: 6, Pattern: "k%d", PerTick: 4},
			Client: scenarios.ClientConfig{SessionTimeout: 10 * time.Second, BlockRebalanceOnPoll: true},
			Faults: scenarios.AnyOf(scenarios.Crash, scenarios.Pause, scenarios.Leave), Warmup: 6 * time.Second, Faulty: 20 * time.Second,
		}, 5)
		if err != nil {
			t.Fatal(err)
		}
		o, err := scenarios.Simulate(trial, scenarios.Play{})
		if err != nil {
			t.Fatal(err)
		}
		if o.Shows(scenarios.HandlerPanic) || o.Report.Summary.Processed == 0 {
			t.Errorf("%s: processed %d, %v", e.Name, o.Report.Summary.Processed, o.Findings)
		}
	}
}

func TestBadSettingsAreExplained(t *testing.T) {
	for want, c := range map[string]struct {
		kind, name, value string
	}{
		`"soon" is no time, such as 300ms`:                    {"drain-budget", "work", "soon"},
		`"-1s" is no time`:                                    {"drain-budget", "work", "-1s"},
		`"0" is no whole number above 0, such as 1`:           {"drain-budget", "pace", "0"},
		"there is no such setting; it has pace, work, budget": {"drain-budget", "sped", "1"},
		"there is no such setting; it has none":               {"late-mark", "pace", "1"},
	} {
		e, err := Find(c.kind)
		if err != nil {
			t.Fatal(err)
		}
		var bad *ArgError
		if _, err := e.Build(map[string]string{c.name: c.value}); !errors.As(err, &bad) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := Find("late-marks"); err == nil || !strings.Contains(err.Error(), "late-mark,") {
		t.Errorf("%v", err)
	}
}

// A setting that is given is the one that is used.
func TestSettingsAreTaken(t *testing.T) {
	e, err := Find("flush-when-full")
	if err != nil {
		t.Fatal(err)
	}
	kind, err := e.Build(map[string]string{"size": "3"})
	if err != nil {
		t.Fatal(err)
	}
	if b, ok := kind(nil).(*batcher); !ok || b.size != 3 {
		t.Errorf("%+v", kind(nil))
	}
}
