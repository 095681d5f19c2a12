package explore

import (
	"errors"
	"fmt"
	"math/bits"
)

// Run searches the states of m that are reachable, as o says. The error is not nil if m or o is
// unfit for a search; violations, and coming to a limit, are results.
func Run[S, A any](m Model[S, A], o Options) (Result, error) {
	l, err := newLimits(m, o)
	if err != nil {
		return Result{}, err
	}
	var result Result
	var met ways[A]
	if l.Strategy == DepthFirst {
		d := newDFS(m, l)
		d.search()
		result, met = d.result, d.found
	} else {
		b := newBFS(m, l)
		b.search()
		result, met.set = b.result, b.violated
	}
	if result.Complete && result.States == 0 {
		return Result{}, errors.New("explore: Init returned no state: it must return at least one")
	}
	if n, most := bits.Len64(met.set), len(m.Properties()); n > most {
		return Result{}, fmt.Errorf("explore: Check set bit %d, but Properties has %d names", n-1, most)
	}
	if met.set != 0 {
		shortest, peak := shortestWays(m, l, met.set)
		result.PeakBytes = max(result.PeakBytes, peak)
		result.Violations = violations(m, met, shortest)
	}
	return result, nil
}

// violations describes the ways to the violations that were met: shortest ones, where known.
func violations[S, A any](m Model[S, A], met, shortest ways[A]) []Violation {
	var list []Violation
	for i, name := range m.Properties() {
		if met.set>>i&1 == 0 {
			continue
		}
		v := Violation{Property: name}
		if w := shortest.to[i]; w != nil {
			v.Shortest = true
			follow(m, w, &v)
		} else if w := met.to[i]; w != nil {
			follow(m, w, &v)
		}
		list = append(list, v)
	}
	return list
}
