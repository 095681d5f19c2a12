package client_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/broker"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Whatever happens to the members and the coordinator of a group: nobody gets
// a partition while a member that is still in the group holds it; and when
// calm is back, the group comes to rest with each partition owned once.
func TestGroupSettles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := newGroupWorld(t)
		g.run(t, sim.Time(rapid.IntRange(20, 60).Draw(t, "span"))*sim.Second)
		g.calm(t)
		g.check(t)
	})
}

type groupWorld struct {
	// A static leader that restarts must not assign (KIP-814). The Java one then
	// takes what it finds for what it divided (onLeaderElected with
	// skipAssignment), the one of kgo compares its own part alone: if the topic
	// grew meanwhile, the new partitions may stay without an owner for good.
	growthGoesUnseen bool
	// A static member that is restarted between the two rounds of a cooperative
	// rebalance gets its old place back without one: what it gave up in the
	// first has no owner until somebody else causes a rebalance. (kgo leaves
	// the group when it closes in between, rejoinOwed; a crash it cannot help.)
	mayHaveNone bool

	names      sim.Names
	world      *sim.World
	members    []*client.LoopMember
	partitions int32
	judge      *model.Judge
	holders    map[model.TopicPartition]string // who was assigned it, and did not give it up
	ids        map[string]string               // client by member id
	faults     []string
}

