package broker_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/broker"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/controller"
	"github.com/groundhogsim/groundhog/broker/group"
	"github.com/groundhogsim/groundhog/sim"
)

// What scripts with several brokers have beside the others: see
// testdata/README.md.

// buildCluster makes the brokers b0… and the controller c0. Topics have as many
// replicas as there are brokers.
func (s *script) buildCluster(c broker.Config, brokers int) []sim.Node {
	var ids []sim.NodeID
	s.names = nil
	for i := range brokers {
		ids = append(ids, sim.NodeID(i))
		s.names = append(s.names, fmt.Sprintf("b%d", i))
	}
	s.names = append(s.names, "c0")
	for i := range c.Topics {
		c.Topics[i].ReplicationFactor = int16(brokers)
	}
	k, err := broker.NewCluster(c, ids, sim.NodeID(brokers))
	if err != nil {
		s.t.Fatal(err)
	}
	s.cluster, s.broker = k, k.Brokers[0]
	return k.Nodes()
}

// cluster gives the settings of a cluster.
func (o options) cluster() broker.ClusterSettings {
	c := broker.DefaultClusterSettings()
	c.MinInsyncReplicas = int32(o.num("min-isr", 1))
	c.UncleanLeaderElectionEnable = o.has("unclean")
	c.OffsetsTopicNumPartitions = int32(o.num("offsets-partitions", 1))
	c.ReplicaLagTimeMaxMs = int32(o.ms("lag", int64(c.ReplicaLagTimeMaxMs)))
	c.UnloadDelay = sim.Time(o.ms("unload", 0)) * sim.Millisecond
	return c
}

// node finds a node by name; the broker that is talked to when there is none.
func (s *script) node(name string) sim.NodeID {
	if name == "" {
		return s.at
	}
	i := slices.Index(s.names, name)
	if i < 0 {
		s.t.Fatalf("no such node: %s", name)
	}
	return sim.NodeID(i)
}

// isRoutine tells timers that go off all the time among brokers.
func (s *script) isRoutine(a sim.Action) bool {
	switch a.Label {
	case broker.TimerHeartbeat, broker.TimerRetry, broker.TimerISR, controller.TimerBalance:
		return true
	case group.TimerReplicate:
		return s.cluster != nil && !strings.Contains(a.Key, "/")
	case broker.TimerFetch:
		return s.cluster != nil && a.Key[0] == 'b'
	}
	return false
}

// checkClones compares every broker and the controller with a copy of it.
func (s *script) checkClones(line string) {
	for i, n := range s.cluster.Nodes() {
		c := n.(sim.Cloner)
		want := c.Encode(s.world.Now(), nil)
		if got := c.Clone().(sim.Cloner).Encode(s.world.Now(), nil); !bytes.Equal(got, want) {
			s.t.Fatalf("after %s a copy of %s differs from it", line, s.names[i])
		}
	}
}

func (s *script) clusterControl(verb string, o options) bool {
	switch verb {
	case "on":
		s.at = s.node(o[0].key)
		s.broker = s.cluster.Brokers[s.at]
	case "cut", "heal", "pause", "resume":
		kind := map[string]sim.Kind{"cut": sim.Cut, "heal": sim.Heal, "pause": sim.Pause, "resume": sim.Resume}[verb]
		a := sim.Action{Kind: kind, Node: s.node(o[0].key), Peer: sim.Nobody}
		if verb == "cut" || verb == "heal" {
			a.Peer = s.node(o[1].key)
		}
		s.apply(a)
		s.drain()
	case "fire":
		s.apply(sim.Action{Kind: sim.Fire, Node: s.node(o[1].key), Peer: sim.Nobody, Label: o[0].key, Key: o.words(2)})
		s.drain()
	case "replicas":
		s.printReplicas(partition(o[0].key))
	case "image":
		s.printImage(o)
	default:
		return false
	}
	return true
}

// printReplicas prints what each broker has of a partition, whether or not it
// is up.
func (s *script) printReplicas(p api.TopicPartition) {
	for i, b := range s.cluster.Brokers {
		r := b.Replica(p)
		if r == nil {
			continue
		}
		role := "follows nobody"
		switch {
		case r.Leads():
			role = fmt.Sprintf("leads, in sync %v", r.ISR())
			if r.Proposed() != nil {
				role += fmt.Sprintf(", asks for %v", r.Proposed())
			}
		case r.Leader() >= 0:
			role = fmt.Sprintf("follows b%d", r.Leader())
		}
		s.say("b%d %s, epoch %d, hw %d:%s", i, role, r.Epoch(), r.HighWatermark(), logText(b, p))
	}
}

// logText is a log as offset=value, with the leader epoch where it changes.
func logText(b *broker.Broker, p api.TopicPartition) (text string) {
	if p.Topic == controller.OffsetsTopic {
		return fmt.Sprintf(" end %d", b.Replica(p).End())
	}
	epoch := int32(-1)
	l := b.Log(p)
	for at := l.Start(); at < l.End(); {
		rs := l.Read(at, l.End(), 0)
		for _, r := range rs {
			if r.LeaderEpoch != epoch {
				epoch = r.LeaderEpoch
				text += fmt.Sprintf(" (%d)", epoch)
			}
			text += fmt.Sprintf(" %d=%s", r.Offset, r.Value)
		}
		at += int64(len(rs))
	}
	return text
}

