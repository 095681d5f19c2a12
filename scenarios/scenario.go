package scenarios

import (
	"fmt"
	"slices"
	"strings"
)

// Expect says what a scenario must do to pass.
type Expect string

// Hold: no forbidden anomaly on any seed. Fail: the named anomaly on at least
// one of the first FailWithin seeds.
const (
	Hold Expect = "hold"
	Fail Expect = "fail"
)

// FailWithin is how many seeds a scenario that must fail has for it.
const FailWithin = 20

// Scenario is a named Spec with what is expected of it.
type Scenario struct {
	Name    string
	Title   string   // one line
	Refs    []string // ids of the requirements that it answers
	Expect  Expect
	Anomaly string // that a Fail scenario must show
	Spec    Spec
	// Sometimes are states that a campaign must reach.
	Sometimes []Sometimes
	// Seeds is how many a bare check runs.
	Seeds int
	// OnKafka gives the Spec for a real cluster, with shorter times; nil when
	// the scenario cannot run there.
	OnKafka func() Spec
}

// Sometimes is a state that a campaign must reach, from a number of seeds on.
type Sometimes struct {
	Name  string
	After int // seeds
	Seen  func(*Outcome) bool
}

// Verdict is pass or fail.
type Verdict string

// The verdicts.
const (
	Passed Verdict = "pass"
	Failed Verdict = "fail"
)

// Library are the named scenarios, by name.
func Library() []*Scenario {
	all := slices.Concat(crashBeforeCommit(), ordersRejoin(), taskManagers(), formerBugs())
	slices.SortFunc(all, func(a, b *Scenario) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Find looks scenarios up by name, without regard to case. A name that is the
// beginning of several, up to a dash, means all of them.
func Find(names ...string) ([]*Scenario, error) {
	all := Library()
	if len(names) == 0 {
		return all, nil
	}
	var out []*Scenario
	for _, name := range names {
		found := false
		for _, s := range all {
			low, want := strings.ToLower(s.Name), strings.ToLower(name)
			if low == want || strings.HasPrefix(low, want+"-") && !exact(all, want) {
				found = true
				if !slices.Contains(out, s) {
					out = append(out, s)
				}
			}
		}
		if !found {
			return nil, fmt.Errorf("no scenario is called %q; there are: %s", name, namesOf(all))
		}
	}
	return out, nil
}

func exact(all []*Scenario, low string) bool {
	return slices.ContainsFunc(all, func(s *Scenario) bool { return strings.ToLower(s.Name) == low })
}

func namesOf(all []*Scenario) string {
	var names []string
	for _, s := range all {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}