func newGroupWorld(t *rapid.T) *groupWorld {
	g := &groupWorld{judge: model.NewJudge(model.Options{}), holders: map[model.TopicPartition]string{}, ids: map[string]string{},
		partitions: int32(rapid.IntRange(1, 6).Draw(t, "partitions"))}
	profile := rapid.SampledFrom([]client.Profile{client.Franz, client.Java}).Draw(t, "profile")
	assignors := rapid.SampledFrom([][]assignor.Assignor{{assignor.Range}, {assignor.Sticky}, {assignor.CooperativeSticky},
		{assignor.CooperativeSticky, assignor.Range}, {assignor.RoundRobin}}).Draw(t, "assignors")
	static, block := rapid.Bool().Draw(t, "static"), rapid.Bool().Draw(t, "block")
	g.growthGoesUnseen = static
	g.mayHaveNone = static && slices.Contains(assignors, assignor.CooperativeSticky)
	g.names = sim.Names{Nodes: []string{"b0"}, Lanes: client.Lanes}
	settings := broker.DefaultSettings()
	settings.GroupInitialRebalanceDelayMs = 1000
	nodes := []sim.Node{broker.New(broker.Config{Settings: settings, Topics: []broker.Topic{{Name: "orders", Partitions: g.partitions}}})}
	for i := range rapid.IntRange(2, 4).Draw(t, "members") {
		name := fmt.Sprintf("m%d", i+1)
		c := client.Config{Profile: profile, ClientID: name, Group: "g", Topics: []string{"orders"}, Brokers: []sim.NodeID{0},
			MaxPollRecords: 2, SessionTimeout: 10 * sim.Second, MaxPollInterval: 20 * sim.Second, RebalanceTimeout: 20 * sim.Second,
			MetadataMaxAge: 15 * sim.Second, Reset: client.Earliest, BlockRebalanceOnPoll: block, Assignors: assignors}
		if static {
			c.InstanceID = "i-" + name
		}
		work := sim.Time(rapid.SampledFrom([]int{1, 50, 4000, 12_000}).Draw(t, "work")) * sim.Millisecond
		m := client.NewLoopMember(c.WithDefaults(), client.Loop{Max: 2, Work: work})
		g.names.Nodes, g.members, nodes = append(g.names.Nodes, name), append(g.members, m), append(nodes, m)
	}
	text := func(i int) string { return fmt.Sprint(i) }
	g.names.Nodes = append(g.names.Nodes, "p1")
	nodes = append(nodes, client.NewProducer(client.Config{ClientID: "p1", Brokers: []sim.NodeID{0}}.WithDefaults(),
		&client.Load{Topic: "orders", Count: rapid.IntRange(0, 20).Draw(t, "records"), PerTick: 3, Every: 3 * sim.Second, Key: text, Value: text}))
	var err error
	g.world, err = sim.New(sim.Config{Names: g.names, Nodes: nodes, Draws: sim.SeededDraws(rapid.Uint64().Draw(t, "seed")),
		Network: sim.Network{Base: sim.Millisecond, Jitter: 20 * sim.Millisecond}, Observer: g})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// apply makes an action happen if it can.
func (g *groupWorld) apply(t *rapid.T, text string) (done bool) {
	a, err := g.names.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if !g.world.Can(a) {
		return false
	}
	if err := g.world.Apply(g.world.Now(), a); err != nil {
		t.Fatal(err)
	}
	return true
}

func (g *groupWorld) drive(t *rapid.T, until sim.Time) {
	if _, err := sim.Drive(g.world, &sim.TimedDriver{Until: until}, 400_000, nil); err != nil {
		t.Fatal(err)
	}
}

// run lets the world go on, with faults and members that come and go.
func (g *groupWorld) run(t *rapid.T, until sim.Time) {
	g.apply(t, "start b0")
	g.apply(t, "start p1")
	for g.world.Now() < until {
		m := rapid.SampledFrom(g.names.Nodes[1:len(g.names.Nodes)-1]).Draw(t, "member")
		action := rapid.SampledFrom([]string{"start " + m, "start " + m, "start " + m, "leave " + m, "crash " + m,
			"pause " + m, "resume " + m, "reset " + m + "→b0/group", "reset " + m + "→b0/main",
			"reload-coordinator b0", "crash b0", "start b0", fmt.Sprintf("add-partitions b0 orders %d", g.partitions+1)}).Draw(t, "action")
		if g.growthGoesUnseen && strings.HasPrefix(action, "add-partitions") {
			continue
		}
		done := g.apply(t, action)
		if done && strings.HasPrefix(action, "add-partitions") {
			g.partitions++
		}
		if done && action == "crash b0" {
			g.drive(t, g.world.Now()+sim.Time(rapid.IntRange(1, 3000).Draw(t, "down"))*sim.Millisecond)
			g.apply(t, "start b0")
		}
		g.drive(t, g.world.Now()+sim.Time(rapid.IntRange(1, 5000).Draw(t, "gap"))*sim.Millisecond)
	}
}

// calm brings everything up, and waits. A member that was told to leave and
// only now does is started again.
func (g *groupWorld) calm(t *rapid.T) {
	for quiet := 0; quiet < 2 && g.world.Now() < 900*sim.Second; quiet++ {
		for _, n := range g.names.Nodes {
			g.apply(t, "start "+n)
			g.apply(t, "resume "+n)
		}
		g.drive(t, g.world.Now()+20*sim.Second)
		for _, m := range g.members {
			if m.Consumer.Unsettled() != "" {
				quiet = -1
			}
		}
	}
}

func (g *groupWorld) check(t *rapid.T) {
	owners := map[model.TopicPartition]int{}
	for i, m := range g.members {
		if why := m.Consumer.Unsettled(); why != "" {
			t.Errorf("m%d %s", i+1, why)
		}
		for _, p := range m.Consumer.Owned {
			owners[p]++
		}
	}
	for p := range g.partitions {
		if tp := (model.TopicPartition{Topic: "orders", Partition: p}); owners[tp] != 1 && !(owners[tp] == 0 && g.mayHaveNone) {
			t.Errorf("%s has %d owners", tp, owners[tp])
		}
	}
	r := g.judge.Finish()
	for _, v := range r.Violations {
		t.Errorf("event %d: %s", v.Event, v.Text)
	}
	if n := r.Counts[model.DualEntitlement]; n > 0 {
		t.Errorf("%d times %s: %v", n, model.DualEntitlement, r.Anomalies)
	}
	for _, f := range g.faults {
		t.Error(f)
	}
}

// Observe implements sim.Observer.
func (g *groupWorld) Observe(at sim.Time, node sim.NodeID, event any) {
	e := event.(*model.Event)
	e.At = int64(at)
	g.judge.Observe(e)
	switch e.Kind {
	case model.Assigned:
		g.ids[e.Member] = e.Client
		for _, p := range e.Partitions {
			if by, held := g.holders[p.TopicPartition]; held && by != e.Client {
				g.faults = append(g.faults, fmt.Sprintf("%v: %s is assigned to %s, and %s has not given it up", at, p.TopicPartition, e.Client, by))
			}
			g.holders[p.TopicPartition] = e.Client
		}
	case model.RevokeDone, model.Lost:
		for _, p := range e.Partitions {
			if g.holders[p.TopicPartition] == e.Client {
				delete(g.holders, p.TopicPartition)
			}
		}
	case model.Removed:
		g.release(g.ids[e.Member])
	case model.Stopped:
		g.release(e.Client)
	}
}

func (g *groupWorld) release(client string) {
	for p, by := range g.holders {
		if by == client {
			delete(g.holders, p)
		}
	}
}

// Acting implements sim.Watcher: the monitors must know who is up.
func (g *groupWorld) Acting(at sim.Time, a sim.Action) {
	if !slices.Contains(g.names.Nodes[1:], g.names.Name(a.Node)) {
		return
	}
	switch a.Kind {
	case sim.Start:
		g.Observe(at, a.Node, &model.Event{Kind: model.Started, Client: g.names.Name(a.Node)})
	case sim.Crash, sim.Vanish:
		g.Observe(at, a.Node, &model.Event{Kind: model.Stopped, Client: g.names.Name(a.Node), Cause: "crash"})
	}
}
