package draws

import (
	"bytes"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/scenarios"
)

// Property is that a Spec keeps its promise whatever it leaves open, and
// whatever happens: for rapid.Check, and for rapid.MakeFuzz.
//
//	func TestOrders(t *testing.T) { rapid.Check(t, draws.Property(spec)) }
//	func FuzzOrders(f *testing.F) { f.Fuzz(rapid.MakeFuzz(draws.Property(spec))) }
func Property(spec scenarios.Spec) func(*rapid.T) {
	return func(t *rapid.T) {
		d := Around(t, spec)
		o := d.play(t)
		if broken := o.Broken(); len(broken) > 0 {
			d.explain(t, broken[0].Name)
		}
	}
}

func (d *Drawn) play(t *rapid.T) *scenarios.Outcome {
	trial, err := scenarios.NewTrial(&d.Spec, d.Seed)
	if err != nil {
		t.Fatalf("the Spec that was drawn is none: %v", err)
	}
	o, err := scenarios.Simulate(trial, scenarios.Play{})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// explain fails the property with the plan, and with the run's own shrunk
// timeline.
func (d *Drawn) explain(t *rapid.T, anomaly string) {
	trial, err := scenarios.NewTrial(&d.Spec, d.Seed)
	if err != nil {
		t.Fatal(err)
	}
	small, err := scenarios.Shrink(trial, nil, anomaly, shrinkRuns)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := scenarios.Explain(&text, small, anomaly, 1, 1, "the file that rapid names below"); err != nil {
		t.Fatal(err)
	}
	t.Fatalf("%s with this plan:\n%v\n%s", anomaly, d.Plan, text.String())
}

// shrinkRuns is few: rapid itself shrinks the plan, and comes here each time.
const shrinkRuns = 30
