package broker_test

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/broker"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
)

func TestCanonicalForm(t *testing.T) {
	if err := canon.Check[broker.Broker](); err != nil {
		t.Error(err)
	}
}

// run makes a script's world after some lines, and gives its encoding.
func run(t *testing.T, lines ...string) (*script, string) {
	s := newScript(t)
	for _, l := range lines {
		s.run(l)
	}
	return s, string(s.broker.Encode(s.world.Now(), nil))
}

// TestEncode: states that behave alike from here on have one encoding, others
// have not.
func TestEncode(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b []string
		same bool
	}{
		{"when and in which order offsets were committed", []string{
			"commit m1 orders/0=1 gen=-1 id=", "commit m1 orders/1=2 gen=-1 id=",
		}, []string{
			"wait 3s", "commit m1 orders/1=7 gen=-1 id=", "commit m1 orders/1=2 gen=-1 id=", "commit m1 orders/0=1 gen=-1 id=",
		}, true},
		{"what was committed", []string{"commit m1 orders/0=1 gen=-1 id="}, []string{"commit m1 orders/0=2 gen=-1 id="}, false},
		{"when records were produced", []string{"produce m1 orders/0=a,b"}, []string{"wait 1s", "produce m1 orders/0=a", "produce m1 orders/0=b"}, true},
		{"which records", []string{"produce m1 orders/0=a"}, []string{"produce m1 orders/1=a"}, false},
		{"a rebalance behind it", []string{"given Stable"}, []string{"given CompletingRebalance"}, false},
		{"the log of a coordinator that is down", []string{"commit m1 orders/0=1 gen=-1 id=", "crash"}, []string{"commit m1 orders/0=2 gen=-1 id=", "crash"}, false},
		{"who waits", []string{"given PreparingRebalance"}, []string{"given PreparingRebalance", "join m2 id=m2-1 session=11s"}, false},
		{"what is committed so far", []string{"new replication=1s", "commit m1 orders/0=1 gen=-1 id="}, []string{"new replication=1s", "commit m1 orders/0=1 gen=-1 id=", "wait 2s"}, false},
	} {
		_, a := run(t, c.a...)
		_, b := run(t, c.b...)
		if (a == b) != c.same {
			t.Errorf("%s: equal %v, want %v", c.name, a == b, c.same)
		}
	}
}

// TestClone: a copy does what its original would have done, and what it does
// leaves the original as it is.
func TestClone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := randomWorld(rt)
		for range rapid.IntRange(0, 60).Draw(rt, "steps") {
			w.random(rt, w.world)
		}
		before := w.world.Encode(nil)
		c := w.world.Clone()
		if !bytes.Equal(c.Encode(nil), before) {
			rt.Fatal("a copy differs from its original")
		}
		for range rapid.IntRange(1, 60).Draw(rt, "steps of the copy") {
			w.random(rt, c)
		}
		if !bytes.Equal(w.world.Encode(nil), before) {
			rt.Fatal("what the copy did changed its original")
		}
		// Both go on alike from here: whatever is under way, to its end.
		c = w.world.Clone()
		for range 50 {
			x, ok := w.world.Next()
			y, ok2 := c.Next()
			if ok != ok2 || x != y {
				rt.Fatalf("next is %v, and %v in the copy", x, y)
			}
			if !ok {
				break
			}
			if err := w.world.Apply(x.At, x.Action); err != nil {
				rt.Fatal(err)
			}
			if err := c.Apply(y.At, y.Action); err != nil {
				rt.Fatal(err)
			}
			if !bytes.Equal(c.Encode(nil), w.world.Encode(nil)) {
				rt.Fatalf("after %v the copy differs", x)
			}
		}
	})
}

// chaos is a world of one broker and clients that send what makes no sense.
type chaos struct {
	world *sim.World
	count int
}

// sender sends the message in its hand. It is a Cloner.
type sender struct {
	next sim.Message `canon:"shared"`
	lane sim.Lane
}

func (s *sender) Step(in *sim.Input, fx *sim.Effects) {
	if in.Kind == sim.InCommand && s.next != nil {
		fx.Send(0, s.lane, s.next)
		s.next = nil
	}
}
func (s *sender) Crash()          {}
func (s *sender) Clone() sim.Node { return canon.Clone(s) }
func (s *sender) Encode(now sim.Time, buf []byte) []byte {
	return canon.Append(buf, int64(now), s)
}

const chaosClients = 3

func randomWorld(rt *rapid.T) *chaos {
	set := broker.DefaultSettings()
	set.ReplicationDelay = rapid.SampledFrom([]sim.Time{0, sim.Second, 6 * sim.Second}).Draw(rt, "replication")
	set.GroupInitialRebalanceDelayMs = rapid.SampledFrom([]int32{0, 3000}).Draw(rt, "delay")
	set.GroupMaxSize = rapid.SampledFrom([]int32{1, 2, 100}).Draw(rt, "max size")
	nodes := []sim.Node{broker.New(broker.Config{Topics: []broker.Topic{{Name: "orders", Partitions: 2}}, Settings: set})}
	names := []string{"b0"}
	for i := range chaosClients {
		nodes = append(nodes, &sender{})
		names = append(names, fmt.Sprintf("m%d", i+1))
	}
	w, err := sim.New(sim.Config{Names: sim.Names{Nodes: names, Lanes: []string{"", "x"}}, Nodes: nodes, Draws: sim.FixedDraws(), Untimed: true})
	if err != nil {
		rt.Fatal(err)
	}
	for i := range nodes {
		if err := w.Apply(0, sim.Action{Kind: sim.Start, Node: sim.NodeID(i), Peer: sim.Nobody}); err != nil {
			rt.Fatal(err)
		}
	}
	return &chaos{world: w}
}

