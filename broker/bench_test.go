package broker_test

import (
	"fmt"
	"testing"

	"github.com/groundhogsim/groundhog/broker"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// bench is a broker whose step is run many times inside one step of a world,
// so that the world's own work is left out: all but its timers and replies.
type bench struct {
	*broker.Broker
	run func(fx *sim.Effects)
}

func (b *bench) Step(in *sim.Input, fx *sim.Effects) {
	if in.Kind == sim.InCommand && b.run != nil {
		b.run(fx)
		return
	}
	b.Broker.Step(in, fx)
}

// ask steps the broker on a request of one of many members, each on its own lane.
func (b *bench) ask(fx *sim.Effects, lane int, m sim.Message) {
	in := sim.Input{Kind: sim.InMessage, Conn: sim.Conn{Peer: 1, Lane: sim.Lane(lane)}, Msg: m}
	b.Broker.Step(&in, fx)
}

// stable makes a world in which a group of members is stable.
func stable(tb testing.TB, members int) (*sim.World, *bench) {
	set := broker.DefaultSettings()
	set.GroupInitialRebalanceDelayMs = 0
	b := &bench{Broker: broker.New(broker.Config{Topics: []broker.Topic{{Name: "orders", Partitions: 8}}, Settings: set})}
	w, err := sim.New(sim.Config{
		Names: sim.Names{Nodes: []string{"b0", "m1"}, Lanes: make([]string, 256)}, Nodes: []sim.Node{b, &sender{}},
		Draws: sim.FixedDraws(), Untimed: true,
	})
	if err != nil {
		tb.Fatal(err)
	}
	must := func(a sim.Action) {
		if err := w.Apply(w.Now(), a); err != nil {
			tb.Fatal(err)
		}
	}
	must(sim.Action{Kind: sim.Start, Node: 0, Peer: sim.Nobody})
	must(sim.Action{Kind: sim.Start, Node: 1, Peer: sim.Nobody})
	b.run = func(fx *sim.Effects) {
		for i := range members {
			b.ask(fx, i, &api.JoinGroupRequest{
				Header: api.Header{APIVersion: 3, ClientID: fmt.Sprintf("m%d", i+1)}, GroupID: "g", ProtocolType: "consumer",
				SessionTimeoutMs: 10_000, RebalanceTimeoutMs: 60_000, Protocols: []api.JoinGroupProtocol{{Name: "range"}},
			})
		}
	}
	must(sim.Action{Kind: sim.Command, Node: 0, Peer: sim.Nobody, Label: "x"})
	for range 3 {
		if d, _ := b.Group("g"); d.Generation == 1 {
			break
		}
		c, _ := w.Next()
		if err := w.Apply(c.At, c.Action); err != nil {
			tb.Fatal(err)
		}
	}
	b.run = func(fx *sim.Effects) {
		for i := range members {
			b.ask(fx, i, &api.SyncGroupRequest{
				Header: api.Header{APIVersion: 5}, GroupID: "g", GenerationID: 1, MemberID: member(i), ProtocolType: "consumer", ProtocolName: "range",
			})
		}
	}
	must(sim.Action{Kind: sim.Command, Node: 0, Peer: sim.Nobody, Label: "x"})
	if d, _ := b.Group("g"); d.State.String() != "Stable" || len(d.Members) != members {
		tb.Fatalf("not stable: %s", d.String())
	}
	return w, b
}

func member(i int) string { return fmt.Sprintf("m%d-1", i+1) }

// steps runs f inside of a step.
func steps(tb testing.TB, members int, f func(b *bench, fx *sim.Effects)) {
	w, b := stable(tb, members)
	b.run = func(fx *sim.Effects) { f(b, fx) }
	if err := w.Apply(w.Now(), sim.Action{Kind: sim.Command, Node: 0, Peer: sim.Nobody, Label: "x"}); err != nil {
		tb.Fatal(err)
	}
}

func heartbeatOf(i int) *api.HeartbeatRequest {
	return &api.HeartbeatRequest{Header: api.Header{APIVersion: 4}, GroupID: "g", GenerationID: 1, MemberID: member(i)}
}

// TestHeartbeatAllocates at most one small thing.
func TestHeartbeatAllocates(t *testing.T) {
	steps(t, 3, func(b *bench, fx *sim.Effects) {
		r := heartbeatOf(1)
		if n := testing.AllocsPerRun(1000, func() { b.ask(fx, 1, r) }); n > 1 {
			t.Errorf("a heartbeat allocates %v times", n)
		}
	})
}

func BenchmarkHeartbeat(b *testing.B) {
	for _, members := range []int{3, 30, 200} {
		b.Run(fmt.Sprintf("%d members", members), func(b *testing.B) {
			steps(b, members, func(br *bench, fx *sim.Effects) {
				var rs []*api.HeartbeatRequest
				for i := range members {
					rs = append(rs, heartbeatOf(i))
				}
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					br.ask(fx, i, rs[i])
					if i++; i == members {
						i = 0
					}
				}
			})
		})
	}
}

