package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/groundhogsim/groundhog/examples/group"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim/explore"
)

// explorable are the small scopes that can be searched, by name.
var explorable = map[string]struct {
	what string
	run  func(set map[string]string, o explore.Options) (explore.Result, error)
}{
	"group": {"GROUP(M,P,R,C), the yardstick model (--set M=2,P=2,R=2,C=1,MUT=0)", func(set map[string]string, o explore.Options) (explore.Result, error) {
		p, err := group.Parse(set)
		if err != nil {
			return explore.Result{}, usageError{err}
		}
		return group.Explore(p, o)
	}},
	"slice": {"the real broker and consumers, the group already formed (--set " + scenarios.ScopeDefaults + ")", func(set map[string]string, o explore.Options) (explore.Result, error) {
		scope, err := scenarios.ParseScope(set)
		if err != nil {
			return explore.Result{}, usageError{err}
		}
		return scope.Explore(o)
	}},
}

type exploreFlags struct {
	set       string
	maxStates uint64
	workers   int
	memory    uint64
	order     string
}

func exploreCommand() *cobra.Command {
	var f exploreFlags
	long := "Goes through every interleaving of a small scope:\n"
	for _, name := range []string{"group", "slice"} {
		long += fmt.Sprintf("  %-6s %s\n", name, explorable[name].what)
	}
	c := &cobra.Command{
		Use: "explore NAME", Short: "Every interleaving of a small scope", Long: long, Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return exploreScope(c, args[0], f) },
	}
	c.Flags().StringVar(&f.set, "set", "", "the scope's parameters, as in M=2,P=2")
	c.Flags().Uint64Var(&f.maxStates, "max-states", 0, "stop after so many distinct states (default: what the memory holds)")
	c.Flags().IntVar(&f.workers, "workers", 1, "goroutines that search; only breadth first can use more than one")
	c.Flags().Uint64Var(&f.memory, "memory-mb", 4096, "the most memory to use")
	c.Flags().StringVar(&f.order, "order", "bfs", "bfs (breadth first) or dfs (depth first)")
	return c
}

func exploreScope(c *cobra.Command, name string, f exploreFlags) error {
	scope, ok := explorable[strings.ToLower(name)]
	if !ok {
		return usage("nothing to explore is called %q; there are: group, slice", name)
	}
	o := explore.Options{Workers: f.workers, MaxStates: f.maxStates, MemoryBytes: f.memory << 20}
	switch {
	case f.order == "bfs":
		o.Strategy = explore.BreadthFirst
	case f.order != "dfs":
		return usage("--order %s: want dfs or bfs", f.order)
	}
	set, err := settings(f.set)
	if err != nil {
		return err
	}
	begun := time.Now()
	r, err := scope.run(set, o)
	if err != nil {
		return err
	}
	wall := time.Since(begun)
	if asJSON(c) {
		err = exploreJSON(c, r, wall)
	} else {
		exploreText(c, r, wall)
	}
	if err == nil && len(r.Violations) > 0 {
		return errVerdict
	}
	return err
}

// settings reads KEY=VALUE pairs with commas between them.
func settings(list string) (map[string]string, error) {
	set := map[string]string{}
	for _, pair := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, usage("--set %s: want KEY=VALUE,… as in M=2,P=1", pair)
		}
		if _, twice := set[key]; twice {
			return nil, usage("--set: %s stands twice", key)
		}
		set[key] = value
	}
	return set, nil
}

func exploreJSON(c *cobra.Command, r explore.Result, wall time.Duration) error {
	type way struct {
		Property string   `json:"property"`
		Path     []string `json:"path"`
		Shortest bool     `json:"shortest"`
	}
	ways := []way{}
	for _, v := range r.Violations {
		ways = append(ways, way{v.Property, v.Path, v.Shortest})
	}
	line, err := json.Marshal(struct {
		States      uint64      `json:"states"`
		Transitions uint64      `json:"transitions"`
		Depth       int         `json:"depth"`
		Anomalies   []way       `json:"anomalies"`
		Complete    bool        `json:"complete"`
		Stopped     string      `json:"stopped,omitempty"`
		Bytes       float64     `json:"bytes_per_state"`
		Wall        json.Number `json:"wall_seconds"`
		Rate        uint64      `json:"states_per_second"`
	}{r.States, r.Transitions, r.Depth, ways, r.Complete, r.Stopped, r.BytesPerState(), seconds(wall), rate(r, wall)})
	if err == nil {
		fmt.Fprintf(c.OutOrStdout(), "%s\n", line)
	}
	return err
}

func rate(r explore.Result, wall time.Duration) uint64 {
	return uint64(float64(r.States) / max(wall.Seconds(), 1e-6))
}

func exploreText(c *cobra.Command, r explore.Result, wall time.Duration) {
	w := c.OutOrStdout()
	fmt.Fprintf(w, "%d states, %d transitions, depth %d\n", r.States, r.Transitions, r.Depth)
	fmt.Fprintf(w, "%v on %d of %d cores, %d states a second, %.0f bytes a state\n",
		wall.Round(time.Millisecond), min(runtime.GOMAXPROCS(0), runtime.NumCPU()), runtime.NumCPU(), rate(r, wall), r.BytesPerState())
	if !r.Complete {
		fmt.Fprintf(w, "not complete: %s\n", r.Stopped)
	}
	for _, v := range r.Violations {
		fmt.Fprintf(w, "VIOLATION %s after %d actions:\n", v.Property, len(v.Path))
		for _, a := range v.Path {
			fmt.Fprintf(w, "  %s\n", a)
		}
	}
	if len(r.Violations) == 0 && r.Complete {
		fmt.Fprintln(w, "every property holds in every state")
	}
}
