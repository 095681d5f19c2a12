// Package draws lets rapid draw what a Spec leaves open (members, partitions,
// assignors, client settings, load) and what the environment does: in property
// tests, and under go test -fuzz by rapid.MakeFuzz. rapid saves what fails
// under testdata/rapid, and plays it first from then on.
package draws

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/plan"
)

// Drawn is a Spec with nothing left open, and the run to make of it.
type Drawn struct {
	Spec scenarios.Spec
	Plan plan.Plan
	Seed uint64
}

// Around draws what a Spec leaves open: every field that is zero, but for its
// handler and its promise. Faults and Script are not looked at: the plan is
// drawn, too.
func Around(t *rapid.T, s scenarios.Spec) Drawn {
	if len(s.Topics) == 0 {
		s.Topics = []scenarios.Topic{{Name: "orders", Partitions: rapid.Int32Range(1, 6).Draw(t, "partitions")}}
	}
	if s.Members == 0 {
		s.Members = rapid.IntRange(1, 4).Draw(t, "members")
	}
	if s.Group.Name == "" {
		s.Group = group(t)
	}
	if s.Load.Count == 0 {
		s.Load = load(t)
	}
	settings(t, &s.Client)
	if s.Broker.InitialRebalanceDelay == nil {
		d := time.Duration(rapid.SampledFrom([]int{3000, 0, 500}).Draw(t, "initial rebalance delay, ms")) * time.Millisecond
		s.Broker.InitialRebalanceDelay = &d
	}
	if s.Warmup == 0 {
		s.Warmup = 8 * time.Second
	}
	if s.Faulty == 0 {
		s.Faulty = 30 * time.Second
	}
	d := Drawn{Seed: uint64(rapid.Uint32().Draw(t, "luck")), Plan: planFor(t, &s)}
	var starts []time.Duration
	for i := range s.Members {
		starts = append(starts, time.Duration(rapid.IntRange(0, 20_000).Draw(t, fmt.Sprintf("m%d starts, ms", i+1)))*time.Millisecond)
	}
	s.Faults, s.Script = nil, d.Plan.Script(starts)
	d.Spec = s
	return d
}

// group draws assignors, and whether members are static.
func group(t *rapid.T) scenarios.Group {
	lists := map[string][]assignor.Assignor{
		"range": {assignor.Range}, "roundrobin": {assignor.RoundRobin}, "sticky": {assignor.Sticky},
		"cooperative-sticky": {assignor.CooperativeSticky}, "range, cooperative-sticky": {assignor.Range, assignor.CooperativeSticky},
	}
	names := []string{"range", "roundrobin", "sticky", "cooperative-sticky", "range, cooperative-sticky"}
	g := scenarios.Classic("group", lists[rapid.SampledFrom(names).Draw(t, "assignors")]...)
	if rapid.Bool().Draw(t, "static") {
		g = g.Static()
	}
	return g
}

func load(t *rapid.T) scenarios.Load {
	l := scenarios.Keyed(rapid.IntRange(1, 150).Draw(t, "records"), "key-%d", rapid.IntRange(1, 12).Draw(t, "keys"))
	l.PerTick = rapid.IntRange(1, 10).Draw(t, "records a tick")
	return l
}

// settings draws the client's, shorter than its defaults: so that a run is too.
func settings(t *rapid.T, c *scenarios.ClientConfig) {
	seconds := func(field *time.Duration, label string, list ...int) {
		if *field == 0 {
			*field = time.Duration(rapid.SampledFrom(list).Draw(t, label)) * time.Second
		}
	}
	if c.Profile == "" && rapid.Bool().Draw(t, "Java's client") {
		c.Profile = client.Java
	}
	seconds(&c.SessionTimeout, "session, s", 10, 6, 30)
	seconds(&c.HeartbeatInterval, "heartbeat, s", 2, 1)
	seconds(&c.RebalanceTimeout, "rebalance timeout, s", 20, 5, 60)
	seconds(&c.MetadataMaxAge, "metadata max age, s", 10, 3, 60)
	if c.MaxPollRecords == 0 {
		c.MaxPollRecords = rapid.SampledFrom([]int{500, 1, 7}).Draw(t, "max poll records")
	}
}
