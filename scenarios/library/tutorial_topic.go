package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/broker"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

// E20 and E21: one broker that is its own controller, no topics made by
// themselves, and the tutorial's topic created and described. package
// realkafka asks Apache Kafka the same (TestTutorial…).

func tutorialTopic() []*scenarios.Scenario {
	return []*scenarios.Scenario{
		{Name: "E20", Title: "one broker, auto-creation off: a topic that is only spoken of is not made", Refs: []string{"E20"},
			Cases: []scenarios.Case{{Row: "a topic that nobody created", Facts: unknownTopic}}},
		{Name: "E21", Title: "the tutorial's topic: created with 6 partitions and replication factor 1, and described", Refs: []string{"E21"},
			Cases: []scenarios.Case{{Row: "locations", Facts: describedTopic}}},
	}
}

// asker sends requests to the broker, one after the other.
type asker struct{ requests, answers []sim.Message }

// Step implements sim.Node.
func (a *asker) Step(in *sim.Input, fx *sim.Effects) {
	if in.Kind == sim.InMessage {
		a.answers = append(a.answers, in.Msg)
	}
	if (in.Kind == sim.InStart || in.Kind == sim.InMessage) && len(a.answers) < len(a.requests) {
		fx.Send(0, 0, a.requests[len(a.answers)])
	}
}

// Crash implements sim.Node.
func (a *asker) Crash() {}

// ask gives the answers of a broker without topics.
func ask(requests ...sim.Message) ([]sim.Message, error) {
	a := &asker{requests: requests}
	w, err := sim.New(sim.Config{Names: sim.Names{Nodes: []string{"b0", "a1"}, Lanes: []string{"main"}}, Draws: sim.SeededDraws(1),
		Network: sim.Network{Base: 200}, Nodes: []sim.Node{broker.New(broker.Config{Settings: broker.DefaultSettings(), Cluster: broker.DefaultClusterSettings()}), a}})
	if err != nil {
		return nil, err
	}
	for i := range 2 {
		if err := w.Apply(0, sim.Action{Kind: sim.Start, Node: sim.NodeID(i), Peer: sim.Nobody}); err != nil {
			return nil, err
		}
	}
	if _, err := sim.Drive(w, &sim.TimedDriver{Until: sim.Span(time.Minute)}, 10_000, func() bool { return len(a.answers) == len(requests) }); err != nil {
		return nil, err
	}
	if len(a.answers) < len(requests) {
		return nil, fmt.Errorf("%d of %d requests were answered", len(a.answers), len(requests))
	}
	return a.answers, nil
}

func unknownTopic() ([]scenarios.Fact, error) {
	metadata := func() sim.Message {
		return &api.MetadataRequest{Header: api.Header{APIVersion: 12}, Topics: []string{"locations"}}
	}
	answers, err := ask(metadata(), metadata())
	if err != nil {
		return nil, err
	}
	var facts []scenarios.Fact
	for i, when := range []string{"asked for at first", "asked for again"} {
		r := answers[i].(*api.MetadataResponse)
		facts = append(facts, scenarios.Fact{Name: when, Got: r.Topics[0].ErrorCode.String(), Want: api.UnknownTopicOrPartition.String()})
	}
	return facts, nil
}

func describedTopic() ([]scenarios.Fact, error) {
	answers, err := ask(
		&api.CreateTopicsRequest{Header: api.Header{APIVersion: 7}, TimeoutMs: 30_000, Topics: []api.CreatableTopic{{Name: "locations", NumPartitions: 6, ReplicationFactor: 1}}},
		&api.MetadataRequest{Header: api.Header{APIVersion: 12}, Topics: []string{"locations"}},
		&api.CreateTopicsRequest{Header: api.Header{APIVersion: 7}, TimeoutMs: 30_000, Topics: []api.CreatableTopic{{Name: "locations", NumPartitions: 6, ReplicationFactor: 1}}})
	if err != nil {
		return nil, err
	}
	m := answers[1].(*api.MetadataResponse)
	only := m.Brokers[0]
	facts := []scenarios.Fact{
		{Name: "created", Got: answers[0].(*api.CreateTopicsResponse).Topics[0].ErrorCode.String(), Want: api.None.String()},
		{Name: "brokers", Got: fmt.Sprint(len(m.Brokers)), Want: "1"},
		{Name: "PartitionCount", Got: fmt.Sprint(len(m.Topics[0].Partitions)), Want: "6"},
		{Name: "created again", Got: answers[2].(*api.CreateTopicsResponse).Topics[0].ErrorCode.String(), Want: "TOPIC_ALREADY_EXISTS"},
	}
	led, inSync := 0, 0
	for _, p := range m.Topics[0].Partitions {
		if p.LeaderID == only {
			led++
		}
		if len(p.ReplicaNodes) == 1 && len(p.IsrNodes) == 1 && p.IsrNodes[0] == only {
			inSync++
		}
	}
	return append(facts,
		scenarios.Fact{Name: "partitions led by the only broker", Got: fmt.Sprint(led), Want: "6"},
		scenarios.Fact{Name: "partitions whose replicas and ISR are the only broker", Got: fmt.Sprint(inSync), Want: "6"}), nil
}
