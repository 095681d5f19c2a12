package library

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
)

// The wrong-handler table: each exhibit has a signature of its own, is found
// within twenty runs, and shrinks to fifteen actions or fewer, on any seed.
func TestGallery(t *testing.T) {
	found, err := huntAll(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 14 {
		t.Errorf("%d exhibits", len(found))
	}
	of := map[string]string{}
	for _, h := range found {
		t.Logf("%-20s %-30s run %2d, %2d → %2d actions, right: %-20s %s", h.Name, h.Anomaly, h.Found, h.From, h.Actions, h.Right, h.Text)
		if h.Actions > 15 || h.Text == "" {
			t.Errorf("%s: shrunk to %d actions: %q", h.Name, h.Actions, h.Text)
		}
		if other := of[h.Anomaly]; other != "" {
			t.Errorf("%s and %s are both known by %s", h.Name, other, h.Anomaly)
		}
		of[h.Anomaly] = h.Name
		for kind, right := range map[string]bool{h.Wrong: false, h.Right: true} {
			if entry, err := handlers.Find(kind); err != nil || entry.Right != right {
				t.Errorf("%s: %s is %+v, %v", h.Name, kind, entry, err)
			}
		}
	}
}

// The right twins hold, and under a promise that forbids what the wrong ones
// are known by: so that they hold says something.
func TestGalleryTwinsHold(t *testing.T) {
	for _, e := range Gallery() {
		right, err := e.RightTwin()
		if err != nil {
			t.Fatal(err)
		}
		c := &scenarios.Campaign{Scenarios: []*scenarios.Scenario{right}, Seed: 501, Seeds: 8, Workers: 2}
		r, err := c.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if r[0].Verdict != scenarios.Passed {
			t.Errorf("%s: %v", right.Name, r[0].Reasons)
		}
		if !right.Spec.Promise.Forbids(e.Anomaly) {
			t.Errorf("%s: %s is not forbidden", right.Name, e.Anomaly)
		}
	}
}

// What the twins' long campaigns rest on: that a run has rebalances, crashes
// and repeated records in it.
func TestGalleryMishapsStrike(t *testing.T) {
	e := Gallery()[0]
	s, err := e.RightTwin()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for n := range 60 {
		trial, err := scenarios.NewTrial(&s.Spec, scenarios.SeedOf(7, n))
		if err != nil {
			t.Fatal(err)
		}
		o, err := scenarios.Simulate(trial, scenarios.Play{})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range o.Course.Struck {
			verb, _, _ := strings.Cut(x.Action, " ")
			seen[verb] = true
		}
		seen["repeated"] = seen["repeated"] || o.Report.Summary.ProcessedDuplicates > 0
	}
	for _, want := range []string{"crash", "vanish", "pause", "resume", "cut", "heal", "leave", "repeated"} {
		if !seen[want] {
			t.Errorf("never: %s; seen %v", want, seen)
		}
	}
}

// With its wrong handler set right, the sized window's scenario fails: by its
// case, and by its number.
func TestGallerySizesTurnRed(t *testing.T) {
	s := gallerySizes()[0]
	s.Cases[0].Spec.Handler = s.Cases[1].Spec.Handler
	c := &scenarios.Campaign{Scenarios: []*scenarios.Scenario{s}, Seed: 1, Seeds: 1, Workers: 2}
	r, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(r[0].Reasons) != 2 || r[0].Claims[0].Ruling != scenarios.Refuted {
		t.Errorf("%v, %+v", r[0].Reasons, r[0].Claims)
	}
}

// hunted is how a wrong handler was found.
type hunted struct {
	Exhibit
	Found   int // the number of the first run that shows the anomaly, from 1 on
	Seed    uint64
	From    int // decisions of that run,
	Actions int // and what is left of them
	Text    string
}

// huntBudget is how many candidates the shrinker may try.
const huntBudget = 300

// hunt runs an exhibit's wrong handler until it shows its anomaly, for at most
// FailWithin runs, and shrinks that run.
func (e *Exhibit) hunt(ctx context.Context, seed uint64) (*hunted, error) {
	s, err := e.Scenario()
	if err != nil {
		return nil, err
	}
	for n := range scenarios.FailWithin {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		trial, err := scenarios.NewTrial(&s.Spec, scenarios.SeedOf(seed, n))
		if err != nil {
			return nil, err
		}
		o, err := scenarios.Simulate(trial, scenarios.Play{})
		if err != nil {
			return nil, err
		}
		if !o.Shows(e.Anomaly) {
			continue
		}
		small, err := scenarios.Shrink(trial, nil, e.Anomaly, huntBudget)
		if err != nil {
			return nil, err
		}
		h := &hunted{Exhibit: *e, Found: n + 1, Seed: trial.Seed, From: small.From, Actions: len(small.Log.Entries)}
		for _, f := range small.Outcome.Findings {
			if f.Name == e.Anomaly {
				h.Text = f.Text
				break
			}
		}
		return h, nil
	}
	return nil, fmt.Errorf("%s does not show in %d runs of %s", e.Anomaly, scenarios.FailWithin, s.Name)
}

// huntAll hunts all exhibits, in their order.
func huntAll(ctx context.Context, seed uint64) ([]*hunted, error) {
	var out []*hunted
	for _, e := range Gallery() {
		h, err := e.hunt(ctx, seed)
		if err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	return out, nil
}
