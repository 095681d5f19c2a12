package explore_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/groundhogsim/groundhog/sim/explore"
	"pgregory.net/rapid"
)

// graph is a model that is given by its edges. A state is the number of a node, and is also its
// fingerprint; an action is the number of an edge.
type graph struct {
	inits    []int
	edges    [][]int  // targets
	violated []uint64 // by node
	names    []string
	bytes    uint64 // what a state pretends to hold: large states make levels fall into many chunks
}

func (g *graph) Init() []int { return slices.Clone(g.inits) }

func (g *graph) Actions(s *int, buf []int) []int {
	for i := range g.edges[*s] {
		buf = append(buf, i)
	}
	return buf
}

func (g *graph) Apply(dst, src *int, a int)  { *dst = g.edges[*src][a] }
func (g *graph) Fingerprint(s *int) uint64   { return uint64(*s) }
func (g *graph) Properties() []string        { return g.names }
func (g *graph) Check(s *int) uint64         { return g.violated[*s] }
func (g *graph) Describe(a int) string       { return fmt.Sprint(a) }
func (g *graph) DescribeState(s *int) string { return fmt.Sprint(*s) }
func (g *graph) StateBytes() uint64          { return g.bytes }

// drawGraph draws a graph with few edges a node, so that it has some depth.
func drawGraph(t *rapid.T) *graph {
	n := rapid.IntRange(1, 200).Draw(t, "nodes")
	node := rapid.IntRange(0, n-1)
	g := &graph{
		inits:    rapid.SliceOfN(node, 1, 3).Draw(t, "inits"),
		edges:    rapid.SliceOfN(rapid.SliceOfN(node, 0, 3), n, n).Draw(t, "edges"),
		violated: make([]uint64, n),
		names:    []string{"P0", "P1", "P2"},
		bytes:    rapid.SampledFrom([]uint64{8, 8 << 10}).Draw(t, "bytes"),
	}
	for range rapid.IntRange(0, 6).Draw(t, "violations") {
		g.violated[node.Draw(t, "violating")] |= rapid.Uint64Range(1, 7).Draw(t, "properties")
	}
	return g
}

// naive is the plainest possible search: what explore.Run should find.
func naive(g *graph) explore.Result {
	type visit struct {
		node, init int
		path       []string
		states     []string
	}
	var queue []visit
	seen := map[int]bool{}
	depth := map[int]int{}
	see := func(v visit) {
		if !seen[v.node] {
			seen[v.node] = true
			v.states = append(slices.Clip(v.states), fmt.Sprint(v.node))
			depth[v.node] = len(v.states)
			queue = append(queue, v)
		}
	}
	for i, node := range g.inits {
		see(visit{node: node, init: i})
	}
	r := explore.Result{Complete: true}
	first := make([]*visit, len(g.names))
	for ; len(queue) > 0; queue = queue[1:] {
		v := queue[0]
		r.States++
		r.Depth = max(r.Depth, depth[v.node])
		for i := range g.names {
			if g.violated[v.node]>>i&1 != 0 && first[i] == nil {
				first[i] = &v
			}
		}
		for i, target := range g.edges[v.node] {
			r.Transitions++
			see(visit{target, v.init, append(slices.Clip(v.path), fmt.Sprint(i)), v.states})
		}
	}
	for i, name := range g.names {
		if v := first[i]; v != nil {
			r.Violations = append(r.Violations, explore.Violation{
				Property: name, Init: v.init, Path: v.path, States: v.states, Shortest: true,
			})
		}
	}
	return r
}

// everyWay is the options that must all give the same result, but for the depth of the first.
var everyWay = []explore.Options{
	{Strategy: explore.DepthFirst},
	{Strategy: explore.BreadthFirst, Workers: 1},
	{Strategy: explore.BreadthFirst, Workers: 2},
	{Strategy: explore.BreadthFirst, Workers: 5},
}

func TestRunFindsWhatNaiveSearchFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		want := naive(g)
		for _, o := range everyWay {
			got, err := explore.Run(g, o)
			if err != nil {
				t.Fatal(err)
			}
			if o.Strategy == explore.DepthFirst {
				if got.Depth < want.Depth {
					t.Fatalf("depth first: the longest path has %d states, but a state is at %d",
						got.Depth, want.Depth)
				}
				got.Depth = want.Depth
			}
			got.TableBytes, got.PeakBytes = 0, 0
			if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
				t.Fatalf("%+v:\n got %+v\nwant %+v", o, got, want)
			}
		}
	})
}

// bush is a graph of three levels, the last of them wide: the table grows in the middle of it, and
// the numbers of successors are all kinds of fractions and multiples of a batch.
func bush() *graph {
	g := &graph{inits: []int{0}, edges: [][]int{{}}, bytes: 8}
	node := func(parent int) int {
		n := len(g.edges)
		g.edges = append(g.edges, nil)
		g.edges[parent] = append(g.edges[parent], n)
		return n
	}
	for i := range 1000 {
		n := node(0)
		for range i * 89 % 191 {
			node(n)
		}
	}
	g.violated = make([]uint64, len(g.edges))
	for i := range 64 { // nodes here and there, so that many a path has to be right
		g.names = append(g.names, fmt.Sprint("P", i))
		g.violated[len(g.edges)*(i+1)/64-1] |= 1 << i
	}
	return g
}

func TestWideLevel(t *testing.T) {
	g := bush()
	want := naive(g)
	for _, o := range everyWay {
		got := run(t, g, o)
		if got.States != want.States || got.Transitions != want.Transitions || got.Depth != want.Depth ||
			fmt.Sprint(got.Violations) != fmt.Sprint(want.Violations) {
			t.Errorf("%+v:\n got %+v\nwant %+v", o, got, want)
		}
	}
}

func TestRunDoesNotDependOnWorkers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		o := explore.Options{
			Strategy:    explore.BreadthFirst,
			MaxStates:   rapid.Uint64Range(0, 200).Draw(t, "max states"),
			MemoryBytes: 1 << 20, // room for not quite a hundred large states
			StopAtFirst: rapid.Bool().Draw(t, "stop at first"),
		}
		one, err := explore.Run(g, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, o.Workers = range []int{2, 3, 8} {
			several, err := explore.Run(g, o)
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprintf("%+v", one) != fmt.Sprintf("%+v", several) {
				t.Fatalf("%d workers: %+v\none worker: %+v", o.Workers, several, one)
			}
		}
	})
}

func TestReplayWalksEveryPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		r, err := explore.Run(g, explore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range r.Violations {
			var states []string
			var last int
			err := explore.Replay(g, v, func(_ string, s *int) {
				states = append(states, fmt.Sprint(*s))
				last = *s
			})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(states, v.States) {
				t.Fatalf("replay went through %v, not %v", states, v.States)
			}
			if i := slices.Index(g.names, v.Property); g.violated[last]>>i&1 == 0 {
				t.Fatalf("%s is not violated in %d", v.Property, last)
			}
		}
	})
}

func TestReplayReportsDivergence(t *testing.T) {
	g := &graph{inits: []int{0}, edges: [][]int{{1, 1}, {}}, violated: make([]uint64, 2)}
	for _, c := range []struct {
		v    explore.Violation
		want string
	}{
		{explore.Violation{Path: []string{"1", "0"}},
			`explore: step 2: "0" is not enabled; enabled are []`},
		{explore.Violation{Path: []string{"7"}},
			`explore: step 1: "7" is not enabled; enabled are ["0" "1"]`},
		{explore.Violation{Init: 1}, `explore: the path starts in initial state 1, but there are 1`},
	} {
		err := explore.Replay(g, c.v, func(string, *int) {})
		if err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}
