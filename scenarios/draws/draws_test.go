package draws

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
)

// right is a service that keeps its promise in every group: it is not parted
// from what it works on.
func right() scenarios.Spec {
	return scenarios.Spec{Handler: handlers.ProcessThenCommit,
		Client:  scenarios.ClientConfig{BlockRebalanceOnPoll: true, Reset: client.Earliest},
		Promise: scenarios.AtLeastOnce()}
}

func TestRightHandlerHoldsInAnyGroup(t *testing.T) { rapid.Check(t, Property(right())) }

func FuzzRightHandler(f *testing.F) { f.Fuzz(rapid.MakeFuzz(Property(right()))) }

// A wrong handler must be found, and the plan made small by rapid.
func TestWrongHandlerIsFound(t *testing.T) {
	wrong := right()
	wrong.Handler = hasty
	most := 0
	for seed := range 3 {
		found := false
		for n := range 300 {
			d := rapid.Custom(func(t *rapid.T) Drawn { return Around(t, wrong) }).Example(seed*1000 + n)
			trial, err := scenarios.NewTrial(&d.Spec, d.Seed)
			if err != nil {
				t.Fatal(err)
			}
			o, err := scenarios.Simulate(trial, scenarios.Play{})
			if err != nil {
				t.Fatal(err)
			}
			most = max(most, len(d.Plan))
			if found = o.Shows(model.CommitAheadOfProcessing); found {
				break
			}
		}
		if !found {
			t.Errorf("a handler that commits first was not found from %d on", seed*1000)
		}
	}
	if most < 3 {
		t.Errorf("no plan has more than %d strikes", most)
	}
}

// hasty commits before the work is done, which takes its time.
func hasty(env scenarios.Env) scenarios.Handler {
	return handlers.Func(func(rs []scenarios.Record) {
		env.Commit(rs...)
		for _, r := range rs {
			env.Sleep(50 * time.Millisecond)
			env.Emit(r)
		}
	})
}
