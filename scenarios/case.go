package scenarios

import (
	"fmt"
	"slices"

	"github.com/groundhogsim/groundhog/sim"
)

// Case is one cell of a table, or one point of a curve: a Spec that is run a
// fixed number of times, or facts that need no world.
type Case struct {
	Row, Column string
	Spec        Spec
	Runs        int    // 1
	Expect      Expect // Hold
	Anomaly     string // that a Fail case must show in one of its runs
	// Facts are computed in place of a run.
	Facts func() ([]Fact, error)
	// OnKafka as in Scenario.
	OnKafka func() Spec
}

// Name is "row/column", or the row where there is one column only.
func (c *Case) Name() string {
	if c.Column == "" {
		return c.Row
	}
	return c.Row + "/" + c.Column
}

// Fact is something computed, and what it must be.
type Fact struct {
	Name string `json:"name"`
	Got  string `json:"got"`
	Want string `json:"want"`
}

// FactDiffers: a fact is not what it must be.
const FactDiffers = "fact-differs"

// runs is how many runs a case has.
func (c *Case) runs() int { return max(c.Runs, 1) }

// expect is what a case must do.
func (c *Case) expect() Expect {
	if c.Expect == "" {
		return Hold
	}
	return c.Expect
}

// FindCase gives the case of a scenario by its name.
func (s *Scenario) FindCase(name string) (*Case, error) {
	i := slices.IndexFunc(s.Cases, func(c Case) bool { return c.Name() == name })
	if i >= 0 {
		return &s.Cases[i], nil
	}
	if len(s.Cases) == 0 {
		return nil, fmt.Errorf("%s has no cases; leave the case away", s.Name)
	}
	known := ""
	for i := range s.Cases {
		known += "\n  " + s.Cases[i].Name()
	}
	return nil, fmt.Errorf("%s has no case %q; there are:%s", s.Name, name, known)
}

// Alone is a case as a scenario of its own, under the name SCENARIO#CASE.
func (s *Scenario) Alone(c *Case) *Scenario {
	if c.Facts != nil {
		return &Scenario{Name: s.Name + "#" + c.Name(), Title: s.Title, Refs: s.Refs, Expect: c.expect(), Cases: []Case{*c}}
	}
	return &Scenario{Name: s.Name + "#" + c.Name(), Title: s.Title, Refs: s.Refs, Expect: c.expect(), Anomaly: c.Anomaly,
		Spec: c.Spec, Seeds: c.runs(), OnKafka: c.OnKafka}
}

// compute gives the facts as an outcome, with those that differ as findings.
func (c *Case) compute() (*Outcome, error) {
	facts, err := c.Facts()
	if err != nil {
		return nil, err
	}
	o := &Outcome{World: "sim", Settled: true, Facts: facts, Course: newCourse(),
		Trial: &Trial{Spec: &Spec{Promise: Promise{}.Forbidding("the facts are as they must be", FactDiffers)}}}
	for _, f := range facts {
		o.Hash = sim.Hash(o.Hash, f.Name+f.Got)
		if f.Got != f.Want {
			o.Findings = append(o.Findings, Finding{Name: FactDiffers, Text: fmt.Sprintf("%s is %s, must be %s", f.Name, f.Got, f.Want)})
		}
	}
	return o, nil
}
