package group

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/groundhogsim/groundhog/sim/explore"
)

// yardsticks are the sizes at which other checkers have counted the same model.
var yardsticks = []struct {
	Params
	states, transitions uint64
	levels              int
}{
	{Params{M: 2, P: 1, R: 1, C: 1}, 14_709, 39_565, 49},
	{Params{M: 4, P: 1, R: 1, C: 0}, 97_987, 343_692, 67},
	{Params{M: 3, P: 3, R: 1, C: 0}, 133_403, 459_463, 56},
	{Params{M: 2, P: 3, R: 2, C: 0}, 188_166, 660_219, 48},
	{Params{M: 2, P: 2, R: 2, C: 1}, 1_154_182, 3_879_388, 61},
	{Params{M: 3, P: 2, R: 1, C: 1}, 2_492_679, 9_420_909, 81},
}

func TestYardsticks(t *testing.T) {
	for _, y := range yardsticks {
		if y.states > 2_000_000 && testing.Short() {
			continue
		}
		for _, s := range strategies {
			r := mustExplore(t, y.Params, s.Options)
			if r.States != y.states || r.Transitions != y.transitions {
				t.Errorf("%v %s: got %d states and %d transitions, want %d and %d",
					&y.Params, s.name, r.States, r.Transitions, y.states, y.transitions)
			}
			if !r.Complete || len(r.Violations) > 0 {
				t.Errorf("%v %s: got %+v", &y.Params, s.name, r)
			}
			if s.Strategy == explore.BreadthFirst && r.Depth != y.levels {
				t.Errorf("%v %s: got %d levels, want %d", &y.Params, s.name, r.Depth, y.levels)
			}
		}
	}
}

// Every other size must be searchable too; the smaller ones completely, and none violates anything.
func TestEverySize(t *testing.T) {
	const most = 5_000
	sizes := 0
	for m := 1; m <= maxMembers; m++ {
		for p := 1; p <= maxPartitions; p++ {
			for r := 1; r <= maxRecords; r++ {
				for c := 0; c <= maxCrashes; c++ {
					sizes++
					size := Params{M: m, P: p, R: r, C: c}
					o := explore.Options{Strategy: explore.BreadthFirst, MaxStates: most}
					got := mustExplore(t, size, o)
					if len(got.Violations) > 0 || got.States > most || got.Complete != (got.Stopped == "") {
						t.Errorf("%v: got %+v", &size, got)
					}
				}
			}
		}
	}
	if sizes != 108 {
		t.Errorf("tried %d sizes", sizes)
	}
}

// mutants tells which property each mutant violates, and how long a shortest way there is.
var mutants = []struct {
	mutant, steps int
	property      string
}{
	{1, 14, "S2"},
	{2, 8, "S1"},
	{3, 14, "S3"},
}

func TestMutants(t *testing.T) {
	for _, c := range mutants {
		p := Params{M: 2, P: 1, R: 1, C: 1, Mutant: c.mutant}
		if c.mutant == 2 {
			p.R = 2 // else whoever commits has processed everything
		}
		var first []explore.Violation
		for _, s := range strategies {
			r := mustExplore(t, p, s.Options)
			if !r.Complete || len(r.Violations) != 1 {
				t.Fatalf("%v %s: got %+v, want one violation", &p, s.name, r)
			}
			v := r.Violations[0]
			if !strings.HasPrefix(v.Property, c.property+":") || !v.Shortest || len(v.Path) != c.steps {
				t.Errorf("%v %s: got %+v, want %d steps to %s", &p, s.name, v, c.steps, c.property)
			}
			checkWay(t, p, v, c.property)
			if first == nil {
				first = r.Violations
			}
			if !reflect.DeepEqual(r.Violations, first) {
				t.Errorf("%v %s: got %+v, but another search %+v", &p, s.name, r.Violations, first)
			}
		}
	}
}

// TestMutantsAtFullSize stops at the first violation, which comes long before the end.
func TestMutantsAtFullSize(t *testing.T) {
	for _, c := range mutants {
		p := Default()
		p.Mutant = c.mutant
		for _, s := range strategies {
			s.StopAtFirst = true
			r := mustExplore(t, p, s.Options)
			if r.Complete || len(r.Violations) != 1 || len(r.Violations[0].Path) != c.steps {
				t.Fatalf("%v %s: got %+v, want one violation in %d steps", &p, s.name, r, c.steps)
			}
			checkWay(t, p, r.Violations[0], c.property)
		}
	}
}

// checkWay follows v step by step: all states but the last are sound, and the last violates property.
func checkWay(t *testing.T, p Params, v explore.Violation, property string) {
	t.Helper()
	m, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	var violated []uint64
	err = explore.Replay(m, v, func(_ string, s *State) { violated = append(violated, m.Check(s)) })
	if err != nil {
		t.Fatal(err)
	}
	last := len(violated) - 1
	want := uint64(1) << (property[1] - '1')
	if violated[last] != want || slices.Max(violated[:last]) != 0 {
		t.Errorf("%v: the steps violate %b, want %b at the last only", &p, violated, want)
	}
}

func TestLimits(t *testing.T) {
	for _, s := range strategies {
		s.MaxStates = 100_000
		plan, err := Plan(Default(), s.Options)
		if err != nil {
			t.Fatal(err)
		}
		r := mustExplore(t, Default(), s.Options)
		if r.Complete || !strings.Contains(r.Stopped, "more than 100000 states: raise MaxStates") {
			t.Errorf("%s: got %+v", s.name, r)
		}
		if r.States > s.MaxStates || r.PeakBytes > plan.PeakBytes || r.TableBytes > plan.TableBytes {
			t.Errorf("%s: got %+v, planned %+v", s.name, r, plan)
		}
	}
}

// Nothing is allocated for a transition: the little there is, is for tables, frames and chunks.
func TestAllocations(t *testing.T) {
	p := Params{M: 2, P: 1, R: 2, C: 1}
	for _, s := range strategies {
		var r explore.Result
		allocations := testing.AllocsPerRun(1, func() { r = mustExplore(t, p, s.Options) })
		if most := float64(r.Transitions) / 100; allocations > most {
			t.Errorf("%s: %.0f allocations for %d transitions", s.name, allocations, r.Transitions)
		}
	}
}

func TestNames(t *testing.T) {
	m, err := New(Default())
	if err != nil {
		t.Fatal(err)
	}
	s := State{phase: stable, generation: 2, members: 3, owner: [maxPartitions]uint8{1, 2}}
	s.processed[0] = s.processed[0].add(0).add(0).add(0)
	s.committed[0] = 1
	s.member[0] = memberState{
		phase: active, generation: 2, position: [maxPartitions]uint8{2},
		response: response{kind: ok}, ghost: newCommit(1, 0, 1),
	}
	s.member[1] = memberState{phase: syncing, generation: 2, request: newRequest(sync, 2)}
	want := "Stable g2 p0[m0 committed 1 processed 20] p1[m1 committed 0 processed 00]" +
		" | m0 Member g2 p0@1 ghost → COMMIT(g1 p0@1) ← OK | m1 Syncing g2 → SYNC(g2)"
	if got := m.DescribeState(&s); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want = "[deliver ghost COMMIT m0 deliver OK m0 process m0 p0 crash m0 deliver SYNC m1 crash m1]"
	if got := fmt.Sprint(m.Actions(&s, nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
