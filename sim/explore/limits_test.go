package explore_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/groundhogsim/groundhog/sim/explore"
)

// tree is a binary tree with levels of 1, 2, 4, … nodes; the last node of all violates "P".
func tree(depth int) *graph {
	n := 1<<depth - 1
	g := &graph{
		inits: []int{0}, edges: make([][]int, n), violated: make([]uint64, n),
		names: []string{"P"}, bytes: 8,
	}
	for i := range n / 2 {
		g.edges[i] = []int{2*i + 1, 2*i + 2}
	}
	g.violated[n-1] = 1
	return g
}

func run(t *testing.T, g *graph, o explore.Options) explore.Result {
	t.Helper()
	r, err := explore.Run(g, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestMaxStatesIsExact(t *testing.T) {
	g := tree(10)
	for _, o := range everyWay {
		o.MaxStates = 1023
		if r := run(t, g, o); !r.Complete || r.States != 1023 || r.Stopped != "" {
			t.Errorf("%v: all states fit, but: %+v", o.Strategy, r)
		}
		o.MaxStates = 1022
		r := run(t, g, o)
		if r.Complete || !strings.Contains(r.Stopped, "more than 1022 states: raise MaxStates") {
			t.Errorf("%v: one state does not fit, but: %+v", o.Strategy, r)
		}
		if want := uint64(511); o.Strategy == explore.BreadthFirst && r.States != want {
			t.Errorf("%v: got %d states, want the %d of whole levels", o.Strategy, r.States, want)
		}
	}
}

func TestNotEvenTheInitialStatesFit(t *testing.T) {
	g := tree(2)
	g.inits = []int{0, 1, 2}
	r := run(t, g, explore.Options{Strategy: explore.BreadthFirst, MaxStates: 2})
	if r.Complete || r.States != 0 || r.BytesPerState() != 0 || len(r.Violations) != 1 {
		t.Errorf("got %+v", r)
	}
}

// A breadth-first search that has no room for a level checks it all the same.
func TestViolationBeyondMaxStates(t *testing.T) {
	g := tree(10)
	for _, o := range everyWay[1:] {
		o.MaxStates = 600
		r := run(t, g, o)
		if r.Complete || len(r.Violations) != 1 || !r.Violations[0].Shortest {
			t.Fatalf("%d workers: got %+v, want the violation at depth 10", o.Workers, r)
		}
		if got := strings.Join(r.Violations[0].Path, ""); got != "111111111" {
			t.Errorf("%d workers: got path %s", o.Workers, got)
		}
	}
}

// A depth-first search falls back on its own path, if there is no room to look for the shortest.
func TestPathThatMayNotBeShortest(t *testing.T) {
	g := tree(10)
	g.edges[0] = append(g.edges[0], 0)
	for i := range 511 {
		g.edges[i][0], g.edges[i][1] = g.edges[i][1], g.edges[i][0] // to the violation first
	}
	r := run(t, g, explore.Options{MaxStates: 20})
	if len(r.Violations) != 1 || r.Violations[0].Shortest || len(r.Violations[0].Path) != 9 {
		t.Errorf("got %+v", r)
	}
}

func TestMemoryBytes(t *testing.T) {
	const limit = 1 << 20
	for _, o := range everyWay {
		g := tree(10)
		g.bytes = 8 << 10
		for i := range g.edges { // a ladder: a depth-first search holds one rung after the other
			if i+1 < len(g.edges) {
				g.edges[i] = append(g.edges[i], i+1)
			}
		}
		o.MemoryBytes = limit
		plan, err := explore.Plan(g, o)
		if err != nil || plan.PeakBytes > limit || plan.StateBytes != 8<<10 {
			t.Fatalf("%v: got plan %+v, %v", o.Strategy, plan, err)
		}
		r := run(t, g, o)
		if want := "more than 1048576 bytes of memory: raise MemoryBytes"; r.Stopped != want {
			t.Errorf("%v: stopped by %q, want %q", o.Strategy, r.Stopped, want)
		}
		if r.Complete || r.States == 0 {
			t.Errorf("%v: got %+v", o.Strategy, r)
		}
	}
}

// The table grows several times, up to the length that was planned and not beyond.
func TestPlanBoundsTheTable(t *testing.T) {
	g := tree(17)
	for _, o := range everyWay {
		o.MaxStates = 1<<17 - 1
		plan, err := explore.Plan(g, o)
		if err != nil {
			t.Fatal(err)
		}
		r := run(t, g, o)
		if !r.Complete || r.States != o.MaxStates {
			t.Errorf("%v: got %+v", o.Strategy, r)
		}
		if r.TableBytes > plan.TableBytes || r.PeakBytes > plan.PeakBytes {
			t.Errorf("%v: planned %+v, used %d of table, %d in all",
				o.Strategy, plan, r.TableBytes, r.PeakBytes)
		}
	}
}

func TestStopAtFirst(t *testing.T) {
	g := tree(10)
	g.violated[4] = 1
	for _, o := range everyWay {
		o.StopAtFirst = true
		r := run(t, g, o)
		if r.Complete || !strings.Contains(r.Stopped, "StopAtFirst") || len(r.Violations) != 1 {
			t.Fatalf("%v: got %+v", o.Strategy, r)
		}
		if v := r.Violations[0]; fmt.Sprint(v.States) != "[0 1 4]" || !v.Shortest {
			t.Errorf("%v: got %+v", o.Strategy, v)
		}
		if o.Strategy == explore.BreadthFirst && (r.States != 7 || r.Transitions != 6) {
			t.Errorf("%v: got %+v, want three levels", o.Strategy, r)
		}
	}
}

func TestBadOptions(t *testing.T) {
	many := tree(1)
	many.names = make([]string, 65)
	wide := tree(1)
	wide.bytes = 1 << 40
	for _, c := range []struct {
		name string
		g    *graph
		o    explore.Options
		want string
	}{
		{"strategy", nil, explore.Options{Strategy: 7}, "unknown Strategy(7): use DepthFirst"},
		{"workers", nil, explore.Options{Workers: -1}, "Workers is -1: use 1 to 64"},
		{"too many workers", nil, explore.Options{Workers: 65}, "Workers is 65: use 1 to 64"},
		{"depth first", nil, explore.Options{Workers: 2}, "set Workers to 1 or Strategy to"},
		{"little memory", nil, explore.Options{MemoryBytes: 5}, "MemoryBytes is 5: use 1048576 to"},
		{"much memory", nil, explore.Options{MemoryBytes: 1 << 60}, "MemoryBytes is"},
		{"states", nil, explore.Options{MaxStates: 1 << 60}, "lower MaxStates, or raise MemoryBytes"},
		{"properties", many, explore.Options{}, "65 Properties: Check can tell 64 apart"},
		{"state", wide, explore.Options{}, "a state has 1099511627776 bytes"},
		{"no state", &graph{}, explore.Options{}, "Init returned no state"},
		{"stray bit", func() *graph { g := tree(2); g.names = nil; return g }(), explore.Options{},
			"Check set bit 0, but Properties has 0 names"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.g == nil {
				c.g = tree(1)
			}
			_, err := explore.Run(c.g, c.o)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// panicky is a model whose Check panics deep in the tree.
type panicky struct{ *graph }

func (p panicky) Check(s *int) uint64 {
	if *s > 1000 {
		panic("no such node")
	}
	return 0
}

// A model's panic reaches the caller, on whichever goroutine it happened.
func TestPanicOfTheModel(t *testing.T) {
	g := tree(12)
	g.bytes = 16 << 10 // one state a chunk, so that all workers get some
	for _, o := range everyWay {
		func() {
			defer func() {
				if p := recover(); p != "no such node" {
					t.Errorf("%v: recovered %v", o.Strategy, p)
				}
			}()
			explore.Run(panicky{g}, o)
			t.Errorf("%v: no panic", o.Strategy)
		}()
	}
}