func BenchmarkCommit(b *testing.B) {
	steps(b, 3, func(br *bench, fx *sim.Effects) {
		r := &api.OffsetCommitRequest{
			Header: api.Header{APIVersion: 9}, GroupID: "g", GenerationIDOrMemberEpoch: 1, MemberID: member(1),
			Partitions: []api.OffsetCommitPartition{{TopicPartition: api.TopicPartition{Topic: "orders", Partition: 3}}},
		}
		b.ReportAllocs()
		for b.Loop() {
			br.ask(fx, 1, r)
		}
	})
}

func BenchmarkFetchOffsets(b *testing.B) {
	steps(b, 3, func(br *bench, fx *sim.Effects) {
		r := &api.OffsetFetchRequest{Header: api.Header{APIVersion: 9}, GroupID: "g", Partitions: []api.TopicPartition{{Topic: "orders", Partition: 3}}}
		b.ReportAllocs()
		for b.Loop() {
			br.ask(fx, 1, r)
		}
	})
}

// BenchmarkProduceFetch: a record in, and out to a reader that waits for it.
func BenchmarkProduceFetch(b *testing.B) {
	steps(b, 3, func(br *bench, fx *sim.Effects) {
		p := api.TopicPartition{Topic: "orders", Partition: 3}
		produce := &api.ProduceRequest{Acks: -1, Partitions: []api.ProducePartition{{TopicPartition: p, Records: []api.Record{{Key: "k", Value: "v"}}}}}
		b.ReportAllocs()
		offset := int64(0)
		for b.Loop() {
			br.ask(fx, 1, &api.FetchRequest{
				MaxWaitMs: 500, MinBytes: 1, MaxRecords: 500,
				Partitions: []api.FetchPartition{{TopicPartition: p, FetchOffset: offset, CurrentLeaderEpoch: -1, LastFetchedEpoch: -1}},
			})
			br.ask(fx, 0, produce)
			offset++
		}
	})
}

func BenchmarkFetch(b *testing.B) {
	steps(b, 3, func(br *bench, fx *sim.Effects) {
		p := api.TopicPartition{Topic: "orders", Partition: 3}
		for range 10 {
			br.ask(fx, 0, &api.ProduceRequest{Acks: -1, Partitions: []api.ProducePartition{{TopicPartition: p, Records: make([]api.Record, 100)}}})
		}
		r := &api.FetchRequest{MinBytes: 1, MaxRecords: 500, Partitions: []api.FetchPartition{{TopicPartition: p, CurrentLeaderEpoch: -1, LastFetchedEpoch: -1}}}
		b.ReportAllocs()
		for b.Loop() {
			br.ask(fx, 1, r)
		}
	})
}

// BenchmarkClone and BenchmarkEncode: what a state costs in exhaustive search.
func BenchmarkClone(b *testing.B) {
	_, br := stable(b, 3)
	b.ReportAllocs()
	for b.Loop() {
		br.Clone()
	}
}

func BenchmarkEncode(b *testing.B) {
	_, br := stable(b, 3)
	b.ReportAllocs()
	buf := br.Encode(0, nil)
	b.ReportMetric(float64(len(buf)), "bytes/state")
	for b.Loop() {
		buf = br.Encode(0, buf[:0])
	}
}