// random does one thing to a world that was made by randomWorld.
func (w *chaos) random(rt *rapid.T, on *sim.World) {
	switch rapid.IntRange(0, 9).Draw(rt, "what") {
	case 0:
		w.try(on, sim.Action{Kind: rapid.SampledFrom([]sim.Kind{sim.Crash, sim.Start}).Draw(rt, "fault"), Node: 0, Peer: sim.Nobody})
	case 1:
		w.try(on, sim.Action{Kind: sim.Command, Node: 0, Peer: sim.Nobody,
			Label: rapid.SampledFrom([]string{broker.CommandAddPartitions, broker.CommandReload, broker.CommandMemberID, "what"}).Draw(rt, "command"),
			Key:   rapid.SampledFrom([]string{"", "orders 3", "orders -1", "m1-1", "x y z"}).Draw(rt, "operands")})
	case 2:
		n := sim.NodeID(rapid.IntRange(1, chaosClients).Draw(rt, "peer"))
		w.try(on, sim.Action{Kind: sim.Reset, Node: 0, Peer: n, Lane: sim.Lane(rapid.IntRange(0, 1).Draw(rt, "lane"))})
	case 3, 4:
		if c, ok := on.Next(); ok {
			w.tryAt(on, c.At, c.Action)
		}
	default:
		n := rapid.IntRange(1, chaosClients).Draw(rt, "client")
		s := on.Node(sim.NodeID(n)).(*sender)
		s.next, s.lane = randomRequest(rt), sim.Lane(rapid.IntRange(0, 1).Draw(rt, "lane"))
		w.try(on, sim.Action{Kind: sim.Command, Node: sim.NodeID(n), Peer: sim.Nobody, Label: "send"})
		for c, ok := on.Next(); ok && c.Action.Kind == sim.Deliver; c, ok = on.Next() {
			w.tryAt(on, c.At, c.Action)
		}
	}
}

func (w *chaos) try(on *sim.World, a sim.Action) { w.tryAt(on, on.Now(), a) }

func (w *chaos) tryAt(on *sim.World, at sim.Time, a sim.Action) {
	if err := on.Apply(at, a); err == nil {
		w.count++
	}
}

var (
	someStrings = rapid.SampledFrom([]string{"", "", "g", "g", "g", "m1-1", "m2-1", "m3-1", "i1", "a/b", "%", "\n", "\xff", "orders"})
	someNumbers = rapid.SampledFrom([]int32{-2, -1, 0, 0, 1, 1, 2, 3, 9, 10_000, 10_000, 1 << 30})
)

func somePartitions(rt *rapid.T) []api.TopicPartition {
	return rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) api.TopicPartition {
		return api.TopicPartition{Topic: rapid.SampledFrom([]string{"orders", "orders", "none"}).Draw(rt, "topic"), Partition: someNumbers.Draw(rt, "partition")}
	}), 0, 3).Draw(rt, "partitions")
}

// randomRequest is any request, with anything in it.
func randomRequest(rt *rapid.T) sim.Message {
	s, n := func() string { return someStrings.Draw(rt, "s") }, func() int32 { return someNumbers.Draw(rt, "n") }
	h := api.Header{APIVersion: int16(rapid.IntRange(-1, 13).Draw(rt, "version")), ClientID: s()}
	ps := somePartitions(rt)
	switch rapid.IntRange(0, 12).Draw(rt, "kind") {
	case 0, 1, 2:
		r := &api.JoinGroupRequest{Header: h, GroupID: s(), MemberID: s(), GroupInstanceID: s(), SessionTimeoutMs: n(), RebalanceTimeoutMs: n(), ProtocolType: "consumer"}
		for range rapid.IntRange(0, 2).Draw(rt, "protocols") {
			r.Protocols = append(r.Protocols, api.JoinGroupProtocol{Name: s(), Metadata: api.Subscription{Topics: []string{s()}, OwnedPartitions: ps}})
		}
		return r
	case 3, 4:
		return &api.SyncGroupRequest{Header: h, GroupID: s(), MemberID: s(), GroupInstanceID: s(), GenerationID: n(), ProtocolType: s(), ProtocolName: s(),
			Assignments: []api.SyncGroupAssignment{{MemberID: s(), Assignment: ps}}}
	case 5:
		return &api.HeartbeatRequest{Header: h, GroupID: s(), MemberID: s(), GroupInstanceID: s(), GenerationID: n()}
	case 6:
		r := &api.LeaveGroupRequest{Header: h, GroupID: s()}
		for range rapid.IntRange(0, 2).Draw(rt, "members") {
			r.Members = append(r.Members, api.LeaveGroupMember{MemberID: s(), GroupInstanceID: s()})
		}
		return r
	case 7:
		r := &api.OffsetCommitRequest{Header: h, GroupID: s(), MemberID: s(), GroupInstanceID: s(), GenerationIDOrMemberEpoch: n()}
		for _, p := range ps {
			r.Partitions = append(r.Partitions, api.OffsetCommitPartition{TopicPartition: p, CommittedOffset: int64(n()), CommittedMetadata: s()})
		}
		return r
	case 8:
		return &api.OffsetFetchRequest{Header: h, GroupID: s(), Partitions: ps, RequireStable: n() > 0}
	}
	return randomDataRequest(rt, h, ps)
}