// printImage prints the controller's image, or a broker's.
func (s *script) printImage(o options) {
	im := s.cluster.Controller.Image()
	if at := s.node(o.word(0, "c0")); int(at) < len(s.cluster.Brokers) {
		if im = s.cluster.Brokers[at].Image(); im == nil {
			s.say("none yet")
			return
		}
	}
	var states []string
	for _, b := range im.Brokers {
		state := "up"
		switch {
		case b.Fenced:
			state = "fenced"
		case b.ShuttingDown:
			state = "shutting down"
		}
		states = append(states, fmt.Sprintf("b%d %s", b.ID, state))
	}
	s.say("%s", strings.Join(states, ", "))
	for _, t := range im.Topics {
		for i, p := range t.Partitions {
			leader := "nobody"
			if p.Leader >= 0 {
				leader = fmt.Sprintf("b%d", p.Leader)
			}
			line := fmt.Sprintf("%s/%d led by %s, epoch %d, replicas %v, in sync %v", t.Name, i, leader, p.LeaderEpoch, p.Replicas, p.ISR)
			if len(p.ELR) > 0 {
				line += fmt.Sprintf(", eligible %v", p.ELR)
			}
			s.say("%s", line)
		}
	}
}

// epoch-end m1 orders/0=3: where did epoch 3 end?
func makeEpochEnd(_ *script, m *scriptMember, o options) sim.Message {
	r := &api.OffsetForLeaderEpochRequest{Header: m.header(o, 4), ReplicaID: -1}
	for _, x := range o[1:] {
		if strings.Contains(x.key, "/") {
			r.Partitions = append(r.Partitions, api.OffsetForLeaderEpochPartition{
				TopicPartition: partition(x.key), LeaderEpoch: int32(number(x.value)), CurrentLeaderEpoch: int32(o.num("epoch", -1)),
			})
		}
	}
	return r
}

// create-topic m1 NAME… [partitions=] [replicas=] [assign=0,1;1,2] [only-validate]
func makeCreateTopic(_ *script, m *scriptMember, o options) sim.Message {
	r := &api.CreateTopicsRequest{Header: m.header(o, 7), ValidateOnly: o.has("only-validate")}
	for _, name := range names(o[1:]) {
		t := api.CreatableTopic{Name: name, NumPartitions: int32(o.num("partitions", -1)), ReplicationFactor: int16(o.num("replicas", -1))}
		t.Assignments = assignments(o.get("assign", ""))
		r.Topics = append(r.Topics, t)
	}
	return r
}

// add-partitions m1 NAME… count= [assign=] [only-validate]
func makeAddPartitions(_ *script, m *scriptMember, o options) sim.Message {
	r := &api.CreatePartitionsRequest{Header: m.header(o, 3), ValidateOnly: o.has("only-validate")}
	for _, name := range names(o[1:]) {
		r.Topics = append(r.Topics, api.CreatePartitionsTopic{Name: name, Count: int32(o.num("count", 0)), Assignments: assignments(o.get("assign", ""))})
	}
	return r
}

func makeDeleteTopics(_ *script, m *scriptMember, o options) sim.Message {
	return &api.DeleteTopicsRequest{Header: m.header(o, 6), TopicNames: names(o[1:])}
}

func makeAPIVersions(_ *script, m *scriptMember, o options) sim.Message {
	return &api.ApiVersionsRequest{Header: m.header(o, 4)}
}

// names are those words that are no options.
func names(o options) (ns []string) {
	for _, x := range o {
		if x.value == "" && x.key != "only-validate" {
			ns = append(ns, x.key)
		}
	}
	return ns
}

func assignments(text string) (all [][]int32) {
	if text == "" {
		return nil
	}
	for _, one := range strings.Split(text, ";") {
		var a []int32
		for _, b := range list(one) {
			a = append(a, int32(number(b)))
		}
		all = append(all, a)
	}
	return all
}

// topicText prints answers about topics.
func topicText(m sim.Message) string {
	text := strings.TrimSuffix(m.MessageName(), "Response")
	switch r := m.(type) {
	case *api.OffsetForLeaderEpochResponse:
		for _, p := range r.Partitions {
			text += fmt.Sprintf(" %s %s epoch %d ends at %d", p.TopicPartition, p.ErrorCode, p.LeaderEpoch, p.EndOffset)
		}
	case *api.CreateTopicsResponse:
		for _, t := range r.Topics {
			text += fmt.Sprintf(" %s %s", t.Name, t.ErrorCode)
			if t.ErrorCode == api.None {
				text += fmt.Sprintf(" %d × %d", t.NumPartitions, t.ReplicationFactor)
			}
		}
	case *api.DeleteTopicsResponse:
		for _, t := range r.Responses {
			text += fmt.Sprintf(" %s %s", t.Name, t.ErrorCode)
		}
	case *api.CreatePartitionsResponse:
		for _, t := range r.Results {
			text += fmt.Sprintf(" %s %s", t.Name, t.ErrorCode)
		}
	case *api.ApiVersionsResponse:
		text += " " + r.ErrorCode.String()
		for _, k := range r.APIKeys {
			text += fmt.Sprintf(" %d:%d-%d", k.Key, k.Min, k.Max)
		}
	default:
		return m.MessageName()
	}
	return text
}
