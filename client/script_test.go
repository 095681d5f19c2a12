package client_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/broker"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// The scripts in testdata show what clients do against the model's broker,
// as the history tells it. Commands:
//
//	world [partitions=3] [records=0] [block] [work=MS] [profile=java] [assignor=range+…] [static]
//	      [max-poll=MS] [metadata=MS] [m1=range+…]
//	                               broker b0, members m1 to m3, producer p1; m1=… are a member's own assignors,
//	                               [twins] gives m1 and m2 the same group.instance.id
//	do ACTION…                     apply actions now: start m1, crash m1, pause m1, leave m1, …
//	run SPAN [only=m1] [group]     let time pass, and print what was observed; group leaves out records and offsets
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		if strings.Contains(path, "rapid") || strings.Contains(path, "testdata/data/") || strings.Contains(path, "testdata/direct/") || strings.Contains(path, "testdata/share/") {
			return // failures that rapid has kept; TestDataScripts; TestDirectScripts; TestShareScripts
		}
		var s *script
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "world":
				s = newScript(t, d)
				return ""
			case "do":
				return s.do(t, d)
			case "run":
				return s.run(t, d)
			}
			d.Fatalf(t, "no command is called %q", d.Cmd)
			return ""
		})
	})
}

// script is a world that is driven by hand.
type script struct {
	group bool
	names sim.Names
	world *sim.World
	out   strings.Builder
	only  string
}

func newScript(t *testing.T, d *datadriven.TestData) *script {
	partitions, records, work, maxPoll, metadata := 3, 0, 10, 0, 0
	profile, assignors := "franz", "range"
	for key, at := range map[string]any{"partitions": &partitions, "records": &records, "work": &work,
		"max-poll": &maxPoll, "metadata": &metadata, "profile": &profile, "assignor": &assignors} {
		d.MaybeScanArgs(t, key, at)
	}
	s := &script{names: sim.Names{Nodes: []string{"b0", "m1", "m2", "m3", "p1"}, Lanes: client.Lanes}}
	settings := broker.DefaultSettings()
	settings.GroupInitialRebalanceDelayMs = 1000
	nodes := []sim.Node{broker.New(broker.Config{Settings: settings, Topics: []broker.Topic{{Name: "orders", Partitions: int32(partitions)}}})}
	cfg := func(name string) *client.Config {
		own := assignors
		d.MaybeScanArgs(t, name, &own)
		c := client.Config{Profile: client.Profile(profile), ClientID: name, Group: "g", Topics: []string{"orders"},
			Brokers: []sim.NodeID{0}, MaxPollRecords: 5, SessionTimeout: 10 * sim.Second, Reset: client.Earliest,
			BlockRebalanceOnPoll: d.HasArg("block"), Assignors: assignorsNamed(t, own),
			MaxPollInterval: sim.Time(maxPoll) * sim.Millisecond, MetadataMaxAge: sim.Time(metadata) * sim.Millisecond}
		switch {
		case d.HasArg("twins"):
			c.InstanceID = "i1"
		case d.HasArg("static"):
			c.InstanceID = "i-" + name
		}
		return c.WithDefaults()
	}
	for _, m := range s.names.Nodes[1:4] {
		nodes = append(nodes, client.NewLoopMember(cfg(m), client.Loop{Max: 5, Work: sim.Time(work) * sim.Millisecond}))
	}
	text := func(i int) string { return fmt.Sprint(i) }
	nodes = append(nodes, client.NewProducer(cfg("p1"), &client.Load{Topic: "orders", Count: records, PerTick: 10, Every: sim.Second, Key: text, Value: text}))
	var err error
	s.world, err = sim.New(sim.Config{Names: s.names, Nodes: nodes, Draws: sim.SeededDraws(1), Network: sim.Network{Base: sim.Millisecond}, Observer: s})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// assignorsNamed reads range+cooperative-sticky.
func assignorsNamed(t testing.TB, names string) (out []assignor.Assignor) {
	for name := range strings.SplitSeq(names, "+") {
		i := slices.IndexFunc(allAssignors, func(a assignor.Assignor) bool { return a.Name() == name })
		if i < 0 {
			t.Fatalf("there is no assignor %q", name)
		}
		out = append(out, allAssignors[i])
	}
	return out
}

var allAssignors = []assignor.Assignor{assignor.Range, assignor.RoundRobin, assignor.Sticky, assignor.CooperativeSticky}

func (s *script) do(t *testing.T, d *datadriven.TestData) string {
	for line := range strings.Lines(d.Input) {
		a, err := s.names.Parse(strings.TrimSpace(line))
		if err != nil {
			return err.Error() + "\n"
		}
		if err := s.world.Apply(s.world.Now(), a); err != nil {
			return err.Error() + "\n"
		}
	}
	return s.take()
}

func (s *script) run(t *testing.T, d *datadriven.TestData) string {
	span, err := sim.ParseTime(d.CmdArgs[0].Key)
	if err != nil {
		return err.Error() + "\n"
	}
	s.only, s.group = "", d.HasArg("group")
	d.MaybeScanArgs(t, "only", &s.only)
	until := s.world.Now() + span
	if _, err := sim.Drive(s.world, &sim.TimedDriver{Until: until}, 100_000, nil); err != nil {
		return err.Error() + "\n"
	}
	return s.take()
}

func (s *script) take() string {
	out := s.out.String()
	s.out.Reset()
	if out == "" {
		return "nothing\n"
	}
	return out
}

// membership are the kinds of events that tell of the group.
var membership = map[model.Kind]bool{model.Joining: true, model.Assigned: true, model.Revoked: true, model.Lost: true,
	model.RevokeDone: true, model.Stopped: true, model.Rebalancing: true, model.Formed: true, model.Removed: true}

// brokersOwn are kinds that the scripts leave out: clients see what comes of them.
var brokersOwn = map[model.Kind]bool{model.Admitted: true, model.CoordinatorLoaded: true, model.CoordinatorResigned: true,
	model.PartitionCount: true}

// Observe implements sim.Observer.
func (s *script) Observe(at sim.Time, node sim.NodeID, event any) {
	e := event.(*model.Event)
	who := s.names.Name(node)
	if s.only != "" && who != s.only || s.group && !membership[e.Kind] || brokersOwn[e.Kind] {
		return
	}
	line := fmt.Sprintf("%v %s %s", at, who, e.Kind)
	if e.Topic != "" {
		line += " " + e.TopicPartition.String()
	}
	if e.To > e.From {
		line += fmt.Sprintf(" [%d,%d)", e.From, e.To)
	}
	for _, p := range e.Partitions {
		line += " " + p.TopicPartition.String()
		if p.Offset >= 0 {
			line += fmt.Sprintf("@%d", p.Offset)
		}
	}
	for _, word := range []string{e.Error, e.Cause} {
		if word != "" {
			line += " " + word
		}
	}
	if e.Generation > 0 {
		line += fmt.Sprintf(" g%d", e.Generation)
	}
	s.out.WriteString(line + "\n")
}
