// Package library has the named scenarios: what documents claim about groups
// and offsets, what users ask, and what former bugs broke.
package library

import (
	"fmt"
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/scenarios"
)

// All are the named scenarios, by name.
func All() []*scenarios.Scenario {
	all := slices.Concat(crashBeforeCommit(), ordersRejoin(), taskManagers(), formerBugs(),
		claimsOfA(), claimsOfB(), lesson(), gallery(), tutorial(),
		tutorialTopic(), Jobs(), []*scenarios.Scenario{reassignments(), commitIntervals()})
	slices.SortFunc(all, func(a, b *scenarios.Scenario) int { return strings.Compare(a.Name, b.Name) })
	return jobsOnKafka(all)
}

// Find looks scenarios up by name, without regard to case. A name that is the
// beginning of several, up to a dash, means all of them; so does the id of a
// requirement that several answer, and the name of a suite. NAME#CASE is one case
// of an enumeration.
func Find(names ...string) ([]*scenarios.Scenario, error) {
	all := All()
	if len(names) == 0 {
		return all, nil
	}
	var out []*scenarios.Scenario
	for _, name := range names {
		found, err := find(all, name)
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out, nil
}

// One looks one scenario up, or one case of one.
func One(name string) (*scenarios.Scenario, error) {
	found, err := Find(name)
	switch {
	case err != nil:
		return nil, err
	case len(found) > 1:
		return nil, fmt.Errorf("%q means several scenarios; name one: %s", name, namesOf(found))
	}
	return found[0], nil
}

func find(all []*scenarios.Scenario, name string) (found []*scenarios.Scenario, err error) {
	if of := suites[strings.ToLower(name)]; of != nil {
		return Find(of...)
	}
	name, one, isCase := strings.Cut(name, "#")
	want := strings.ToLower(name)
	for _, s := range all {
		low := strings.ToLower(s.Name)
		if low == want || strings.HasPrefix(low, want+"-") && !exact(all, want) {
			found = append(found, s)
		}
	}
	if len(found) == 0 {
		for _, s := range all {
			if slices.ContainsFunc(s.Refs, func(r string) bool { return strings.EqualFold(r, name) }) {
				found = append(found, s)
			}
		}
	}
	switch {
	case len(found) == 0:
		return nil, fmt.Errorf("no scenario is called %q%s; groundhog list tells them all", name, near(all, want))
	case !isCase:
		return found, nil
	case len(found) > 1:
		return nil, fmt.Errorf("%q means several scenarios; name the one whose case is meant: %s", name, namesOf(found))
	}
	c, err := found[0].FindCase(one)
	if err != nil {
		return nil, err
	}
	return []*scenarios.Scenario{found[0].Alone(c)}, nil
}

// near names the scenarios that begin most like a name.
func near(all []*scenarios.Scenario, low string) string {
	for n := len(low) - 1; n > 0; n-- {
		var like []*scenarios.Scenario
		for _, s := range all {
			if strings.HasPrefix(strings.ToLower(s.Name), low[:n]) {
				like = append(like, s)
			}
		}
		if len(like) > 0 {
			return "; near it are: " + namesOf(like[:min(len(like), 12)])
		}
	}
	return ""
}

func exact(all []*scenarios.Scenario, low string) bool {
	return slices.ContainsFunc(all, func(s *scenarios.Scenario) bool { return strings.ToLower(s.Name) == low })
}

func namesOf(all []*scenarios.Scenario) string {
	var names []string
	for _, s := range all {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

// OnKafka are the scenarios that can run on a real cluster, and the cases of
// enumerations that can.
func OnKafka() []*scenarios.Scenario {
	var out []*scenarios.Scenario
	for _, s := range All() {
		if s.OnKafka != nil {
			out = append(out, s)
		}
		for i := range s.Cases {
			if s.Cases[i].OnKafka != nil {
				out = append(out, s.Alone(&s.Cases[i]))
			}
		}
	}
	return out
}

// Jobs are the scenarios of checkpointing jobs, and of caches beside consumers.
func Jobs() []*scenarios.Scenario {
	all := slices.Concat(jobsMatrix(), jobsSource(), jobsOwner(), jobsState(), jobsCaches())
	slices.SortFunc(all, func(a, b *scenarios.Scenario) int { return strings.Compare(a.Name, b.Name) })
	return all
}
