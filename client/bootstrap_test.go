package client_test

import (
	"testing"

	"github.com/groundhogsim/groundhog/broker"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/sim"
)

// A client that first asks a broker that is down goes on to another one, finds
// the coordinator and the leaders there, and comes back to both when that
// broker has crashed and is up again.
func TestBootstrapFromAnyBroker(t *testing.T) {
	for _, profile := range []client.Profile{client.Franz, client.Java} {
		for seed := range uint64(8) {
			names := sim.Names{Nodes: []string{"b0", "b1", "b2", "m1"}, Lanes: client.Lanes}
			topics := []broker.Topic{{Name: "orders", Partitions: 2}}
			member := client.NewLoopMember(client.Config{Profile: profile, ClientID: "m1", Group: "g", Topics: []string{"orders"},
				Reset: client.Earliest, Brokers: []sim.NodeID{0, 1, 2}}.WithDefaults(), client.Loop{Max: 1})
			nodes := []sim.Node{broker.New(broker.Config{ID: 0}), broker.New(broker.Config{ID: 1, Topics: topics}), broker.New(broker.Config{ID: 2}), member}
			w, err := sim.New(sim.Config{Names: names, Nodes: nodes, Draws: sim.SeededDraws(seed), Network: sim.Network{Base: sim.Millisecond}})
			if err != nil {
				t.Fatal(err)
			}
			do := func(kind sim.Kind, node sim.NodeID, then sim.Time) {
				t.Helper()
				if err := w.Apply(w.Now(), sim.Action{Kind: kind, Node: node, Peer: sim.Nobody}); err != nil {
					t.Fatal(err)
				}
				if _, err := sim.Drive(w, &sim.TimedDriver{Until: w.Now() + then}, 100_000, nil); err != nil {
					t.Fatal(err)
				}
			}
			settled := func(when string) {
				t.Helper()
				if why := member.Consumer.Unsettled(); why != "" || len(member.Consumer.Owned) != 2 {
					t.Errorf("%s, seed %d, %s: the member owns %v and %s", profile, seed, when, member.Consumer.Owned, why)
				}
			}
			do(sim.Start, 3, 2*sim.Second) // nobody is there yet
			do(sim.Start, 1, 20*sim.Second)
			settled("one broker is up")
			do(sim.Crash, 1, 4*sim.Second)
			do(sim.Start, 1, 20*sim.Second)
			settled("the broker was down")
		}
	}
}