func randomDataRequest(rt *rapid.T, h api.Header, ps []api.TopicPartition) sim.Message {
	s, n := func() string { return someStrings.Draw(rt, "s") }, func() int32 { return someNumbers.Draw(rt, "n") }
	switch rapid.IntRange(0, 7).Draw(rt, "kind") {
	case 6, 7:
		return randomTopicRequest(rt, h)
	case 0, 1:
		r := &api.ProduceRequest{Header: h, Acks: int16(n()), TimeoutMs: n()}
		for _, p := range ps {
			r.Partitions = append(r.Partitions, api.ProducePartition{TopicPartition: p, Records: make([]api.Record, rapid.IntRange(0, 3).Draw(rt, "records"))})
		}
		return r
	case 2:
		r := &api.FetchRequest{Header: h, MaxWaitMs: n(), MinBytes: n(), MaxRecords: n(), ReplicaID: n()}
		for _, p := range ps {
			r.Partitions = append(r.Partitions, api.FetchPartition{TopicPartition: p, CurrentLeaderEpoch: n(), FetchOffset: int64(n()), LastFetchedEpoch: n()})
		}
		return r
	case 3:
		r := &api.ListOffsetsRequest{Header: h}
		for _, p := range ps {
			r.Partitions = append(r.Partitions, api.ListOffsetsPartition{TopicPartition: p, CurrentLeaderEpoch: n(), Timestamp: int64(n())})
		}
		return r
	case 4:
		return &api.MetadataRequest{Header: h, Topics: []string{s(), s()}}
	}
	return &api.FindCoordinatorRequest{Header: h, Key: s(), KeyType: int8(n())}
}

// randomTopicRequest is one about topics.
func randomTopicRequest(rt *rapid.T, h api.Header) sim.Message {
	s, n := func() string { return someStrings.Draw(rt, "s") }, func() int32 { return someNumbers.Draw(rt, "n") }
	h.APIVersion = int16(rapid.IntRange(2, 4).Draw(rt, "version")) // some of which they all know
	assign := rapid.SampledFrom([][][]int32{nil, nil, {}, {{}}, {{0}}, {{0}, {0, 0}}, {{7}}}).Draw(rt, "assign")
	switch rapid.IntRange(0, 5).Draw(rt, "kind") {
	case 0, 1:
		return &api.CreateTopicsRequest{Header: h, Topics: []api.CreatableTopic{
			{Name: s(), NumPartitions: n(), ReplicationFactor: int16(n())}, {Name: s(), NumPartitions: -1, ReplicationFactor: -1, Assignments: assign},
		}}
	case 2:
		h.APIVersion = min(h.APIVersion, 3)
		return &api.CreatePartitionsRequest{Header: h, Topics: []api.CreatePartitionsTopic{{Name: s(), Count: n(), Assignments: assign}, {Name: s(), Count: n()}}}
	case 3:
		return &api.DeleteTopicsRequest{Header: h, TopicNames: []string{s(), s()}}
	case 4:
		r := &api.OffsetForLeaderEpochRequest{Header: h, ReplicaID: n()}
		for _, p := range somePartitions(rt) {
			r.Partitions = append(r.Partitions, api.OffsetForLeaderEpochPartition{TopicPartition: p, CurrentLeaderEpoch: n(), LeaderEpoch: n()})
		}
		return r
	}
	return &api.ApiVersionsRequest{Header: h}
}

// TestNonsense: whatever clients send, the broker does not panic, and comes to
// rest when they are silent.
func TestNonsense(t *testing.T) { rapid.Check(t, nonsense) }

// FuzzNonsense is TestNonsense for go test -fuzz.
func FuzzNonsense(f *testing.F) { f.Fuzz(rapid.MakeFuzz(nonsense)) }

func nonsense(rt *rapid.T) {
	w := randomWorld(rt)
	for range rapid.IntRange(1, 80).Draw(rt, "steps") {
		w.random(rt, w.world)
	}
	w.try(w.world, sim.Action{Kind: sim.Start, Node: 0, Peer: sim.Nobody})
	for range 1000 { // until nothing is under way but what repeats itself
		c, ok := w.world.Next()
		if !ok {
			return
		}
		w.tryAt(w.world, c.At, c.Action)
	}
	if c, ok := w.world.Next(); ok {
		rt.Fatalf("it does not come to rest: next is %v", c)
	}
}
