package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/broker"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
	"github.com/groundhogsim/groundhog/sim/explore"
	"github.com/groundhogsim/groundhog/sim/explore/worlds"
)

// Scope is a world small enough to be searched exhaustively: the real broker
// and the real consumers, each with a Loop for its application, from the
// moment at which the group is formed and the records are in the log.
type Scope struct {
	Members, Partitions, Records int // records in all
	Crashes                      int // in all
	Wrong                        int // 0 right, 1 commits before processing, 2 commits the last offset
	Bound                        int // ms that a message may be under way, and a timer overdue
}

// ScopeDefaults are the parameters of a scope and their defaults.
const ScopeDefaults = "M=2,P=1,R=2,C=1,WRONG=0,BOUND=0"

// ParseScope gives the default scope with settings put over it; the keys are
// those of ScopeDefaults.
func ParseScope(settings map[string]string) (Scope, error) {
	s := Scope{Members: 2, Partitions: 1, Records: 2, Crashes: 1}
	fields := map[string]struct {
		at        *int
		low, high int
	}{
		"M": {&s.Members, 1, 3}, "P": {&s.Partitions, 1, 3}, "R": {&s.Records, 0, 4}, "C": {&s.Crashes, 0, 2},
		"WRONG": {&s.Wrong, 0, 2}, "BOUND": {&s.Bound, 0, 10_000},
	}
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		f, ok := fields[key]
		if !ok {
			return s, fmt.Errorf("no parameter is called %q; there are: %s", key, ScopeDefaults)
		}
		n, err := strconv.Atoi(settings[key])
		if err != nil || n < f.low || n > f.high {
			return s, fmt.Errorf("%s=%s: want a number from %d to %d", key, settings[key], f.low, f.high)
		}
		*f.at = n
	}
	return s, nil
}

// Explore searches the scope.
func (s Scope) Explore(o explore.Options) (explore.Result, error) {
	m, err := s.Model()
	if err != nil {
		return explore.Result{}, err
	}
	return explore.Run(m, o)
}

// Model is the scope as a transition system.
func (s Scope) Model() (*worlds.Model, error) {
	c := newScopeChecker()
	w, err := s.formed(c)
	if err != nil {
		return nil, err
	}
	budget := sim.FaultBudget{Total: 2 * s.Crashes}
	for i := range s.Members {
		id := sim.NodeID(1 + i)
		budget.Items = append(budget.Items,
			sim.FaultItem{Action: sim.Action{Kind: sim.Crash, Node: id, Peer: sim.Nobody}, Limit: s.Crashes},
			sim.FaultItem{Action: sim.Action{Kind: sim.Start, Node: id, Peer: sim.Nobody}, Limit: s.Crashes})
	}
	w.SetUntimed(budget)
	return worlds.New(w, sim.Time(s.Bound)*sim.Millisecond, c, scopeProperties...)
}

