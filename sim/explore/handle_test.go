package explore_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/groundhogsim/groundhog/sim/explore"
	"pgregory.net/rapid"
)

// handles is a graph whose states are pointers. Were one of them held twice, Apply would change a
// state that is still needed.
type handles struct {
	*graph
	made *atomic.Int64
}

type world struct{ node int }

func (h handles) Init() []*world {
	var worlds []*world
	for _, node := range h.graph.Init() {
		worlds = append(worlds, &world{node})
	}
	return worlds
}

func (h handles) Apply(dst, src **world, a int) {
	if *dst == nil {
		*dst = &world{}
		h.made.Add(1)
	}
	h.graph.Apply(&(*dst).node, &(*src).node, a)
}

func (h handles) Actions(s **world, buf []int) []int { return h.graph.Actions(&(*s).node, buf) }
func (h handles) Fingerprint(s **world) uint64       { return h.graph.Fingerprint(&(*s).node) }
func (h handles) Check(s **world) uint64             { return h.graph.Check(&(*s).node) }
func (h handles) DescribeState(s **world) string     { return h.graph.DescribeState(&(*s).node) }

func TestHandlesHaveOneOwner(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		for _, o := range everyWay {
			want, err := explore.Run(g, o)
			if err != nil {
				t.Fatal(err)
			}
			got, err := explore.Run(handles{g, new(atomic.Int64)}, o)
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
				t.Fatalf("%+v:\n got %+v\nwant %+v", o, got, want)
			}
		}
	})
}

// Storage is used again: a search makes no more worlds than it holds at a time, and a few that are
// waiting to be looked up.
func TestHandlesAreRecycled(t *testing.T) {
	const batch = 64
	g := tree(14)
	clear(g.violated) // else there is a second search, for the path
	for _, c := range []struct {
		o    explore.Options
		most int64
	}{
		{explore.Options{Strategy: explore.DepthFirst}, 14 * 3},
		{explore.Options{Strategy: explore.BreadthFirst}, 1<<13 + 1<<12 + 2*batch},
		// The level that does not fit is checked, but not kept.
		{explore.Options{Strategy: explore.BreadthFirst, MaxStates: 5000}, 5000 - 1<<11 + 2*batch},
	} {
		h := handles{g, new(atomic.Int64)}
		if _, err := explore.Run(h, c.o); err != nil {
			t.Fatal(err)
		}
		if made := h.made.Load(); made > c.most {
			t.Errorf("%v: made %d worlds for %d states", c.o.Strategy, made, 1<<14-1)
		}
	}
}