// formed is the world once its group is stable and all records are written.
// Timeouts are multiples of one span, so that the times between the timers
// take few values.
func (s Scope) formed(c *scopeChecker) (*sim.World, error) {
	names := sim.Names{Nodes: []string{"b0"}, Lanes: lanes}
	settings := broker.DefaultSettings()
	settings.GroupInitialRebalanceDelayMs = 1000
	nodes := []sim.Node{broker.New(broker.Config{Settings: settings, Topics: []broker.Topic{{Name: "orders", Partitions: int32(s.Partitions)}}})}
	cfg := func(name string) *client.Config {
		return client.Config{
			ClientID: name, Group: "g", Topics: []string{"orders"}, Brokers: []sim.NodeID{0}, MaxPollRecords: 1, Assignors: []assignor.Assignor{assignor.Range},
			SessionTimeout: 9 * sim.Second, HeartbeatInterval: 3 * sim.Second, FetchMaxWait: 6 * sim.Second,
			RebalanceTimeout: 9 * sim.Second, RequestTimeout: -1, MetadataMaxAge: -1,
		}.WithDefaults()
	}
	for i := range s.Members {
		name := fmt.Sprintf("m%d", i+1)
		names.Nodes = append(names.Nodes, name)
		nodes = append(nodes, client.NewLoopMember(cfg(name), client.Loop{Max: 1, CommitFirst: s.Wrong == 1, CommitLast: s.Wrong == 2}))
	}
	names.Nodes = append(names.Nodes, "p1")
	load := &client.Load{Topic: "orders", Count: s.Records, PerTick: s.Records, Every: sim.Second, Key: strconv.Itoa, Value: strconv.Itoa}
	writer := client.NewProducer(cfg("p1"), load)
	nodes = append(nodes, writer)
	c.names = &names
	w, err := sim.New(sim.Config{Names: names, Nodes: nodes, Draws: sim.FixedDraws(), Observer: c, Network: sim.Network{Base: sim.Millisecond}})
	if err != nil {
		return nil, err
	}
	start := func(i int) sim.Entry {
		return sim.Entry{Action: sim.Action{Kind: sim.Start, Node: sim.NodeID(i), Peer: sim.Nobody}}
	}
	var plan []sim.Entry
	for i := range s.Members + 1 {
		plan = append(plan, start(i))
	}
	idle := func() bool {
		for i := range s.Members {
			if nodes[1+i].(*client.LoopMember).Consumer.Unsettled() != "" {
				return false
			}
		}
		return true
	}
	if _, err := sim.Drive(w, &sim.TimedDriver{Plan: plan}, 10_000, idle); err != nil {
		return nil, err
	}
	if !idle() {
		return nil, fmt.Errorf("the group does not form")
	}
	p1 := len(nodes) - 1
	at := start(p1)
	at.At = w.Now()
	if _, err := sim.Drive(w, &sim.TimedDriver{Plan: []sim.Entry{at}}, 1000, func() bool { return w.Up(sim.NodeID(p1)) && writer.Done() }); err != nil {
		return nil, err
	}
	// The producer has done its work; without it there is less to search.
	return w, w.Apply(w.Now(), sim.Action{Kind: sim.Vanish, Node: sim.NodeID(p1), Peer: sim.Nobody})
}

// scopeProperties are the anomalies that must not show in any state.
var scopeProperties = []string{model.DualEntitlement, model.ZombieCommitAccepted, model.CommitAheadOfProcessing, model.RewindBeyondCommit}

// scopeChecker is the finite monitors, as part of a state.
type scopeChecker struct {
	Ownership  model.Ownership
	Fencing    model.Fencing
	Loss       model.Loss
	Duplicates model.Duplicates
	Found      uint64
	names      *sim.Names `canon:"-"`
}

func newScopeChecker() *scopeChecker {
	return &scopeChecker{Loss: model.Loss{Early: true}}
}

// Observe implements sim.Observer.
func (c *scopeChecker) Observe(at sim.Time, _ sim.NodeID, event any) {
	e, ok := event.(*model.Event)
	if !ok {
		return
	}
	e.At = int64(at)
	for _, m := range []model.Monitor{&c.Ownership, &c.Fencing, &c.Loss, &c.Duplicates} {
		m.Observe(0, e, c.report)
	}
}

func (c *scopeChecker) report(a model.Anomaly) {
	for i, name := range scopeProperties {
		if a.Name == name {
			c.Found |= 1 << i
		}
	}
}

// Acting implements sim.Watcher: the monitors must know who is up.
func (c *scopeChecker) Acting(at sim.Time, a sim.Action) {
	switch a.Kind {
	case sim.Start:
		c.Observe(at, a.Node, &model.Event{Kind: model.Started, Client: c.names.Name(a.Node)})
	case sim.Crash, sim.Vanish:
		c.Observe(at, a.Node, &model.Event{Kind: model.Stopped, Client: c.names.Name(a.Node), Cause: "crash"})
	}
}

// Clone implements worlds.Checker.
func (c *scopeChecker) Clone() worlds.Checker { return canon.Clone(c) }

// Encode implements worlds.Checker.
func (c *scopeChecker) Encode(buf []byte) []byte { return canon.Append(buf, 0, c) }

// Violated implements worlds.Checker.
func (c *scopeChecker) Violated() uint64 { return c.Found }
